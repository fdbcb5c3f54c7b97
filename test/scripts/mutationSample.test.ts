import { sampledStretches } from '../../scripts/mutation/sample';
import { seededRandom } from '../../scripts/random';

const FILES = [
	{ path: 'lib/a.ts', lines: 45 },
	{ path: 'lib/b.ts', lines: 20 },
	{ path: 'lib/empty.ts', lines: 0 },
];
const ALL = ['lib/a.ts:1-20', 'lib/a.ts:21-40', 'lib/a.ts:41-45', 'lib/b.ts:1-20'];

test('every line of every file lies in one stretch', () => {
	expect(sampledStretches(FILES, 100, seededRandom(1)).sort()).toEqual(ALL);
});

test('the same seed draws the same stretches, another one others', () => {
	const drawn = (seed: number) => sampledStretches(FILES, 2, seededRandom(seed));
	expect(drawn(3)).toEqual(drawn(3));
	expect(drawn(3)).toHaveLength(2);
	const seeds = Array.from({ length: 50 }, (_, seed) => seed);
	expect(new Set(seeds.flatMap(drawn))).toEqual(new Set(ALL));
});
