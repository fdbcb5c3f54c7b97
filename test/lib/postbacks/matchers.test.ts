import { compileMatcher } from '../../../lib/postbacks/matchers';
import type { HitValue } from '../../../lib/postbacks';

const lower = (text: string) => text.toLowerCase();

function holds(matcher: string, value: HitValue | undefined, ...values: HitValue[]): boolean {
	return compileMatcher(matcher, values)(value, lower);
}

type Case = [matcher: string, value: HitValue | undefined, values: HitValue[], expected: boolean];

function cases(list: Case[]) {
	test.each(list)('%s %j against %j is %s', (matcher, value, values, expected) => {
		expect(holds(matcher, value, ...values)).toBe(expected);
	});
}

describe('equality', () => {
	cases([
		['eq', 'MainMenu', ['mainMENU'], true],
		['eq', 'MainMenu', ['Main'], false],
		['eq', 'b', ['a', 'B'], true],
		['eq', 'c', ['a', 'b'], false],
		['eq', '', [''], true],
		['ne', 'x', ['X'], false],
		['ne', 'x', ['y'], true],
		['ne', 'x', ['y', 'x'], false],
	]);
});

describe('numbers where both sides parse', () => {
	cases([
		['eq', '132', [132], true],
		['eq', '132.0', [132], true],
		['eq', ' 132 ', [132], true],
		['eq', 132, ['132.0'], true],
		['eq', 132, ['132x'], false],
		['eq', '4.10', ['4.1'], false],
		['eq', '01234', ['1234'], false],
		['eq', '4.10', ['4.2', 4.1], true],
		['ne', '132.0', [132], false],
		['gt', '10', [9], true],
		['gt', '10', ['9'], true],
		['gt', '10', ['10'], false],
		['ge', '10', ['10'], true],
		['ge', '9', ['10'], false],
		['lt', 9, ['10'], true],
		['lt', 10, ['10'], false],
		['le', 10, ['10'], true],
		['le', 11, ['10'], false],
		['gt', '1e3', [999], true],
		['gt', '-5', [-6], true],
		['gt', '.5', [0.4], true],
		['gt', 'ten', [9], false],
		['gt', '0x10', [1], false],
		['gt', 'Infinity', [1], false],
		['gt', '', [-1], false],
		['gt', true, [0], false],
		['lt', null, [1], false],
		['gt', 5, ['x'], false],
		['gt', 5, [9, 'x', 4], true],
		['ge', 5, [9, 5], true],
		['lt', 5, [9, 4], true],
		['le', 5, [5, 4], true],
	]);
});

describe('booleans', () => {
	cases([
		['eq', 'TRUE', [true], true],
		['eq', '1', [true], true],
		['eq', 1, [true], true],
		['eq', 'yes', [true], false],
		['eq', 'false', [false], true],
		['eq', '0', [false], true],
		['eq', 0, [false], true],
		['eq', 1, [false], false],
		['eq', true, ['True'], true],
		['eq', true, ['1'], true],
		['eq', true, [1], true],
		['eq', false, ['0'], true],
		['eq', false, [0], true],
		['eq', true, ['0'], false],
		['eq', true, [2], false],
		['ne', true, ['1'], false],
	]);
});

describe('text', () => {
	cases([
		['co', 'Hello World', ['o w'], true],
		['co', 'Hello', ['x', 'LL'], true],
		['co', 'Hello', ['x'], false],
		['co', 12345, ['34'], true],
		['co', true, ['ru'], true],
		['co', 'a+b', ['a+b'], true],
		['co', 'aab', ['a+b'], false],
		['nc', 'Hello', ['x'], true],
		['nc', 'Hello', ['x', 'h'], false],
		['sw', 'Hello', ['HE'], true],
		['sw', 'Hello', ['el'], false],
		['sw', 132, [13], true],
		['ew', 'Hello', ['LO'], true],
		['ew', 'Hello', ['ll'], false],
		['ew', 132, ['32'], true],
		['ew', 'x7', [7], true],
	]);
});

describe('existence', () => {
	cases([
		['ex', '', ['ignored'], true],
		['ex', 0, [], true],
		['ex', false, [], true],
		['ex', null, [], false],
		['ex', undefined, [], false],
		['nx', undefined, ['ignored'], true],
		['nx', null, [], true],
		['nx', '', [], false],
	]);
});

describe('dates', () => {
	cases([
		['on', '05/01/2024', ['5/1/2024'], true],
		['on', '2024-05-01', ['05/01/2024'], true],
		['on', '2024-05-01T23:59:59.5+02:00', ['2024-05-01'], true],
		['on', '5/2/2024', ['5/1/2024'], false],
		['on', '5/2/2024', ['5/1/2024', '5/2/2024'], true],
		['before', '4/30/2024', ['05/01/2024'], true],
		['before', '5/1/2024', ['05/01/2024'], false],
		['before', '12/31/2023', ['01/01/2024'], true],
		['before', '5/1/2024', ['4/1/2024', '6/1/2024'], true],
		['after', '5/2/2024', ['05/01/2024'], true],
		['after', '5/1/2024', ['05/01/2024'], false],
		['after', '5/1/2024', ['4/1/2024', '6/1/2024'], true],
		['on', '02/29/2024', ['2/29/2024'], true],
		['after', '02/29/2023', ['1/1/2020'], false],
		['after', '02/29/1900', ['1/1/1800'], false],
		['after', '02/29/2000', ['1/1/1800'], true],
		['after', '04/31/2024', ['1/1/2020'], false],
		['after', '01/31/2024', ['1/1/2020'], true],
		['after', '13/01/2024', ['1/1/2020'], false],
		['after', '0/1/2024', ['1/1/2020'], false],
		['after', '1/0/2024', ['1/1/2020'], false],
		['after', '1/1/24', ['1/1/2020'], false],
		['after', '2024-05-01x', ['1/1/2020'], false],
		['after', 20240501, ['1/1/2020'], false],
		['on', 'soon', ['soon'], false],
		['before', undefined, ['1/1/2020'], false],
		['on', undefined, ['soon'], false],
	]);
});

describe('a missing key or null', () => {
	test.each([
		'eq',
		'ne',
		'co',
		'nc',
		'sw',
		'ew',
		'ex',
		'lt',
		'le',
		'gt',
		'ge',
		'on',
		'before',
		'after',
	])('never satisfies %s', (matcher) => {
		for (const values of [[], [''], ['x'], [0], [null], ['undefined'], ['null'], ['1/1/2024']]) {
			expect(holds(matcher, undefined, ...values)).toBe(false);
			expect(holds(matcher, null, ...values)).toBe(false);
		}
	});
});

describe('without values', () => {
	test.each(['eq', 'co', 'sw', 'ew', 'lt', 'le', 'gt', 'ge', 'on', 'before', 'after'])(
		'%s never holds',
		(matcher) => {
			for (const value of ['', 'x', 0, 5, true, '1/1/2024']) {
				expect(holds(matcher, value)).toBe(false);
				expect(holds(matcher, value, null)).toBe(false);
			}
		},
	);

	test.each(['ne', 'nc'])('%s holds for any key that exists', (matcher) => {
		expect(holds(matcher, 'x')).toBe(true);
		expect(holds(matcher, 'null', null)).toBe(true);
		expect(holds(matcher, undefined)).toBe(false);
	});
});

test.each(['', 'EQ', 'equals', 'constructor', '__proto__', 'regex'])(
	'the unknown matcher "%s" never matches',
	(matcher) => {
		for (const value of ['x', 1, true, null, undefined]) {
			expect(holds(matcher, value, 'x', 1, true)).toBe(false);
		}
	},
);
