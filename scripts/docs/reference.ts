/** The reference of a node or a credential type, written from its description. */
import { runInNewContext } from 'node:vm';
import type {
	ICredentialType,
	INodeOutputConfiguration,
	INodeProperties,
	INodePropertyOptions,
	INodeTypeDescription,
	NodeConnectionType,
} from 'n8n-workflow';
import { conditionsOf, inWords } from './conditions.ts';
import { fieldsTable } from './fields.ts';
import { asText } from './markdown.ts';

/** The credential types by their names. */
export type Credentials = Record<string, ICredentialType>;

const table = (...rows: string[][]) => {
	const [head = [], ...others] = rows;
	return [head, head.map(() => '---'), ...others].map((row) => `| ${row.join(' | ')} |`);
};

const choicesOf = (properties: INodeProperties[], name: string) =>
	properties
		.filter((one) => one.name === name && one.type === 'options')
		.flatMap(({ options = [] }) => options as INodePropertyOptions[]);

function operations({ properties }: INodeTypeDescription): string[] {
	const rows = choicesOf(properties, 'operation').map(({ name, action = '', description = '' }) => [
		asText(name),
		asText(action),
		asText(description),
	]);
	if (rows.length === 0) return [];
	return [
		'### Operations',
		'',
		...table(['operation', 'in the node picker', 'what it does'], ...rows),
		'',
	];
}

type Output = NodeConnectionType | INodeOutputConfiguration;

/** The outputs for some values of the parameters, as n8n works them out. */
function outputsFor(outputs: INodeTypeDescription['outputs'], values: object): string[] {
	const list =
		typeof outputs === 'string'
			? (runInNewContext(outputs.replace(/^=\{\{|\}\}$/g, ''), { $parameter: values }) as Output[])
			: (outputs as Output[]);
	return list.map((one) => (typeof one === 'string' ? '' : (one.displayName ?? '')));
}

/** Each choice of operation and retries, which outputs go by; without either a single empty one. */
function variants(properties: INodeProperties[]): Array<Record<string, INodePropertyOptions>> {
	return ['operation', 'retries'].reduce<Array<Record<string, INodePropertyOptions>>>(
		(all, name) => {
			const choices = choicesOf(properties, name);
			if (choices.length === 0) return all;
			return all.flatMap((one) => choices.map((choice) => ({ ...one, [name]: choice })));
		},
		[{}],
	);
}

function outputs({ outputs: given, properties }: INodeTypeDescription): string[] {
	if (typeof given !== 'string') return ['### Outputs', '', 'One, without a name.', ''];
	const byNames = new Map<string, Array<Record<string, INodePropertyOptions>>>();
	for (const variant of variants(properties)) {
		const values = Object.fromEntries(Object.entries(variant).map(([k, { value }]) => [k, value]));
		const names = outputsFor(given, values);
		const words = names.join('') === '' ? 'one, without a name' : names.map(asText).join(' · ');
		byNames.set(words, [...(byNames.get(words) ?? []), variant]);
	}
	const nameOf = (name: string) => properties.find((one) => one.name === name)?.displayName ?? name;
	const rows = [...byNames].map(([words, found]) => {
		const when = ['operation', 'retries'].flatMap((name) => {
			const chosen = new Set(found.flatMap((one) => one[name]?.name ?? []));
			// What does not matter to these outputs, since every choice of it gives them.
			if (chosen.size === 0 || chosen.size === choicesOf(properties, name).length) return [];
			return [`${nameOf(name)}: ${[...chosen].join(', ')}`];
		});
		return [asText(when.join('; ')), words];
	});
	return ['### Outputs', '', ...table(['when', 'outputs'], ...rows), ''];
}

/** The part of this documentation that a credential type leads to, seen from a page beside it. */
const pageOf = ({ documentationUrl = '' }: ICredentialType) => documentationUrl.split('/docs/')[1];

function credentials(
	{ credentials: used = [], properties }: INodeTypeDescription,
	types: Credentials,
): string[] {
	if (used.length === 0) return [];
	const rows = used.map(({ name, required = false, displayOptions }) => {
		const type = types[name];
		const called = asText(type?.displayName ?? name);
		const when = inWords(conditionsOf(displayOptions, properties, properties));
		return [
			type ? `[${called}](${pageOf(type)})` : called,
			asText(when),
			required ? 'required' : 'optional',
		];
	});
	return ['### Credentials', '', ...table(['credential', 'shown when', ''], ...rows), ''];
}

/** Operations, outputs, fields and credentials of a node. */
export function nodeReference(description: INodeTypeDescription, types: Credentials): string {
	return [
		...operations(description),
		...outputs(description),
		'### Fields',
		'',
		...fieldsTable(description.properties),
		'',
		...credentials(description, types),
	]
		.join('\n')
		.trimEnd();
}

/** The fields of a credential type. */
export const credentialReference = (type: ICredentialType): string =>
	[`In n8n: **${asText(type.displayName)}**`, '', ...fieldsTable(type.properties)].join('\n');
