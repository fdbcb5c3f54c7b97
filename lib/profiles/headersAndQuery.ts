import { isReservedHeader } from '../delivery/deliverySchema';
import { DestinationError, shorten } from './errors';
import { isFields } from './membership';

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** RFC 9110 section 5.5: no line breaks, nothing beyond Latin-1. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

export type Pair = readonly [name: string, value: string];

/**
 * Reads headers from a text `header1:value1,header2:value2` and a list of `{ name, value }`; both count.
 *
 * In the text a comma begins the next header and the first colon ends the name. A backslash takes the
 * meaning from the character after it: `\,` `\:` `\\`. Colons after the first need none. White space
 * around names and values goes. In the list values stand as they are.
 * @param credentialHeaders headers that the chosen credential sets, in lower case
 * @throws DestinationError that names each header that cannot be sent; never with its value
 */
export function readHeaders(
	text: unknown,
	list: unknown,
	credentialHeaders: readonly string[] = [],
): Record<string, string> {
	const problems: string[] = [];
	const pairs = [...pairsOfText(text, problems), ...pairsOfList(list, 'Headers', problems)];
	const headers = new Map<string, Pair>();
	for (const pair of pairs) {
		const [name, value] = pair;
		const lower = name.toLowerCase();
		const problem = problemOfHeader(name, value, credentialHeaders);
		if (problem !== undefined) problems.push(`Headers › ${shorten(name)}: ${problem}`);
		else if (headers.has(lower)) {
			problems.push(`Headers › ${name}: is there twice: keep one, with all values in it`);
		}
		headers.set(lower, pair);
	}
	if (problems.length > 0) throw new DestinationError(problems);
	return Object.fromEntries(headers.values());
}

function problemOfHeader(
	name: string,
	value: string,
	credentialHeaders: readonly string[],
): string | undefined {
	const lower = name.toLowerCase();
	if (!TOKEN.test(name)) {
		return 'is no name of a header: use letters, digits and hyphens, and write \\, for a comma inside a value';
	}
	if (isReservedHeader(lower) || lower.startsWith('webhook-')) {
		return 'is set by the sender itself: remove it';
	}
	if (credentialHeaders.includes(lower)) {
		return 'is set by the credential: remove it, or choose no authentication';
	}
	if (/[\r\n]/.test(value)) return 'has a line break in its value: write it in one line';
	if (!HEADER_VALUE.test(value)) {
		return 'has characters in its value that no header can have: use Latin letters, or encode it';
	}
	return undefined;
}

function pairsOfText(text: unknown, problems: string[]): Pair[] {
	if (text === undefined || text === null || text === '') return [];
	if (typeof text !== 'string') {
		problems.push('Headers: must be a text such as header1:value1,header2:value2');
		return [];
	}
	if (text.trim() === '') return [];
	return cut(text, ',').flatMap((part): Pair[] => {
		const [name, ...rest] = cut(part, ':');
		if (part.trim() === '') {
			problems.push('Headers: there is nothing between two commas: remove one of them');
			return [];
		}
		if (rest.length === 0) {
			// Without the text: it may be the end of a secret value.
			problems.push(
				'Headers: a part between two commas has no colon: write name:value, and \\, for a comma inside a value',
			);
			return [];
		}
		// What is white space in the text is none of the value's; what was escaped, is.
		return [[unescape(name.trim()), unescape(rest.join(':').trim())]];
	});
}

/** Cuts a text where a character stands without a backslash before it. */
function cut(text: string, separator: string): string[] {
	const parts: string[] = [];
	let from = 0;
	for (let at = 0; at < text.length; at++) {
		if (text[at] === '\\') at++;
		else if (text[at] === separator) {
			parts.push(text.slice(from, at));
			from = at + 1;
		}
	}
	parts.push(text.slice(from));
	return parts;
}

const unescape = (text: string) => text.replace(/\\([\s\S])/g, '$1');

