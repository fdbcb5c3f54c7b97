import type { Template } from './template';

// URL.canParse is not asked here: it calls a few URLs good that cannot be parsed (very long hosts in capitals).
export const MAX_URL_BYTES = 64 * 1024;

/** The literal beginning of a URL template, taken apart. */
function readStart(template: Template) {
	const [first, ...rest] = template.parts;
	const start = typeof first === 'string' ? first : '';
	const scheme = /^https?:\/\//i.exec(start)?.[0];
	const authority = /^[^/?#\\]*/.exec(start.slice(scheme?.length))?.[0] ?? '';
	return {
		start,
		scheme,
		authority,
		/** Whether a token comes after the literal text. */
		open: rest.length > 0 || typeof first === 'object',
		ends: (scheme ?? '').length + authority.length < start.length,
	};
}

/**
 * Whether the URLs of a valid template always parse: scheme and host stand literally in it, and no
 * path or query makes an http URL invalid.
 */
export function hasLiteralHost(template: Template): boolean {
	const { scheme, open, ends } = readStart(template);
	return scheme !== undefined && (ends || !open);
}

/**
 * What is wrong with the URL template as far as its literal beginning tells, in words; undefined
 * when nothing is. A PII postback's must begin with a literal `https://` ("Mobile Services, PII
 * postbacks").
 */
export function problemOfUrlTemplate(template: Template, pii: boolean): string | undefined {
	const { start, scheme, authority, open } = readStart(template);
	if (pii && !/^https:\/\//i.test(start)) {
		return 'a PII postback goes to https only: begin the URL with https://, without a token before it';
	}
	if (scheme === undefined) {
		// A token may still complete "ht".
		const begun = ['https://', 'http://'].some((one) => one.startsWith(start.toLowerCase()));
		return open && begun ? undefined : 'begin the URL with http:// or https://';
	}
	if (hasLiteralHost(template) && !URL.parse(`${scheme}${authority}/`)) {
		return `"${authority.slice(0, 100)}" is no host: write the URL as https://host/path`;
	}
	return undefined;
}

/**
 * What is wrong with an expanded URL; undefined when it can be sent to.
 *
 * @param literalHost What {@link hasLiteralHost} says of its template.
 */
export function errorOfUrl(
	url: string,
	pii: boolean,
	literalHost: boolean,
): { code: string; message: string } | undefined {
	// Three bytes for each character at most, so that most URLs need no counting.
	if (url.length * 3 > MAX_URL_BYTES && Buffer.byteLength(url) > MAX_URL_BYTES) return urlTooLong();
	if (literalHost) return undefined;
	const excerpt = url.length > 200 ? `${url.slice(0, 199)}…` : url;
	if (!/^https?:\/\//i.test(url) || !URL.parse(url)) {
		return {
			code: 'invalid_url',
			message: `"${excerpt}" is not an http or https URL: look at the tokens in it and at what the hit holds`,
		};
	}
	if (pii && !/^https:/i.test(url)) {
		return {
			code: 'not_https',
			message: `"${excerpt}" is not https, which a PII postback must be`,
		};
	}
	return undefined;
}

export function urlTooLong(): { code: string; message: string } {
	return {
		code: 'url_too_long',
		message: `The expanded URL is longer than ${MAX_URL_BYTES} bytes: put long values into the body`,
	};
}
