import { createPostbackEngine, flattenHit, type PostbackSettings } from '../../../lib/postbacks';
import { definition, env, NOW } from './make';

async function run(bodyExpression: string, hit: object = {}, settings: PostbackSettings = {}) {
	const engine = createPostbackEngine([definition({ bodyExpression })], settings);
	const { composed } = await engine.process(flattenHit(hit), env);
	return composed[0]!;
}

async function bodyOf(...parameters: Parameters<typeof run>) {
	const { request, error } = await run(...parameters);
	if (request === undefined) throw new Error(error.message);
	return request.body;
}

describe('a JSONata body', () => {
	test('that is an object becomes JSON with its content type', async () => {
		const { request } = await run('{"user": user.name, "n": $sum(list)}', {
			user: { name: 'bob' },
			list: [1, 2],
		});
		expect(request).toMatchObject({
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: '{"user":"bob","n":3}',
		});
	});

	test('that is text is sent as it is', async () => {
		const { request } = await run('"v=" & v', { v: 'ü' });
		expect(request).toMatchObject({
			headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
			body: 'v=ü',
		});
	});

	test('keeps the content type that was set', async () => {
		const engine = createPostbackEngine([definition({ bodyExpression: '$', contentType: 'a/b' })]);
		const { composed } = await engine.process(flattenHit({ a: 1 }), env);
		expect(composed[0]?.request).toMatchObject({
			headers: { 'Content-Type': 'a/b' },
			body: '{"a":1}',
		});
	});

	test('without a result makes a GET', async () => {
		expect((await run('missing')).request).toMatchObject({ method: 'GET', headers: {} });
	});

	test('sees the hit as it came, arrays and all', async () => {
		expect(
			await bodyOf('items[price > 1].name', {
				items: [
					{ name: 'a', price: 1 },
					{ name: 'b', price: 2 },
				],
			}),
		).toBe('b');
		expect(await bodyOf('`a.AppID`', { 'a.AppID': 'X' })).toBe('X');
	});

	test('has the clock and the randomness that were handed in', async () => {
		expect(await bodyOf('$now()')).toBe('2024-05-01T10:00:00.123Z');
		expect(await bodyOf('$now("[Y0001]", "+0100")')).toBe('2024');
		expect(await bodyOf('[$millis(), $random()]')).toBe(`[${NOW},0.5]`);
	});

	test('matches regular expressions, simple and not', async () => {
		expect(await bodyOf('$match(v, /([a-z]+)(\\d+)/).groups', { v: 'ab12-cd3' })).toBe(
			'["ab","12","cd","3"]',
		);
		expect(
			await bodyOf('$replace(v, /b/i, "x") & $replace(v, /(\\w)-(\\w)/, "$2-$1")', { v: 'aB-c' }),
		).toBe('ax-cac-B');
		expect(
			await bodyOf('$split($pad("", 6000, "a1,"), /,/)[-1] & $contains(v, /^[xyz]+$/)', { v: 'a' }),
		).toBe('false');
	});

	test('pads as JSONata does', async () => {
		expect(
			await bodyOf('[$pad("é😀", 4, "12"), $pad("ab", -5), $pad("abc", 2), $pad("a", 4, "")]'),
		).toBe('["é😀12","   ab","abc","a   "]');
		expect(await bodyOf('{"a": $pad(missing, 4)}')).toBe('{}');
	});

	test('may be evaluated for many hits at once', async () => {
		const engine = createPostbackEngine([
			definition({ bodyExpression: '"" & $sum($map([1..500], function($i) { $i * n }))' }),
		]);
		const all = await Promise.all(
			Array.from({ length: 20 }, (_, n) => engine.process(flattenHit({ n }), env)),
		);
		expect(all.map(({ composed }) => composed[0]?.request?.body)).toEqual(
			Array.from({ length: 20 }, (_, n) => `${125_250 * n}`),
		);
	});

	test('keeps the order among postbacks without one', async () => {
		const engine = createPostbackEngine([
			definition({ id: 'a' }),
			definition({ id: 'b', bodyExpression: '"b"' }),
			definition({ id: 'c', body: 'c' }),
			definition({ id: 'd', bodyExpression: '"d"' }),
		]);
		const result = engine.process(flattenHit({}), env);
		expect(result).toBeInstanceOf(Promise);
		const { composed } = await result;
		expect(composed.map(({ postbackId, request }) => [postbackId, request?.body])).toEqual([
			['a', undefined],
			['b', 'b'],
			['c', 'c'],
			['d', 'd'],
		]);
	});
});

describe('refused when defined', () => {
	test.each([
		['{"a": }', 'position 7'],
		['"open', 'position'],
		['(', 'position'],
	])('%s', (bodyExpression, message) => {
		const build = () => createPostbackEngine([definition({ bodyExpression })]);
		expect(build).toThrow(/^Postbacks › "My postback" › Body Expression: not valid JSONata/);
		expect(build).toThrow(message);
	});

	test('an expression of a megabyte', () => {
		const bodyExpression = `"${'x'.repeat(1e6)}"`;
		expect(() => createPostbackEngine([definition({ bodyExpression })])).toThrow(
			'longer than 65536',
		);
	});

	test('one that is nested beyond what can be parsed', () => {
		const bodyExpression = '('.repeat(60_000);
		expect(() => createPostbackEngine([definition({ bodyExpression })])).toThrow(
			'not valid JSONata',
		);
	});
});

