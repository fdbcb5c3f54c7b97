import { parseRetryAfter } from '../../delivery/retryAfter';
import { first } from '../../transport/excerpt';
import type { ExchangeResult } from '../../transport/exchange';
import { isObject } from '../jsonApi';
import { ReactorError, type ReactorErrorKind, type ReactorProblem } from './errors';

/** Takes secrets out of a text. */
export type Scrub = (text: string) => string;

/** A list of a hundred audit events with their entities has a few megabytes. */
export const LONGEST_ANSWER = 16 * 1024 * 1024;

const LONGEST_TEXT = 300;
const MOST_PROBLEMS = 5;

/** What to look at, by the status. */
const ADVICE: Readonly<Record<number, string>> = {
	401: 'check the credential',
	403: 'the credential is not permitted to do this; with Adobe check Client ID, Organization ID and the rights of its product profile',
};

/**
 * The JSON of an answer that means success; undefined where it has no body.
 * @throws ReactorError for what is none
 */
export function documentOf(result: ExchangeResult, text: string, host: string): unknown {
	const { statusCode = 0 } = result;
	if (statusCode === 204 || (text === '' && result.complete)) return undefined;
	if (!result.complete) {
		const more = result.failure
			? `broke off (${result.failure.message})`
			: `is longer than ${LONGEST_ANSWER / 1024 / 1024} MB; ask for fewer at once`;
		throw unreadable(`${host} answered ${statusCode}, and the answer ${more}`, statusCode);
	}
	const json = parsed(text);
	if (json === undefined) {
		throw unreadable(`${host} answered ${statusCode} with ${shapeOf(text)}`, statusCode);
	}
	return json;
}

/** Why an answer is no success. */
export function refusal(
	result: ExchangeResult,
	text: string,
	{ host, scrub, now }: { host: string; scrub: Scrub; now: number },
): ReactorError {
	const { statusCode: status = 0, headers } = result;
	const problems = problemsOf(parsed(text), scrub);
	const retryAfterMs = parseRetryAfter(headers['retry-after'], now);
	const kind = kindOf(status, problems);
	const facts = { kind, status, problems, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
	if (status >= 300 && status < 400) {
		return new ReactorError(
			`${host} answered ${status}: redirects are not followed, since they would take the credential elsewhere; check Base URL`,
			facts,
		);
	}
	const said = problems.length > 0 ? problems.map(inWords).join('; ') : `with ${shapeOf(text)}`;
	const colon = problems.length > 0 ? ': ' : ' ';
	const notes = [ADVICE[status], waitOf(status, retryAfterMs)].filter((note) => note !== undefined);
	return new ReactorError(
		[`${host} answered ${status}${colon}${said}`, ...notes].join('; '),
		facts,
	);
}

function kindOf(status: number, problems: readonly ReactorProblem[]): ReactorErrorKind {
	if (status === 401 || status === 403) return 'unauthorized';
	// A server that knows nothing of the API says 404 too, but not in its words.
	if (status === 404) return problems.length > 0 ? 'notFound' : 'unreadable';
	if (status === 408 || status === 425 || status === 429 || status >= 500) return 'unavailable';
	return 'refused';
}

function waitOf(status: number, retryAfterMs: number | undefined): string | undefined {
	if (retryAfterMs !== undefined) return `it asks to wait ${Math.ceil(retryAfterMs / 1_000)} s`;
	return status === 429 ? 'too many requests were made' : undefined;
}

function problemsOf(json: unknown, scrub: Scrub): ReactorProblem[] {
	const errors = isObject(json) && Array.isArray(json.errors) ? json.errors : [];
	return errors
		.filter(isObject)
		.slice(0, MOST_PROBLEMS)
		.map((error): ReactorProblem => {
			const text = (value: unknown) => (typeof value === 'string' ? clean(value, scrub) : '');
			const source = isObject(error.source) ? error.source : {};
			const optional = {
				code: text(error.code),
				detail: text(error.detail),
				pointer: text(source.pointer),
				parameter: text(source.parameter),
			};
			const known = Object.entries(optional).filter(([, value]) => value !== '');
			return {
				title: text(error.title) || text(error.code) || 'Error',
				...Object.fromEntries(known),
			};
		});
}

function inWords({ title, code, detail, pointer, parameter }: ReactorProblem): string {
	const where = pointer ? ` at ${pointer}` : parameter ? ` in the parameter ${parameter}` : '';
	const named = code && code !== title ? ` (${code})` : '';
	return `${title}${named}${where}${detail && detail !== title ? `: ${detail}` : ''}`;
}

function clean(text: string, scrub: Scrub): string {
	const line = scrub(text)
		.replace(/[\p{Cc}\s]+/gu, ' ')
		.trim();
	return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line;
}

/** What came in place of JSON; its text may be anything and is not repeated. */
export function shapeOf(text: string): string {
	if (text.trim() === '') return 'an empty body';
	if (/^\s*</.test(text)) return 'a page of HTML or XML in place of JSON; check Base URL';
	return parsed(text) === undefined
		? 'something that is no JSON; check Base URL'
		: 'JSON that is not of this API; check Base URL';
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

/** The text of an answer. */
export function textOf({ body, headers }: ExchangeResult): string {
	const encoding = first(headers['content-encoding'])?.toLowerCase();
	if (encoding !== undefined && encoding !== 'identity') return '';
	return body?.toString('utf8') ?? '';
}

export const unreadable = (message: string, status?: number) =>
	new ReactorError(message, { kind: 'unreadable', ...(status === undefined ? {} : { status }) });
