import type { IDataObject, INodeParameterResourceLocator } from 'n8n-workflow';
import {
	DefinitionError,
	type EventChoice,
	importLaunchConditions,
	importLaunchRules,
	importMobileConfig,
	type MatchCondition,
	POSTBACK_EXAMPLES,
	type PostbackDefinition,
	type TriggersAndTraits,
} from '../../lib/postbacks';

/** The node's parameters, as far as they define postbacks. */
export interface DefinitionParameters {
	definitionsFrom?: string;
	postbacks?: { postback?: PostbackParameters[] };
	mobileConfig?: unknown;
	/** Names the visitor for imported messages that are shown once. */
	configVisitorKey?: string;
	launchRules?: unknown;
}

/** The node's parameters that say which events are taken. */
export interface EventParameters {
	events?: string;
	conditions?: { condition?: ConditionParameters[] };
	combine?: string;
	eventRules?: unknown;
}

interface PostbackParameters extends IDataObject {
	name?: string;
	query?: { parameter?: { name?: string; value?: INodeParameterResourceLocator | string }[] };
	triggers?: { conditions?: ConditionParameters[] };
	traits?: { conditions?: ConditionParameters[] };
}

interface ConditionParameters extends IDataObject {
	kind?: string;
	otherKey?: INodeParameterResourceLocator | string;
	value?: string;
}

/**
 * Reads the postbacks of a node.
 * @throws DefinitionError that names the field and the mend
 */
export function readDefinitions(parameters: DefinitionParameters): PostbackDefinition[] {
	switch (parameters.definitionsFrom) {
		case 'mobileConfig':
			return importMobileConfig(parseJson(parameters.mobileConfig, 'ADBMobileConfig.json'), {
				visitorKey: parameters.configVisitorKey || undefined,
			});
		case 'launchRules':
			return importLaunchRules(parseJson(parameters.launchRules, 'Launch Rules'));
		default:
			return (parameters.postbacks?.postback ?? []).map(toDefinition);
	}
}

/**
 * Reads which events a node takes.
 * @throws DefinitionError that names the field and the mend
 */
export function readEventChoice(parameters: EventParameters): EventChoice {
	switch (parameters.events) {
		case 'conditions': {
			const conditions = (parameters.conditions?.condition ?? []).map(toCondition);
			if (conditions.length === 0) {
				const mend = 'add one, or set Which Events to "All"';
				throw new DefinitionError([`Conditions: there is none: ${mend}`]);
			}
			const logic = parameters.combine === 'any' ? 'or' : 'and';
			return { take: 'conditions', condition: { logic, conditions } };
		}
		case 'launchRules': {
			const rules = parseJson(parameters.eventRules, 'Launch Rules');
			return { take: 'launchRules', conditions: importLaunchConditions(rules) };
		}
		default:
			return { take: 'all' };
	}
}

function parseJson(value: unknown, field: string): unknown {
	if (typeof value !== 'string') return value;
	const parsed = tryJson(value);
	if ('problem' in parsed) {
		throw new DefinitionError([
			`${field} is no valid JSON: ${parsed.problem}. Paste the whole file.`,
		]);
	}
	return parsed.value;
}

function tryJson(text: string): { value: unknown } | { problem: string } {
	try {
		return { value: JSON.parse(text) };
	} catch (error) {
		return { problem: (error as Error).message };
	}
}

