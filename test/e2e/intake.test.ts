import { createHmac } from 'node:crypto';
import { Receiver, startN8n, type N8n } from './harness/index.ts';
import { keyEquals, postHits, spineWorkflow } from './harness/spine.ts';
import { stored } from './harness/store.ts';

let n8n: N8n;
let receiver: Receiver;

beforeAll(async () => {
	receiver = await Receiver.start();
	n8n = await startN8n();
});

afterAll(async () => {
	await n8n.remove();
	await receiver.close();
});

const hook = (path: string) => `${n8n.url}/webhook/${path}`;
const type = (name: string) => `n8n-nodes-postback.${name}`;

async function publish(
	path: string,
	options: Partial<Parameters<typeof spineWorkflow>[0]> = {},
	credentials?: Record<string, { id: string; name: string }>,
): Promise<string> {
	const json = spineWorkflow({
		path,
		postbacks: [{ name: path, url: `${receiver.url}/${path}?id={id}` }],
		...options,
	});
	if (credentials) json.nodes[0].credentials = credentials;
	const { id } = await n8n.api.createWorkflow(json);
	await n8n.api.activate(id);
	return id;
}

const arrived = (path: string) => receiver.requests(`/${path}`).map((request) => request.url);

describe('what a trigger takes', () => {
	beforeAll(async () => {
		await publish('forms');
	});

	const forms: [string, string, () => Promise<Response>][] = [
		['an object', 'object', () => post('{"id":"object"}', 'application/json')],
		[
			'lines of JSON',
			'lines',
			() => post('{"id":"lines"}\n{"id":"lines2"}\n', 'application/x-ndjson'),
		],
		['a form', 'form%20x', () => post('id=form+x', 'application/x-www-form-urlencoded')],
		['a query', 'query', () => fetch(`${hook('forms')}?id=query`)],
		[
			'context data',
			'ctx',
			() => post('c.&a.&AppID=X&.a&.c&id=ctx', 'application/x-www-form-urlencoded'),
		],
	];

	async function post(body: string, contentType: string): Promise<Response> {
		return await fetch(hook('forms'), {
			method: 'POST',
			headers: { 'content-type': contentType },
			body,
		});
	}

	test.each(forms)('%s', async (_name, id, request) => {
		const response = await request();
		expect(response.status).toBe(202);
		await receiver.waitFor((all) => all.some(({ url }) => url === `/forms?id=${id}`));
	});

	test('an array with one bad hit: the good go through, the bad one is named', async () => {
		const answer = await postHits(hook('forms'), [{ id: 'good1' }, 'bad', { id: 'good2' }]);
		expect(answer.status).toBe(202);
		expect(answer.body).toMatchObject({ accepted: 2, queued: 2, rejected: [{ index: 1 }] });
		await receiver.waitFor((all) =>
			['good1', 'good2'].every((id) => all.some(({ url }) => url.endsWith(id))),
		);
	});
});

