import axios from 'axios';
import { bearerAuthentication } from '../../../../lib/transport/authentication';
import { ReactorClient } from '../../../../lib/callbacks/reactor/client';
import type { Received } from '../../transport/support/servers';
import { startReactorDouble, type ReactorDouble } from '../../../support/reactorDouble';
import { clientFor, endAll } from './support';

afterEach(endAll);

const PROPERTY = 'PR5e22de986a7c4070965e7546b2bb108d';
const CALLBACK = 'CB4310904d415549888cc9e31ebe1e1e45';

/** What HTTP itself needs, and who we are. */
const CARRIER = ['host', 'connection', 'content-length', 'user-agent'];

/** The head as it came over the wire, in its order and with its letters. */
function headOf({ method, target, rawHeaders }: Received): string[] {
	const lines: string[] = [`${method} ${target}`];
	for (let at = 0; at < rawHeaders.length; at += 2) {
		if (CARRIER.includes(rawHeaders[at].toLowerCase())) continue;
		lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
	}
	return lines;
}

const IDENTITY = [
	'Authorization: Bearer eyJhbGciOi.reactor-double.token_7f3a9',
	'x-api-key: api-key-of-the-double',
	'x-gw-ims-org-id: 01C20D883A7D42080A494212@AdobeOrg',
];
const ACCEPT = 'Accept: application/vnd.api+json;revision=1';

async function startFilled(): Promise<ReactorDouble> {
	const double = await startReactorDouble();
	double.properties.set(PROPERTY, 'Documented');
	double.put({ id: CALLBACK, property: PROPERTY });
	return double;
}

async function sent(
	use: (client: ReactorClient) => Promise<unknown>,
	options: Parameters<typeof clientFor>[1] = {},
): Promise<{ head: string[]; body: string }> {
	const double = await startFilled();
	await use(clientFor(double.origin, options));
	const [request] = double.requests();
	return { head: headOf(request), body: request.body.toString() };
}

describe('the five documented requests are sent as the endpoint guide shows them', () => {
	test('list', async () => {
		expect(await sent(async (c) => await c.listCallbacks(PROPERTY, {}, { limit: 25 }))).toEqual({
			head: [`GET /properties/${PROPERTY}/callbacks`, ...IDENTITY, ACCEPT],
			body: '',
		});
	});

	test('look up', async () => {
		expect(await sent(async (c) => await c.getCallback(CALLBACK))).toEqual({
			head: [`GET /callbacks/${CALLBACK}`, ...IDENTITY, ACCEPT],
			body: '',
		});
	});

	test('create', async () => {
		const changes = { url: 'https://www.example.com', subscriptions: ['rule.created'] };
		expect(await sent(async (c) => await c.createCallback(PROPERTY, changes))).toEqual({
			head: [
				`POST /properties/${PROPERTY}/callbacks`,
				...IDENTITY,
				'Content-Type: application/json',
			],
			body: '{"data":{"attributes":{"url":"https://www.example.com","subscriptions":["rule.created"]}}}',
		});
	});

	test('update', async () => {
		const changes = { subscriptions: ['rule.created', 'build.created'] };
		expect(await sent(async (c) => await c.updateCallback(CALLBACK, changes))).toEqual({
			head: [`PUT /callbacks/${CALLBACK}`, ...IDENTITY, 'Content-Type: application/json'],
			body: `{"data":{"attributes":{"subscriptions":["rule.created","build.created"]},"type":"callbacks","id":"${CALLBACK}"}}`,
		});
	});

	test('delete', async () => {
		expect(await sent(async (c) => await c.deleteCallback(CALLBACK))).toEqual({
			head: [`DELETE /callbacks/${CALLBACK}`, ...IDENTITY],
			body: '',
		});
	});
});

describe('as the OpenAPI document has them', () => {
	const openapi = { writeForm: 'openapi' } as const;

	test('an update is a PATCH', async () => {
		const changes = { url: 'https://www.example.net' };
		const { head, body } = await sent(
			async (c) => await c.updateCallback(CALLBACK, changes),
			openapi,
		);
		expect(head).toEqual([
			`PATCH /callbacks/${CALLBACK}`,
			...IDENTITY,
			'Content-Type: application/vnd.api+json',
		]);
		expect(JSON.parse(body)).toEqual({
			data: { id: CALLBACK, type: 'callbacks', attributes: changes },
		});
	});

	test('a creation says what its body is', async () => {
		const changes = { url: 'https://www.example.com', subscriptions: ['*'] };
		const { head } = await sent(async (c) => await c.createCallback(PROPERTY, changes), openapi);
		expect(head.at(-1)).toBe('Content-Type: application/vnd.api+json');
	});
});

