import type { QueueState } from '../store/endpoints';

/** So many refusals in a row mean that the credential is wrong, not a delivery (design 5, rule 5). */
const REFUSALS = 3;
const PAUSE_MS = 5 * 60_000;
const LONGEST_PAUSE_MS = 60 * 60_000;

/**
 * Pauses a whole queue whose own credential is refused: sending on would only turn good deliveries into
 * dead letters. After the pause one probe, then doubling.
 */
export class QueueGate {
	private refusals: number;
	private pauses: number;
	private until: number;
	private window: number;
	private dirty = false;
	reason: string | undefined;

	constructor(state?: QueueState) {
		this.refusals = state?.refusals ?? 0;
		this.pauses = state?.pauses ?? 0;
		this.until = state?.pausedUntil ?? 0;
		this.window = this.pauses > 0 ? 1 : Infinity;
		this.reason = state?.reason;
	}

	/** How many deliveries of the queue may be under way; 0 while it is paused. */
	allowance(now: number): number {
		return this.until > now ? 0 : this.window;
	}

	/** Epoch milliseconds, while paused. */
	pausedUntil(now: number): number | undefined {
		return this.until > now ? this.until : undefined;
	}

	/**
	 * Learns from an answer to a request that carried the node's own credential.
	 * @param credential its name, for the error
	 */
	note(statusCode: number | undefined, credential: string, now: number): void {
		if (statusCode === undefined) return;
		if (statusCode !== 401 && statusCode !== 403) {
			if (this.refusals === 0 && this.pauses === 0) return;
			this.refusals = 0;
			this.pauses = 0;
			this.reason = undefined;
			this.window = this.window * 2 > 64 ? Infinity : this.window * 2;
			this.dirty = true;
			return;
		}
		this.refusals += 1;
		this.dirty = true;
		if (this.refusals < REFUSALS || this.until > now) return;
		this.pauses += 1;
		this.until = now + Math.min(LONGEST_PAUSE_MS, PAUSE_MS * 2 ** (this.pauses - 1));
		this.window = 1;
		this.reason = `The receiver refused the credential ${credential} ${this.refusals} times in a row (HTTP ${statusCode}). The queue is paused; mend the credential, the next try is a single probe.`;
	}

	/** The state for the store, if it changed since the last call. */
	takeChange(): QueueState | undefined {
		if (!this.dirty) return undefined;
		this.dirty = false;
		return {
			pausedUntil: this.until,
			pauses: this.pauses,
			refusals: this.refusals,
			...(this.reason === undefined ? {} : { reason: this.reason }),
		};
	}
}
