import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { median } from './statistics.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Does its work once and gives how much of it was done each second. */
export type Contestant = () => Promise<number>;

/**
 * Lets contestants take turns in this process: once each to warm up, then so many rounds. Each turn begins
 * on a tidy heap, so that none pays for the one before. Gives the figures of each, round by round.
 */
export async function inRounds<K extends string>(
	contestants: Readonly<Record<K, Contestant>>,
	rounds: number,
	onRound: (round: Record<K, number>) => void = () => undefined,
): Promise<Record<K, number[]>> {
	const names = Object.keys(contestants) as K[];
	const figures = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<
		K,
		number[]
	>;
	for (let round = 0; round <= rounds; round++) {
		const now = {} as Record<K, number>;
		for (const name of names) {
			collectGarbage();
			now[name] = await contestants[name]();
		}
		if (round === 0) continue;
		for (const name of names) figures[name].push(now[name]);
		onRound(now);
	}
	return figures;
}

/** The median of each contestant's rounds. */
export function medians<K extends string>(
	figures: Readonly<Record<K, number[]>>,
): Record<K, number> {
	const names = Object.keys(figures) as K[];
	return Object.fromEntries(names.map((name) => [name, median(figures[name])])) as Record<
		K,
		number
	>;
}

/** How many a second, given when they were begun (`performance.now()`). */
export function perSecond(count: number, since: number): number {
	return (count * 1000) / (performance.now() - since);
}
