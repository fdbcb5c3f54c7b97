import fc from 'fast-check';
import {
	createScrubber,
	isSensitiveName,
	maskHeaders,
	maskRequest,
	maskUrl,
} from '../../../lib/delivery/masking';

describe('names that are masked', () => {
	test.each([
		'Authorization',
		'authorisation',
		'Proxy-Authorization',
		'Cookie',
		'Set-Cookie',
		'X-Api-Key',
		'apikey',
		'api_key',
		'apiKey',
		'key',
		'subscription-key',
		'access_token',
		'X-Auth-Token',
		'xAuth',
		'auth',
		'client_secret',
		'password',
		'passwd',
		'pwd',
		'sig',
		'signature',
		'webhook-signature',
		'X-Hub-Signature-256',
		'X-Amz-Credential',
		'jwt',
		'session',
		'AWSAccessKeyId',
	])('%s', (name) => expect(isSensitiveName(name)).toBe(true));

	test.each([
		'content-type',
		'monkey',
		'keyword',
		'design',
		'author',
		'user',
		'zip',
		'accept',
		'passenger',
		'id',
	])('but not %s', (name) => expect(isSensitiveName(name)).toBe(false));
});

test('headers keep their names, order and harmless values', () => {
	const headers = { 'Content-Type': 'text/plain', Authorization: 'Bearer abc', 'x-trace': '1' };
	expect(Object.entries(maskHeaders(headers))).toEqual([
		['Content-Type', 'text/plain'],
		['Authorization', '***'],
		['x-trace', '1'],
	]);
	expect(headers.Authorization).toBe('Bearer abc');
});

describe('maskUrl', () => {
	test.each([
		['https://a.example/p?user=bob&zip=90210', 'https://a.example/p?user=bob&zip=90210'],
		['https://a.example/p?token=abc&zip=1', 'https://a.example/p?token=***&zip=1'],
		['https://a.example/?a=1;api_key=x#part', 'https://a.example/?a=1;api_key=***#part'],
		['https://a.example/?%74oken=abc', 'https://a.example/?%74oken=***'],
		['https://a.example/?api+key=abc', 'https://a.example/?api+key=***'],
		['https://a.example/#access_token=abc&x=1', 'https://a.example/#access_token=***&x=1'],
		['https://bob:secret@a.example/', 'https://***@a.example/'],
		['https://bob:s@cret@a.example/p@th', 'https://***@a.example/p@th'],
		['//bob:secret@a.example/', '//***@a.example/'],
		['https://a.example/@me?x=@', 'https://a.example/@me?x=@'],
		['https://a.example/?token', 'https://a.example/?token'],
		['https://a.example/?token=', 'https://a.example/?token=***'],
		['https://a.example/?%zz=1&key=2', 'https://a.example/?%zz=1&key=***'],
		['no url?password=abc', 'no url?password=***'],
		['', ''],
	])('%s', (url, masked) => expect(maskUrl(url)).toBe(masked));
});

test('maskRequest masks URL and headers, keeps the rest and changes nothing in place', () => {
	const request = {
		method: 'POST',
		url: 'https://a.example/?key=abc',
		headers: { cookie: 'a=b' },
		body: '{"a":1}',
		timeoutMs: 5,
	};
	expect(maskRequest(request)).toEqual({
		...request,
		url: 'https://a.example/?key=***',
		headers: { cookie: '***' },
	});
	expect(request.headers.cookie).toBe('a=b');
});

describe('a scrubber takes out a secret', () => {
	const secret = 'p@ss/w+rd "ü" 42';
	const scrub = createScrubber(['unused-secret', secret]);

	test.each([
		['as it is', secret],
		['in JSON', JSON.stringify({ echo: secret })],
		['URL-encoded', `x=${encodeURIComponent(secret)}`],
		['URL-encoded in lower case', encodeURIComponent(secret).toLowerCase()],
		['encoded as a form', String(new URLSearchParams({ x: secret }))],
		['in base64', Buffer.from(secret).toString('base64')],
		['in base64url', Buffer.from(secret).toString('base64url')],
		['in base64 behind one character', Buffer.from(`a${secret}zz`).toString('base64')],
		['in base64 behind a user name', Buffer.from(`me:${secret}`).toString('base64')],
		['twice', `${secret} and ${secret}`],
	])('%s', (_, text) => {
		const left = scrub(`before ${text} after`);
		expect(left).toMatch(/^before .*\*\*\*.* after$/);
		for (const part of ['p@ss', 'w+rd', 'p%40ss', 'cEBzcy', 'rd+'])
			expect(left).not.toContain(part);
	});

	test('cut off at the end of an excerpt', () => {
		expect(scrub(`text ${secret.slice(0, 9)}`, true)).toBe('text ***');
		expect(scrub(`text ${secret.slice(0, 9)}`)).toBe(`text ${secret.slice(0, 9)}`);
	});

	test('of which four characters stand at the cut, but not of fewer', () => {
		expect(scrub(`text ${secret.slice(0, 4)}`, true)).toBe('text ***');
		expect(scrub(`text ${secret.slice(0, 3)}`, true)).toBe(`text ${secret.slice(0, 3)}`);
	});

	test.each([
		['', /^\*{3}/],
		['a', /^..\*{3}/],
		['ab', /^...\*{3}/],
		['abc', /^....\*{3}/],
	])('from its first character of base64 on, behind "%s"', (before, expected) => {
		const whole = Buffer.from(`${before}${secret}xyz`).toString('base64');
		expect(scrub(whole)).toMatch(expected);
	});

	test('that contains another', () => {
		expect(createScrubber(['abcd', 'abcdefgh'])('x abcdefgh y abcd')).toBe('x *** y ***');
	});

	test('with characters that mean something in a pattern', () => {
		for (const odd of ['a.*b+?', '$&$1^', '[x]{2}(y)', 'a|b|c|d', '\\d\\w-z/']) {
			expect(createScrubber([odd])(`<${odd}>`)).toBe('<***>');
		}
	});
});

test('a scrubber leaves alone what is too short to be a secret', () => {
	expect(createScrubber(['', 'abc'])('abc abc')).toBe('abc abc');
});

test('a scrubber without secrets changes nothing', () => {
	expect(createScrubber([])('text', true)).toBe('text');
});

test('no secret is left, wherever it stands and however the text ends', () => {
	const secrets = fc
		.string({ minLength: 8, maxLength: 30 })
		.filter((one) => one.trim().length >= 8);
	fc.assert(
		fc.property(secrets, fc.string(), fc.string(), (secret, before, after) => {
			const scrub = createScrubber([secret]);
			return (
				!scrub(before + secret + after).includes(secret) &&
				!scrub(before + secret.slice(0, -1), true).endsWith(secret.slice(0, -1)) &&
				!scrub(before + encodeURIComponent(secret)).includes(encodeURIComponent(secret))
			);
		}),
	);
});
