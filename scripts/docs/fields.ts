/** The fields of a description as the rows of a table, those inside of collections included. */
import type { INodeProperties, INodePropertyCollection, INodePropertyOptions } from 'n8n-workflow';
import { both, conditionsOf, eitherOf, inWords, wordOf, type Conditions } from './conditions.ts';
import { asCode, asText } from './markdown.ts';

/** Choices are told one by one up to this many; the conditions of events have some dozens. */
const MOST_CHOICES = 16;

/** A placeholder that tells in words what is meant when the field is empty. */
const DESCRIBING = /^(?:e\.g\. )?(?:an?|any|empty|no|none|the|this|your)\b/i;

/** Between a collection and a field in it, as the documentation writes it everywhere. */
const WITHIN = ' › ';

interface Row {
	field: string;
	type: string;
	default: string;
	description: string;
	/** Any of them shows the field. */
	shown: Conditions[];
}

const TYPES: Partial<Record<INodeProperties['type'], string>> = {
	boolean: 'switch',
	collection: 'options',
	dateTime: 'time',
	json: 'JSON',
	multiOptions: 'choices',
	options: 'choice',
	resourceLocator: 'from a list, or by ID',
	string: 'text',
};

function typeOf({ type, typeOptions = {} }: INodeProperties): string {
	if (type === 'fixedCollection') return typeOptions.multipleValues ? 'list' : 'group';
	if (type !== 'number') return typeOptions.password ? 'secret text' : (TYPES[type] ?? type);
	const { minValue, maxValue } = typeOptions;
	if (minValue !== undefined && maxValue !== undefined) return `number, ${minValue} to ${maxValue}`;
	return minValue === undefined ? 'number' : `number from ${minValue}`;
}

function defaultOf(field: INodeProperties): string {
	const { default: value, type } = field;
	if (type === 'options' || type === 'boolean') return asText(wordOf(field, value));
	if (type === 'multiOptions') {
		return (value as unknown[]).map((one) => asText(wordOf(field, one))).join(', ');
	}
	if (typeof value === 'object' || value === '' || value === undefined) return '';
	return asCode(String(value));
}

const choicesOf = (field: INodeProperties) =>
	['options', 'multiOptions'].includes(field.type)
		? ((field.options ?? []) as INodePropertyOptions[])
		: [];

function choicesInWords(field: INodeProperties): string[] {
	const choices = choicesOf(field);
	if (choices.length > MOST_CHOICES) {
		const some = choices.slice(0, 5).map(({ name }) => `*${asText(name)}*`);
		return [`${choices.length} choices, such as ${some.join(', ')}`];
	}
	if (choices.every(({ description }) => !description)) {
		return choices.length === 0 ? [] : [choices.map(({ name }) => `*${asText(name)}*`).join(', ')];
	}
	return choices.map(({ name, description }) =>
		description ? `*${asText(name)}*: ${asText(description)}` : `*${asText(name)}*`,
	);
}

/** What an operator reads beside the field, its choices and an example of what to put in. */
function descriptionOf(field: INodeProperties): string {
	const { description = '', placeholder = '', type } = field;
	const said = asText(description);
	const isExample = (type === 'string' || type === 'json') && !DESCRIBING.test(placeholder);
	const example =
		isExample && placeholder ? `Such as ${asCode(placeholder.replace(/^e\.g\. /, ''))}` : '';
	return [said, ...choicesInWords(field), example].filter(Boolean).join('<br>');
}

/** Where credentials stand among the fields is seen there; which they are is a table of its own. */
const isShown = ({ type }: INodeProperties) => !['credentials', 'hidden', 'notice'].includes(type);

function* rowsOf(
	fields: INodeProperties[],
	root: INodeProperties[],
	path: string[],
	outer: Conditions,
): Iterable<Row> {
	for (const field of fields.filter(isShown)) {
		const at = [...path, field.displayName];
		const shown = both(outer, conditionsOf(field.displayOptions, fields, root));
		yield {
			field: at.map(asText).join(WITHIN),
			type: typeOf(field),
			default: defaultOf(field),
			description: descriptionOf(field),
			shown: [shown],
		};
		if (field.type === 'collection') {
			yield* rowsOf(field.options as INodeProperties[], root, at, shown);
		}
		if (field.type === 'fixedCollection') {
			for (const group of field.options as INodePropertyCollection[]) {
				yield* rowsOf(group.values, root, at, shown);
			}
		}
	}
}

/** Rows that say the same of several operations become one. */
function joined(rows: Iterable<Row>): Row[] {
	const byContent = new Map<string, Row>();
	for (const row of rows) {
		const { field, type, default: value, description } = row;
		const key = JSON.stringify([field, type, value, description]);
		const before = byContent.get(key);
		if (!before) {
			byContent.set(key, row);
			continue;
		}
		const [last = new Map()] = before.shown.slice(-1);
		const either = eitherOf(last, row.shown[0] ?? new Map());
		if (either) before.shown.splice(-1, 1, either);
		else before.shown.push(...row.shown);
	}
	return [...byContent.values()];
}

/** The table of all fields. */
export function fieldsTable(properties: INodeProperties[]): string[] {
	const rows = joined(rowsOf(properties, properties, [], new Map()));
	const isAlways = rows.every(({ shown }) => shown.every(({ size }) => size === 0));
	const head = ['field', 'type', 'default', ...(isAlways ? [] : ['shown when']), 'description'];
	const whenOf = ({ shown }: Row) => shown.map((one) => asText(inWords(one))).join('; or ');
	const wholes = new Map(rows.map((row) => [row.field, whenOf(row)]));
	const cells = rows.map((row) => {
		const { field, type, default: value, description } = row;
		const when = whenOf(row);
		// What is inside of another field is there whenever that is.
		const isAsWhole = when === wholes.get(field.split(WITHIN).slice(0, -1).join(WITHIN));
		return [field, type, value, ...(isAlways ? [] : [isAsWhole ? '' : when]), description];
	});
	return [head, head.map(() => '---'), ...cells].map((row) => `| ${row.join(' | ')} |`);
}
