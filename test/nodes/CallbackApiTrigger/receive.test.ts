import { propertyIdOf } from '../../../nodes/CallbackApiTrigger/settings';
import { withEnvironment } from '../harness/environment';
import {
	BASE,
	BOUND_TOKEN,
	credentials,
	newCallback,
	parameters,
	PROPERTY,
	request,
	type ApiCall,
} from './apiContext';

const LIST = `/properties/${PROPERTY}/callbacks`;
const create = async (call: ApiCall = {}) =>
	await request('POST', LIST, { body: newCallback(), ...call });

describe('a request to the API', () => {
	it('is answered as Reactor does, with links to where the API is', async () => {
		const created = await create();
		expect(created.status).toBe(201);
		expect(created.headers).toMatchObject({
			'content-type': 'application/vnd.api+json',
			location: created.json.data.links.self,
		});
		const { id } = created.json.data;
		expect(created.json.data.links).toEqual({
			property: `${BASE}/properties/${PROPERTY}`,
			self: `${BASE}/callbacks/${id}`,
		});
		expect(created.items).toBeUndefined();
		for (const method of ['PUT', 'PATCH']) {
			const body = {
				data: { id, type: 'callbacks', attributes: { subscriptions: [method + '.x'] } },
			};
			const { status, json } = await request(method, `/callbacks/${id}`, { body });
			expect([status, json.data.attributes.subscriptions]).toEqual([200, [method + '.x']]);
		}
		const query = 'filter%5Bcreated_at%5D=GT%202020-01-01&page%5Bsize%5D=1';
		expect((await request('GET', LIST, { query })).json.meta).toMatchObject({
			pagination: { current_page: 1 },
		});
		expect((await request('GET', `/callbacks/${id}/property`)).json.data).toMatchObject({
			id: PROPERTY,
			type: 'properties',
			attributes: { name: 'Shop' },
		});
		const removed = await request('DELETE', `/callbacks/${id}`);
		expect(removed.status).toBe(204);
		expect(removed.text).toBeUndefined();
		expect(removed.headers).not.toHaveProperty('content-type');
		expect((await request('GET', `/callbacks/${id}`)).status).toBe(404);
	});

	it('may find a property by the ID that its name gives it', async () => {
		const path = `/properties/${propertyIdOf('Other')}`;
		expect((await request('GET', path)).json.data.attributes).toMatchObject({ name: 'Other' });
	});

	it('links to the Base URL of the options', async () => {
		const settings = { baseUrl: 'https://events.example.com/api/' };
		const { json } = await create({ settings });
		expect(json.data.links.property).toBe(`https://events.example.com/api/properties/${PROPERTY}`);
	});

	it('is only for properties that are declared, unless any will do', async () => {
		const path = `/properties/PR${'9'.repeat(32)}/callbacks`;
		expect((await request('GET', path)).status).toBe(404);
		const settings = { anyProperty: true };
		expect((await request('GET', path, { settings })).status).toBe(200);
	});

	it('gets a secret as Signing Secrets says', async () => {
		expect((await create()).json).not.toHaveProperty('meta');
		const { json } = await create({ settings: { signingSecrets: 'always' } });
		expect(json.meta.secret).toMatch(/^whsec_/);
	});

	it('may ask for http and private hosts where the options open them', async () => {
		const body = newCallback({ url: 'http://10.1.2.3/hook' });
		expect((await create({ body })).json.errors[0].source).toEqual({
			pointer: '/data/attributes/url',
		});
		expect((await create({ body, settings: { allowHttp: true } })).status).toBe(422);
		const settings = { allowHttp: true, allowedHosts: '10.1.0.0/16' };
		expect((await create({ body, settings })).status).toBe(201);
	});
});

