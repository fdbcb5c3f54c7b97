/**
 * Time as the domain sees it. Handed in everywhere, so that a test can move it.
 */
export interface Clock {
	/** Wall clock, epoch milliseconds. May jump either way when the machine's clock is set. */
	now(): number;
	/** Milliseconds from an arbitrary start; never goes back. */
	monotonic(): number;
	/** Resolves after `ms` milliseconds, or at once when `signal` aborts (it does not reject). */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
	now: () => Date.now(),
	monotonic: () => performance.now(),
	sleep: async (ms, signal) =>
		await new Promise<void>((resolve) => {
			if (signal?.aborted) return resolve();
			const done = () => {
				clearTimeout(timer);
				signal?.removeEventListener('abort', done);
				resolve();
			};
			const timer = setTimeout(done, ms);
			signal?.addEventListener('abort', done, { once: true });
		}),
};

/** Uniform in [0, 1). Handed in, so that jitter can be tested. */
export type Random = () => number;