describe('what a trigger refuses, with an answer of its own', () => {
	beforeAll(async () => {
		await publish('bad', { trigger: { settings: { maxBodyMb: 1 } } });
	});

	test.each([
		['JSON that is none', '{"id":', 400],
		['an empty body', '', 400],
		['a hit that is a number', '5', 400],
	])('%s', async (_name, body, status) => {
		const answer = await postHits(hook('bad'), body);
		expect(answer.status).toBe(status);
		expect(String(answer.body.error).length).toBeGreaterThan(10);
	});

	test('a body over the limit, with or without its length announced', async () => {
		const large = JSON.stringify({ id: 'x'.repeat(1024 * 1024 + 10) });
		expect((await postHits(hook('bad'), large)).status).toBe(413);
		const stream = new ReadableStream({
			start(controller) {
				controller.enqueue(new TextEncoder().encode(large));
				controller.close();
			},
		});
		const response = await fetch(hook('bad'), {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: stream,
			duplex: 'half',
		} as RequestInit);
		expect(response.status).toBe(413);
	});

	test("a body over n8n's own limit", async () => {
		const answer = await postHits(
			hook('bad'),
			JSON.stringify({ id: 'x'.repeat(17 * 1024 * 1024) }),
		);
		expect(answer.status).toBe(413);
	});

	test('a key like __proto__ changes nothing for anybody', async () => {
		const answer = await postHits(
			hook('bad'),
			'{"__proto__":{"id":"polluted"},"constructor":{"prototype":{"id":"p"}}}',
		);
		expect(answer.status).toBe(202);
		const next = await postHits(hook('bad'), { other: 1 });
		expect(next.status).toBe(202);
		await receiver.waitFor((all) => all.filter(({ path }) => path === '/bad').length >= 2);
		expect(arrived('bad').every((url) => url === '/bad?id=')).toBe(true);
	});

	test('a value that makes the URL none becomes a dead letter that says so, and the others go on', async () => {
		const id = await publish('brokenurl', {
			postbacks: [
				{ name: 'broken', url: 'http://{host}/x' },
				{ name: 'whole', url: `${receiver.url}/whole?id={id}` },
			],
		});
		const answer = await postHits(hook('brokenurl'), { host: 'exa mple', id: 'w' });
		expect(answer).toMatchObject({
			status: 202,
			body: { queued: 1, failed: [{ index: 0, name: 'broken' }] },
		});
		await receiver.waitFor(1, { path: '/whole' });
		const rows = await stored.waitFor(n8n.userFolder, (all) =>
			all.some((row) => row.name === 'broken'),
		);
		expect(rows.find((row) => row.name === 'broken')).toMatchObject({
			status: 'dead',
			reason: 'cannot be composed',
		});
		await n8n.api.deactivate(id);
	});
});

describe('who may send', () => {
	test('only who has the bearer token', async () => {
		const credential = await n8n.api.createCredential('Token', 'postbackBearerTokenApi', {
			token: 'open-sesame',
			allowedDomains: '',
		});
		await publish(
			'bearer',
			{ trigger: { authentication: 'bearerToken' } },
			{ postbackBearerTokenApi: credential },
		);
		expect((await postHits(hook('bearer'), { id: 1 })).status).toBe(401);
		expect(
			(await postHits(hook('bearer'), { id: 1 }, { authorization: 'Bearer wrong' })).status,
		).toBe(401);
		expect(
			(await postHits(hook('bearer'), { id: 1 }, { authorization: 'Bearer open-sesame' })).status,
		).toBe(202);
	});

	test('only who has the header', async () => {
		const credential = await n8n.api.createCredential('Header', 'postbackHeaderAuthApi', {
			headerName: 'X-Api-Key',
			secretValue: 'k-123456',
			allowedDomains: '',
		});
		await publish(
			'header',
			{ trigger: { authentication: 'headerAuth' } },
			{ postbackHeaderAuthApi: credential },
		);
		expect((await postHits(hook('header'), { id: 1 }, { 'x-api-key': 'k-12345' })).status).toBe(
			401,
		);
		expect((await postHits(hook('header'), { id: 1 }, { 'x-api-key': 'k-123456' })).status).toBe(
			202,
		);
	});

	test('only who signs the bytes that come', async () => {
		const key = Buffer.from('a secret of 24 bytes....');
		const credential = await n8n.api.createCredential('Secret', 'postbackSigningSecretApi', {
			secret: `whsec_${key.toString('base64')}`,
			previousSecret: '',
		});
		await publish(
			'signed',
			{ trigger: { authentication: 'signature' } },
			{ postbackSigningSecretApi: credential },
		);
		const body = '{ "id" :  1 }';
		const timestamp = Math.floor(Date.now() / 1000);
		const signature = createHmac('sha256', key)
			.update(`evt1.${timestamp}.${body}`)
			.digest('base64');
		const headers = {
			'webhook-id': 'evt1',
			'webhook-timestamp': String(timestamp),
			'webhook-signature': `v1,${signature}`,
		};
		expect((await postHits(hook('signed'), body, headers)).status).toBe(202);
		expect((await postHits(hook('signed'), '{"id":1}', headers)).status).toBe(401);
		expect((await postHits(hook('signed'), body)).status).toBe(401);
	});

	test('only who comes from an allowed address', async () => {
		await publish('ip', { trigger: { settings: { allowedIps: '10.0.0.0/8' } } });
		expect((await postHits(hook('ip'), { id: 1 })).status).toBe(403);
		await publish('ip2', { trigger: { settings: { allowedIps: '10.0.0.0/8, 127.0.0.1, ::1' } } });
		expect((await postHits(hook('ip2'), { id: 1 })).status).toBe(202);
	});
});

