import { HitError, parseHits, type HitLimits } from '../../../lib/postbacks';
import { thrown } from './make';

function post(body: string | Buffer, contentType?: string, limits?: HitLimits) {
	return parseHits({ method: 'POST', contentType, query: '', body: Buffer.from(body) }, limits);
}

function get(query: string, limits?: HitLimits) {
	return parseHits({ method: 'GET', query, body: Buffer.alloc(0) }, limits);
}

function values(parsed: ReturnType<typeof parseHits>) {
	return parsed.hits.map(({ index, hit }) => [index, Object.fromEntries(hit.values)]);
}

function refusal(run: () => unknown): HitError {
	const error = thrown(run);
	expect(error).toBeInstanceOf(HitError);
	return error as HitError;
}

const JSON_TYPE = 'application/json';
const FORM = 'application/x-www-form-urlencoded';

describe('JSON', () => {
	test.each([
		[JSON_TYPE],
		['application/json; charset=utf-8'],
		['APPLICATION/JSON; Charset="UTF-8"'],
		['text/json'],
		['application/vnd.hit+json'],
		['text/plain'],
		[undefined],
	])('one object as %s', (type) => {
		expect(values(post(' {"a":{"b":1}}', type))).toEqual([[0, { 'a.b': 1 }]]);
	});

	test('an array', () => {
		const parsed = post('[{"a":1},{"a":2}]', JSON_TYPE);
		expect(values(parsed)).toEqual([
			[0, { a: 1 }],
			[1, { a: 2 }],
		]);
		expect(parsed.rejected).toEqual([]);
	});

	test('with a byte order mark', () => {
		expect(values(post('\uFEFF{"a":1}', JSON_TYPE))).toEqual([[0, { a: 1 }]]);
	});

	test('an array with bad hits among good ones passes the good and names the bad by index', () => {
		const parsed = post('[{"a":1}, 7, {"a":2}, [1], null]', JSON_TYPE);
		expect(values(parsed)).toEqual([
			[0, { a: 1 }],
			[2, { a: 2 }],
		]);
		expect(parsed.rejected.map(({ index }) => index)).toEqual([1, 3, 4]);
		expect(parsed.rejected[0]?.reason).toContain('a number');
	});
});

describe('NDJSON', () => {
	test.each([
		['application/x-ndjson'],
		['application/ndjson'],
		['application/jsonl'],
		['application/x-jsonlines'],
		['application/json-seq'],
		[JSON_TYPE],
		['text/plain'],
		[undefined],
	])('as %s', (type) => {
		expect(values(post('{"a":1}\r\n\n{"a":2}\n', type))).toEqual([
			[0, { a: 1 }],
			[1, { a: 2 }],
		]);
	});

	test('of one line', () => {
		expect(values(post('{"a":1}', 'application/x-ndjson'))).toEqual([[0, { a: 1 }]]);
	});

	test('has one object a line, not an array', () => {
		const refused = refusal(() => post('[{"a":1}]', 'application/x-ndjson'));
		expect(refused.message).toContain('an array');
	});

	test('with record separators', () => {
		expect(values(post('\u001e{"a":1}\n\u001e{"a":2}\n', 'application/json-seq'))).toHaveLength(2);
	});

	test('with a bad line among good ones passes the good and names the bad by index', () => {
		const parsed = post('{"a":1}\n{"a":\n{"a":3}', JSON_TYPE);
		expect(values(parsed)).toEqual([
			[0, { a: 1 }],
			[2, { a: 3 }],
		]);
		expect(parsed.rejected).toEqual([
			{ index: 1, reason: expect.stringContaining('not valid JSON') },
		]);
	});

	test('is not what broken pretty-printed JSON is', () => {
		expect(refusal(() => post('{\n "a": 1,\n}\n', JSON_TYPE)).message).toContain('not valid JSON');
	});
});

describe('forms and queries', () => {
	test('a form, with plus signs and escapes', () => {
		expect(values(post('a=1+2&b=%C3%A9&c=&d&a.b=x%2By', FORM))).toEqual([
			[0, { a: '1 2', b: 'é', c: '', d: '', 'a.b': 'x+y' }],
		]);
	});

	test('a form that does not say so', () => {
		expect(values(post('a=1&b=2'))).toEqual([[0, { a: '1', b: '2' }]]);
	});

	test.each(['GET', 'get', 'HEAD'])('the query of %s', (method) => {
		const parsed = parseHits({ method, query: 'a=1&a=2&=x&', body: Buffer.from('{"b":1}') });
		expect(values(parsed)).toEqual([[0, { a: '2' }]]);
	});

	test('keys of Object.prototype are keys like any other', () => {
		const { hit } = get('__proto__=1&constructor=2').hits[0]!;
		expect([...hit.values]).toEqual([
			['__proto__', '1'],
			['constructor', '2'],
		]);
		expect(({} as Record<string, unknown>)['1']).toBeUndefined();
	});
});