test('filters, sort and page are URL-encoded as the guides show them', async () => {
	const { head } = await sent(
		async (c) =>
			await c.listCallbacks(
				PROPERTY,
				{
					filters: [
						{ attribute: 'created_at', operator: 'BETWEEN', values: ['2020-01-01', '2021-01-01'] },
						{ attribute: 'updated_at', operator: 'GT', values: ['2020-12-14T17:34:47.082Z'] },
					],
					sort: ['-created_at', 'url'],
				},
				{ limit: 10, page: 2 },
			),
	);
	expect(head[0]).toBe(
		`GET /properties/${PROPERTY}/callbacks?filter%5Bcreated_at%5D=BETWEEN%202020-01-01%2C2021-01-01` +
			'&filter%5Bupdated_at%5D=GT%202020-12-14T17%3A34%3A47.082Z' +
			'&sort=-created_at%2Curl&page%5Bnumber%5D=2&page%5Bsize%5D=10',
	);
});

test('a service under a path is asked there, without the headers that are Adobe’s', async () => {
	const double = await startReactorDouble({
		bearerOnly: true,
		instead: () => (_request, response) =>
			void response.end('{"data":{"id":"x","type":"properties"}}'),
	});
	const base = `${double.origin}/webhook/callbacks`;
	const authentication = bearerAuthentication('pbcb_token', { literalOrigins: [double.origin] });
	await clientFor(base, { bearerOnly: true, authentication }).getProperty(PROPERTY);
	expect(headOf(double.requests()[0])).toEqual([
		`GET /webhook/callbacks/properties/${PROPERTY}`,
		'Authorization: Bearer pbcb_token',
		ACCEPT,
	]);
});

test.each<[string, (client: ReactorClient) => Promise<unknown>, string]>([
	['a property’s', async (c) => await c.listCallbacks('PR1/../../companies'), 'PR and 32'],
	['a callback’s', async (c) => await c.getCallback(`${CALLBACK}?x=1`), 'CB and 32'],
	['a callback’s, another’s', async (c) => await c.deleteCallback(PROPERTY), 'CB and 32'],
	['an event’s', async (c) => await c.getAuditEvent(''), 'AE and 32 hexadecimal digits, and this'],
	['a company’s', async (c) => await c.searchProperties('CO%2e%2e'), 'CO and 32'],
])('no request is made with an id that is none: %s', async (_name, use, message) => {
	const double = await startFilled();
	await expect(use(clientFor(double.origin))).rejects.toThrow(message);
	expect(double.requests()).toEqual([]);
});

test.each([
	[{ attribute: 'created_at]=x&a[', operator: 'EQ', values: ['1'] }, 'names "created_at]=x&a["'],
	[{ attribute: 'created_at', operator: 'IN', values: ['1'] }, 'no operator "IN"'],
	[{ attribute: 'created_at', operator: 'EQ', values: [' '] }, 'has no value'],
	[{ attribute: 'created_at', operator: 'BETWEEN', values: ['1'] }, 'it needs two'],
])('no request is made with a filter that is none: %j', async (filter, message) => {
	const double = await startFilled();
	const client = clientFor(double.origin);
	await expect(client.listCallbacks(PROPERTY, { filters: [filter as never] })).rejects.toThrow(
		message,
	);
	expect(double.requests()).toEqual([]);
});

test('nothing of a request stays with the HTTP client, which keeps every fetch that it is given', async () => {
	const double = await startFilled();
	const request = jest.spyOn(axios, 'request');
	for (const client of [clientFor(double.origin), clientFor(double.origin)]) {
		await client.getCallback(CALLBACK);
		await client.getProperty(PROPERTY);
	}
	const fetches = request.mock.calls.map(([config]) => (config.env as { fetch: unknown }).fetch);
	request.mockRestore();
	expect(fetches).toHaveLength(4);
	expect(new Set(fetches).size).toBe(1);
});
