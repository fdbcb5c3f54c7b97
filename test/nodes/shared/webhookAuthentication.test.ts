import crypto from 'node:crypto';
import type { IDataObject } from 'n8n-workflow';
import { createSigner } from '../../../lib/delivery/signature';
import '../harness/environment';
import { embeddedStore } from '../harness/contexts';
import { rowsOf } from '../../support/stores';
import type { ReactorDouble } from '../../support/reactorDouble';
import { PROPERTY } from '../../support/reactorDouble';
import { request, TOKEN } from '../CallbackApiTrigger/apiContext';
import { sendEvent } from '../CallbackTrigger/support';
import { send, type WebhookRequest } from '../PostbackTrigger/webhookContext';

const whsec = (text: string) => `whsec_${Buffer.from(text.padEnd(24, '.')).toString('base64')}`;
const SECRET = whsec('the secret');
const PREVIOUS = whsec('the one before');
const seconds = () => Math.floor(Date.now() / 1_000);

function signed(body: string | Buffer, { id = 'evt_1', at = seconds(), secret = SECRET } = {}) {
	return {
		'webhook-id': id,
		'webhook-timestamp': String(at),
		'webhook-signature': createSigner([secret]).sign(id, at, body),
	};
}

let nodes = 0;
let nodeId: string;
beforeEach(() => (nodeId = `signed-${++nodes}`));

const postback = async (over: WebhookRequest, data: IDataObject = { secret: SECRET }) =>
	await send({
		nodeId,
		...over,
		parameters: { authentication: 'signature', ...over.parameters },
		credentials: { postbackSigningSecretApi: data as never },
	});

const stored = async () =>
	(await rowsOf(await embeddedStore())).filter(({ consumer }) => consumer?.endsWith(`/${nodeId}`));

