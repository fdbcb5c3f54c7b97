import { HitError } from './errors';
import { parseForm } from './form';
import { flattenHit, shorten, type Hit } from './hit';

/** A request as it arrived. */
export interface HitRequest {
	method: string;
	contentType?: string;
	/** The raw query string, without the question mark. */
	query: string;
	body: Buffer;
}

export interface HitLimits {
	/** Bytes; 10 MiB unless told. */
	maxBodyBytes?: number;
	/** Hits in one request; 10,000 unless told. */
	maxHits?: number;
}

export interface ParsedHits {
	hits: Array<{ index: number; hit: Hit }>;
	/** Bad hits among good ones, each with the reason in words. */
	rejected: Array<{ index: number; reason: string }>;
}

export const DEFAULT_MAX_BODY_BYTES = 10 * 1024 * 1024;
export const DEFAULT_MAX_HITS = 10_000;

const JSON_TYPE = /^(?:application\/json|text\/json|[a-z]+\/[a-z0-9.!#$&^_-]+\+json)$/;
const NDJSON_TYPE = /^(?:application|text)\/(?:x-)?(?:ndjson|jsonl|jsonlines|json-lines|json-seq)$/;
const FORM_TYPE = 'application/x-www-form-urlencoded';
const SUPPORTED = `application/json, application/x-ndjson or ${FORM_TYPE}`;

/**
 * Takes the hits out of a request.
 *
 * GET and HEAD carry one hit in the query; every other method carries hits in the body (the query
 * then belongs to the URL, not to the hit): a JSON object, an array of them, NDJSON, or a form.
 * Queries and forms may nest by Adobe Analytics context data (`c.&a.&AppID=X&.a&.c`). Without a
 * content type, or with text/plain, the body is recognised by its first character.
 *
 * Hits are numbered from 0: elements of an array, lines of NDJSON that are not blank.
 *
 * @throws HitError 413 over a limit; 400 for everything else that cannot be read, and when not one
 * hit of the request is good.
 */
export function parseHits(request: HitRequest, limits: HitLimits = {}): ParsedHits {
	const maxBodyBytes = limits.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
	const maxHits = limits.maxHits ?? DEFAULT_MAX_HITS;
	const method = request.method.toUpperCase();
	if (method === 'GET' || method === 'HEAD') {
		if (Buffer.byteLength(request.query) > maxBodyBytes) throw tooLarge('query', maxBodyBytes);
		if (request.query === '') {
			throw new HitError(400, 'The query is empty: put the hit into it, as ?key=value&key=value');
		}
		return one(parseForm(request.query, 'query'));
	}
	if (request.body.length > maxBodyBytes) throw tooLarge('body', maxBodyBytes);
	const { type, charset } = parseContentType(request.contentType);
	const text = decode(request.body, charset);
	if (text.trim() === '') {
		throw new HitError(400, 'The body is empty: send a hit in it, or use GET and the query');
	}
	switch (formOf(type, text)) {
		case 'ndjson':
			return parseLines(text, maxHits);
		case 'json':
			return parseJson(text, maxHits);
		case 'form':
			return one(parseForm(text.trim(), 'form'));
	}
}

function formOf(type: string, text: string): 'json' | 'ndjson' | 'form' {
	if (NDJSON_TYPE.test(type)) return 'ndjson';
	if (JSON_TYPE.test(type)) return 'json';
	if (type === FORM_TYPE) return 'form';
	if (type === '' || type === 'text/plain') {
		if (/^\s*[[{]/.test(text)) return 'json';
		if (/^[^\s=&]+(?:=|&)/.test(text)) return 'form';
		throw new HitError(
			400,
			`The body is neither JSON nor a form: send ${SUPPORTED} with its Content-Type`,
		);
	}
	throw new HitError(
		400,
		`The content type "${shorten(type)}" is not supported: send ${SUPPORTED}`,
	);
}

function parseContentType(header: string | undefined): { type: string; charset: string } {
	const [type = '', ...parameters] = (header ?? '').split(';');
	for (const parameter of parameters) {
		const [name = '', value = ''] = parameter.split('=', 2);
		if (name.trim().toLowerCase() !== 'charset') continue;
		return { type: type.trim().toLowerCase(), charset: value.trim().replace(/^"(.*)"$/, '$1') };
	}
	return { type: type.trim().toLowerCase(), charset: '' };
}

function decode(body: Buffer, charset: string): string {
	if (!/^(?:|utf-?8|us-ascii|ascii)$/i.test(charset)) {
		throw new HitError(400, `The charset "${shorten(charset)}" is not supported: send UTF-8`);
	}
	try {
		return new TextDecoder('utf-8', { fatal: true }).decode(body);
	} catch {
		throw new HitError(400, 'The body is not valid UTF-8: send it in UTF-8');
	}
}

function parseJson(text: string, maxHits: number): ParsedHits {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (error) {
		if (looksLikeLines(text)) return parseLines(text, maxHits);
		throw new HitError(400, `The body is not valid JSON: ${messageOf(error)}`);
	}
	if (!Array.isArray(value)) return one(value);
	if (value.length === 0) {
		throw new HitError(400, 'The array holds no hit: send at least one object in it');
	}
	if (value.length > maxHits) throw tooMany(value.length, maxHits);
	return gather(value.map((element: unknown) => () => flattenHit(element)));
}

/**
 * Whether JSON that does not parse as a whole is NDJSON under the wrong name: several lines, each
 * of which begins an object. Broken JSON that was pretty-printed has lines that do not.
 */
function looksLikeLines(text: string): boolean {
	const lines = linesOf(text);
	return lines.length > 1 && lines.every((line) => line.trimStart().startsWith('{'));
}

function linesOf(text: string): string[] {
	// RFC 7464 (json-seq) puts a record separator before each record.
	return text.split(/\r?\n/).flatMap((line) => {
		const bare = line.startsWith('\u001e') ? line.slice(1) : line;
		return bare.trim() === '' ? [] : [bare];
	});
}

function parseLines(text: string, maxHits: number): ParsedHits {
	const lines = linesOf(text);
	if (lines.length > maxHits) throw tooMany(lines.length, maxHits);
	return gather(
		lines.map((line) => () => {
			let value: unknown;
			try {
				value = JSON.parse(line);
			} catch (error) {
				throw new HitError(400, `This line is not valid JSON: ${messageOf(error)}`);
			}
			return flattenHit(value);
		}),
	);
}

function one(value: unknown): ParsedHits {
	return { hits: [{ index: 0, hit: flattenHit(value) }], rejected: [] };
}

function gather(readers: Array<() => Hit>): ParsedHits {
	const parsed: ParsedHits = { hits: [], rejected: [] };
	readers.forEach((read, index) => {
		try {
			parsed.hits.push({ index, hit: read() });
		} catch (error) {
			if (!(error instanceof HitError)) throw error;
			parsed.rejected.push({ index, reason: error.message });
		}
	});
	const [first] = parsed.rejected;
	if (parsed.hits.length === 0 && first !== undefined) {
		const others = parsed.rejected.length - 1;
		const note = others === 0 ? '' : ` (and none of the other ${others} is good)`;
		throw new HitError(400, `Hit ${first.index}: ${first.reason}${note}`, first.index);
	}
	return parsed;
}

function tooLarge(what: string, maxBytes: number): HitError {
	return new HitError(
		413,
		`The ${what} is larger than ${maxBytes} bytes: send fewer or smaller hits in a request`,
	);
}

function tooMany(count: number, maxHits: number): HitError {
	return new HitError(
		413,
		`The request carries ${count} hits; at most ${maxHits} are taken: send them in several requests`,
	);
}

function messageOf(error: unknown): string {
	return shorten(error instanceof Error ? error.message : String(error));
}
