import {
	createPostbackEngine,
	flattenHit,
	MAX_BODY_BYTES,
	MAX_URL_BYTES,
	parseHits,
	POSTBACK_EXAMPLES,
} from '../../../lib/postbacks';
import { composeOne, definition, env, NOW, processNow, requestOf } from './make';

describe('the documented sample', () => {
	const sample = { ...POSTBACK_EXAMPLES[0]!.definition, active: true };
	const url = 'https://my.server.com/?user=bob&zip=90210&c16=4.6.0-AN&c27=cln,132';
	const engine = createPostbackEngine([sample], { sdkVersion: '4.6.0-AN' });

	test('becomes exactly the documented request', () => {
		const data = {
			'user.name': 'bob',
			'user.zip': '90210',
			'a.PrevSessionLength': 132,
			'n.client.id': 'c 1',
		};
		const { composed, skipped } = processNow(engine, flattenHit({ pageName: 'MainMenu', ...data }));
		expect(skipped).toEqual([]);
		expect(composed).toEqual([
			{
				postbackId: 'screen-view',
				name: 'Screen view to a server',
				type: 'custom',
				request: {
					method: 'POST',
					url,
					headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
					body: 'sdkver=4.6.0-AN&cb=50000001&clientId=c%201&ts=1714557600&tsz=2024-05-01T10%3A00%3A00Z',
					timeoutMs: 4000,
				},
			},
		]);
	});

	test.each([
		[
			'JSON, nested',
			'application/json',
			'{"pageName":"mainmenu","user":{"name":"bob","zip":90210},"a":{"PrevSessionLength":"132"}}',
		],
		[
			'a form with context data',
			'application/x-www-form-urlencoded',
			'pageName=MainMenu&c.&user.&name=bob&zip=90210&.user&a.&PrevSessionLength=132&.a&.c',
		],
	])('from %s', (_, contentType, body) => {
		const { hits } = parseHits({ method: 'POST', contentType, query: '', body: Buffer.from(body) });
		expect(processNow(engine, hits[0]!.hit).composed[0]?.request?.url).toBe(url);
	});

	test('is not sent for another page', () => {
		expect(processNow(engine, flattenHit({ pageName: 'Other' }))).toEqual({
			composed: [],
			skipped: [],
		});
	});
});

describe('which postbacks', () => {
	const of = (...definitions: Array<Parameters<typeof definition>[0]>) =>
		createPostbackEngine(definitions.map((over, i) => definition({ id: `p${i}`, ...over })));
	const ids = (engine: ReturnType<typeof createPostbackEngine>, hit: object) =>
		processNow(engine, flattenHit(hit)).composed.map(({ postbackId }) => postbackId);

	test('all that match, in order of definition', () => {
		const on = (key: string) => ({ condition: { triggers: [{ key, matcher: 'ex' }] } });
		const engine = of(on('b'), {}, on('a'), on('c'), on('b'));
		expect(ids(engine, { a: 1, b: 1 })).toEqual(['p0', 'p1', 'p2', 'p4']);
		expect(engine.match(flattenHit({ c: 1 }), NOW).map(({ id }) => id)).toEqual(['p1', 'p3']);
	});

	test('only where all triggers and all traits hold on the same hit', () => {
		const engine = of({
			condition: {
				triggers: [
					{ key: 'a', matcher: 'ex' },
					{ key: 'b', matcher: 'eq', values: ['1'] },
				],
				traits: [{ key: 'c', matcher: 'nx' }],
			},
		});
		expect(ids(engine, { a: 1, b: 1 })).toEqual(['p0']);
		expect(ids(engine, { a: 1 })).toEqual([]);
		expect(ids(engine, { b: 1 })).toEqual([]);
		expect(ids(engine, { a: 1, b: 1, c: 1 })).toEqual([]);
	});

	test('only active ones', () => {
		const engine = of({ active: false }, {});
		expect(ids(engine, {})).toEqual(['p1']);
		expect([...engine.activeIds]).toEqual(['p1']);
	});

	test('only within their dates, both inclusive', () => {
		const engine = of(
			{ startDate: NOW, endDate: NOW },
			{ startDate: NOW + 1 },
			{ endDate: NOW - 1 },
			{ startDate: NOW - 1, endDate: NOW + 1 },
		);
		expect(ids(engine, {})).toEqual(['p0', 'p3']);
	});

	test('conditions are exact about the case of keys', () => {
		const engine = of({ condition: { triggers: [{ key: 'pageName', matcher: 'ex' }] } });
		expect(ids(engine, { pagename: 'x' })).toEqual([]);
	});

	test('10,000 postbacks, each in its order', () => {
		const engine = of(...Array.from({ length: 10_000 }, () => ({})));
		expect(ids(engine, {})).toHaveLength(10_000);
		expect(ids(engine, {}).at(-1)).toBe('p9999');
	});
});