describe('a request is refused', () => {
	it.each([null, 'token-for-everything-2'])(
		'with the token %s, before its body is read',
		async (token) => {
			const { status, headers, bodyWasRead } = await create({ token });
			expect([status, headers['www-authenticate'], bodyWasRead]).toEqual([401, 'Bearer', false]);
		},
	);

	it('for another property than that of its token, as if there were none', async () => {
		const token = BOUND_TOKEN;
		expect((await create({ token })).status).toBe(201);
		const path = `/properties/${propertyIdOf('Other')}/callbacks`;
		expect((await request('GET', path, { token })).status).toBe(404);
		expect((await request('POST', path, { token, body: newCallback() })).status).toBe(404);
	});

	it('whose body is announced as too large, without reading it', async () => {
		const headers = { 'content-length': String(257 * 1024) };
		const { status, bodyWasRead } = await create({ headers });
		expect([status, bodyWasRead]).toEqual([413, false]);
	});

	it.each([
		['turns out too large', newCallback({ filler: 'x'.repeat(2048) }), undefined, 413],
		['is too large for n8n', {}, Object.assign(new Error('x'), { statusCode: 413 }), 413],
		['breaks off', {}, new Error('aborted'), 400],
		['is no JSON', '{', undefined, 400],
	])('whose body %s', async (_name, body, unreadable, status) => {
		const settings = { maxBodyKb: 1 };
		const reply = await create({ body, settings, ...(unreadable ? { unreadable } : {}) });
		expect(reply.status).toBe(status);
		expect(reply.json.errors[0].status).toBe(String(status));
	});

	it.each(['/', '/callbacks', '/rules/RL1', `/callbacks/CB${'0'.repeat(32)}`])(
		'to what is not there: %s',
		async (path) => {
			const { status, json } = await request('GET', path);
			expect([status, json.errors[0].code]).toEqual([404, 'not-found']);
		},
	);

	it.each<[string, ApiCall, RegExp]>([
		['a property without a name', { parameters: { properties: { property: [{}] } } }, /a name/],
		[
			'a property with a wrong ID',
			{ parameters: { properties: { property: [{ name: 'X', propertyId: 'PR1' }] } } },
			/X: Property ID/,
		],
		[
			'a property that is there twice',
			{ parameters: { properties: { property: [{ name: 'X' }, { name: 'X' }] } } },
			/same ID/,
		],
		['a number that is none', { settings: { maxBodyKb: 'many' } }, /Largest Request/],
		['a host that is none', { settings: { allowedHosts: '*' } }, /every host/],
		[
			'a token for a property that there is not',
			{
				credentials: credentials([
					{ name: 'p', token: 'long-enough-token', access: 'some', properties: 'Nowhere' },
				]),
			},
			/"p" is bound to "Nowhere"/,
		],
	])(
		'while the node has %s; the log says so, the answer does not',
		async (_name, call, message) => {
			const { status, text, log } = await create(call);
			expect(status).toBe(500);
			expect(text).not.toMatch(message);
			expect(log).toEqual([{ level: 'error', message: expect.stringMatching(message) as string }]);
		},
	);
});

describe('a test run', () => {
	it('answers, gives its change as an item, and leaves nothing', async () => {
		const { status, json, items } = await create({ mode: 'manual' });
		expect(status).toBe(201);
		expect(items).toEqual([
			{
				json: {
					change: 'created',
					at: expect.any(String) as string,
					author: 'all',
					property: { id: PROPERTY, name: 'Shop' },
					callback: json.data,
					test: true,
				},
			},
		]);
		expect((await request('GET', `/callbacks/${json.data.id}`)).status).toBe(404);
		const got = await request('GET', LIST, { mode: 'manual' });
		expect([got.status, got.items]).toEqual([200, undefined]);
	});
});

describe('in queue mode', () => {
	withEnvironment({ EXECUTIONS_MODE: 'queue' });

	it('the embedded store is refused with 503, and the log says what to choose', async () => {
		const { status, headers, log } = await create({ parameters: parameters() });
		expect([status, headers['retry-after']]).toEqual([503, '30']);
		expect(log[0].message).toMatch(/PostgreSQL/);
	});
});
