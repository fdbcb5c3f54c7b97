import type { Answer, ReceivedRequest } from '../../../scripts/receiver.ts';

/**
 * Everything that a request holds, in all forms that a careless server might repeat it in: as it is, in
 * base64, URL-encoded and as JSON within JSON.
 */
export function echoOf({
	rawHeaders,
	body,
	url,
}: Pick<ReceivedRequest, 'rawHeaders' | 'body' | 'url'>) {
	const parts = [...rawHeaders, body.toString(), url];
	const bare = parts.flatMap((part) => [part, part.replace(/^(?:Bearer|Basic) /i, '')]);
	const decoded = bare.map((part) => Buffer.from(part, 'base64').toString('latin1'));
	const whole = JSON.stringify(bare);
	return {
		text: [
			whole,
			JSON.stringify(whole),
			JSON.stringify(decoded),
			bare.map((part) => Buffer.from(part).toString('base64')).join(' '),
			bare.map((part) => Buffer.from(part).toString('base64url')).join(' '),
			bare.map((part) => encodeURIComponent(part)).join(' '),
		],
		/** For a header, which takes no other characters. */
		line: bare.join(' ').replace(/[^\x20-\x7e]/g, ''),
	};
}

/** An answer that repeats one form of everything; each time that it is asked another one. */
export const echoing =
	(status: number, afterMs = 0) =>
	(request: ReceivedRequest, before: number): Answer => {
		const { text, line } = echoOf(request);
		return {
			status,
			afterMs,
			headers: {
				'content-type': 'text/plain',
				'x-echo': line.slice(0, 4_000),
				'www-authenticate': line.slice(0, 1_000),
				location: `http://127.0.0.1:9/?${encodeURIComponent(line.slice(0, 1_000))}`,
			},
			body: text[before % text.length],
		};
	};

/** An error of OAuth2 that repeats everything. */
export const echoingOAuth = (request: ReceivedRequest, before: number): Answer => {
	const { text } = echoOf(request);
	const description = text[before % text.length];
	return {
		status: [400, 401, 200, 500][before % 4],
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({
			error: `invalid_client ${description}`,
			error_description: description,
		}),
	};
};
