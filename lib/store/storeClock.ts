import type { Clock } from '../clock';

/**
 * The clock by which an embedded store decides about due times and leases (design 5, rule 2). It follows
 * the machine's clock forward, and goes on at its own pace when that one is set back, so that nothing
 * waits for the lost time to pass again.
 */
export class StoreClock {
	private last: number;
	private lastMonotonic: number;

	/** @param notBefore epoch milliseconds that the store has already seen, from an earlier boot */
	constructor(
		private readonly clock: Clock,
		notBefore = 0,
	) {
		this.last = Math.max(clock.now(), notBefore);
		this.lastMonotonic = clock.monotonic();
	}

	/** Epoch milliseconds; never goes back. */
	now(): number {
		const monotonic = this.clock.monotonic();
		const own = this.last + Math.max(0, monotonic - this.lastMonotonic);
		this.last = Math.max(own, this.clock.now());
		this.lastMonotonic = monotonic;
		return Math.floor(this.last);
	}
}