function toDefinition(fields: PostbackParameters, at: number): PostbackDefinition {
	const name = String(fields.name ?? '').trim();
	const definition: PostbackDefinition = {
		// A postback is known by its name: what was sent once stays sent when others move.
		id: name || `postback ${at + 1}`,
		name: name || `Postback ${at + 1}`,
		type: fields.type === 'pii' ? 'pii' : 'custom',
		active: fields.active === true,
		dialect: 'mobile',
		url: withQuery(String(fields.url ?? '').trim(), fields),
		showRule: fields.showRule === 'once' ? 'once' : 'always',
		condition: {
			triggers: (fields.triggers?.conditions ?? []).map(toCondition),
			traits: (fields.traits?.conditions ?? []).map(toCondition),
		},
	};
	fillFromTemplate(definition, fields);
	if (fields.bodyFrom === 'template') definition.body = String(fields.body ?? '');
	if (fields.bodyFrom === 'jsonata') {
		definition.bodyExpression = String(fields.bodyExpression ?? '');
		delete definition.body;
	}
	if (fields.contentType && (fields.bodyFrom ?? 'none') !== 'none')
		definition.contentType = String(fields.contentType);
	if (fields.timeoutSeconds !== undefined)
		definition.timeoutSeconds = Number(fields.timeoutSeconds);
	if (fields.visitorKey && definition.showRule === 'once')
		definition.visitorKey = String(fields.visitorKey);
	const start = toTime(fields.startDate, definition.name, 'Start Date');
	const end = toTime(fields.endDate, definition.name, 'End Date');
	if (start !== undefined) definition.startDate = start;
	if (end !== undefined) definition.endDate = end;
	return definition;
}

/** What a template brings counts until the operator fills in something else. */
function fillFromTemplate(definition: PostbackDefinition, fields: PostbackParameters): void {
	const chosen = POSTBACK_EXAMPLES.find((example) => example.definition.id === fields.template);
	if (!chosen) return;
	const { type, body, contentType, condition, url } = chosen.definition;
	if (definition.url === '') {
		const problem = `the template "${chosen.name}" needs your own address here, such as ${url}`;
		throw new DefinitionError([`Postbacks › "${definition.name}" › URL: ${problem}`]);
	}
	if (type === 'pii') definition.type = 'pii';
	if (body !== undefined) definition.body = body;
	if (contentType !== undefined) definition.contentType = contentType;
	const own = definition.condition as TriggersAndTraits;
	if ((own.triggers ?? []).length === 0 && 'triggers' in condition) {
		definition.condition = { ...own, triggers: condition.triggers };
	}
}

/** Query parameters chosen from the list stand at the end of the URL, before a fragment. */
function withQuery(url: string, fields: PostbackParameters): string {
	const parameters = (fields.query?.parameter ?? []).filter(({ name }) => name);
	if (parameters.length === 0 || url === '') return url;
	const query = parameters
		.map(({ name, value }) => `${encode(String(name))}=${locatorValue(value)}`)
		.join('&');
	const [address, ...fragment] = url.split('#');
	const joined = address + (address.includes('?') ? '&' : '?') + query;
	return [joined, ...fragment].join('#');
}

// A lone surrogate has no encoding.
const encode = (text: string) => encodeURIComponent(Buffer.from(text).toString());

function toCondition(fields: ConditionParameters): MatchCondition {
	const kind = String(fields.kind ?? 'other');
	const values = String(fields.value ?? '')
		.split('\n')
		.map((value) => value.trim())
		.filter((value) => value !== '');
	return {
		key: kind === 'other' ? locatorValue(fields.otherKey) : String(fields[`${kind}Key`] ?? ''),
		matcher: String(fields[`${kind}Matcher`] ?? ''),
		values: kind === 'metric' ? values.map(asNumber) : values,
	};
}

function locatorValue(locator: INodeParameterResourceLocator | string | undefined): string {
	if (typeof locator === 'string') return locator.trim();
	return String(locator?.value ?? '').trim();
}

/** A metric is compared as a number where it is one. */
function asNumber(value: string): number | string {
	const number = Number(value);
	return value !== '' && Number.isFinite(number) ? number : value;
}

function toTime(value: unknown, name: string, field: string): number | undefined {
	if (value === undefined || value === null || value === '') return undefined;
	const at = Date.parse(String(value));
	if (Number.isNaN(at)) {
		throw new DefinitionError([`Postbacks › "${name}" › ${field}: "${String(value)}" is no date`]);
	}
	return at;
}
