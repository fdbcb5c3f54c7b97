import {
	ACCESS_TOKEN,
	COMPANY,
	OTHER_PROPERTY,
	PROPERTY,
	startReactorDouble,
} from '../../../support/reactorDouble';
import { startReceiver } from '../../transport/support/servers';
import { clientFor, endAll, errorOf, hastyClock } from './support';

afterEach(endAll);

const changes = { url: 'https://www.example.com/hook', subscriptions: ['rule.created'] };

describe.each(['guide', 'openapi'] as const)('a life of a callback in the form %s', (writeForm) => {
	test('created, looked up, changed, listed, deleted', async () => {
		const double = await startReactorDouble();
		const client = clientFor(double.origin, { writeForm });
		const { data } = await client.createCallback(PROPERTY, changes);
		expect(data).toMatchObject({ type: 'callbacks', attributes: changes });
		expect(await client.getCallback(data.id)).toEqual(data);
		const changed = await client.updateCallback(data.id, { subscriptions: ['rule.*'] });
		expect(changed.data.attributes).toMatchObject({ ...changes, subscriptions: ['rule.*'] });
		expect(await client.listCallbacks(PROPERTY)).toEqual([changed.data]);
		expect(await client.listCallbacks(OTHER_PROPERTY)).toEqual([]);
		await client.deleteCallback(data.id);
		expect(await errorOf(client.getCallback(data.id))).toMatchObject({ kind: 'notFound' });
	});
});

describe('a list', () => {
	async function startWith(count: number) {
		const double = await startReactorDouble();
		for (let n = 0; n < count; n++) double.put({ url: `https://example.com/${n}` });
		return { double, client: clientFor(double.origin) };
	}

	test('is read to its end, a hundred at a time', async () => {
		const { double, client } = await startWith(230);
		expect(await client.listCallbacks(PROPERTY)).toHaveLength(230);
		expect(double.lines().map((line) => line.split('?')[1])).toEqual([
			'page%5Bsize%5D=100',
			'page%5Bnumber%5D=2&page%5Bsize%5D=100',
			'page%5Bnumber%5D=3&page%5Bsize%5D=100',
		]);
	});

	test('is read up to a limit', async () => {
		const { double, client } = await startWith(230);
		expect(await client.listCallbacks(PROPERTY, {}, { limit: 120 })).toHaveLength(120);
		expect(double.lines()).toHaveLength(2);
	});

	test('is read from a page on', async () => {
		const { client } = await startWith(30);
		const found = await client.listCallbacks(PROPERTY, {}, { limit: 10, page: 3 });
		expect(found.map(({ attributes }) => attributes.url)).toEqual(
			Array.from({ length: 10 }, (_, n) => `https://example.com/${20 + n}`),
		);
	});

	test('ends where a page leads back', async () => {
		const server = await startReceiver((_request, response) => {
			const data = [{ id: 'CB1', type: 'callbacks' }];
			response.end(JSON.stringify({ data, meta: { pagination: { next_page: 1 } } }));
		});
		expect(await clientFor(server.origin).listCallbacks(PROPERTY)).toHaveLength(1);
	});

	test('without an end is refused', async () => {
		let page = 0;
		const server = await startReceiver((_request, response) => {
			const data = [{ id: `CB${++page}`, type: 'callbacks' }];
			response.end(JSON.stringify({ data, meta: { pagination: { next_page: page + 1 } } }));
		});
		const error = await errorOf(clientFor(server.origin).listCallbacks(PROPERTY));
		expect(error.message).toMatch(/more than 1000 pages; set a limit/);
	}, 20_000);
});

test('properties are found by a part of their name', async () => {
	const double = await startReactorDouble();
	const client = clientFor(double.origin);
	expect(await client.listCompanies()).toMatchObject([{ id: COMPANY }]);
	expect(await client.searchProperties(COMPANY, 'blo')).toMatchObject([
		{ id: OTHER_PROPERTY, attributes: { name: 'Blog' } },
	]);
});

