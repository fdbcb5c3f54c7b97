import fc from 'fast-check';
import { flattenHit, MOBILE_VARIABLES } from '../../../lib/postbacks';
import {
	compileTemplate,
	type Dialect,
	type Encoding,
	expandTemplate,
} from '../../../lib/postbacks/template';
import { percentEncode } from '../../../lib/postbacks/encode';
import { NOW } from './make';

function expand(
	text: string,
	hit: object,
	encoding: Encoding = 'none',
	dialect: Dialect = 'mobile',
): string | undefined {
	const context = { hit: flattenHit(hit), now: NOW, cachebust: 4711, sdkVersion: '4.6.0-AN' };
	return expandTemplate(compileTemplate(text, dialect), context, encoding, 1e6);
}

function launch(text: string, hit: object, encoding: Encoding = 'none') {
	return expand(text, hit, encoding, 'launch');
}

describe('4.x tokens', () => {
	test.each([
		['{a.AppID}', 'X 1'],
		['{A.appid}', 'X 1'],
		['<{missing}>', '<>'],
		['{n}{yes}{no}{nothing}', '5truefalse'],
		['{user-id}{größe}', '7L'],
		['{{n}}', '{5}'],
		['{x{n}y}', '{x5y}'],
		['{"n":{n}}', '{"n":5}'],
	])('%s', (template, expected) => {
		const hit = {
			a: { AppID: 'X 1' },
			n: 5,
			yes: true,
			no: false,
			nothing: null,
			'user-id': 7,
			größe: 'L',
		};
		expect(expand(template, hit)).toBe(expected);
	});

	test.each([
		'',
		'{}',
		'{%%}',
		'{ n }',
		'{n',
		'n}',
		'{%sdkver',
		'{%sdkver}',
		'{sdkver%}',
		'{% sdkver %}',
		'{"n":1}',
		'{a b}',
		'{\n}',
		'{{}}',
		'%7B',
	])('literal text stays: %j', (template) => {
		expect(expand(template, { n: 5, a: 1 })).toBe(template);
	});

	test('all literal text without a brace stays, byte for byte', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), (text) => {
				const literal = text.replaceAll('{', '(');
				expect(expand(literal, { n: 5 }, 'percent')).toBe(literal);
			}),
		);
	});

	test('an exact key is preferred to another case of it', () => {
		expect(expand('{key}{KEY}', { KEY: 1, key: 2 })).toBe('21');
	});

	test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
		'{%s} is empty unless the hit has it',
		(key) => {
			expect(expand(`<{${key}}>`, {})).toBe('<>');
		},
	);
});

describe('4.x variables', () => {
	test.each([
		['{%sdkver%}', {}, '4.6.0-AN'],
		['{%sdkver%}', { 'a.SDKVer': '9' }, '9'],
		['{%cachebust%}', { cachebust: 1 }, '4711'],
		['{%adid%}', {}, ''],
		['{%adid%}', { adid: 'A' }, 'A'],
		['{%pushid%}', { pushIdentifier: 'P' }, 'P'],
		['{%mcid%}', { mid: 'M' }, 'M'],
		['{%mcid%}', { mcid: '', mid: 'M' }, 'M'],
		['{%timestampu%}', {}, '1714557600'],
		['{%timestampU%}', { timestampu: 12 }, '12'],
		['{%timestampz%}', {}, '2024-05-01T10:00:00Z'],
		['{%TimestampZ%}', { timestampz: 'then' }, 'then'],
		['{%all_url%}', { b: { c: 'ü&', d: [1, 'x'] }, e: null }, 'b.c=%C3%BC%26&b.d=1%2Cx'],
		['{%all_json%}', { b: { c: [1, null] } }, '{"b":{"c":[1,null]}}'],
	])('%s of %j', (template, hit, expected) => {
		expect(expand(template, hit)).toBe(expected);
	});

	test('an unknown variable is found when compiling', () => {
		const { unknownVariables } = compileTemplate('{%foo%}{%sdkver%}{%Bar%}', 'mobile');
		expect(unknownVariables).toEqual(['foo', 'Bar']);
	});
});

describe('launch tokens', () => {
	test.each([
		['{%name%}', 'A b&c'],
		['{%NAME%}', 'A b&c'],
		['{%urlenc(name)%}', 'A%20b%26c'],
		['{%urlenc1(name)%}', 'A b&c'],
		['{%missing%}|{%urlenc(missing)%}', '|'],
		['{%list.1%}{%list.0.x%}{%list%}', '21'],
		['{name}', '{name}'],
		['{%%name%%}', '{%%name%%}'],
		['{%urlenc()%}', '{%urlenc()%}'],
		['{%urlenc(name%}', '{%urlenc(name%}'],
		['{%name', '{%name'],
		['{%~type%}', 'T'],
		['{%~source%}', ''],
		['{%~state.com.adobe.module.lifecycle/lifecyclecontextdata.carriername%}', ''],
		['{%~timestampu%}', '1714557600'],
		['{%~timestampz%}', '2024-05-01T10:00:00Z'],
		['{%~timestampp%}', '2024-05-01T10:00:00.123Z'],
		['{%~SDKver%}', '4.6.0-AN'],
		['{%~cachebust%}', '4711'],
	])('%s', (template, expected) => {
		const hit = { name: 'A b&c', list: [{ x: 1 }, 2], '~type': 'T' };
		expect(launch(template, hit)).toBe(expected);
	});

	test('a hit that carries a ~ key is believed', () => {
		const state = { '~state.x/y': 'z', '~timestampu': 5 };
		expect(launch('{%~state.x/y%}{%~timestampu%}', state)).toBe('z5');
	});

	test('~all_url flattens, joins arrays by commas and encodes keys and values', () => {
		const hit = { 'a b': 'ü', c: { d: [1, null, 'x,y'], e: true }, f: null, g: { h: {} } };
		expect(launch('{%~all_url%}', hit)).toBe('a%20b=%C3%BC&c.d=1%2C%2Cx%2Cy&c.e=true');
		expect(launch('{%~all_url%}|{%~all_json%}', {})).toBe('|{}');
	});

	test('values are not encoded by themselves', () => {
		expect(launch('{%v%}', { v: 'ü &' })).toBe('ü &');
	});
});

