import type { DeliveryRequest } from './delivery';

/** Stands where a value was. */
export const MASK = '***';

/** Words that mark a name as holding a secret, wherever they stand in it. */
const ALARMING =
	/token|secret|passw|passphrase|signature|cookie|authori[sz]ation|credential|api-?key|access-?key/;
/** The same for short words, which occur inside harmless ones (monkey, design, author). */
const ALARMING_WORDS = new Set([
	'key',
	'keys',
	'sig',
	'hmac',
	'auth',
	'jwt',
	'pwd',
	'pass',
	'pin',
	'otp',
	'sid',
	'session',
	'bearer',
]);

/** Whether a header or parameter of this name is shown masked. */
export function isSensitiveName(name: string): boolean {
	const words = name
		.replace(/([a-z0-9])([A-Z])/g, '$1-$2')
		.toLowerCase()
		.split(/[^a-z0-9]+/)
		.filter((word) => word !== '');
	return ALARMING.test(words.join('-')) || words.some((word) => ALARMING_WORDS.has(word));
}

/** A copy of the headers in which the values of sensitive ones are masked. */
export function maskHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
	return Object.fromEntries(
		Object.entries(headers).map(([name, value]) => [name, isSensitiveName(name) ? MASK : value]),
	);
}

/**
 * A URL in which user and password and the values of sensitive parameters are masked. Works on
 * the text, so that the rest stays as it was written and a broken URL is masked too.
 */
export function maskUrl(url: string): string {
	const [, beforeQuery = '', query = '', fragment = ''] =
		/^([^?#]*)(\?[^#]*)?(#[\s\S]*)?$/.exec(url) ?? [];
	return (
		beforeQuery.replace(/^([a-z][a-z0-9+.-]*:)?(\/\/)[^/]*@/i, `$1$2${MASK}@`) +
		maskPairs(query) +
		maskPairs(fragment)
	);
}

/** Pairs of a query or a fragment, which some identity providers use like a query. */
function maskPairs(text: string): string {
	return text.replace(/([?#&;])([^=&;]+)=([^&;]*)/g, (pair, separator: string, name: string) =>
		isSensitiveName(decodeName(name)) ? `${separator}${name}=${MASK}` : pair,
	);
}

function decodeName(name: string): string {
	try {
		return decodeURIComponent(name.replaceAll('+', ' '));
	} catch {
		return name;
	}
}

/** A copy of the request fit to be shown; the body stays, since it is what was composed. */
export function maskRequest(request: DeliveryRequest): DeliveryRequest {
	return { ...request, url: maskUrl(request.url), headers: maskHeaders(request.headers) };
}

/** Takes secrets out of a text. */
export interface Scrubber {
	/** @param cut whether the text ends before what it was taken from, perhaps amid a secret. */
	(text: string, cut?: boolean): string;
}

/** Shorter ones occur by chance, and would leave nothing of a text. */
const SHORTEST_SECRET = 4;
const SHORTEST_TAIL = 4;

/**
 * Makes a function that masks the given secrets in a text: as they are, JSON-escaped, URL-encoded,
 * in base64 (also inside a longer base64 text), and the beginning of one at the end of a cut text.
 */
export function createScrubber(secrets: readonly string[]): Scrubber {
	const forms = [...new Set(secrets.filter((s) => s.length >= SHORTEST_SECRET).flatMap(formsOf))];
	if (forms.length === 0) return (text) => text;
	// Longest first, so that a form never leaves the rest of a longer one standing.
	forms.sort((a, b) => b.length - a.length);
	return (text, cut = false) => {
		// One by one, since a pattern of them all can be longer than a pattern may be.
		const scrubbed = forms.reduce((rest, form) => rest.replaceAll(form, MASK), text);
		return cut ? maskCutTail(scrubbed, forms) : scrubbed;
	};
}

function formsOf(secret: string): string[] {
	// A lone surrogate has no encoding.
	const encoded = encodeURIComponent(Buffer.from(secret).toString());
	const lowerCased = encoded.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
	return [
		secret,
		JSON.stringify(secret).slice(1, -1),
		encoded,
		lowerCased,
		encoded.replaceAll('%20', '+'),
		...base64Forms(Buffer.from(secret, 'utf8')),
	].filter((form) => form.length >= SHORTEST_SECRET);
}

/** Inside a longer text a secret begins at one of three offsets; what its neighbours shape is cut off. */
function base64Forms(secret: Buffer): string[] {
	const forms: string[] = [];
	for (const before of [0, 1, 2]) {
		const text = Buffer.concat([Buffer.alloc(before), secret]).toString('base64');
		const first = before === 0 ? 0 : before + 1;
		const wholeBits = Math.floor(((before + secret.length) * 8) / 6);
		const own = text.slice(first, wholeBits);
		if (own.length >= 6) forms.push(own, own.replaceAll('+', '-').replaceAll('/', '_'));
	}
	return forms;
}

function maskCutTail(text: string, forms: readonly string[]): string {
	for (const form of forms) {
		const most = Math.min(form.length - 1, text.length);
		for (let length = most; length >= SHORTEST_TAIL; length--) {
			if (text.endsWith(form.slice(0, length))) return text.slice(0, -length) + MASK;
		}
	}
	return text;
}
