import fc from 'fast-check';
import { createEgressGuard } from '../../../../lib/transport/egressGuard';
import {
	ALL_TOKEN,
	BOUND_TOKEN,
	newCallback,
	openApi,
	openBench,
	OTHER_PROPERTY,
	PROPERTY,
	type Bench,
	type TestRequest,
} from '../support';
import { describeStores } from '../../../support/stores';

const LIST = `/properties/${PROPERTY}/callbacks`;

let bench: Bench;
let api: ReturnType<typeof openApi>;
beforeEach(async () => {
	bench = await openBench();
	api = openApi(bench.service);
});
afterEach(async () => await bench.close());

const create = async (request: TestRequest = { body: newCallback() }, at = LIST) =>
	await api.call('POST', at, request);

/** Status, pointer and detail of the one error of an answer. */
async function refusal(method: string, path: string, request: TestRequest) {
	const { status, json } = await api.call(method, path, request);
	expect(json.errors).toHaveLength(1);
	const { source, detail, code } = json.errors[0];
	return { status, code, detail, ...(source as { pointer?: string; parameter?: string }) };
}

describeStores('a body is refused that', () => {
	it.each<[string, unknown, number, string]>([
		['is empty', '', 400, ''],
		['is no JSON', '{"data":', 400, ''],
		['is a form', 'url=https://a.example', 400, ''],
		['is a list', [], 400, ''],
		['is null', 'null', 400, ''],
		['has no data', {}, 400, '/data'],
		['has a text as data', { data: 'x' }, 400, '/data'],
		['has a list as data', { data: [newCallback().data] }, 400, '/data'],
		['has no attributes', { data: { type: 'callbacks' } }, 400, '/data/attributes'],
		['has a list as attributes', { data: { attributes: [] } }, 400, '/data/attributes'],
		['has another type', { data: { ...newCallback().data, type: 'rules' } }, 409, '/data/type'],
		['brings an id', { data: { ...newCallback().data, id: 'CB1' } }, 403, '/data/id'],
		[
			'names another property',
			{
				data: {
					...newCallback().data,
					relationships: { property: { data: { id: OTHER_PROPERTY, type: 'properties' } } },
				},
			},
			409,
			'/data/relationships/property/data/id',
		],
	])('%s', async (_name, body, status, pointer) => {
		expect(await refusal('POST', LIST, { body })).toMatchObject({ status, pointer });
	});

	it('is larger than the limit', async () => {
		const body = newCallback({ filler: 'x'.repeat(64 * 1024) });
		expect(await refusal('POST', LIST, { body })).toMatchObject({
			status: 413,
			code: 'payload-too-large',
		});
	});

	it('is anything at all, without a fault of ours', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.oneof(
					fc.json(),
					fc.string(),
					fc.json().map((data) => `{"data":${data}}`),
				),
				async (body) => {
					const { status } = await create({ body });
					expect([400, 403, 409, 422]).toContain(status);
				},
			),
			{ numRuns: 200 },
		);
		expect(api.errors).toEqual([]);
	});
});

describeStores('subscriptions are refused that', () => {
	it.each<[string, unknown, string]>([
		['are missing', undefined, '/data/attributes/subscriptions'],
		['are no list', 'rule.created', '/data/attributes/subscriptions'],
		['are null', null, '/data/attributes/subscriptions'],
		['are empty', [], '/data/attributes/subscriptions'],
		['are too many', Array(201).fill('a.b'), '/data/attributes/subscriptions'],
		['hold a number', ['rule.created', 7], '/data/attributes/subscriptions/1'],
		['hold an empty text', [''], '/data/attributes/subscriptions/0'],
		['hold a word without an event', ['rule'], '/data/attributes/subscriptions/0'],
		['hold a wildcard amid', ['*.created'], '/data/attributes/subscriptions/0'],
		['hold two wildcards', ['rule.**'], '/data/attributes/subscriptions/0'],
		['hold spaces', ['rule. created'], '/data/attributes/subscriptions/0'],
		['hold an endless one', [`a.${'b'.repeat(200)}`], '/data/attributes/subscriptions/0'],
	])('%s', async (_name, subscriptions, pointer) => {
		const body = newCallback({ subscriptions });
		expect(await refusal('POST', LIST, { body })).toMatchObject({ status: 422, pointer });
	});

	it('are not refused for an unknown type: a warning tells of it', async () => {
		const subscriptions = ['rule.created', 'order.paid', 'order.*', 'rule.*', '*', 'order.paid'];
		const { status, json } = await create({ body: newCallback({ subscriptions }) });
		expect(status).toBe(201);
		expect(json.data.attributes.subscriptions).toEqual([
			'rule.created',
			'order.paid',
			'order.*',
			'rule.*',
			'*',
		]);
		expect(json.meta.warnings).toEqual([
			expect.stringContaining('"order.paid"'),
			expect.stringContaining('"order.*"'),
		]);
	});
});