describe('a signed message to Postback Trigger', () => {
	test('counts once when it is sent again, and is answered alike', async () => {
		const body = '[{"id":"1"},{"id":"2"}]';
		const headers = signed(body);
		expect(await postback({ body, headers })).toMatchObject({
			status: 202,
			body: { queued: 2, duplicates: 0 },
		});
		expect(await postback({ body, headers })).toMatchObject({
			status: 202,
			body: { queued: 0, duplicates: 2 },
		});
		expect(await stored()).toHaveLength(2);
	});

	test.each([
		['nothing', {}],
		['a header', { deduplicateBy: 'header' }],
		['a key of the hit that it does not have', { deduplicateBy: 'hitKey', deduplicationKey: 'x' }],
	])('counts once with another Idempotency-Key, deduplicated by %s', async (_, settings) => {
		const body = '{"id":"1"}';
		for (const key of ['first', 'second', 'third']) {
			const headers = { ...signed(body), 'idempotency-key': key };
			expect((await postback({ body, headers, settings })).status).toBe(202);
		}
		expect(await stored()).toHaveLength(1);
	});

	test('counts again under another name, which has a signature of its own', async () => {
		const body = '{"id":"1"}';
		await postback({ body, headers: signed(body, { id: 'evt_1' }) });
		await postback({ body, headers: signed(body, { id: 'evt_2' }) });
		expect(await stored()).toHaveLength(2);
	});

	test.each<[string, (body: string) => Record<string, string>]>([
		['after its time', (body) => signed(body, { at: seconds() - 301 })],
		['before its time', (body) => signed(body, { at: seconds() + 310 })],
		[
			'with a newer timestamp than was signed',
			(body) => ({
				...signed(body, { at: seconds() - 301 }),
				'webhook-timestamp': String(seconds()),
			}),
		],
		['under another name than was signed', (body) => ({ ...signed(body), 'webhook-id': 'evt_9' })],
		['with two names', (body) => ({ ...signed(body), 'webhook-id': 'evt_1, evt_2' })],
		['without a name', (body) => ({ ...signed(body), 'webhook-id': '' })],
		[
			'with a timestamp in hexadecimal',
			(body) => ({ ...signed(body), 'webhook-timestamp': '0x1' }),
		],
		['with a signature of no version', (body) => withSignature(body, (one) => one.slice(3))],
		['with a signature cut short', (body) => withSignature(body, (one) => one.slice(0, -8))],
	])('is refused %s', async (_, headersOf) => {
		const body = '{"id":"1"}';
		expect((await postback({ body, headers: headersOf(body) })).status).toBe(401);
		expect(await stored()).toEqual([]);
	});

	const withSignature = (body: string, change: (signature: string) => string) => {
		const headers = signed(body);
		return { ...headers, 'webhook-signature': change(headers['webhook-signature']) };
	};

	test.each([
		['white space', '{ "id" :\t"1"\r\n}'],
		['escapes', '{"id":"\\u0031","a":"\\/"}'],
		['a key that is there twice', '{"id":"1","id":"2"}'],
		['a number that JSON would write otherwise', '{"id":1.0e0,"b":10000000000000000000001}'],
		['a byte order mark', '\ufeff{"id":"1"}'],
	])('is checked as it came, with %s', async (_, body) => {
		const headers = signed(body);
		const rewritten = JSON.stringify(JSON.parse(body.replace('\ufeff', '')));
		expect((await postback({ body: rewritten, headers })).status).toBe(401);
		expect((await postback({ body, headers })).status).toBe(202);
	});

	test('is refused by GET, since its query would be signed by nobody', async () => {
		const headers = signed('');
		const answer = await postback({ method: 'GET', query: 'id=forged', body: '', headers });
		expect(answer).toMatchObject({ status: 401, body: { error: expect.stringContaining('POST') } });
		expect(await stored()).toEqual([]);
	});

	test('is let in by either of two secrets, and by no third', async () => {
		const both = { secret: SECRET, previousSecret: PREVIOUS };
		const statuses: number[] = [];
		for (const [at, secret] of [SECRET, PREVIOUS, whsec('a third')].entries()) {
			const headers = signed('{"id":"1"}', { id: `evt_${at}`, secret });
			statuses.push((await postback({ body: '{"id":"1"}', headers }, both)).status);
		}
		expect(statuses).toEqual([202, 202, 401]);
	});

	test.each([{}, { secret: '' }, { secret: '  ' }, { secret: 'whsec_' }, { secret: null }])(
		'is refused whatever it is signed with, while the credential holds %j',
		async (data) => {
			for (const secret of [SECRET, whsec('')]) {
				const headers = signed('{}', { secret });
				expect((await postback({ body: '{}', headers }, data as IDataObject)).status).toBe(401);
			}
		},
	);
});

describe('a signed event to Callback Trigger', () => {
	const event = (over: IDataObject = {}) =>
		JSON.stringify({
			data: {
				id: `AE${'2'.repeat(32)}`,
				type: 'audit_events',
				attributes: { type_of: 'rule.created', entity: '{}' },
				relationships: { property: { data: { id: PROPERTY, type: 'properties' } } },
				...over,
			},
		});
	const callback = async (
		body: string,
		headers: Record<string, string>,
		data: IDataObject = { secret: SECRET },
	) =>
		await sendEvent({
			double: { origin: 'http://127.0.0.1:9' } as ReactorDouble,
			nodeId,
			body,
			headers,
			parameters: { check: 'signature' },
			credentials: { postbackSigningSecretApi: data as never },
		});

	test('counts once, whatever it is called', async () => {
		const body = event();
		expect((await callback(body, signed(body))).body.outcome).toBe('taken');
		expect((await callback(body, signed(body))).body.outcome).toBe('duplicate');
		const renamed = signed(body, { id: 'evt_other' });
		expect((await callback(body, renamed)).body.outcome).toBe('duplicate');
		expect(await stored()).toHaveLength(1);
	});

	test.each<[string, (body: string) => [string, Record<string, string>]]>([
		['after its time', (body) => [body, signed(body, { at: seconds() - 301 })]],
		['with other bytes that mean the same', (body) => [` ${body}`, signed(body)]],
		['about another event', (body) => [event({ id: `AE${'3'.repeat(32)}` }), signed(body)]],
		['with no signature at all', (body) => [body, {}]],
	])('is refused %s', async (_, change) => {
		const [body, headers] = change(event());
		expect((await callback(body, headers)).status).toBe(401);
		expect(await stored()).toEqual([]);
	});

	test('is let in by the previous secret while it is changed', async () => {
		const data = { secret: SECRET, previousSecret: PREVIOUS };
		const headers = signed(event(), { secret: PREVIOUS });
		expect((await callback(event(), headers, data)).status).toBe(200);
	});

	test.each([{}, { secret: '' }, { secret: ' ', previousSecret: '' }])(
		'is not taken while the credential holds %j',
		async (data) => {
			const headers = signed(event(), { secret: whsec('') });
			expect((await callback(event(), headers, data)).status).toBe(503);
			expect(await stored()).toEqual([]);
		},
	);
});

