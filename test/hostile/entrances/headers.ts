import fc from 'fast-check';
import { readDelivery } from '../../../lib/delivery/deliverySchema';
import { createScrubber, maskHeaders, maskUrl } from '../../../lib/delivery/masking';
import { createVerifier, SignatureError } from '../../../lib/delivery/signature';
import { DestinationError, readEndpoint, readHeaders, readQuery } from '../../../lib/profiles';
import { entrance, must, refusable } from '../support/entrance';
import { damagedText, hostileText } from '../support/texts';
import { damaged, hostileValue } from '../support/values';

const DELIVERY = {
	delivery: {
		id: 'msg_0190a0b0',
		kind: 'postback',
		name: 'P',
		source: { type: 'postback', id: 'p' },
		request: {
			method: 'POST',
			url: 'https://a.example/x?y=z',
			headers: { 'Content-Type': 'text/plain', 'X-A': 'b' },
			body: 'x',
			timeoutMs: 100,
		},
		attempt: 0,
		status: 'pending',
		expiresAt: '2026-01-01T00:00:00Z',
		response: { statusCode: 200, bodyExcerpt: 'ok', durationMs: 3 },
		error: { code: 'X', message: 'y' },
	},
};

/** No header of a request that is accepted can begin another one. */
const isSafe = (headers: Record<string, string>) =>
	Object.entries(headers).every(
		([name, value]) =>
			/^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value),
	);

export const deliveryItems = entrance({
	name: 'delivery items',
	inputs: damaged(DELIVERY),
	take: (value) => {
		const reading = readDelivery(value);
		must(reading.ok || reading.problems.length > 0, 'refused without a reason');
		must(!reading.ok || isSafe(reading.delivery.request.headers), 'a header that breaks out');
	},
});

export const headers = entrance({
	name: 'headers, query and endpoint',
	inputs: fc.record({
		text: fc.oneof(damagedText(fc.constant('X-A:1,X-B:two\\,2, X-C : x:y')), hostileValue),
		list: damaged([
			{ name: 'X-D', value: '4' },
			{ name: 'X-E', value: 5 },
		]),
		query: fc.oneof(damagedText(fc.constant('a=1&b=%20\\&c&d=e=f')), hostileValue),
		endpoint: fc.oneof(damagedText(fc.constant('https://a.example:8443/p?q=1#f')), hostileValue),
	}),
	take: ({ text, list, query, endpoint }) => {
		const read = refusable(() => readHeaders(text, list), DestinationError);
		must(read === undefined || isSafe(read), 'a header that breaks out');
		const joined = refusable(() => readQuery(query, list), DestinationError);
		must(!/[\s#\p{Cc}]/u.test(joined ?? ''), 'a query that breaks out');
		const url = refusable(() => readEndpoint(endpoint, joined), DestinationError);
		must(url === undefined || URL.canParse(url), 'a URL that cannot be sent to');
	},
});

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const verifier = createVerifier([SECRET, 'whsec_bm9ib2R5IGtub3dzIHRoaXMgb25l']);

export const signatures = entrance({
	name: 'signatures',
	inputs: fc.record({
		id: hostileText,
		timestamp: fc.oneof(hostileText, fc.constant(String(Math.floor(Date.now() / 1_000)))),
		signature: damagedText(
			fc.constant('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1a,AAAA v2,x'),
		),
		body: hostileText,
	}),
	take: (message) => {
		const verified = refusable(() => {
			verifier.verify({ ...message, now: Date.now() });
			return true;
		}, SignatureError);
		must(verified === undefined, 'a signature by nobody was accepted');
	},
});

export const masking = entrance({
	name: 'masking',
	inputs: fc.record({
		secrets: fc.array(hostileText, { maxLength: 3 }),
		text: hostileText,
		url: damagedText(fc.constant('https://u:p@a.example/?token=abcdef&x=1;sig=2#key=3')),
		headers: damaged({ Authorization: 'Bearer x', Cookie: 'y', 'X-Plain': 'z' }),
	}),
	take: ({ secrets, text, url, headers: given }) => {
		const scrub = createScrubber(secrets);
		for (const secret of secrets) {
			if (secret.length < 4 || '***'.includes(secret)) continue;
			must(!scrub(`${text}|${secret}|`).includes(`|${secret}|`), 'a secret was left standing');
		}
		scrub(text, true);
		maskUrl(url);
		if (typeof given === 'object' && given !== null) maskHeaders(given as Record<string, string>);
	},
});