describeStores('a condition is refused that', () => {
	it.each([
		['is no text', 7],
		['does not parse', 'entity.('],
		['is longer than its limit', `"${'x'.repeat(5_000)}"`],
	])('%s', async (_name, condition) => {
		const refused = await refusal('POST', LIST, { body: newCallback({ condition }) });
		expect(refused).toMatchObject({ status: 422, pointer: '/data/attributes/condition' });
	});
});

describeStores('a URL is refused that', () => {
	const guard = createEgressGuard({
		allowedHosts: ['10.1.2.3'],
		resolve: async (host) => [
			{ address: host === 'inside.example' ? '10.0.0.7' : '203.0.114.9', family: 4 },
		],
	});
	const rules = { allowHttp: false, checkUrl: async (url: URL) => await guard.check(url) };
	beforeEach(() => (api = openApi(bench.serviceWith({ rules }))));

	it.each<[string, unknown]>([
		['is missing', undefined],
		['is no text', 7],
		['is empty', ''],
		['is relative', '/hook'],
		['is no URL', 'https://'],
		['is plain http', 'http://a.example/'],
		['has another scheme', 'ftp://a.example/'],
		['is a script', 'javascript:alert(1)'],
		['holds a user', 'https://user@a.example/'],
		['holds a user and a password', 'https://user:word@a.example/'],
		['holds a line break', 'https://a.exam\nple/'],
		['holds a space', 'https://a.example/a b'],
		['is endless', `https://a.example/${'x'.repeat(5_000)}`],
		['is a private address', 'https://192.168.1.1/'],
		['is the loopback', 'https://127.0.0.1/'],
		['is the loopback in disguise', 'https://2130706433/'],
		['is the loopback of IPv6', 'https://[::1]/'],
		['is an IPv4 address within IPv6', 'https://[::ffff:10.0.0.1]/'],
		["is a cloud's metadata service", 'https://169.254.169.254/latest'],
		['is localhost', 'https://localhost/'],
		['has a name with a private address', 'https://inside.example/'],
	])('%s', async (_name, url) => {
		const refused = await refusal('POST', LIST, { body: newCallback({ url }) });
		expect(refused).toMatchObject({ status: 422, pointer: '/data/attributes/url' });
		const { json } = await api.call('GET', LIST);
		expect(json.data).toEqual([]);
	});

	it('leads inside, without telling which address it has', async () => {
		const url = 'https://inside.example/';
		const { detail } = await refusal('POST', LIST, { body: newCallback({ url }) });
		expect(detail).not.toMatch(/10\.0\.0\.7|private/);
	});

	it('changes to a private address in an update', async () => {
		const { json } = await create();
		const body = { data: { attributes: { url: 'https://10.9.9.9/' } } };
		const path = `/callbacks/${json.data.id}`;
		expect(await refusal('PATCH', path, { body })).toMatchObject({ status: 422 });
		expect((await api.call('GET', path)).json.data.attributes.url).toBe('https://www.example.com');
	});

	it('is private, unless the operator has opened it', async () => {
		expect((await create({ body: newCallback({ url: 'https://10.1.2.3/x' }) })).status).toBe(201);
	});

	it('is plain http, unless the operator allows it', async () => {
		const allowHttp = bench.serviceWith({ rules: { ...rules, allowHttp: true } });
		api = openApi(allowHttp);
		expect((await create({ body: newCallback({ url: 'http://a.example/' }) })).status).toBe(201);
		const url = 'http://192.168.0.1/';
		expect((await create({ body: newCallback({ url }) })).status).toBe(422);
	});
});

