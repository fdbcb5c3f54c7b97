import fc from 'fast-check';

/** Names that mean something to JavaScript. */
export const LOADED_NAMES = [
	'__proto__',
	'constructor',
	'prototype',
	'toString',
	'valueOf',
	'hasOwnProperty',
	'toJSON',
	'then',
	'length',
	'0',
	'-1',
	'',
];

const ODD_TEXTS = [
	...LOADED_NAMES,
	'\u0000',
	'a\u0000b',
	'a\r\nX-Injected: 1',
	'\r\n\r\n',
	'\n',
	'\ud800',
	'x\udc00y',
	'\udbff\ud800',
	'\u202e\u2066',
	'\ufeff{}',
	'\u2028\u2029',
	'İ',
	'ß',
	'👩‍👩‍👧‍👦',
	'e\u0301'.repeat(50),
	'%',
	'%zz',
	'%ff%fe',
	'%00',
	'%C0%AF',
	'+',
	'&&==&',
	'..',
	'../../etc/passwd',
	"'; drop table deliveries; --",
	'{%all_json%}',
	'{%urlenc(key)%}',
	'{key}',
	'{{$env}}',
	'${x}',
	'$eval("1")',
	'[object Object]',
	'NaN',
	'Infinity',
	'-0',
	'1e400',
	'0x10',
	'9'.repeat(400),
	'true',
	'null',
	'2026-02-30T25:61:61Z',
	'javascript:alert(1)',
	'http://169.254.169.254/',
	'//a@b:c@d/',
	'http://[::1',
];

/** Long runs of one character between others: what makes a bad regular expression slow. */
const runs = fc
	.tuple(
		fc.constantFrom('', 'a', '"', '{', '{%', 'Bearer ', 'GT ', 'v1,', '[', 'x=', '$', '-'),
		fc.constantFrom(
			' ',
			'a',
			'0',
			'1',
			'\t',
			'{',
			'%',
			'[',
			'(',
			',',
			'.',
			'\\',
			'/',
			'=',
			'&',
			';',
			'-',
			'é',
		),
		fc.integer({ min: 1, max: 20_000 }),
		fc.constantFrom('', '!', '\n', 'x', '"', '}', '\u0000', ' ;'),
	)
	.map(([head, one, times, tail]) => head + one.repeat(times) + tail);

/** Texts that somebody sends who means no good; now and then an ordinary one. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
	{ weight: 6, arbitrary: fc.constantFrom(...ODD_TEXTS) },
	{ weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 30 }) },
	{ weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
	{
		weight: 2,
		arbitrary: fc
			.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
			.map((units) => String.fromCharCode(...units)),
	},
	{ weight: 1, arbitrary: runs },
);

interface Cut {
	at: number;
	length: number;
	with: string;
	twice: boolean;
}

const cut: fc.Arbitrary<Cut> = fc.record({
	at: fc.nat(10_000),
	length: fc.oneof(fc.constant(0), fc.nat(8), fc.nat(10_000)),
	with: hostileText,
	twice: fc.boolean(),
});

/** A text with parts of it taken out, doubled or replaced. */
export function damagedText(base: fc.Arbitrary<string>): fc.Arbitrary<string> {
	const damage = (text: string, cuts: readonly Cut[]) =>
		cuts.reduce((before, { at, length, with: other, twice }) => {
			const from = before.length === 0 ? 0 : at % (before.length + 1);
			const middle = before.slice(from, from + length);
			return (
				before.slice(0, from) + (twice ? middle + middle : other) + before.slice(from + length)
			);
		}, text);
	return fc.oneof(
		{ weight: 1, arbitrary: base },
		{
			weight: 6,
			arbitrary: fc
				.tuple(base, fc.array(cut, { minLength: 1, maxLength: 3 }))
				.map(([text, cuts]) => damage(text, cuts)),
		},
		{ weight: 1, arbitrary: hostileText },
	);
}