describe('ends with an error for this postback alone', () => {
	test.each([
		['an error of its own', '$error("stop")', /stop/],
		['a wrong type', '1 + "a"', /number/],
		['$eval, by which a hit could bring code', '$eval("1")', /\$eval is not available/],
		['$eval of itself', '($s := "$eval($s)"; $eval($s))', /\$eval is not available/],
		['a function as the result', 'function() { 1 }', /gives a function/],
		['a regular expression as the result', '/a/', /gives a function/],
		['a built-in function as the result', '{"f": $string}', /gives a function/],
		[
			'one long text thousands of times',
			'($x := $pad("", 1000000, "x"); [1..9999].{"v": $x})',
			/text longer than/,
		],
		['endless recursion', '($f := function($n) { 1 + $f($n) }; $f(1))', /deeper than/],
		[
			'recursion of two',
			'($f := function($n) { $g($n) + 1 }; $g := function($n) { $f($n) + 1 }; $f(1))',
			/deeper than/,
		],
		['a long range', '[1..1000000]', /array of more than/],
		['a text of 16 GB', '$pad("x", 16000000000)', /text longer than/],
		[
			'doubling a text',
			'($d := function($s, $n) { $n = 0 ? $s : $d($s & $s, $n - 1) }; $length($d("xxxxxxxxxxxxxxxx", 40)))',
			/text longer than/,
		],
		['splitting a long text', '$count($split($pad("", 100000, "a,"), ","))', /array of more than/],
	])('%s', async (_, expression, message) => {
		const { error, request } = await run(expression);
		expect(request).toBeUndefined();
		expect(error?.code).toBe('expression_failed');
		expect(error?.message).toMatch(message);
	});

	test('and the others go on', async () => {
		const engine = createPostbackEngine([
			definition({ id: 'bad', bodyExpression: '$error("x")' }),
			definition({ id: 'good', bodyExpression: '"y"' }),
			definition({ id: 'plain' }),
		]);
		const { composed } = await engine.process(flattenHit({}), env);
		expect(composed.map(({ request }) => request?.body)).toEqual([undefined, 'y', undefined]);
		expect(composed.map(({ error }) => error?.code)).toEqual([
			'expression_failed',
			undefined,
			undefined,
		]);
	});
});

describe('ends in time', () => {
	test.each([
		['an endless loop', '($f := function() { $f() }; $f())'],
		['a regular expression that backtracks', '$match(text, /^(a+)+$/)'],
		['the same by alternatives', '$contains(text, /^(a|a)*$/)'],
		['the same through $replace and $split', '$split($replace(text, /(a+)+b$/, ""), /(.*)*c/)'],
		['nested loops', '$sum([1..9999].($i := $; [1..9999].($ * $i)))'],
	])('%s', async (_, expression) => {
		const started = performance.now();
		const text = `${'a'.repeat(60)}!`;
		const { error } = await run(expression, { text }, { expressionTimeoutMs: 100 });
		expect(error?.code).toBe('expression_timeout');
		expect(performance.now() - started).toBeLessThan(1500);
	});

	test('and lets others run meanwhile', async () => {
		let ticks = 0;
		const timer = setInterval(() => (ticks += 1), 5);
		await run('($f := function() { $f() }; $f())', {}, { expressionTimeoutMs: 200 });
		clearInterval(timer);
		expect(ticks).toBeGreaterThan(5);
	});

	test('by the clock that was handed in', async () => {
		let time = 0;
		const clock = { monotonic: () => (time += 400) };
		expect((await run('1 + 1 + 1', {}, { clock })).error?.code).toBe('expression_timeout');
	});

	test('and works for the next hit', async () => {
		const engine = createPostbackEngine(
			[definition({ bodyExpression: 'n = 0 ? ($f := function() { $f() }; $f()) : "ok"' })],
			{ expressionTimeoutMs: 50 },
		);
		const codes = [];
		for (const n of [1, 0, 1]) {
			const { composed } = await engine.process(flattenHit({ n }), env);
			codes.push(composed[0]?.error?.code ?? composed[0]?.request?.body);
		}
		expect(codes).toEqual(['ok', 'expression_timeout', 'ok']);
	});
});

describe('reaches nothing but the hit', () => {
	test.each([
		'constructor',
		'__proto__',
		'$lookup($, "constructor")',
		'$lookup($, "__proto__")',
		'$string.constructor',
		'$string.implementation',
		'$now.constructor',
		'"x".constructor',
		'$process',
		'$require',
		'$globalThis',
		'($f := function() { 1 }; $f.environment)',
	])('%s is nothing', async (expression) => {
		const { request, error } = await run(`{"found": ${expression}}`, { a: 1 });
		expect(error ?? request?.body).toBe('{}');
	});

	test.each([
		'{"__proto__": {"polluted": 1}}',
		'$merge([{"__proto__": {"polluted": 1}}, $])',
		'$ ~> | $ | {"__proto__": {"polluted": 1}} |',
		'$ ~> | $ | {"constructor": {"prototype": {"polluted": 1}}} |',
		'$merge([data, {"a": 1}])',
	])('%s changes no prototype', async (expression) => {
		const hit = JSON.parse('{"a": 1, "data": {"__proto__": {"polluted": 1}}}') as object;
		await run(expression, hit);
		expect(({} as Record<string, unknown>).polluted).toBeUndefined();
	});

	test('and does not change it for other postbacks', async () => {
		const engine = createPostbackEngine([
			definition({ id: 'a', bodyExpression: '$ ~> | $ | {"n": 2} |' }),
			definition({ id: 'b', bodyExpression: '"" & n' }),
		]);
		const { composed } = await engine.process(flattenHit({ n: 1 }), env);
		expect(composed[1]?.request?.body).toBe('1');
	});
});
