import fc from 'fast-check';
import { flattenHit, HitError, MAX_HIT_DEPTH, MAX_HIT_KEYS } from '../../../lib/postbacks';
import { thrown } from './make';

function entries(value: unknown) {
	return [...flattenHit(value).values];
}

function nested(depth: number): unknown {
	let value: unknown = 1;
	for (let i = 0; i < depth; i++) value = { a: value };
	return { a: value };
}

describe('flattening', () => {
	test('joins nested keys with dots and numbers the elements of arrays', () => {
		expect(entries({ a: { AppID: 'X', n: [1, { deep: true }] }, b: null })).toEqual([
			['a.AppID', 'X'],
			['a.n.0', 1],
			['a.n.1.deep', true],
			['b', null],
		]);
	});

	test('makes a dotted key and a nested object equal, and the later one counts', () => {
		expect(entries({ 'a.AppID': 'X' })).toEqual(entries({ a: { AppID: 'X' } }));
		expect(flattenHit({ 'a.b': 1, a: { b: 2 } }).values.get('a.b')).toBe(2);
	});

	test('turns NaN and infinities into null', () => {
		expect(entries({ a: NaN, b: Infinity, c: -Infinity })).toEqual([
			['a', null],
			['b', null],
			['c', null],
		]);
	});

	test('writes dates, large integers and leaves out what JSON cannot hold', () => {
		const value = {
			at: new Date(0),
			never: new Date(NaN),
			big: 12345678901234567890n,
			no: undefined,
			run: () => 1,
		};
		expect(entries(value)).toEqual([
			['at', '1970-01-01T00:00:00.000Z'],
			['never', null],
			['big', '12345678901234567890'],
		]);
	});

	test('keeps the data as they came', () => {
		const value = { a: { b: [1] } };
		expect(flattenHit(value).source).toBe(value);
	});

	test('takes keys of Object.prototype for keys like any other', () => {
		const hit = flattenHit(
			JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"x":2}},"toString":"s"}'),
		);
		expect([...hit.values]).toEqual([
			['__proto__.polluted', 1],
			['constructor.prototype.x', 2],
			['toString', 's'],
		]);
		expect(({} as Record<string, unknown>).polluted).toBeUndefined();
		expect(flattenHit({}).get('constructor')).toBeUndefined();
		expect(flattenHit({}).get('__proto__')).toBeUndefined();
	});

	test('gives every leaf of any JSON object one key', () => {
		fc.assert(
			fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), (value) => {
				const hit = flattenHit(value);
				for (const leaf of hit.values.values())
					expect(typeof leaf === 'object' && leaf).toBeFalsy();
			}),
		);
	});
});

describe('looking a token up', () => {
	test('prefers the exact spelling, then takes any case, the first of several', () => {
		const hit = flattenHit({ 'a.AppID': 'first', 'A.APPID': 'second', 'a.appid': 'exact' });
		expect(hit.get('a.appid')).toBe('exact');
		expect(hit.get('A.AppId')).toBe('first');
		expect(hit.get('a.app')).toBeUndefined();
	});

	test('lower-cases long values once', () => {
		const hit = flattenHit({});
		const long = 'ABC'.repeat(1000);
		expect(hit.lower(long)).toBe(long.toLowerCase());
		expect(hit.lower(long)).toBe(hit.lower(long));
		expect(hit.lower('Short')).toBe('short');
	});
});

describe('refused', () => {
	test.each([
		['null', null, 'null'],
		['an array', [1], 'an array'],
		['a text', 'x', 'a string'],
		['a number', 5, 'a number'],
		['nothing', undefined, 'a undefined'],
	])('%s instead of an object', (_, value, said) => {
		const error = thrown(() => flattenHit(value)) as HitError;
		expect(error).toBeInstanceOf(HitError);
		expect(error.status).toBe(400);
		expect(error.message).toContain(said);
	});

	test('nesting deeper than the limit, naming the key', () => {
		expect(flattenHit(nested(MAX_HIT_DEPTH)).values.size).toBe(1);
		expect(() => flattenHit(nested(MAX_HIT_DEPTH + 1))).toThrow(/"a\.a.*deeper than 32 levels/);
	});

	test('an object within itself', () => {
		const value: Record<string, unknown> = {};
		value.self = value;
		expect(() => flattenHit(value)).toThrow(/"self\.self/);
	});

	test('more keys than the limit, naming the key', () => {
		const keys = Array.from({ length: MAX_HIT_KEYS }, (_, i) => [`k${i}`, i] as const);
		expect(flattenHit(Object.fromEntries(keys)).values.size).toBe(MAX_HIT_KEYS);
		const more = Object.fromEntries([...keys, ['last', 1]]);
		expect(() => flattenHit(more)).toThrow(/more than 10000 keys; "last"/);
	});

	test('a key of any length without repeating all of it', () => {
		const error = thrown(() => flattenHit({ ['x'.repeat(1e6)]: nested(40) })) as HitError;
		expect(error.message.length).toBeLessThan(300);
	});
});