describe('once', () => {
	const over = { showRule: 'once', visitorKey: 'mid' } as const;

	test('names the visitor, by any case of the key', () => {
		expect(composeOne(over, { MID: 7 }).once).toEqual({ visitor: '7' });
		expect(composeOne({}, { mid: 7 })).not.toHaveProperty('once');
	});

	test.each([{}, { mid: null }, { mid: '' }])(
		'a hit without the key is not matched and reported: %j',
		(hit) => {
			const { composed, skipped } = processNow(
				createPostbackEngine([definition(over)]),
				flattenHit(hit),
			);
			expect(composed).toEqual([]);
			expect(skipped).toEqual([
				{
					postbackId: 'p1',
					name: 'My postback',
					reason: expect.stringContaining('visitor key "mid"'),
				},
			]);
		},
	);
});

describe('the request', () => {
	test('without a body is a GET without headers and with 2 s', () => {
		expect(requestOf({ body: '', contentType: 'a/b' }, {})).toEqual({
			method: 'GET',
			url: 'https://example.com/',
			headers: {},
			timeoutMs: 2000,
		});
	});

	test.each([
		[undefined, 2000],
		[0, 2000],
		[0.5, 500],
		[30, 30_000],
	])('with a timeout of %s s', (timeoutSeconds, timeoutMs) => {
		expect(requestOf({ timeoutSeconds }, {}).timeoutMs).toBe(timeoutMs);
	});

	test('4.x encodes values in the URL and in a body that is no JSON', () => {
		const request = requestOf(
			{ url: 'https://example.com/{v}?a={v}&b=ü', body: 'v={v}&literal=ü &' },
			{ v: 'ü &/' },
		);
		expect(request.url).toBe('https://example.com/%C3%BC%20%26%2F?a=%C3%BC%20%26%2F&b=ü');
		expect(request.body).toBe('v=%C3%BC%20%26%2F&literal=ü &');
		expect(request.headers).toEqual({ 'Content-Type': 'application/x-www-form-urlencoded' });
	});

	test.each(['application/json', 'Application/JSON; charset=utf-8', 'application/vnd.api+json'])(
		'4.x does not encode but escape values in %s',
		(contentType) => {
			const body = requestOf(
				{ contentType, body: '{"v":"{v}","n":{n}}' },
				{ v: 'a"\n ü', n: 5 },
			).body;
			expect(JSON.parse(body!)).toEqual({ v: 'a"\n ü', n: 5 });
		},
	);

	test('escaping can be switched off', () => {
		const over = { contentType: 'application/json', body: '{"v":"{v}"}' };
		expect(requestOf(over, { v: 'a"b' }, { jsonEscape: false }).body).toBe('{"v":"a"b"}');
	});

	test('launch rules encode nothing by themselves, and escape in JSON', () => {
		const launch = {
			dialect: 'launch',
			url: 'https://example.com/?a={%v%}&b={%urlenc(v)%}',
		} as const;
		const request = requestOf({ ...launch, body: '{%v%}' }, { v: 'ü&"' });
		expect(request.url).toBe('https://example.com/?a=ü&"&b=%C3%BC%26%22');
		expect(request.body).toBe('ü&"');
		const json = { ...launch, body: '"{%v%}"', contentType: 'application/json' };
		expect(requestOf(json, { v: 'ü&"' }).body).toBe('"ü&\\""');
	});

	test('4.x posts a body that is empty after expansion', () => {
		expect(requestOf({ body: '{none}' }, {})).toMatchObject({ method: 'POST', body: '' });
	});

	test('has one random number, from 1 to 100,000,000, in URL and body', () => {
		const engine = createPostbackEngine([
			definition({ url: 'https://example.com/{%cachebust%}', body: '{%cachebust%}' }),
		]);
		for (const [random, expected] of [
			[0, '1'],
			[1 - 2 ** -53, '100000000'],
		] as const) {
			const { composed } = engine.process(flattenHit({}), {
				now: 0,
				random: () => random,
			}) as ReturnType<typeof processNow>;
			expect(composed[0]?.request).toMatchObject({
				url: `https://example.com/${expected}`,
				body: expected,
			});
		}
	});
});

