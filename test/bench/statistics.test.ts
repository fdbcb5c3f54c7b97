import { median, percentile, rounded } from '../../bench/support/statistics.ts';

test('the median is the middle value', () => {
	expect(median([9, 1, 5])).toBe(5);
	expect(median([1, 2, 3, 10])).toBe(2.5);
	expect(median([7])).toBe(7);
});

test('a percentile is a value that was measured', () => {
	const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
	expect(percentile(hundred, 50)).toBe(50);
	expect(percentile(hundred, 99)).toBe(99);
	expect(percentile(hundred, 100)).toBe(100);
	expect(percentile([3, 1], 99)).toBe(3);
	expect(percentile([3, 1], 50)).toBe(1);
});

test('values are left in their order', () => {
	const values = [3, 1, 2];
	median(values);
	percentile(values, 99);
	expect(values).toEqual([3, 1, 2]);
});

test('figures have four digits', () => {
	expect([12_345.6, 0.0123456, 9_999.9, 100].map(rounded)).toEqual([12_350, 0.01235, 10_000, 100]);
});

test('refuses no values', () => {
	expect(() => median([])).toThrow(RangeError);
	expect(() => percentile([], 50)).toThrow(RangeError);
});

test.each([0, -1, 101, NaN])('refuses %d as a percentage', (percent) => {
	expect(() => percentile([1], percent)).toThrow(RangeError);
});