function pairsOfList(list: unknown, field: string, problems: string[]): Pair[] {
	if (list === undefined || list === null) return [];
	if (!Array.isArray(list)) {
		problems.push(`${field}: must be a list of names and values`);
		return [];
	}
	return list.flatMap((entry: unknown, i): Pair[] => {
		const { name, value = '' } = isFields(entry) ? entry : {};
		const isPlain = ['string', 'number', 'boolean'].includes(typeof value);
		if (typeof name === 'string' && name.trim() !== '' && isPlain) {
			return [[name.trim(), String(value)]];
		}
		problems.push(`${field} › ${i + 1}: must have a name and a text as its value`);
		return [];
	});
}

/**
 * Reads query parameters from a text `parameter1=value&parameter2=value` and a list of `{ name, value }`.
 *
 * The text is taken as it would stand in a URL: what is percent-encoded stays, other characters that a
 * query cannot have are encoded. `\&`, `\=` and `\\` stand for the characters themselves. In the list
 * names and values stand as they are and are encoded here.
 * @returns the query without a question mark; empty when there is none
 * @throws DestinationError that names what cannot be read
 */
export function readQuery(text: unknown, list: unknown): string {
	const problems: string[] = [];
	const given = typeof text === 'string' ? text.trim().replace(/^\?/, '') : (text ?? '');
	const parts: string[] = [];
	if (typeof given !== 'string') {
		problems.push('Query Parameters: must be a text such as parameter1=value&parameter2=value');
	} else if (given !== '') {
		for (const part of cut(given, '&')) {
			const [name, ...rest] = cut(part, '=');
			if (name.trim() === '' || rest.length === 0) {
				problems.push(
					`Query Parameters: "${shorten(name)}" is no parameter: write name=value, and \\& for an ampersand inside a value`,
				);
			} else parts.push(`${encodeTyped(name)}=${encodeTyped(rest.join('='))}`);
		}
	}
	for (const [name, value] of pairsOfList(list, 'Query Parameters', problems)) {
		parts.push(`${encode(name)}=${encode(value)}`);
	}
	if (problems.length > 0) throw new DestinationError(problems);
	return parts.join('&');
}

// A lone surrogate has no encoding.
const encode = (text: string) => encodeURIComponent(Buffer.from(text).toString());

/** Escaped characters are encoded whole, others only where a query cannot have them. */
function encodeTyped(text: string): string {
	return text.replace(
		/\\([\s\S])|%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~!$'()*+,;:@/?=]/gu,
		(found, escaped: string | undefined) => {
			if (escaped !== undefined) return encode(escaped);
			return /^%../.test(found) ? found : encode(found);
		},
	);
}

/**
 * Checks the endpoint and joins a query to it, whether it has one already or not. A fragment goes, since
 * it is never sent.
 * @throws DestinationError when it is no http or https URL or holds a user or a password, which it never
 * repeats
 */
export function readEndpoint(endpoint: unknown, query = ''): string {
	const text = typeof endpoint === 'string' ? endpoint.trim() : '';
	const refuse = (problem: string) => new DestinationError([`HTTP Endpoint: ${problem}`]);
	if (text === '') throw refuse('missing: write a URL such as https://api.example.com/profiles');
	if (/[\s\p{Cc}]/u.test(text)) {
		throw refuse('has white space or a line break in it: remove it, or write %20');
	}
	const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1].toLowerCase();
	if (scheme !== 'http' && scheme !== 'https') {
		throw refuse(
			scheme === undefined
				? 'begins with no scheme: begin it with https:// or http://'
				: `begins with ${shorten(scheme)}: – only https:// and http:// are possible`,
		);
	}
	const url = URL.parse(text);
	if (!/^https?:\/\/[^/?#\\]/i.test(text) || !url) {
		throw refuse('is no complete URL: write https://host/path');
	}
	const { username, password } = url;
	if (username !== '' || password !== '' || /^https?:\/\/[^/?#\\]*@/i.test(text)) {
		throw refuse('holds a user or a password: remove them and choose a credential instead');
	}
	const [base] = text.split('#', 1);
	if (query === '') return base;
	const joint = !base.includes('?') ? '?' : /[?&]$/.test(base) ? '' : '&';
	return base + joint + query;
}
