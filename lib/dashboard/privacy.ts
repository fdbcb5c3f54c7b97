import { isSensitiveName, MASK } from '../delivery/masking';

/** Stands where something personal may have been. */
export const HIDDEN = '•••';

/** Headers whose values say nothing of a person. */
const HARMLESS = new Set([
	'accept',
	'accept-encoding',
	'accept-language',
	'apns-priority',
	'apns-push-type',
	'apns-topic',
	'content-encoding',
	'content-length',
	'content-type',
	'date',
	'user-agent',
	'webhook-id',
	'webhook-timestamp',
]);

/** A segment of a path that may name somebody: an address, a number, a long key. */
const NAMING = /@|%40|\d{3,}|[0-9a-f]{12,}|[\w-]{24,}/i;

/** A header's value, fit to be shown to whoever has not asked for personal data. */
export const hideHeader = (name: string, value: string) =>
	HARMLESS.has(name.toLowerCase()) || value === MASK ? value : HIDDEN;

/** A URL without what may be personal: values of parameters, and segments that may name somebody. */
export function hideUrl(url: string): string {
	const [, origin = '', path = '', query = '', fragment = ''] =
		/^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)?([^?#]*)(\?[^#]*)?(#[\s\S]*)?$/i.exec(url) ?? [];
	const segments = path
		.split('/')
		.map((segment) => (NAMING.test(segment) ? HIDDEN : segment))
		.join('/');
	return origin + segments + hidePairs(query) + (fragment === '' ? '' : `#${HIDDEN}`);
}

const hidePairs = (text: string) =>
	text.replace(/([?&;])([^=&;]+)(=([^&;]*))?/g, (_pair, separator, name, rest, value) => {
		if (rest === undefined) return `${separator}${HIDDEN}`;
		const isNothing = value === '' || value === MASK;
		return `${separator}${name}=${isNothing ? value : HIDDEN}`;
	});

/** Bodies that are longer are cut when they are shown. */
const LONGEST = 4_000;
/** Longer ones are not taken apart. */
const LONGEST_READ = 200_000;

/**
 * A body as it is shown. Values under names like those of secrets are masked in any case.
 * @param personal show the values; else only what the body is made of
 */
export function showBody(body: string, personal: boolean): string {
	const json = body.length > LONGEST_READ ? undefined : parsed(body);
	if (typeof json === 'object' && json !== null) {
		return cut(JSON.stringify(shown(json, personal), null, 2));
	}
	if (body.length <= LONGEST_READ && /^[^=&\s]+=[^&\n]*(&[^=&\s]+=[^&\n]*)*$/.test(body))
		return cut(showPairs(body, personal));
	if (personal) return cut(body);
	return body === '' ? '' : `${Buffer.byteLength(body)} bytes`;
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

/** What lies deeper is not shown. */
const DEEPEST = 20;

function shown(value: unknown, personal: boolean, depth = 0): unknown {
	if (depth > DEEPEST) return '…';
	if (Array.isArray(value)) {
		const few = value.slice(0, 20).map((one) => shown(one, personal, depth + 1));
		return value.length > few.length ? [...few, `… ${value.length - few.length} more`] : few;
	}
	if (typeof value === 'object' && value !== null) {
		return Object.fromEntries(
			Object.entries(value).map(([name, inner]) => [
				!personal && NAMING.test(name) ? HIDDEN : name,
				isSensitiveName(name) ? MASK : shown(inner, personal, depth + 1),
			]),
		);
	}
	return personal || value === null || typeof value === 'boolean' ? value : HIDDEN;
}

const showPairs = (text: string, personal: boolean) =>
	text
		.split('&')
		.map((pair) => {
			const [name, value = ''] = pair.split('=', 2);
			if (isSensitiveName(decoded(name))) return `${name}=${MASK}`;
			return personal ? pair : `${name}=${value === '' ? '' : HIDDEN}`;
		})
		.join('\n&');

function decoded(name: string): string {
	try {
		return decodeURIComponent(name.replaceAll('+', ' '));
	} catch {
		return name;
	}
}

const cut = (text: string) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
