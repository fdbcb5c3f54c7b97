import type { Clock } from '../../clock';

/**
 * What time the database has, known from its last answer (design 5, rule 2): due times and leases are
 * decided by it, not by the clocks of the machines that ask.
 */
export class DatabaseClock {
	private ahead: number | undefined;

	/** @param fixed the time itself, where the database is not asked for it */
	constructor(
		private readonly clock: Clock,
		private readonly fixed?: () => number,
	) {}

	/** Notes what the database has just said; epoch milliseconds. Gives the time that counts. */
	note(now: number): number {
		this.ahead = now - this.clock.monotonic();
		return this.fixed?.() ?? now;
	}

	/** Epoch milliseconds. */
	now(): number {
		if (this.fixed) return this.fixed();
		if (this.ahead === undefined) return this.clock.now();
		return Math.floor(this.clock.monotonic() + this.ahead);
	}
}