describe('what counts once', () => {
	test('a hit with the same Idempotency-Key is taken in once', async () => {
		await publish('idem', { trigger: { settings: { deduplicateBy: 'header' } } });
		const headers = { 'idempotency-key': 'k1' };
		expect((await postHits(hook('idem'), { id: 1 }, headers)).body).toMatchObject({
			queued: 1,
			duplicates: 0,
		});
		expect((await postHits(hook('idem'), { id: 1 }, headers)).body).toMatchObject({
			queued: 0,
			duplicates: 1,
		});
		await receiver.waitFor(1, { path: '/idem' });
		await new Promise((resolve) => setTimeout(resolve, 1_000));
		expect(arrived('idem')).toHaveLength(1);
	});

	test('a postback that is shown once goes out once for each visitor', async () => {
		await publish('once', {
			postbacks: [
				{ name: 'once', url: `${receiver.url}/once?id={mid}`, showRule: 'once', visitorKey: 'mid' },
			],
		});
		const first = await postHits(hook('once'), [
			{ mid: 'a' },
			{ mid: 'a' },
			{ mid: 'b' },
			{ other: 1 },
		]);
		expect(first.body).toMatchObject({ queued: 2, skipped: [{ index: 3 }] });
		expect((await postHits(hook('once'), { mid: 'a' })).body).toMatchObject({ queued: 0 });
	});
});

describe('what is told when the workflow is published', () => {
	test.concurrent.each([
		[
			'a historical condition in launch rules',
			{
				definitionsFrom: 'launchRules',
				launchRules: JSON.stringify({
					version: 1,
					rules: [
						{
							condition: {
								type: 'historical',
								definition: { events: [{}], matcher: 'ge', value: 1 },
							},
							consequences: [
								{ id: 'x', type: 'pb', detail: { templateurl: 'https://a.example/' } },
							],
						},
					],
				}),
			},
			/historical/i,
		],
		[
			'missing fields of an ADBMobileConfig.json',
			{
				definitionsFrom: 'mobileConfig',
				mobileConfig: JSON.stringify({
					messages: [{ messageId: 'm', template: 'callback', payload: {} }],
				}),
			},
			/templateurl/,
		],
		[
			'an unknown variable',
			{
				postbacks: {
					postback: [{ name: 'v', active: true, url: 'https://a.example/?x={%nonsense%}' }],
				},
			},
			/nonsense/,
		],
		[
			'a PII postback that does not go to https',
			{
				postbacks: {
					postback: [{ name: 'p', active: true, type: 'pii', url: 'http://a.example/' }],
				},
			},
			/https/,
		],
		[
			'an allow-list entry that is none',
			{ settings: { allowedIps: '300.1.2.3' } },
			/IP Allow List/,
		],
	])('%s', async (_name, trigger, expected) => {
		const json = spineWorkflow({ path: crypto.randomUUID(), trigger });
		const { id } = await n8n.api.createWorkflow(json);
		await expect(n8n.api.activate(id)).rejects.toThrow(expected);
	});
});

test('a second workflow cannot use the queue of the first', async () => {
	const first = await publish('own1', { queueTrigger: true });
	const json = spineWorkflow({ path: 'own2', postbacks: [] });
	const trigger = json.nodes.find(({ type: name }) => name === type('deliveryQueueTrigger'));
	if (!trigger) throw new Error('no queue trigger');
	trigger.parameters = { options: { queue: first } };
	const { id } = await n8n.api.createWorkflow(json);
	await expect(n8n.api.activate(id)).rejects.toThrow(/used by/);
});

test('a condition on a key of the hit decides', async () => {
	await publish('cond', {
		postbacks: [
			{
				name: 'cond',
				url: `${receiver.url}/cond?id={id}`,
				triggers: keyEquals('pageName', 'MainMenu\nHome'),
			},
		],
	});
	const answer = await postHits(hook('cond'), [
		{ pageName: 'mainmenu', id: 1 },
		{ pageName: 'HOME', id: 2 },
		{ pageName: 'Other', id: 3 },
		{ id: 4 },
	]);
	expect(answer.body).toMatchObject({ accepted: 4, matched: 2, queued: 2 });
});
