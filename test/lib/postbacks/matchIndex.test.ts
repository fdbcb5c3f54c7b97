import fc from 'fast-check';
import { type ConditionNode, flattenHit, type HitValue } from '../../../lib/postbacks';
import { isGroup } from '../../../lib/postbacks/conditions';
import { compileMatcher } from '../../../lib/postbacks/matchers';
import { MatchIndex } from '../../../lib/postbacks/matchIndex';

const none = () => () => undefined;

/** What the index must agree with: every condition evaluated by walking its tree. */
function naive(node: ConditionNode, hit: Record<string, HitValue>): boolean {
	if (isGroup(node)) {
		return node.logic === 'and'
			? node.conditions.every((child) => naive(child, hit))
			: node.conditions.some((child) => naive(child, hit));
	}
	const value = Object.hasOwn(hit, node.key) ? hit[node.key] : undefined;
	return compileMatcher(node.matcher, node.values ?? [])(value, (text) => text.toLowerCase());
}

const scalars = fc.oneof(
	fc.constantFrom('', 'x', 'X', 'xy', 'true', '1', '0', '1.0', '132', 'Mainframe', 'İ', '1/2/2024'),
	fc.constantFrom(0, 1, 132, 0.5),
	fc.boolean(),
	fc.constant(null),
);

const matches = fc.record({
	key: fc.constantFrom('a', 'b', 'c', 'd'),
	matcher: fc.constantFrom('eq', 'ne', 'co', 'nc', 'sw', 'ew', 'ex', 'nx', 'gt', 'le', 'on', 'zz'),
	values: fc.array(scalars, { maxLength: 3 }),
});

const { node } = fc.letrec<{ node: ConditionNode; group: ConditionNode }>((tie) => ({
	node: fc.oneof({ maxDepth: 4 }, matches, tie('group')),
	group: fc.record({
		logic: fc.constantFrom('and' as const, 'or' as const),
		conditions: fc.array(tie('node'), { maxLength: 4 }),
	}),
}));

const hits = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), scalars);

test('gives what evaluating every condition gives, in order', () => {
	fc.assert(
		fc.property(fc.array(node, { maxLength: 12 }), hits, (trees, hit) => {
			const index = new MatchIndex(trees, none);
			const expected = trees.flatMap((tree, i) => (naive(tree, hit) ? [i] : []));
			expect(index.match(flattenHit(hit), 0)).toEqual(expected);
		}),
		{ numRuns: 3000 },
	);
});

test('finds long prefixes', () => {
	const long = 'Abc'.repeat(50);
	const index = new MatchIndex(
		[long, `${long}x`, long.slice(0, 40), ''].map((value) => ({
			key: 'a',
			matcher: 'sw',
			values: [value],
		})),
		none,
	);
	expect(index.match(flattenHit({ a: long.toUpperCase() }), 0)).toEqual([0, 2, 3]);
});

test('computed keys are evaluated on every hit', () => {
	const tree = { key: '~now', matcher: 'gt', values: [5] };
	const index = new MatchIndex(
		[tree],
		() => (key) => (key === '~now' ? (_hit, now) => now : undefined),
	);
	expect(index.match(flattenHit({}), 6)).toEqual([0]);
	expect(index.match(flattenHit({}), 5)).toEqual([]);
});

describe('size', () => {
	/** Counts how often a value is tested, by the keys that conditions ask for. */
	function evaluations(index: MatchIndex, data: object): number {
		const hit = flattenHit(data);
		const values = hit.values as Map<string, HitValue>;
		const read = values.get.bind(values);
		let count = 0;
		values.get = (key) => {
			count += 1;
			return read(key);
		};
		index.match(hit, 0);
		return count;
	}

	test('cost follows what matches: 10,000 postbacks on different pages test one', () => {
		const trees = Array.from({ length: 10_000 }, (_, i) => ({
			logic: 'and' as const,
			conditions: [
				{ key: 'app', matcher: 'eq', values: ['shop'] },
				{ key: 'page', matcher: 'eq', values: [`page ${i}`] },
			],
		}));
		const index = new MatchIndex(trees, none);
		expect(index.match(flattenHit({ app: 'shop', page: 'PAGE 77' }), 0)).toEqual([77]);
		expect(evaluations(index, { app: 'shop', page: 'PAGE 77' })).toBeLessThan(5);
		expect(evaluations(index, { app: 'shop', page: 'none' })).toBeLessThan(5);
	});

	test('10,000 prefixes and 10,000 keys test one each', () => {
		const trees = Array.from({ length: 10_000 }, (_, i) => [
			{ key: 'path', matcher: 'sw', values: [`/${i}/`] },
			{ key: `key ${i}`, matcher: 'ex' },
		]).flat();
		const index = new MatchIndex(trees, none);
		const hit = { path: '/77/x', 'key 78': 1 };
		expect(index.match(flattenHit(hit), 0)).toEqual([154, 157]);
		expect(evaluations(index, hit)).toBeLessThan(5);
	});

	test('10,000 conditions of one postback, side by side', () => {
		const conditions = Array.from({ length: 10_000 }, (_, i) => ({
			key: `k${i % 100}`,
			matcher: 'ne',
			values: [i],
		}));
		const hit = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, 'x']));
		for (const logic of ['and', 'or'] as const) {
			const index = new MatchIndex([{ logic, conditions }], none);
			expect(index.match(flattenHit(hit), 0)).toEqual([0]);
		}
	});

	test('10,000 values of one condition', () => {
		const values = Array.from({ length: 10_000 }, (_, i) => `v${i}`);
		const index = new MatchIndex([{ key: 'a', matcher: 'eq', values }], none);
		expect(index.match(flattenHit({ a: 'V9999' }), 0)).toEqual([0]);
	});

	test('a value of 5 MB is lower-cased once for all conditions', () => {
		const trees = Array.from({ length: 200 }, (_, i) => ({
			key: 'a',
			matcher: 'co',
			values: [`no ${i}`],
		}));
		const index = new MatchIndex(trees, none);
		const hit = flattenHit({ a: 'X'.repeat(5_000_000) });
		const lower = jest.spyOn(String.prototype, 'toLowerCase');
		index.match(hit, 0);
		const long = lower.mock.contexts.filter((text) => String(text).length > 1000);
		lower.mockRestore();
		expect(long).toHaveLength(1);
	});
});
