import fc from 'fast-check';
import { parseRetryAfter } from '../../../lib/delivery/retryAfter';
import { describeConformance } from './conformance';

const NOW = Date.parse('2015-10-21T07:27:00Z');

test.each([
	['120', 120_000],
	[' 120 ', 120_000],
	['0', 0],
	['120.0', 120_000],
	['120.1', 121_000],
	['0.001', 1_000],
	['999999999', 999_999_999_000],
])('%j seconds', (value, expected) => {
	expect(parseRetryAfter(value, NOW)).toBe(expected);
});

test.each([
	'Wed, 21 Oct 2015 07:28:00 GMT',
	'Wednesday, 21-Oct-15 07:28:00 GMT',
	'Wed Oct 21 07:28:00 2015',
])('the date %j', (value) => {
	expect(parseRetryAfter(value, NOW)).toBe(60_000);
});

test('spaces around a date do not count', () => {
	expect(parseRetryAfter(' Wed Oct 21 07:28:00 2015 ', NOW)).toBe(60_000);
	expect(parseRetryAfter(' Wed, 21 Oct 2015 07:28:00 GMT\t', NOW)).toBe(60_000);
	expect(parseRetryAfter('  ', NOW)).toBeUndefined();
});

test('of several the first that can be read', () => {
	expect(parseRetryAfter(['soon', '5', '9'], NOW)).toBe(5_000);
	expect(parseRetryAfter(['soon'], NOW)).toBeUndefined();
	expect(parseRetryAfter([], NOW)).toBeUndefined();
});

test.each([
	['nothing', undefined],
	['an empty text', ''],
	['a word', 'invalid'],
	['a negative number', '-1'],
	['an exponent', '1e3'],
	['a hexadecimal number', '0x10'],
	['Infinity', 'Infinity'],
	['a number beyond all', '9'.repeat(400)],
	['a unit', '120s'],
	['two numbers', '1, 2'],
	['a date that is past', 'Wed, 21 Oct 2015 07:26:59 GMT'],
	['a date that is now', 'Wed, 21 Oct 2015 07:27:00 GMT'],
	['a year', '2099'.concat('-01-01')],
	['an ISO date', '2099-01-01T00:00:00Z'],
	['a date in no zone', 'Wed, 21 Oct 2099 07:28:00'],
	['a date that never was', 'Wed, 99 Xxx 2099 07:28:00 GMT'],
])('ignores %s', (_, value) => {
	expect(parseRetryAfter(value, NOW)).toBeUndefined();
});

test('never gives anything but a delay from now on, whatever comes', () => {
	fc.assert(
		fc.property(fc.string(), (value) => {
			const delay = parseRetryAfter(value, NOW);
			return delay === undefined || (Number.isFinite(delay) && delay >= 0);
		}),
	);
});

test('a date gives back the time until it', () => {
	fc.assert(
		fc.property(fc.integer({ min: 1, max: 10 ** 9 }), (seconds) => {
			const date = new Date(NOW + seconds * 1_000).toUTCString();
			return parseRetryAfter(date, NOW) === seconds * 1_000;
		}),
	);
});

interface ParseCase {
	in: string | null;
	epoch?: number;
	seconds?: number;
	ignored?: boolean;
	posthog?: string;
}

describeConformance<{ parse: ParseCase[] }>('retry-after.json', ({ parse }) => {
	test.each(parse)('$in', (one) => {
		const delay = parseRetryAfter(one.in ?? undefined, NOW);
		if (one.ignored || one.in === '-1') expect(delay).toBeUndefined();
		else if (one.epoch !== undefined) expect(delay).toBe(one.epoch * 1_000 - NOW);
		else expect(delay).toBe((one.seconds ?? Number(one.in)) * 1_000);
	});
});
