import Ajv from 'ajv';
import fc from 'fast-check';
import {
	DELIVERY_KINDS,
	DELIVERY_STATUSES,
	type Delivery,
	type DeliveryItem,
} from '../../../lib/delivery/delivery';
import {
	deliverySchema,
	isReservedHeader,
	readDelivery,
} from '../../../lib/delivery/deliverySchema';

const validate = new Ajv({ strict: false, allErrors: true }).compile(deliverySchema);

function delivery(fields: Record<string, unknown> = {}): Record<string, unknown> {
	return {
		id: 'msg_018f',
		kind: 'postback',
		name: 'Visit',
		request: { method: 'POST', url: 'https://a.example/p?user=bob', headers: {} },
		attempt: 0,
		status: 'pending',
		...fields,
	};
}

function withRequest(fields: Record<string, unknown>): Record<string, unknown> {
	return delivery({
		request: { method: 'POST', url: 'https://a.example/', headers: {}, ...fields },
	});
}

function problems(json: unknown): string[] {
	const reading = readDelivery(json);
	return reading.ok ? [] : reading.problems;
}

const text = fc.string({ maxLength: 20 });
const date = fc
	.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
	.map((one) => one.toISOString());
const count = fc.nat({ max: 599 });
const optional = { requiredKeys: [] as [] };

/** Typed by the very type that the schema describes: a field that is added there fails to compile here. */
const deliveries: fc.Arbitrary<Delivery> = fc.record<Required<Delivery>>({
	id: fc.uuid().map((one) => `msg_${one}`),
	kind: fc.constantFrom(...DELIVERY_KINDS),
	name: text,
	source: fc.record({ type: text, id: text }),
	subject: text,
	eventId: text,
	expiresAt: date,
	test: fc.boolean(),
	queue: fc.string({ minLength: 1 }),
	request: fc.record({
		method: fc.constantFrom('GET', 'POST', 'PATCH', 'M-SEARCH'),
		url: fc.webUrl({ validSchemes: ['http', 'https'], withQueryParameters: true }),
		headers: fc.dictionary(fc.constantFrom('Accept', 'x-a', '__proto__'), fc.constant('v 1')),
		body: text,
		timeoutMs: fc.integer({ min: 1, max: 3_600_000 }),
	}),
	attempt: count,
	status: fc.constantFrom(...DELIVERY_STATUSES),
	lastAttemptAt: date,
	nextAttemptAt: date,
	response: fc.record({ statusCode: count, bodyExcerpt: text, durationMs: count }, optional),
	error: fc.record({ code: text, message: text }),
	reason: text,
	lease: text,
});

test('every delivery fits the schema and is read, whatever it leaves out of what is optional', () => {
	const optionalNames: Array<keyof Delivery> = [
		'source',
		'subject',
		'eventId',
		'expiresAt',
		'test',
		'queue',
		'lastAttemptAt',
		'nextAttemptAt',
		'response',
		'error',
		'reason',
		'lease',
	];
	fc.assert(
		fc.property(deliveries, fc.subarray(optionalNames), (full, leftOut) => {
			const partial: Partial<Delivery> = { ...full };
			for (const name of leftOut) delete partial[name];
			const item = JSON.parse(JSON.stringify({ delivery: partial, extra: 1 })) as DeliveryItem;
			expect(validate(item)).toBe(true);
			expect(readDelivery(item)).toEqual({ ok: true, delivery: item.delivery });
		}),
	);
});

