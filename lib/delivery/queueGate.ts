import type { QueueState } from '../store/endpoints';

/** So many refusals in a row mean that the credential is wrong, not a delivery (design 5, rule 5). */
const REFUSALS = 3;
const PAUSE_MS = 5 * 60_000;
const LONGEST_PAUSE_MS = 60 * 60_000;
/** A window this wide means recovered. */
const RECOVERED = 64;

/** Whether an answer refuses the credential that a request carried. */
export const isRefusal = (statusCode: number | undefined) =>
	statusCode === 401 || statusCode === 403;

/**
 * Pauses a whole queue whose own credential is refused: sending on would only turn good deliveries into
 * dead letters. After the pause one probe, then doubling.
 */
export class QueueGate {
	private refusals = 0;
	private pauses = 0;
	private until = 0;
	private window = Infinity;
	/** Since the window was last widened. */
	private accepted = 0;
	private inFlight = 0;
	private loaded = false;
	private dirty = false;
	private why: string | undefined;

	/** Takes over what the store knows, the first time; from then on this process knows better. */
	load(state: QueueState | undefined): void {
		if (this.loaded) return;
		this.loaded = true;
		if (!state) return;
		this.refusals = state.refusals;
		this.pauses = state.pauses;
		this.until = state.pausedUntil;
		this.window = this.pauses > 0 ? 1 : Infinity;
		this.why = state.reason;
	}

	/** Why the queue is paused, for people. */
	get reason(): string {
		return this.why ?? 'the queue is paused';
	}

	/** How many more deliveries of the queue may start; 0 while it is paused. */
	room(now: number): number {
		return this.until > now ? 0 : this.window - this.inFlight;
	}

	/** Epoch milliseconds, while paused. */
	pausedUntil(now: number): number | undefined {
		return this.until > now ? this.until : undefined;
	}

	started(): void {
		this.inFlight++;
	}

	ended(): void {
		this.inFlight--;
	}

	/**
	 * Learns from an answer to a request that carried the node's own credential.
	 * @param credential its name, for the error
	 */
	note(statusCode: number | undefined, credential: string, now: number): void {
		if (statusCode === undefined) return;
		if (isRefusal(statusCode)) this.noteRefusal(statusCode, credential, now);
		else this.noteAccepted(now);
	}

	private noteAccepted(now: number): void {
		// What was under way when the pause began says nothing about its end.
		if (this.until > now || (this.refusals === 0 && this.window === Infinity)) return;
		this.dirty ||= this.refusals > 0 || this.pauses > 0;
		this.refusals = 0;
		this.pauses = 0;
		this.why = undefined;
		if (++this.accepted < this.window) return;
		this.accepted = 0;
		this.window = this.window * 2 > RECOVERED ? Infinity : this.window * 2;
	}

	private noteRefusal(statusCode: number, credential: string, now: number): void {
		if (this.until > now) return;
		this.refusals += 1;
		this.dirty = true;
		if (this.refusals < REFUSALS) return;
		this.pauses += 1;
		this.until = now + Math.min(LONGEST_PAUSE_MS, PAUSE_MS * 2 ** (this.pauses - 1));
		this.window = 1;
		this.accepted = 0;
		this.why = `The receiver refused the credential ${credential} ${this.refusals} times in a row (HTTP ${statusCode}). The queue is paused; mend the credential, the next try is a single probe.`;
	}

	/** The state for the store, if it changed since the last call. */
	takeChange(): QueueState | undefined {
		if (!this.dirty) return undefined;
		this.dirty = false;
		return {
			pausedUntil: this.until,
			pauses: this.pauses,
			refusals: this.refusals,
			...(this.why === undefined ? {} : { reason: this.why }),
		};
	}
}