describe('a token of Callback API Trigger', () => {
	const list = async (authorization: string | undefined, data?: IDataObject) =>
		await request('GET', `/properties/PR${'a'.repeat(32)}/callbacks`, {
			token: null,
			headers: authorization === undefined ? {} : { authorization },
			...(data ? { credentials: { postbackCallbackTokensApi: data as never } } : {}),
		});

	test.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`])('lets in as %s', async (authorization) => {
		expect((await list(authorization)).status).toBe(200);
	});

	test.each([
		undefined,
		'',
		'Bearer',
		'Bearer ',
		`Basic ${TOKEN}`,
		TOKEN,
		`Bearer ${TOKEN}, Bearer ${TOKEN}`,
		`Bearer ${TOKEN}x`,
		`Bearer ${TOKEN.slice(0, -1)}`,
		`Bearer ${TOKEN.toUpperCase()}`,
		`Bearer sha256:${crypto.createHash('sha256').update(TOKEN).digest('hex')}`,
	])('is none in %j', async (authorization) => {
		expect((await list(authorization)).status).toBe(401);
	});

	test('lets nobody in where there is none', async () => {
		for (const authorization of ['Bearer ', 'Bearer undefined', `Bearer ${TOKEN}`]) {
			expect((await list(authorization, { holders: {} })).status).toBe(401);
			const empty = { holders: { token: [{ name: 'x', token: '', access: 'all' }] } };
			expect((await list(authorization, empty)).status).not.toBe(200);
		}
	});
});

describe('secrets are compared in a time that tells nothing', () => {
	/** Lengths of what was compared, as often as it was. */
	async function comparisons(run: () => Promise<unknown>): Promise<number[]> {
		const spy = jest.spyOn(crypto, 'timingSafeEqual');
		await run();
		const lengths = spy.mock.calls.flatMap(([a, b]) => [a.byteLength, b.byteLength]);
		spy.mockRestore();
		return lengths;
	}

	test.each([
		['bearerToken', { postbackBearerTokenApi: { token: 'sesame' } }],
		['headerAuth', { postbackHeaderAuthApi: { headerName: 'X-Key', secretValue: 'sesame' } }],
	])(
		'%s: by digests of one length, however long the guess is',
		async (authentication, credentials) => {
			for (const guess of ['s', 'sesame', 'sesame-and-more']) {
				const headers = { authorization: `Bearer ${guess}`, 'x-key': guess };
				const lengths = await comparisons(async () => {
					await send({ parameters: { authentication }, credentials, headers, body: '{}' });
				});
				expect(lengths).toEqual([32, 32]);
			}
		},
	);

	test('a signature: byte by byte over all of it', async () => {
		const lengths = await comparisons(async () => {
			await postback({ body: '{}', headers: signed('{}', { secret: whsec('other') }) });
		});
		expect(lengths).toEqual([32, 32]);
	});

	test('a token of the API: with each of the tokens', async () => {
		const lengths = await comparisons(async () => {
			await request('GET', '/audit_events', { token: 'no-token-of-anybody' });
		});
		expect(lengths).toEqual([32, 32, 32, 32]);
	});
});