test('schema and reader refuse the same when any field is changed into anything', () => {
	const paths = [
		...Object.keys(deliverySchema.properties.delivery.properties as object).map((name) => [name]),
		...['method', 'headers', 'body', 'timeoutMs'].map((name) => ['request', name]),
		...['statusCode', 'bodyExcerpt', 'durationMs'].map((name) => ['response', name]),
		['source', 'type'],
		['error', 'message'],
		['request', 'headers', 'x-a'],
	];
	const values = fc.oneof(
		fc.constantFrom<unknown[]>(null, undefined, '', 'x', 'a b', 'a\nb', 'ü', 'Ā', 0, -1, 1.5, 1e9),
		fc.constantFrom<unknown[]>(true, {}, { 'a b': '1' }, { Host: 'x' }, { 'WEBHOOK-ID': 'x' }, []),
		fc.constantFrom<unknown[]>('2026-01-01', '2026-01-01T00:00:00Z', 'CONNECT', 'connect', 'TRACE'),
	);
	fc.assert(
		fc.property(deliveries, fc.constantFrom(...paths), values, (full, path, value) => {
			const item = JSON.parse(JSON.stringify({ delivery: full })) as DeliveryItem;
			let parent: Record<string, unknown> = { ...item.delivery };
			item.delivery = parent as unknown as Delivery;
			for (const name of path.slice(0, -1)) parent = parent[name] as Record<string, unknown>;
			parent[path[path.length - 1]] = value;
			const json: unknown = JSON.parse(JSON.stringify(item));
			expect(readDelivery(json).ok).toBe(validate(json));
		}),
		{ numRuns: 2_000 },
	);
});

test('gives back the very object, so that nothing is copied', () => {
	const json = { delivery: delivery() };
	const reading = readDelivery(json);
	expect(reading.ok && reading.delivery).toBe(json.delivery);
});

