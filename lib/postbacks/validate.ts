import { POSTBACK_TYPES, type PostbackDefinition, SHOW_RULES } from './definition';
import { DefinitionError } from './errors';
import { shown } from './hit';
import { compileTemplate, type Template } from './template';
import { problemOfUrlTemplate } from './urls';
import { isRecord, validateCondition } from './validateCondition';
import { MOBILE_VARIABLES } from './variables';

type Report = (path: string, problem: string) => void;

// What HTTP allows in a header's value, so that a content type cannot begin another header.
const HEADER_VALUE = /^[\x20-\x7e]+$/;
const MOST_SECONDS = 3_600;
// The furthest that a Date reaches.
const LAST_MOMENT = 8.64e15;

/**
 * Checks definitions as far as it is possible without a hit; a JSONata expression is checked when
 * the engine compiles it.
 *
 * @throws DefinitionError naming the field of every problem and how to mend it.
 */
export function validateDefinitions(definitions: readonly PostbackDefinition[]): void {
	const problems: string[] = [];
	const ids = new Map<string, number>();
	definitions.forEach((definition: unknown, i) => {
		const path = pathOf(definition, i);
		const report: Report = (field, problem) => problems.push(`${path} › ${field}: ${problem}`);
		if (!isRecord(definition)) {
			problems.push(`${path}: must be a postback definition`);
			return;
		}
		validateOne(definition, report);
		if (typeof definition.id !== 'string' || definition.id === '') return;
		const before = ids.get(definition.id);
		if (before === undefined) ids.set(definition.id, i);
		else {
			const other = pathOf(definitions[before], before);
			report('ID', `"${definition.id}" is already the ID of ${other}: give each its own`);
		}
	});
	if (problems.length > 0) throw new DefinitionError(problems);
}

/** How messages name a definition: by its name, else by its place. */
export function pathOf(definition: unknown, index: number): string {
	const name = isRecord(definition) ? definition.name : undefined;
	return typeof name === 'string' && name !== ''
		? `Postbacks › "${name}"`
		: `Postbacks › ${index + 1}`;
}

function validateOne(definition: Record<string, unknown>, report: Report): void {
	if (typeof definition.id !== 'string' || definition.id === '') {
		report('ID', 'missing: give the postback an ID that no other has');
	}
	if (typeof definition.name !== 'string' || definition.name === '') {
		report('Name', 'missing: give the postback a name');
	}
	oneOf(definition.type, POSTBACK_TYPES, 'Type', report);
	oneOf(definition.showRule, SHOW_RULES, 'Show Rule', report);
	oneOf(definition.dialect, ['mobile', 'launch'], 'Dialect', report);
	if (typeof definition.active !== 'boolean') report('Active', 'must be true or false');
	validateUrl(definition, report);
	validateBody(definition, report);
	validateTimes(definition, report);
	validateCondition(definition.condition, report);
	const { visitorKey } = definition;
	if (visitorKey !== undefined && typeof visitorKey !== 'string') {
		report('Visitor Key', 'must be the name of a key of the hit');
	} else if (definition.showRule === 'once' && !visitorKey) {
		report(
			'Visitor Key',
			'missing: to send once for each visitor, name the hit key that tells them apart',
		);
	}
}

function oneOf(value: unknown, known: readonly string[], field: string, report: Report): void {
	if (typeof value === 'string' && known.includes(value)) return;
	report(field, `"${shown(value)}" is not known: choose ${known.join(' or ')}`);
}

function validateUrl({ url, dialect, type }: Record<string, unknown>, report: Report): void {
	if (typeof url !== 'string' || url === '') {
		report('URL', 'missing: write the URL to call, with tokens where the hit is to fill in');
		return;
	}
	const template = templateOf(url, dialect);
	reportVariables(template, 'URL', report);
	const problem = problemOfUrlTemplate(template, type === 'pii');
	if (problem !== undefined) report('URL', problem);
}

function validateBody(definition: Record<string, unknown>, report: Report): void {
	const { body, bodyExpression, contentType, dialect } = definition;
	if (body !== undefined && typeof body !== 'string') report('Body', 'must be a text');
	if (bodyExpression !== undefined && typeof bodyExpression !== 'string') {
		report('Body Expression', 'must be a JSONata expression');
	}
	if (typeof body === 'string') reportVariables(templateOf(body, dialect), 'Body', report);
	if (body && bodyExpression) {
		report('Body Expression', 'there is a body too: keep one of them and empty the other');
	}
	if (contentType !== undefined && contentType !== '') {
		if (typeof contentType !== 'string' || !HEADER_VALUE.test(contentType)) {
			report('Content Type', 'must be one line of plain characters, such as application/json');
		}
	}
}

function templateOf(text: string, dialect: unknown): Template {
	return compileTemplate(text, dialect === 'launch' ? 'launch' : 'mobile');
}

function reportVariables(template: Template, field: string, report: Report): void {
	for (const name of template.unknownVariables) {
		const known = [...MOBILE_VARIABLES.keys()].map((one) => `{%${one}%}`).join(' ');
		report(
			field,
			`{%${name.slice(0, 100)}%} is no variable: use one of ${known}, or {key} for a key of the hit`,
		);
	}
}

function validateTimes(definition: Record<string, unknown>, report: Report): void {
	const { timeoutSeconds, startDate, endDate } = definition;
	if (timeoutSeconds !== undefined && !isBetween(timeoutSeconds, 0, MOST_SECONDS)) {
		report('Timeout', `must be a number of seconds from 0 (the default) to ${MOST_SECONDS}`);
	}
	if (startDate !== undefined && !isBetween(startDate, -LAST_MOMENT, LAST_MOMENT)) {
		report('Start Date', 'must be a moment in epoch milliseconds');
	}
	if (endDate !== undefined && !isBetween(endDate, -LAST_MOMENT, LAST_MOMENT)) {
		report('End Date', 'must be a moment in epoch milliseconds');
	}
	if (typeof startDate === 'number' && typeof endDate === 'number' && endDate < startDate) {
		report('End Date', 'lies before the start date: exchange them');
	}
}

function isBetween(value: unknown, least: number, most: number): boolean {
	return typeof value === 'number' && value >= least && value <= most;
}
