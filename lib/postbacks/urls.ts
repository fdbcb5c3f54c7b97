import type { Template } from './template';

export const MAX_URL_BYTES = 64 * 1024;

/**
 * What is wrong with the URL template as far as its literal beginning tells, in words; undefined
 * when nothing is. A PII postback's must begin with a literal `https://` ("Mobile Services, PII
 * postbacks").
 */
export function problemOfUrlTemplate(template: Template, pii: boolean): string | undefined {
	const [first, ...rest] = template.parts;
	const start = typeof first === 'string' ? first : '';
	if (pii && !/^https:\/\//i.test(start)) {
		return 'a PII postback goes to https only: begin the URL with https://, without a token before it';
	}
	const scheme = /^https?:\/\//i.exec(start)?.[0];
	if (scheme === undefined) {
		// A token may still complete "ht".
		const undecided = rest.length > 0 || typeof first === 'object';
		if (undecided && 'https://'.startsWith(start.toLowerCase())) return undefined;
		if (undecided && 'http://'.startsWith(start.toLowerCase())) return undefined;
		return 'begin the URL with http:// or https://';
	}
	const authority = /^[^/?#\\]*/.exec(start.slice(scheme.length))?.[0] ?? '';
	const complete = scheme.length + authority.length < start.length || rest.length === 0;
	if (complete && !URL.canParse(`${scheme}${authority}/`)) {
		return `"${authority.slice(0, 100)}" is no host: write the URL as https://host/path`;
	}
	return undefined;
}

/** What is wrong with an expanded URL; undefined when it can be sent to. */
export function errorOfUrl(url: string, pii: boolean): { code: string; message: string } | undefined {
	if (Buffer.byteLength(url) > MAX_URL_BYTES) return urlTooLong();
	const excerpt = url.length > 200 ? `${url.slice(0, 199)}…` : url;
	if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) {
		return {
			code: 'invalid_url',
			message: `"${excerpt}" is not an http or https URL: look at the tokens in it and at what the hit holds`,
		};
	}
	if (pii && !/^https:/i.test(url)) {
		return { code: 'not_https', message: `"${excerpt}" is not https, which a PII postback must be` };
	}
	return undefined;
}

export function urlTooLong(): { code: string; message: string } {
	return {
		code: 'url_too_long',
		message: `The expanded URL is longer than ${MAX_URL_BYTES} bytes: put long values into the body`,
	};
}
