import fc from 'fast-check';
import type { Entrance } from './entrance';
import { heapInUse } from './memory';
import { watch } from './watch';

/** A few with all other tests; `.ci/run` has 2,000 of each, `npm run test:fuzz` by itself 100,000. */
const RUNS = Number(process.env.HOSTILE_RUNS ?? 200);
const SEED = Number(process.env.HOSTILE_SEED ?? Date.now() % 1_000_000_000);

/** What the second half of the inputs may leave behind; caches have come to their size by then. */
const MOST_GROWTH = 12 * 1024 * 1024;

/** Makes a test of each entrance: all of its inputs, one after the other, watched. */
export function runEntrances(entrances: readonly Entrance[]): void {
	describe(`hostile input, ${RUNS} of each, seed ${SEED}`, () => {
		test.each(entrances.map((one) => [one.name, one] as const))(
			'%s',
			async (name, { inputs, take, open }) => {
				const close = await open?.();
				const watched = watch(name, SEED);
				let count = 0;
				let before = 0;
				const property = fc.asyncProperty(inputs, async (input) => {
					if (++count === Math.ceil(RUNS / 2)) before = heapInUse();
					await watched.run(() => take(input as never));
				});
				const endOnFailure = process.env.HOSTILE_SHRINK === undefined;
				try {
					await fc.assert(property, { numRuns: RUNS, seed: SEED, endOnFailure });
					const growth = heapInUse() - before;
					if (growth > MOST_GROWTH) throw new Error(`${growth} bytes are held on to`);
					if (process.env.HOSTILE_REPORT) {
						const slowest = Math.round(watched.slowest());
						process.stderr.write(
							`${JSON.stringify({ entrance: name, runs: count, slowest, growth })}\n`,
						);
					}
				} finally {
					await watched.end();
					await close?.();
				}
			},
			Math.max(120_000, RUNS * 30),
		);
	});
}