describe('one pass', () => {
	test.each([
		[
			'mobile' as const,
			'{a}{b}',
			'{b}{%sdkver%}{a}{%sdkver%}',
			{ a: '{b}{%sdkver%}', b: '{a}{%sdkver%}' },
		],
		['launch' as const, '{%a%}{%b%}', '{%b%}{%a%}', { a: '{%b%}', b: '{%a%}' }],
	])(
		'a value that contains a token is not expanded again (%s)',
		(dialect, template, expected, hit) => {
			expect(expand(template, hit, 'none', dialect)).toBe(expected);
		},
	);

	test('any value comes out as it went in', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), fc.string(), (a, b) => {
				expect(expand('{a}-{b}', { a, b })).toBe(`${a}-${b}`);
				expect(launch('{%a%}-{%b%}', { a, b })).toBe(`${a}-${b}`);
				expect(decodeURIComponent(expand('{a}', { a }, 'percent')!)).toBe(
					Buffer.from(a).toString(),
				);
				expect(JSON.parse(`"${expand('{a}', { a }, 'json')}"`)).toBe(a);
			}),
		);
	});
});

describe('encoding', () => {
	test('percent: unreserved stays, everything else is upper-case hexadecimal of UTF-8', () => {
		const all = Array.from({ length: 128 }, (_, i) => String.fromCharCode(i)).join('');
		for (const character of all) {
			const hex = character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
			const stays = /[A-Za-z0-9\-._~]/.test(character);
			expect(percentEncode(character)).toBe(stays ? character : `%${hex}`);
		}
		expect(percentEncode('é€😀')).toBe('%C3%A9%E2%82%AC%F0%9F%98%80');
	});

	test('percent: half a surrogate pair does not throw', () => {
		expect(percentEncode('a\uD83Db\uDE00')).toBe('a%EF%BF%BDb%EF%BF%BD');
	});

	test('JSON: quotes, controls and half surrogate pairs cannot break the string', () => {
		const body = expand('{"v":"{v}"}', { v: '"\\\n\u0000\uD83D' }, 'json')!;
		expect(JSON.parse(body)).toEqual({ v: '"\\\n\u0000\uD83D' });
	});

	test('all_json enters a JSON body as JSON, all_url a URL as a query', () => {
		expect(expand('{"d":{%all_json%}}', { a: '"' }, 'json')).toBe('{"d":{"a":"\\""}}');
		expect(expand('?{%all_url%}', { a: '&' }, 'percent')).toBe('?a=%26');
		expect(expand('?{%all_json%}', { a: 1 }, 'percent')).toBe('?%7B%22a%22%3A1%7D');
		expect(launch('{%~all_json%}', { a: '"' }, 'json')).toBe('{"a":"\\""}');
		expect(launch('{%urlenc(~all_json)%}', { a: 1 })).toBe('%7B%22a%22%3A1%7D');
	});
});

test('stops at the length that is allowed, before encoding what cannot fit', () => {
	const context = {
		hit: flattenHit({ a: 'é'.repeat(10) }),
		now: NOW,
		cachebust: 1,
		sdkVersion: '',
	};
	const template = compileTemplate('{a}', 'mobile');
	expect(expandTemplate(template, context, 'percent', 60)).toHaveLength(60);
	expect(expandTemplate(template, context, 'percent', 59)).toBeUndefined();
	expect(expandTemplate(template, context, 'none', 9)).toBeUndefined();
	expect(expandTemplate(compileTemplate('literal', 'mobile'), context, 'none', 6)).toBeUndefined();
});

test('compiling stays linear on text that begins tokens and never ends one', () => {
	for (const text of ['{'.repeat(2e5), '{%'.repeat(2e5), `{${'a'.repeat(2e5)}`, '{a'.repeat(1e5)]) {
		expect(compileTemplate(text, 'mobile').parts).toEqual([text]);
		expect(compileTemplate(text, 'launch').parts).toEqual([text]);
	}
});

test('every variable of the 4.x dialect gives text for an empty hit', () => {
	for (const name of MOBILE_VARIABLES.keys()) {
		expect(typeof expand(`{%${name}%}`, {})).toBe('string');
	}
});