describeStores('an update is refused that', () => {
	let path: string;
	let id: string;
	beforeEach(async () => {
		id = (await create()).json.data.id;
		path = `/callbacks/${id}`;
	});

	it.each(['PUT', 'PATCH'])('names another id (%s)', async (method) => {
		const body = { data: { id: `CB${'9'.repeat(32)}`, type: 'callbacks', attributes: {} } };
		expect(await refusal(method, path, { body })).toMatchObject({
			status: 409,
			pointer: '/data/id',
		});
	});

	it.each(['PUT', 'PATCH'])('names another type (%s)', async (method) => {
		const body = { data: { id, type: 'properties', attributes: {} } };
		expect(await refusal(method, path, { body })).toMatchObject({
			status: 409,
			pointer: '/data/type',
		});
	});

	it('empties the subscriptions', async () => {
		const body = { data: { attributes: { subscriptions: [] } } };
		expect(await refusal('PUT', path, { body })).toMatchObject({ status: 422 });
	});

	it('is about a callback that was deleted', async () => {
		await api.call('DELETE', path);
		const body = { data: { attributes: { url: 'https://b.example/' } } };
		expect(await refusal('PATCH', path, { body })).toMatchObject({ status: 404 });
		expect(await refusal('DELETE', path, {})).toMatchObject({ status: 404 });
	});
});

describeStores('a caller is refused who', () => {
	it.each<[string, string | null]>([
		['shows no token', null],
		['shows a wrong token', 'token-for-everything-2'],
		['shows an empty token', ''],
		['shows a part of a token', ALL_TOKEN.slice(0, -1)],
	])('%s', async (_name, token) => {
		const answer = await api.call('GET', LIST, { token });
		expect(answer.status).toBe(401);
		expect(answer.headers['www-authenticate']).toBe('Bearer');
		expect(JSON.stringify(answer.json)).not.toContain(ALL_TOKEN);
	});

	it('shows a token for another property, with the answer that an unknown id gets', async () => {
		const others = `/properties/${OTHER_PROPERTY}/callbacks`;
		const { json } = await create({ body: newCallback() }, others);
		const token = BOUND_TOKEN;
		const path = `/callbacks/${json.data.id}`;
		const unknown = await api.call('GET', `/callbacks/CB${'0'.repeat(32)}`, { token });
		const plain = ({ text = '', status }: { text?: string; status: number }) => ({
			status,
			text: text.replace(/[0-9a-f-]{36}/g, 'ID'),
		});
		const body = { data: { attributes: { url: 'https://b.example/' } } };
		for (const [method, at, sent] of [
			['GET', others, undefined],
			['POST', others, newCallback()],
			['GET', path, undefined],
			['PUT', path, body],
			['PATCH', path, body],
			['PATCH', path, '{'],
			['DELETE', path, undefined],
			['GET', `${path}/property`, undefined],
			['GET', `/properties/${OTHER_PROPERTY}`, undefined],
		] as const) {
			const answer = await api.call(method, at, { token, body: sent });
			expect([method, at, plain(answer)]).toEqual([method, at, plain(unknown)]);
		}
		expect((await api.call('GET', path)).json.data.attributes.url).toBe('https://www.example.com');
	});

	it.each([
		`/callbacks/CB${'0'.repeat(32)}`,
		'/callbacks/1',
		`/callbacks/cb${'0'.repeat(32)}`,
		`/callbacks/CB${'0'.repeat(31)}'`,
		`/properties/PR${'c'.repeat(32)}/callbacks`,
		'/properties/x/callbacks',
		`/audit_events/AE${'0'.repeat(32)}`,
		'/',
		'/callbacks',
		`/callbacks/CB${'0'.repeat(32)}/property/x`,
	])('asks for what is not there: %s', async (path) => {
		expect(await refusal('GET', path, {})).toMatchObject({ status: 404, code: 'not-found' });
	});

	it('writes where one can only read', async () => {
		const answer = await api.call('PUT', `/properties/${PROPERTY}`, { body: newCallback() });
		expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET' } });
	});
});

it('a store that is closed answers 503 with Retry-After and tells nothing', async () => {
	await bench.store.close();
	const answer = await api.call('GET', LIST);
	expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '30' } });
	expect(api.errors).toHaveLength(1);
});

it('a fault of ours answers 500 and tells nothing', async () => {
	const rules = {
		allowHttp: false,
		checkUrl: () => {
			throw new Error('the disk is on fire');
		},
	};
	const service = bench.serviceWith({ rules });
	jest.spyOn(service, 'list').mockRejectedValue(new Error('the disk is on fire'));
	api = openApi(service);
	const answer = await api.call('GET', LIST);
	expect(answer.status).toBe(500);
	expect(answer.text).not.toContain('fire');
	expect(api.errors).toEqual([expect.objectContaining({ message: 'the disk is on fire' })]);
});
