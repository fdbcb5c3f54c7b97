import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createSigner } from '../../lib/delivery/signature';
import { root } from './pages.ts';

type IsGenuine = (
	headers: Record<string, string | undefined>,
	rawBody: string,
	secret: string,
) => boolean;

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const BODY = '{"order":"Ünïcode 42"}';

/** What the page gives to receivers, made to run. */
function recipe(): IsGenuine {
	const page = readFileSync(join(root, 'docs', 'recipes.md'), 'utf8');
	const [, code] = /```js\n([^]*?)```/.exec(page) ?? [];
	const body = code.replace(/^import (\{.*\}) from ('.*');$/m, 'const $1 = require($2);');
	const make = new Function('require', `${body}; return isGenuine;`);
	return make(createRequire(__filename)) as IsGenuine;
}

const isGenuine = recipe();

/** The headers of a message, signed now or so many seconds ago. */
function headersOf(secrets: string[], secondsAgo = 0): Record<string, string> {
	const at = Math.floor(Date.now() / 1000) - secondsAgo;
	return {
		'webhook-id': 'msg_1',
		'webhook-timestamp': String(at),
		'webhook-signature': createSigner(secrets).sign('msg_1', at, BODY),
	};
}

test('the verifying of the recipes takes what we sign', () => {
	expect(isGenuine(headersOf([SECRET]), BODY, SECRET)).toBe(true);
});

test('it takes either secret during a change', () => {
	const headers = headersOf([OTHER, SECRET]);
	expect(isGenuine(headers, BODY, SECRET)).toBe(true);
	expect(isGenuine(headers, BODY, OTHER)).toBe(true);
});

test.each([
	['another body', headersOf([SECRET]), `${BODY} `],
	['another secret', headersOf([OTHER]), BODY],
	['an old message', headersOf([SECRET], 400), BODY],
	['one from the future', headersOf([SECRET], -400), BODY],
	['no signature', { ...headersOf([SECRET]), 'webhook-signature': undefined }, BODY],
	['a signature that is cut off', { ...headersOf([SECRET]), 'webhook-signature': 'v1,AAAA' }, BODY],
	['no timestamp', { ...headersOf([SECRET]), 'webhook-timestamp': undefined }, BODY],
	['another id', { ...headersOf([SECRET]), 'webhook-id': 'msg_2' }, BODY],
])('it refuses %s', (_, headers, body) => {
	expect(isGenuine(headers, body, SECRET)).toBe(false);
});
