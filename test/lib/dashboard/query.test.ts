import { barsOf, readQuery } from '../../../lib/dashboard';
import { linkTo } from '../../../lib/dashboard/query';
import { due, duration, percent, short } from '../../../lib/dashboard/format';

it('what a query does not say is the last day and its dead letters', () => {
	expect(readQuery({})).toEqual({ period: '24h', state: 'dead' });
});

it('what cannot be read counts as not given', () => {
	expect(
		readQuery({
			period: '__proto__',
			state: { $ne: 1 },
			after: '-1',
			name: ['a', 'b'],
			queue: { x: 1 },
			endpoint: 'e'.repeat(501),
			personal: 'yes',
		}),
	).toEqual({ period: '24h', state: 'dead', name: 'a' });
});

it('a link reads back as what it was made of, a changed list from its begin', () => {
	const query = readQuery({ period: '7d', state: 'any', queue: 'a b&c=d#', after: '5', live: '1' });
	const read = (link: string) => readQuery(Object.fromEntries(new URLSearchParams(link)));
	expect(read(linkTo(query, { after: 5 }))).toEqual(query);
	const { after: _after, ...begin } = query;
	expect(read(linkTo(query))).toEqual(begin);
	expect(linkTo(readQuery({}))).toBe('?');
});

it.each([
	['1h', 12],
	['24h', 24],
	['7d', 28],
	['30d', 30],
] as const)('%s has %i bars of one length, the last of which is now', (period, count) => {
	const now = Date.UTC(2026, 10, 22, 9, 30, 12);
	const bars = barsOf(period, now);
	expect(bars).toHaveLength(count + 1);
	expect(new Set(bars.slice(1).map((at, n) => at - bars[n])).size).toBe(1);
	expect(bars[count - 1]).toBeLessThanOrEqual(now);
	expect(bars[count]).toBeGreaterThan(now);
});

it.each([
	[0, '0 ms'],
	[999, '999 ms'],
	[1_000, '1 s'],
	[1_500, '1.5 s'],
	[59_000, '59 s'],
	[125_000, '2 min 5 s'],
	[600_000, '10 min'],
	[26 * 3_600_000, '1 d 2 h'],
])('%i milliseconds are %s', (ms, text) => {
	expect(duration(ms)).toBe(text);
});

it('a share is never rounded to all or to nothing', () => {
	expect([0, 0.00001, 0.5, 0.99999, 1].map(percent)).toEqual([
		'0 %',
		'0.1 %',
		'50.0 %',
		'99.9 %',
		'100 %',
	]);
});

it('counts on axes are short, and due times are told from now', () => {
	expect([0, 999, 1_200, 40_000, 2_500_000].map(short)).toEqual([
		'0',
		'999',
		'1.2k',
		'40k',
		'2.5M',
	]);
	expect([due(5_000, 0), due(0, 0), due(0, 120_000)]).toEqual(['in 5 s', 'now', '2 min overdue']);
});