describe('refuses', () => {
	test.each<[string, Record<string, unknown>, string]>([
		['no id', delivery({ id: undefined }), 'delivery.id is missing: give an id'],
		['an id with a line break', delivery({ id: 'a\nb' }), 'delivery.id is not right'],
		[
			'an id with a dot, where signatures could be mixed up',
			delivery({ id: 'a.b' }),
			'delivery.id',
		],
		['an id that is too long', delivery({ id: 'a'.repeat(256) }), 'delivery.id'],
		['an unknown kind', delivery({ kind: 'mail' }), 'delivery.kind is not right: give one of'],
		['an unknown status', delivery({ status: 'ok' }), 'delivery.status is not right: give one of'],
		['no name', delivery({ name: undefined }), 'delivery.name is missing: give a text'],
		['no request', delivery({ request: undefined }), 'delivery.request is missing: give an object'],
		['a request that is a list', delivery({ request: [] }), 'delivery.request is not right'],
		['a negative attempt', delivery({ attempt: -1 }), 'delivery.attempt is not right'],
		['half an attempt', delivery({ attempt: 0.5 }), 'delivery.attempt is not right'],
		['a date without zone', delivery({ expiresAt: '2026-01-01T00:00:00' }), 'delivery.expiresAt'],
		['null where nothing is meant', delivery({ subject: null }), 'delivery.subject is not right'],
		['an empty queue', delivery({ queue: '' }), 'delivery.queue'],
		['a test that is a text', delivery({ test: 'true' }), 'delivery.test is not right'],
		['a source without id', delivery({ source: { type: 'x' } }), 'delivery.source.id is missing'],
		['a source that is a text', delivery({ source: 'x' }), 'delivery.source is not right'],
		['a response that is a text', delivery({ response: 'x' }), 'delivery.response is not right'],
		[
			'a status in words',
			delivery({ response: { statusCode: 'OK' } }),
			'delivery.response.statusCode',
		],
		[
			'an error without message',
			delivery({ error: { code: 'X' } }),
			'delivery.error.message is missing',
		],
		[
			'no url',
			withRequest({ url: undefined }),
			'delivery.request.url is missing: give an absolute',
		],
		['no method', withRequest({ method: undefined }), 'delivery.request.method is missing'],
		['a method with a space', withRequest({ method: 'GET /' }), 'delivery.request.method'],
		['CONNECT', withRequest({ method: 'Connect' }), 'delivery.request.method'],
		['TRACE', withRequest({ method: 'TRACE' }), 'delivery.request.method'],
		['no headers', withRequest({ headers: undefined }), 'delivery.request.headers is missing'],
		['headers in a list', withRequest({ headers: [] }), 'delivery.request.headers is not right'],
		['a body that is an object', withRequest({ body: {} }), 'delivery.request.body is not right'],
		['a timeout of 0', withRequest({ timeoutMs: 0 }), 'delivery.request.timeoutMs is not right'],
		['a timeout over an hour', withRequest({ timeoutMs: 3_600_001 }), 'delivery.request.timeoutMs'],
		['an endless timeout', withRequest({ timeoutMs: Infinity }), 'delivery.request.timeoutMs'],
	])('%s', (_, changed, problem) => {
		expect(problems({ delivery: changed })).toEqual([expect.stringContaining(problem)]);
	});

	test.each([
		'/relative',
		'//a.example/',
		'a.example',
		'ftp://a.example/',
		'file:///etc/passwd',
		'javascript:alert(1)',
		'data:text/plain,x',
		'http:a.example',
		'http:///',
		'http://',
		'https://user@a.example/',
		'https://user:password@a.example/',
		'https://a.example\\@b.example/',
		'https://a.example:99999/',
		'https://[::1/',
		'https://a.example/\r\nHost: b',
		'https://a.example/\u0000',
		' https://a.example/',
		'https://a b.example/',
		'',
	])('the URL %j, without showing it', (url) => {
		const found = problems({ delivery: withRequest({ url }) });
		expect(found).toEqual([
			'delivery.request.url is not right: give an absolute http or https URL without user and password',
		]);
	});

	test.each([
		'host',
		'Host',
		'content-length',
		'Connection',
		'transfer-encoding',
		'Keep-Alive',
		'Upgrade',
		'Expect',
		'TE',
		'Trailer',
		'Proxy-Authorization',
		'proxy-connection',
		'webhook-id',
		'Webhook-Timestamp',
		'webhook-signature',
	])('the header %s, which the sender sets', (name) => {
		expect(isReservedHeader(name.toLowerCase())).toBe(true);
		expect(problems({ delivery: withRequest({ headers: { [name]: '1' } }) })).toEqual([
			`delivery.request.headers["${name}"] is set by the sender itself: leave it out`,
		]);
	});

	test.each(['a b', 'a:b', 'a\r\nb', '', 'ü', '(a)'])('the header name %j', (name) => {
		expect(problems({ delivery: withRequest({ headers: { [name]: '1' } }) })).toHaveLength(1);
	});

	test.each(['a\r\nx: y', 'a\nb', 'a\u0000b', '€', 'Ā', 5, null, ['a']])(
		'the header value %j, without showing it',
		(value) => {
			const found = problems({ delivery: withRequest({ headers: { 'x-a': value } }) });
			expect(found).toEqual([
				'delivery.request.headers["x-a"] is not right: give a text without line breaks, of Latin-1 characters',
			]);
		},
	);

	test.each([
		undefined,
		null,
		1,
		'text',
		[],
		{},
		{ delivery: null },
		{ delivery: [] },
		{ delivery: 'x' },
	])('%j, which holds no delivery', (json) => {
		expect(problems(json)).toEqual([
			'delivery is missing: the item has to come from a node that makes deliveries',
		]);
	});

	test('several things at once, each by name', () => {
		expect(problems({ delivery: { request: {} } })).toHaveLength(8);
	});
});

describe('a key named __proto__', () => {
	test('passes like any field that nobody knows, and changes no prototype', () => {
		const json: unknown = JSON.parse(
			JSON.stringify({ delivery: delivery() }).replace('{"id"', '{"__proto__":{"polluted":1},"id"'),
		);
		const reading = readDelivery(json);
		expect(reading.ok).toBe(true);
		expect('polluted' in {}).toBe(false);
		expect(reading.ok && 'polluted' in reading.delivery).toBe(false);
	});

	test('does not stand in for what is missing', () => {
		const json: unknown = JSON.parse(`{"delivery":{"__proto__":${JSON.stringify(delivery())}}}`);
		expect(readDelivery(json).ok).toBe(false);
	});
});

test('reads 50,000 deliveries in much less than the second that a sender has for 10,000', () => {
	const item = { delivery: withRequest({ headers: { 'content-type': 'application/json' } }) };
	const started = performance.now();
	for (let at = 0; at < 50_000; at++) readDelivery(item);
	expect(performance.now() - started).toBeLessThan(2_000);
});