describe('cannot be composed', () => {
	const launch = { dialect: 'launch' } as const;

	test.each<[string, Parameters<typeof composeOne>[0], object, string]>([
		['a URL that is empty after expansion', { url: '{url}' }, {}, 'invalid_url'],
		[
			'a URL of another scheme',
			{ ...launch, url: '{%url%}' },
			{ url: 'file:///etc/passwd' },
			'invalid_url',
		],
		['a script URL', { ...launch, url: '{%url%}' }, { url: 'javascript:alert(1)' }, 'invalid_url'],
		['a URL without a host', { url: 'https://{host}/' }, {}, 'invalid_url'],
		[
			'a host that is none',
			{ ...launch, url: 'https://{%host%}/' },
			{ host: 'a b' },
			'invalid_url',
		],
		[
			'a URL over the limit',
			{ url: 'https://example.com/{v}' },
			{ v: 'x'.repeat(MAX_URL_BYTES) },
			'url_too_long',
		],
		[
			'a URL over the limit in bytes',
			{ ...launch, url: 'https://example.com/{%v%}' },
			{ v: 'ü'.repeat(MAX_URL_BYTES / 2) },
			'url_too_long',
		],
		[
			'a body over the limit',
			{ body: '{v}{v}{v}' },
			{ v: 'x'.repeat(MAX_BODY_BYTES / 2) },
			'body_too_large',
		],
		[
			'a body over the limit in bytes',
			{ ...launch, body: '{%v%}x' },
			{ v: 'ü'.repeat(MAX_BODY_BYTES / 2) },
			'body_too_large',
		],
	])('%s', (_, over, hit, code) => {
		const { error, request } = composeOne(over, hit);
		expect(request).toBeUndefined();
		expect(error?.code).toBe(code);
		expect(error!.message.length).toBeLessThan(400);
	});

	test('what is exactly at the limit passes', () => {
		const url = 'https://example.com/';
		expect(
			requestOf({ url: `${url}{v}` }, { v: 'x'.repeat(MAX_URL_BYTES - url.length) }).url,
		).toHaveLength(MAX_URL_BYTES);
		const body = requestOf(
			{ ...launch, body: '{%v%}' },
			{ v: 'ü'.repeat(MAX_BODY_BYTES / 2) },
		).body;
		expect(Buffer.byteLength(body!)).toBe(MAX_BODY_BYTES);
	});

	test('one postback costs the others nothing', () => {
		const engine = createPostbackEngine([
			definition({ id: 'a' }),
			definition({ id: 'bad', url: '{v}' }),
			definition({ id: 'c' }),
		]);
		const { composed } = processNow(engine, flattenHit({ v: 'no URL' }));
		expect(composed.map(({ postbackId, error }) => [postbackId, error?.code])).toEqual([
			['a', undefined],
			['bad', 'invalid_url'],
			['c', undefined],
		]);
	});

	test('a small template cannot grow without bound on a large hit', () => {
		const hit = { v: 'é'.repeat(5_000_000) };
		expect(composeOne({ body: '{v}'.repeat(10_000) }, hit).error?.code).toBe('body_too_large');
		expect(composeOne({ url: `https://example.com/${'{v}'.repeat(1000)}` }, hit).error?.code).toBe(
			'url_too_long',
		);
	});
});

test('a host that a hit fills in is accepted when it is one', () => {
	expect(requestOf({ url: 'https://{host}/' }, { host: 'a.example' }).url).toBe(
		'https://a.example/',
	);
	expect(requestOf({ dialect: 'launch', url: '{%url%}' }, { url: 'HTTP://a.example' }).url).toBe(
		'HTTP://a.example',
	);
});

test('settings may be left out', () => {
	const result = createPostbackEngine([definition({ body: '{%sdkver%}' })]).process(
		flattenHit({}),
		env,
	);
	expect(result).toMatchObject({ composed: [{ request: { body: '' } }] });
});
