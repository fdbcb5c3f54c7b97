import type { MatchCondition } from './conditions';
import type { PostbackDefinition, PostbackType, ShowRule } from './definition';
import { DefinitionError } from './errors';
import { shown } from './hit';
import { isRecord } from './validateCondition';

type Report = (path: string, problem: string) => void;

export interface MobileConfigOptions {
	/** The hit key that tells visitors apart, for messages with the show rule `once`. */
	visitorKey?: string;
}

/** The defaults of ADBMobileConfig.json, in seconds. */
const DEFAULT_START = 0;
const DEFAULT_END = 2_524_730_400;

/**
 * Reads the postbacks of an ADBMobileConfig.json ("Mobile Services", section `messages`). They come
 * out active; audiences become traits.
 *
 * A message with `once` is once for an installed app in the original; here it is once for each
 * value of `visitorKey`.
 *
 * @param json The parsed file, or its text.
 * @throws DefinitionError naming by its path everything that is missing or wrong, and every message
 * that is no postback or cannot be honoured.
 */
export function importMobileConfig(
	json: unknown,
	options: MobileConfigOptions = {},
): PostbackDefinition[] {
	const config = parseJsonText(json, 'ADBMobileConfig.json');
	if (!isRecord(config)) {
		throw new DefinitionError(['ADBMobileConfig.json: must be an object with "messages"']);
	}
	const { messages, remotes } = config;
	if (!Array.isArray(messages)) {
		const remote = isRecord(remotes) ? remotes.messages : undefined;
		const mend =
			typeof remote === 'string'
				? `they are kept at ${remote.slice(0, 200)}: download that file and paste it here`
				: 'paste the whole file';
		throw new DefinitionError([`messages: missing or no list: ${mend}`]);
	}
	const problems: string[] = [];
	const report: Report = (path, problem) => problems.push(`${path}: ${problem}`);
	const definitions = messages.flatMap((message: unknown, i) =>
		readMessage(message, `messages[${i}]`, options, report),
	);
	if (problems.length > 0) throw new DefinitionError(problems);
	return definitions;
}

/** Parses text; gives everything else back. */
export function parseJsonText(json: unknown, what: string): unknown {
	if (typeof json !== 'string') return json;
	try {
		return JSON.parse(json);
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		throw new DefinitionError([`${what}: not valid JSON: ${message.slice(0, 200)}`]);
	}
}

function readMessage(
	message: unknown,
	path: string,
	options: MobileConfigOptions,
	report: Report,
): PostbackDefinition[] {
	if (!isRecord(message)) {
		report(path, 'must be an object');
		return [];
	}
	const type = typeOf(message.template, path, report);
	if (type === undefined) return [];
	const id = text(message.messageId, `${path}.messageId`, report);
	const payload = isRecord(message.payload) ? message.payload : undefined;
	if (payload === undefined)
		report(`${path}.payload`, 'missing: a postback needs one with "templateurl"');
	const showRule = showRuleOf(message.showRule, `${path}.showRule`, report);
	const triggers = conditionsOf(message.triggers, `${path}.triggers`, report);
	const traits = conditionsOf(message.audiences, `${path}.audiences`, report);
	const startDate = seconds(message.startDate, DEFAULT_START, `${path}.startDate`, report);
	const endDate = seconds(message.endDate, DEFAULT_END, `${path}.endDate`, report);
	if (payload === undefined) return [];
	const at = `${path}.payload`;
	const url = text(payload.templateurl, `${at}.templateurl`, report);
	return [
		{
			id,
			name: typeof message.name === 'string' && message.name !== '' ? message.name : id,
			type,
			active: true,
			dialect: 'mobile',
			url,
			body: bodyOf(payload.templatebody, `${at}.templatebody`, report),
			contentType: optionalText(payload.contenttype, `${at}.contenttype`, report),
			timeoutSeconds: optionalNumber(payload.timeout, `${at}.timeout`, report),
			condition: { triggers, traits },
			startDate: startDate * 1000,
			endDate: endDate * 1000,
			showRule,
			visitorKey: showRule === 'once' ? options.visitorKey : undefined,
		},
	];
}

/** `callback` is documented; `pii` is how the same file would say the type that the interface has. */
function typeOf(template: unknown, path: string, report: Report): PostbackType | undefined {
	if (template === 'callback') return 'custom';
	if (template === 'pii') return 'pii';
	if (template === undefined) report(`${path}.template`, 'missing: a postback has "callback"');
	else {
		report(
			`${path}.template`,
			`"${shown(template)}" is no postback but an in-app message, which cannot be shown here: take the message out`,
		);
	}
	return undefined;
}

function showRuleOf(rule: unknown, path: string, report: Report): ShowRule {
	if (rule === 'always' || rule === 'once') return rule;
	if (rule === undefined) report(path, 'missing: write "always" or "once"');
	else if (rule === 'untilClick') {
		report(
			path,
			'"untilClick" is for messages that are shown, not for postbacks: write "always" or "once"',
		);
	} else report(path, `"${shown(rule)}" is not known: write "always" or "once"`);
	return 'always';
}

function conditionsOf(list: unknown, path: string, report: Report): MatchCondition[] {
	if (list === undefined || list === null) return [];
	if (!Array.isArray(list)) {
		report(path, 'must be a list of conditions');
		return [];
	}
	return list.flatMap((condition: unknown, i) => {
		const at = `${path}[${i}]`;
		if (!isRecord(condition)) {
			report(at, 'must be an object with "key", "matches" and "values"');
			return [];
		}
		const key = text(condition.key, `${at}.key`, report);
		const matcher = text(condition.matches, `${at}.matches`, report);
		const values = valuesOf(condition.values, `${at}.values`, report);
		return [{ key, matcher, values }];
	});
}

/** The values of a condition in either kind of file. */
export function valuesOf(values: unknown, path: string, report: Report): MatchCondition['values'] {
	if (values === undefined || values === null) return [];
	if (Array.isArray(values) && values.every(isScalar)) return values;
	report(path, 'must be a list of texts, numbers, true or false');
	return [];
}

function isScalar(value: unknown): value is string | number | boolean | null {
	return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function bodyOf(encoded: unknown, path: string, report: Report): string | undefined {
	const base64 = optionalText(encoded, path, report)?.replace(/\s+/g, '');
	if (!base64) return undefined;
	if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3}={0,2})?$/.test(base64)) {
		report(path, 'must be text in base64: encode the body');
		return undefined;
	}
	try {
		return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64'));
	} catch {
		report(path, 'is base64 of something that is no UTF-8 text: encode the body as UTF-8 first');
		return undefined;
	}
}

function text(value: unknown, path: string, report: Report): string {
	if (typeof value === 'string' && value !== '') return value;
	report(path, value === undefined ? 'missing' : 'must be a text that is not empty');
	return '';
}

/** An optional text in either kind of file; null counts as absent. */
export function optionalText(value: unknown, path: string, report: Report): string | undefined {
	if (value === undefined || value === null || value === '') return undefined;
	if (typeof value === 'string') return value;
	report(path, 'must be a text');
	return undefined;
}

/** An optional number in either kind of file; null counts as absent. */
export function optionalNumber(value: unknown, path: string, report: Report): number | undefined {
	if (value === undefined || value === null) return undefined;
	if (typeof value === 'number' && Number.isFinite(value)) return value;
	report(path, 'must be a number');
	return undefined;
}

function seconds(value: unknown, fallback: number, path: string, report: Report): number {
	return optionalNumber(value, path, report) ?? fallback;
}
