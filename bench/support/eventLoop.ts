import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

const RESOLUTION_MS = 1;

/** The longest time, in milliseconds, for which nothing else could run in this process during the work. */
export async function longestHold(work: () => Promise<unknown>): Promise<number> {
	const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
	delays.enable();
	// Its first measurement is from one tick of its timer to the next.
	await sleep(5);
	await work();
	await sleep(5);
	delays.disable();
	return Math.max(0, delays.max / 1e6 - RESOLUTION_MS);
}