describe('context data', () => {
	test.each([
		['pageName=Main&c.&a.&AppID=X&.a&.c&mid=7', { pageName: 'Main', 'a.AppID': 'X', mid: '7' }],
		['c.=&a.=&AppID=X&.a=&.c=', { 'a.AppID': 'X' }],
		['c.&x=1&a.&b.&y=2&.b&z=3&.a&w=4&.c', { x: '1', 'a.b.y': '2', 'a.z': '3', w: '4' }],
		['&c.&user.&name=bob&zip=9&.user&.c', { 'user.name': 'bob', 'user.zip': '9' }],
		['c.&a.=1&.b=2&.c', { 'a.': '1', '.b': '2' }],
		['a.&AppID=X&.a', { 'a.': '', AppID: 'X', '.a': '' }],
		['c.&a=1&a.&b=2&.a&.c', { a: '1', 'a.b': '2' }],
		['c.&x=1&.c&c.&y=2&.c', { x: '1', y: '2' }],
		['c.&c.&x=1&.c&.c', { 'c.x': '1' }],
	])('%s', (query, expected) => {
		expect(values(get(query))).toEqual([[0, expected]]);
		expect(values(post(query, FORM))).toEqual([[0, expected]]);
	});

	test.each([
		['c.&a=1', 'opens "c." and does not close it'],
		['c.&a.&b=1&.c', 'closes ".c" while "a." is open'],
		['a=1&.c', 'closes ".c", which is not open'],
		['c.&a.&b=1', 'opens "a." and does not close it'],
	])('refused: %s', (query, message) => {
		const error = refusal(() => get(query));
		expect(error.status).toBe(400);
		expect(error.message).toContain(message);
	});

	test('refused: levels beyond the limit', () => {
		const levels = (count: number) => `c.&${'a.&'.repeat(count)}x=1&${'.a&'.repeat(count)}.c`;
		expect(values(get(levels(32)))).toHaveLength(1);
		expect(refusal(() => get(levels(33))).message).toContain('deeper than 32 levels');
	});
});

describe('refused with 400', () => {
	test.each<[string, () => unknown, RegExp]>([
		['invalid JSON', () => post('{"a":', JSON_TYPE), /not valid JSON/],
		['NaN in JSON', () => post('{"a":NaN}', JSON_TYPE), /not valid JSON/],
		['JSON that is no object', () => post('"x"', JSON_TYPE), /a string/],
		['an empty array', () => post('[]', JSON_TYPE), /holds no hit/],
		['an empty body', () => post('', JSON_TYPE), /body is empty/],
		['a blank body', () => post(' \n\t', 'application/x-ndjson'), /body is empty/],
		['an empty query', () => get(''), /query is empty/],
		['a broken escape', () => post('a=%ZZ', FORM), /percent escape/],
		['an escape that is no UTF-8', () => get('a=%FF'), /no UTF-8/],
		['bytes that are no UTF-8', () => post(Buffer.from([0x7b, 0xff]), JSON_TYPE), /valid UTF-8/],
		['another charset', () => post('{}', 'application/json; charset=utf-16'), /"utf-16"/],
		['another content type', () => post('<a/>', 'application/xml'), /"application\/xml"/],
		['multipart', () => post('--x', 'multipart/form-data; boundary=x'), /multipart/],
		['text that is nothing', () => post('hello world', 'text/plain'), /neither JSON nor a form/],
		['a bad hit that is alone in its array', () => post('[5]', JSON_TYPE), /Hit 0: .*a number/],
	])('%s', (_, run, message) => {
		const error = refusal(run);
		expect(error.status).toBe(400);
		expect(error.message).toMatch(message);
	});

	test('hits of which none is good, naming the first', () => {
		const error = refusal(() => post('[1,2,3]', JSON_TYPE));
		expect(error.index).toBe(0);
		expect(error.message).toContain('none of the other 2 is good');
	});
});

describe('refused with 413', () => {
	test.each<[string, () => unknown]>([
		['a body over the limit', () => post('{"a":"xxxx"}', JSON_TYPE, { maxBodyBytes: 11 })],
		['a query over the limit', () => get('a=xxxx', { maxBodyBytes: 5 })],
		['an array of too many hits', () => post('[{},{},{}]', JSON_TYPE, { maxHits: 2 })],
		['too many lines', () => post('{}\n{}\n{}', 'application/x-ndjson', { maxHits: 2 })],
	])('%s', (_, run) => {
		expect(refusal(run).status).toBe(413);
	});

	test('nothing that is exactly at the limit', () => {
		expect(post('{"a":"xxx"}', JSON_TYPE, { maxBodyBytes: 11 }).hits).toHaveLength(1);
		expect(post('[{},{}]', JSON_TYPE, { maxHits: 2 }).hits).toHaveLength(2);
	});

	test('a value of 5 MB passes by default', () => {
		const value = 'x'.repeat(5_000_000);
		expect(post(JSON.stringify({ value }), JSON_TYPE).hits[0]!.hit.values.get('value')).toBe(value);
	});
});