test('audit events are listed with filters and looked up', async () => {
	const double = await startReactorDouble();
	double.event('rule.created', { at: '2026-01-01T00:00:00.000Z' });
	const wanted = double.event('rule.deleted', { at: '2026-01-02T00:00:00.000Z' });
	const client = clientFor(double.origin);
	const filters = [{ attribute: 'type_of', operator: 'EQ' as const, values: ['rule.deleted'] }];
	expect(await client.listAuditEvents({ filters })).toEqual([wanted.data]);
	const { id } = wanted.data as { id: string };
	expect(await client.getAuditEvent(id)).toEqual(wanted);
});

describe('an error of the API is told in its words', () => {
	test('with title, code, pointer and detail', async () => {
		const double = await startReactorDouble();
		const client = clientFor(double.origin);
		const error = await errorOf(client.createCallback(PROPERTY, { ...changes, url: 'gopher://x' }));
		expect(error).toMatchObject({
			kind: 'refused',
			status: 422,
			message: `${new URL(double.origin).host} answered 422: Invalid URL (invalid-url) at /data/attributes/url: url has to be https`,
			problems: [{ title: 'Invalid URL', pointer: '/data/attributes/url' }],
		});
	});

	test('several of them, each once, in one line', async () => {
		const errors = [
			{ title: 'A\nwrong', detail: 'x'.repeat(1_000) },
			{ code: 'b', source: { parameter: 'page[size]' } },
			'nonsense',
		];
		const server = await startReceiver((_request, response) => {
			response.writeHead(400).end(JSON.stringify({ errors }));
		});
		const { message } = await errorOf(clientFor(server.origin).getProperty(PROPERTY));
		expect(message).toMatch(/ answered 400: A wrong: x{300}…; b in the parameter page\[size\]$/);
	});

	test.each([
		[401, 'unauthorized', /check the credential/],
		[403, 'unauthorized', /not permitted to do this/],
		[302, 'refused', /redirects are not followed/],
	])('%i says what to look at', async (status, kind, message) => {
		const server = await startReceiver((_request, response) => {
			response.writeHead(status, { location: 'https://elsewhere.example/' }).end();
		});
		const error = await errorOf(clientFor(server.origin).getProperty(PROPERTY));
		expect(error).toMatchObject({ kind, status });
		expect(error.message).toMatch(message);
		expect(server.received).toHaveLength(1);
	});

	test('a token that an answer repeats does not show', async () => {
		const server = await startReceiver((_request, response) => {
			response.writeHead(400).end(JSON.stringify({ errors: [{ title: `no ${ACCESS_TOKEN}!` }] }));
		});
		const { message } = await errorOf(clientFor(server.origin).getProperty(PROPERTY));
		expect(message).toMatch(/answered 400: no \*\*\*!$/);
	});
});

describe('what is no answer of the API is told as that', () => {
	test.each<[string, number, string, RegExp]>([
		['a page of HTML', 200, '<!doctype html><p>Hi', /200 with a page of HTML or XML in place/],
		['a page of HTML as an error', 502, '<html>', /502 with a page of HTML or XML in place/],
		['a text', 200, 'welcome', /200 with something that is no JSON; check Base URL/],
		['n8n’s own 404', 404, '{"code":404,"message":"not registered"}', /not of this API; check/],
		['JSON of another kind', 200, '{"hello":1}', /holds no resource; check Base URL/],
		['nothing', 200, '', /holds no resource; check Base URL/],
	])('%s', async (_name, status, body, message) => {
		const server = await startReceiver((_request, response) => {
			response.writeHead(status).end(body);
		});
		const client = clientFor(server.origin, {
			means: { clock: hastyClock() },
		});
		const error = await errorOf(client.getProperty(PROPERTY));
		expect(error.message).toMatch(message);
		expect(error.kind).toBe(status === 502 ? 'unavailable' : 'unreadable');
	});

	test('a list that is none', async () => {
		const server = await startReceiver((_request, response) => void response.end('{"data":{}}'));
		const error = await errorOf(clientFor(server.origin).listAuditEvents());
		expect(error.message).toMatch(/GET \/audit_events is no list; check Base URL/);
	});
});
