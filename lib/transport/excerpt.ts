import type { ExchangeResult } from './exchange';

/** Characters of a body that are kept with a delivery. */
export const EXCERPT_LENGTH = 2_000;

/**
 * The beginning of an answer's body as text: UTF-8, at most {@link EXCERPT_LENGTH} characters.
 * What is no text is replaced by a remark in brackets.
 * @param scrub takes secrets out; told whether the text ends before the body does.
 * @returns undefined when there is no body.
 */
export function bodyExcerpt(
	result: ExchangeResult,
	scrub: (text: string, cut: boolean) => string,
): string | undefined {
	const { body, complete } = result;
	if (!body || body.length === 0) return undefined;
	const encoding = first(result.headers['content-encoding']);
	if (encoding && encoding.toLowerCase() !== 'identity') return remark(result, encoding);
	const decoded = body.toString('utf8');
	// A character cut in half decodes to replacement characters at the end.
	const text = complete ? decoded : decoded.replace(/\ufffd{1,3}$/, '');
	if (isBinary(body, text)) return remark(result, first(result.headers['content-type']));
	const clean = scrub(text.startsWith('\ufeff') ? text.slice(1) : text, !complete);
	if (clean.length <= EXCERPT_LENGTH) return clean;
	const amidPair = /[\ud800-\udbff]/.test(clean[EXCERPT_LENGTH - 1]);
	return clean.slice(0, amidPair ? EXCERPT_LENGTH - 1 : EXCERPT_LENGTH);
}

/** The first value of a header, of which there may be several. */
export function first(value: string | string[] | undefined): string | undefined {
	return Array.isArray(value) ? value[0] : value;
}

function remark({ receivedBytes, complete }: ExchangeResult, kind: string | undefined): string {
	const described = kind?.replace(/[^\w.+/-].*$/, '').slice(0, 100);
	const amount = `${complete ? '' : 'at least '}${receivedBytes} bytes`;
	return `[not text${described ? `: ${described}` : ''}, ${amount}]`;
}

/** Text holds no zero byte, and hardly anything that UTF-8 does not know. */
function isBinary(body: Buffer, text: string): boolean {
	if (body.includes(0)) return true;
	return text.includes('\ufffd') && text.split('\ufffd').length - 1 > text.length / 20;
}
