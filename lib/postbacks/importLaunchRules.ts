import { type ConditionNode, MAX_GROUP_DEPTH } from './conditions';
import type { PostbackDefinition } from './definition';
import { DefinitionError } from './errors';
import { shown } from './hit';
import { optionalNumber, optionalText, parseJsonText, valuesOf } from './importMobileConfig';
import { isRecord } from './validateCondition';

type Report = (path: string, problem: string) => void;

const NOTHING: ConditionNode = { logic: 'or', conditions: [] };

/**
 * Reads the postbacks of a file of launch rules (core 2.x, JSONRulesParser): the consequences `pb`
 * and `pii` of each rule, under the rule's condition. They come out active; bodies are plain text.
 *
 * @param json The parsed file, or its text.
 * @throws DefinitionError naming by its path everything that is missing or wrong, and what cannot be
 * honoured: historical conditions, other consequences, data elements (`{%%name%%}`).
 */
export function importLaunchRules(json: unknown): PostbackDefinition[] {
	return fromRules(json, (rule, condition, at, report) => {
		if (!Array.isArray(rule.consequences)) {
			report(`rules[${at}].consequences`, 'missing or no list');
			return [];
		}
		return rule.consequences.flatMap((consequence: unknown, j) => {
			const path = `rules[${at}].consequences[${j}]`;
			return readConsequence(consequence, condition, path, `Rule ${at + 1}`, report);
		});
	});
}

/**
 * Reads the conditions of a file of launch rules, whatever their consequences.
 *
 * @param json The parsed file, or its text.
 * @throws DefinitionError as {@link importLaunchRules} does, and when the file holds no rule.
 */
export function importLaunchConditions(json: unknown): ConditionNode[] {
	const conditions = fromRules(json, (_rule, condition) => [condition]);
	if (conditions.length > 0) return conditions;
	throw new DefinitionError(['rules: there is none, so nothing would ever hold: add one']);
}

function fromRules<T>(
	json: unknown,
	read: (
		rule: Record<string, unknown>,
		condition: ConditionNode,
		at: number,
		report: Report,
	) => T[],
): T[] {
	const file = parseJsonText(json, 'Launch rules');
	if (!isRecord(file) || !Array.isArray(file.rules)) {
		throw new DefinitionError(['rules: missing or no list: paste the whole file of rules']);
	}
	const problems: string[] = [];
	const report: Report = (path, problem) => problems.push(`${path}: ${problem}`);
	const found = file.rules.flatMap((rule: unknown, i) => {
		if (!isRecord(rule)) {
			report(`rules[${i}]`, 'must be an object with "condition" and "consequences"');
			return [];
		}
		return read(rule, readNode(rule.condition, `rules[${i}].condition`, 1, report), i, report);
	});
	if (problems.length > 0) throw new DefinitionError(problems);
	return found;
}

function readNode(node: unknown, path: string, depth: number, report: Report): ConditionNode {
	if (!isRecord(node) || !isRecord(node.definition)) {
		report(path, 'missing or without a "definition"');
		return NOTHING;
	}
	const at = `${path}.definition`;
	switch (node.type) {
		case 'group':
			return readGroup(node.definition, at, depth, report);
		case 'matcher':
			return readMatcher(node.definition, at, report);
		case 'historical':
			report(
				path,
				'a historical condition asks about past events, which are not kept here: take the rule out or the condition',
			);
			return NOTHING;
		default:
			report(`${path}.type`, `"${shown(node.type)}" is not known: only group and matcher are`);
			return NOTHING;
	}
}

function readGroup(
	{ logic, conditions }: Record<string, unknown>,
	path: string,
	depth: number,
	report: Report,
): ConditionNode {
	if (logic !== 'and' && logic !== 'or') {
		report(`${path}.logic`, `"${shown(logic)}" is not known: only and, and or, are`);
		return NOTHING;
	}
	if (!Array.isArray(conditions)) {
		report(`${path}.conditions`, 'missing or no list');
		return NOTHING;
	}
	if (depth > MAX_GROUP_DEPTH) {
		const rule = path.slice(0, path.indexOf('.definition'));
		report(rule, `groups are nested deeper than ${MAX_GROUP_DEPTH} levels: flatten them`);
		return NOTHING;
	}
	return {
		logic,
		conditions: conditions.map((child: unknown, i) =>
			readNode(child, `${path}.conditions[${i}]`, depth + 1, report),
		),
	};
}

function readMatcher(
	{ key, matcher, values }: Record<string, unknown>,
	path: string,
	report: Report,
): ConditionNode {
	if (typeof key !== 'string' || key === '') report(`${path}.key`, 'missing or no text');
	if (typeof matcher !== 'string' || matcher === '')
		report(`${path}.matcher`, 'missing or no text');
	return {
		key: String(key),
		matcher: String(matcher),
		values: valuesOf(values, `${path}.values`, report),
	};
}

function readConsequence(
	consequence: unknown,
	condition: ConditionNode,
	path: string,
	rule: string,
	report: Report,
): PostbackDefinition[] {
	if (!isRecord(consequence)) {
		report(path, 'must be an object with "id", "type" and "detail"');
		return [];
	}
	const { id, type, detail } = consequence;
	if (type !== 'pb' && type !== 'pii') {
		report(
			`${path}.type`,
			`"${shown(type)}" is no postback: only pb and pii can be sent from here; take the consequence out`,
		);
		return [];
	}
	if (typeof id !== 'string' || id === '') report(`${path}.id`, 'missing or no text');
	if (!isRecord(detail)) {
		report(`${path}.detail`, 'missing: a postback needs one with "templateurl"');
		return [];
	}
	const at = `${path}.detail`;
	const url = optionalText(detail.templateurl, `${at}.templateurl`, report);
	if (url === undefined) report(`${at}.templateurl`, 'missing');
	const body = optionalText(detail.templatebody, `${at}.templatebody`, report);
	for (const [field, template] of [
		['templateurl', url],
		['templatebody', body],
	] as const) {
		const element = /\{%%[^%]*%%\}/.exec(template ?? '')?.[0];
		if (element !== undefined) {
			report(
				`${at}.${field}`,
				`${element.slice(0, 100)} is a data element, which is filled in when a library is published: write a key of the hit as {%key%}`,
			);
		}
	}
	return [
		{
			id: String(id),
			name: `${rule} (${String(id)})`,
			type: type === 'pii' ? 'pii' : 'custom',
			active: true,
			dialect: 'launch',
			url: url ?? '',
			body,
			contentType: optionalText(detail.contenttype, `${at}.contenttype`, report),
			timeoutSeconds: optionalNumber(detail.timeout, `${at}.timeout`, report),
			condition: 'logic' in condition ? condition : { logic: 'and', conditions: [condition] },
			showRule: 'always',
		},
	];
}
