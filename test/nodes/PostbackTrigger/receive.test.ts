import { closeStores, withEnvironment } from '../harness/environment';
import { rowsOf } from '../../support/stores';
import { embeddedStore } from '../harness/contexts';
import { send, type WebhookRequest } from './webhookContext';

const SECRET = 'sesame-4f9c2b';
const bearer: WebhookRequest = {
	parameters: { authentication: 'bearerToken' },
	credentials: { postbackBearerTokenApi: { token: SECRET } },
};

/** Deliveries that a trigger has stored. */
async function storedFor(nodeId: string) {
	const rows = await rowsOf(await embeddedStore());
	return rows.filter(({ consumer }) => consumer === `trigger:workflow-1/${nodeId}`);
}

const urlsOf = (rows: { request: string }[]) =>
	rows.map(({ request }) => (JSON.parse(request) as { url: string }).url);

describe('a hit that is taken in', () => {
	test('is stored when 202 is answered, and n8n starts no execution for it', async () => {
		const answer = await send({ body: '{"id":"1"}', nodeId: 'one' });
		expect(answer).toMatchObject({
			status: 202,
			body: { accepted: 1, rejected: [], matched: 1, queued: 1, duplicates: 0 },
			returned: { noWebhookResponse: true },
		});
		expect(answer.returned).not.toHaveProperty('workflowData');
		const rows = await storedFor('one');
		expect(urlsOf(rows)).toEqual(['https://a.example/?id=1']);
		expect(rows[0]).toMatchObject({ workflow_id: 'workflow-1', status: 'pending' });
	});

	test.each([
		['a query', { method: 'GET', query: 'id=q%201', body: 'ignored' }, 'q%201'],
		[
			'a form',
			{ body: 'id=f+1', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
			'f%201',
		],
		['lines', { body: '{"id":"l1"}\n', headers: { 'content-type': 'application/x-ndjson' } }, 'l1'],
		['JSON, whatever the query says', { query: 'id=q', body: '{"id":"j"}' }, 'j'],
	])('comes as %s', async (name, request, id) => {
		await send({ ...request, nodeId: name });
		expect(urlsOf(await storedFor(name))).toEqual([`https://a.example/?id=${id}`]);
	});

	test('that matches nothing is answered alike and stores nothing', async () => {
		const condition = { kind: 'other', otherKey: 'page', otherMatcher: 'eq', value: 'Main' };
		const postback = [
			{ name: 'P', active: true, url: 'https://a.example/', triggers: { conditions: [condition] } },
		];
		const parameters = { postbacks: { postback } };
		const answer = await send({ body: '{"page":"x"}', parameters, nodeId: 'nothing' });
		expect(answer).toMatchObject({ status: 202, body: { accepted: 1, matched: 0, queued: 0 } });
		expect(await storedFor('nothing')).toEqual([]);
	});

	test('beside a bad one goes through; the bad one is named by its index', async () => {
		const answer = await send({ body: '[{"id":"a"},7,{"id":"b"}]', nodeId: 'mixed' });
		expect(answer).toMatchObject({
			status: 202,
			body: { accepted: 2, queued: 2, rejected: [{ index: 1 }] },
		});
	});
});

describe('deduplication', () => {
	const byHeader: WebhookRequest = {
		settings: { deduplicateBy: 'header' },
		body: '[{"id":1},{"id":2}]',
	};

	test.each(['idempotency-key', 'webhook-id'])(
		'by the header %s counts a request once',
		async (name) => {
			const request = { ...byHeader, nodeId: name };
			const first = await send({ ...request, headers: { [name]: 'k1' } });
			const again = await send({ ...request, headers: { [name]: 'k1' } });
			const other = await send({ ...request, headers: { [name]: 'k2' } });
			expect([first, again, other].map(({ body }) => body.queued)).toEqual([2, 0, 2]);
			expect(again.body.duplicates).toBe(2);
		},
	);

	test('by a header that does not come takes everything in', async () => {
		const request = { ...byHeader, nodeId: 'no header' };
		await send(request);
		expect((await send(request)).body.queued).toBe(2);
	});

	test('by a key of the hit counts a hit once, also within a request; without a value it counts always', async () => {
		const request: WebhookRequest = {
			settings: { deduplicateBy: 'hitKey', deduplicationKey: 'event.id' },
			body: '[{"event":{"id":1}},{"event":{"id":1}},{"event":{"id":""}},{"event":{"id":null}},{}]',
			nodeId: 'hit key',
		};
		expect((await send(request)).body).toMatchObject({ queued: 4, duplicates: 1 });
		expect((await send(request)).body).toMatchObject({ queued: 3, duplicates: 2 });
	});

	test.each([
		[undefined, 14],
		[3, 3],
		[0.2, 1],
	])('is remembered for Deduplication Days (%s)', async (deduplicationDays, days) => {
		const nodeId = `for ${days} days`;
		const settings = {
			deduplicateBy: 'header',
			...(deduplicationDays ? { deduplicationDays } : {}),
		};
		await send({ body: '{}', settings, headers: { 'webhook-id': 'k' }, nodeId });
		const store = await embeddedStore();
		const { expires_at: expiresAt } = await store.read(
			async (unit) =>
				await unit.db
					.selectFrom('deduplication')
					.selectAll()
					.where('scope', '=', `workflow-1/${nodeId}`)
					.executeTakeFirstOrThrow(),
		);
		expect((Number(expiresAt) - Date.now()) / 86_400_000).toBeCloseTo(days, 2);
	});

	test('is off unless it is chosen', async () => {
		const request = { body: '{"id":1}', headers: { 'idempotency-key': 'k' }, nodeId: 'off' };
		await send(request);
		expect((await send(request)).body.queued).toBe(1);
	});
});

describe('refused, with an answer of its own', () => {
	const tooLarge = Object.assign(new Error('request entity too large'), { statusCode: 413 });
	const refused: [string, WebhookRequest, number, RegExp][] = [
		['JSON that is none', { body: '{"id":' }, 400, /not valid JSON/],
		['an empty body', { body: '' }, 400, /The body is empty/],
		['an empty query', { method: 'GET' }, 400, /The query is empty/],
		[
			'a content type that is not known',
			{ body: 'x', headers: { 'content-type': 'text/css' } },
			400,
			/text\/css/,
		],
		[
			'more hits than allowed',
			{ body: '[{},{},{}]', settings: { maxHits: 2 } },
			413,
			/3 hits; at most 2/,
		],
		[
			'a body that n8n cannot read',
			{ unreadable: new Error('aborted') },
			400,
			/could not be read: aborted/,
		],
		[
			'a body over the limit of n8n',
			{ unreadable: tooLarge },
			413,
			/larger than 10 MB.*Largest Request/,
		],
		[
			'a body over the limit of n8n, as body-parser says it',
			{ unreadable: Object.assign(new Error('too large'), { status: 413 }) },
			413,
			/larger than/,
		],
		[
			'a body that announces more than the limit, before it is read',
			{
				headers: { 'content-length': String(1024 * 1024 + 1) },
				unreadable: new Error('was read'),
				settings: { maxBodyMb: 1 },
			},
			413,
			/larger than 1 MB/,
		],
		[
			'a body over the limit that announced nothing',
			{ body: ' '.repeat(1024 * 1024 + 1), settings: { maxBodyMb: 1 } },
			413,
			/larger than 1 MB/,
		],
		['no bearer token', { ...bearer, body: '{}' }, 401, /bearer token/],
		[
			'a wrong bearer token',
			{ ...bearer, body: '{}', headers: { authorization: 'Bearer x' } },
			401,
			/bearer token/,
		],
		[
			'an address that is not allowed',
			{ body: '{}', settings: { allowedIps: '10.0.0.0/8' } },
			403,
			/This address/,
		],
		[
			'an address behind a proxy that is allowed itself',
			{ body: '{}', settings: { allowedIps: '10.0.0.0/8' }, ips: ['203.0.113.7', '10.0.0.5'] },
			403,
			/This address/,
		],
	];

	test.each(refused)('%s', async (_name, request, status, expected) => {
		const answer = await send({ ...request, nodeId: 'refused' });
		expect(answer.status).toBe(status);
		expect(answer.body.error).toMatch(expected);
		expect(answer.returned).toEqual({ noWebhookResponse: true });
		expect(JSON.stringify(answer.body)).not.toMatch(/sesame|\bat .*:\d+/);
		expect(await storedFor('refused')).toEqual([]);
	});

	test('a body of exactly the limit is not refused', async () => {
		const body = '{"id":1}'.padEnd(1024 * 1024, ' ');
		const headers = { 'content-length': String(body.length) };
		const answer = await send({ body, headers, settings: { maxBodyMb: 1 }, nodeId: 'limit' });
		expect(answer.status).toBe(202);
	});

	test('a hit that is none names its index where one can be named', async () => {
		const answer = await send({ body: '[7,8]' });
		expect(answer).toMatchObject({ status: 400, body: { index: 0 } });
		expect((await send({ body: '7' })).body).not.toHaveProperty('index');
	});

	test('401 says how to authenticate, the others do not', async () => {
		expect((await send({ ...bearer, body: '{}' })).headers['www-authenticate']).toBe('Bearer');
		const forbidden = await send({ body: '{}', settings: { allowedIps: '10.0.0.0/8' } });
		expect(forbidden.headers).toEqual({});
	});

	test('who may send is looked at before what is sent', async () => {
		expect((await send({ ...bearer, body: 'no JSON' })).status).toBe(401);
		const settings = { allowedIps: '10.0.0.0/8' };
		expect((await send({ ...bearer, settings, body: '{}' })).status).toBe(403);
	});

	test('the right token is let in', async () => {
		const headers = { authorization: `Bearer ${SECRET}` };
		expect((await send({ ...bearer, body: '{}', headers })).status).toBe(202);
	});
});

describe('what is no fault of the sender is 503 with Retry-After, and tells no details', () => {
	const generic = 'Hits cannot be taken in now; send them again later';
	const later = { status: 503, headers: { 'retry-after': '30' } };

	test('a store that is full', async () => {
		const credentials = { deliveryStoreApi: { maxSizeMb: 0.000001 } };
		const answer = await send({ body: '{}', credentials, nodeId: 'full' });
		expect(answer).toMatchObject(later);
		expect(answer.body).toEqual({ error: 'Hits cannot be stored now; send them again later' });
		expect(answer.log).toEqual([
			{ level: 'warn', message: expect.stringContaining('its limit is 1 MB') as string },
		]);
		expect(await storedFor('full')).toEqual([]);
	});

	test('a postback that is set up wrongly', async () => {
		const postbacks = {
			postback: [{ name: 'P', active: true, url: 'https://a.example/{%nope%}' }],
		};
		const answer = await send({ body: '{}', parameters: { postbacks } });
		expect(answer).toMatchObject(later);
		expect(answer.body).toEqual({ error: 'This trigger is set up wrongly' });
		expect(answer.log[0]).toMatchObject({
			level: 'error',
			message: expect.stringContaining('{%nope%}') as string,
		});
	});

	test('a credential that cannot be read', async () => {
		const answer = await send({ body: '{}', parameters: { authentication: 'headerAuth' } });
		expect(answer).toMatchObject({ ...later, body: { error: generic } });
		expect(answer.log[0].message).toContain('postbackHeaderAuthApi');
	});

	test('an allow-list that cannot be read', async () => {
		const answer = await send({ body: '{}', settings: { allowedIps: 'nobody' } });
		expect(answer).toMatchObject({ ...later, body: { error: generic } });
	});

	describe('in queue mode', () => {
		withEnvironment({ EXECUTIONS_MODE: 'queue' });

		test('an embedded store', async () => {
			const answer = await send({ body: '{}' });
			expect(answer).toMatchObject(later);
			expect(answer.body).toEqual({ error: 'Hits cannot be stored now; send them again later' });
			expect(answer.log).toEqual([
				{ level: 'warn', message: expect.stringContaining('Choose PostgreSQL') as string },
			]);
		});
	});

	test('a store that was closed is opened again', async () => {
		await send({ body: '{}' });
		await (await embeddedStore()).close();
		expect((await send({ body: '{}' })).status).toBe(202);
		await closeStores();
	});
});

describe('"Listen for test event" in the editor', () => {
	const test1: WebhookRequest = { mode: 'manual', nodeId: 'test' };

	test('gives the deliveries to the canvas, marked as a test, and stores nothing', async () => {
		const answer = await send({ ...test1, body: '[{"id":"a"},{"id":"b"},7]' });
		expect(answer).toMatchObject({
			status: 202,
			body: { test: true, accepted: 2, rejected: [{ index: 2 }], queued: 2 },
		});
		expect(answer.returned.noWebhookResponse).toBe(true);
		const items = answer.returned.workflowData?.[0] ?? [];
		expect(items.map(({ json }) => json.delivery)).toEqual([
			expect.objectContaining({
				id: expect.stringMatching(/^msg_[0-9a-f]{32}$/) as string,
				kind: 'postback',
				name: 'P',
				source: { type: 'postback', id: 'workflow-1/test/P' },
				test: true,
				attempt: 0,
				status: 'pending',
				request: { method: 'GET', url: 'https://a.example/?id=a', headers: {}, timeoutMs: 2000 },
			}),
			expect.objectContaining({ test: true }),
		]);
		expect(await storedFor('test')).toEqual([]);
	});

	test('goes by the time of now', async () => {
		const ended = { name: 'Ended', active: true, url: 'https://a.example/', endDate: '2020-01-01' };
		const postbacks = { postback: [ended] };
		const answer = await send({ ...test1, body: '{}', parameters: { postbacks } });
		expect(answer.body.queued).toBe(0);
	});

	test('shows what could not be composed as a dead letter with its reason', async () => {
		const postbacks = { postback: [{ name: 'P', active: true, url: 'https://{host}/' }] };
		const answer = await send({ ...test1, body: '{"host":"a b"}', parameters: { postbacks } });
		expect(answer.returned.workflowData?.[0][0].json.delivery).toMatchObject({
			status: 'dead',
			reason: 'cannot be composed',
			error: { message: expect.stringMatching(/./) as string },
			request: { method: 'GET', url: '', headers: {} },
		});
	});

	test.each([
		['a hit that is none', { body: 'x' }, 400],
		['the wrong token', { ...bearer, body: '{}' }, 401],
		[
			'a wrong postback',
			{ body: '{}', parameters: { postbacks: { postback: [{ url: '' }] } } },
			503,
		],
	])('refused: %s, and no workflow is started', async (_name, request, status) => {
		const answer = await send({ ...test1, ...request });
		expect(answer.status).toBe(status);
		expect(answer.returned).toEqual({ noWebhookResponse: true });
	});
});
