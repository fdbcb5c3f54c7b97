import type { Clock } from '../clock';
import type { DeliveryStore } from '../store/deliveryStore';
import { LEASE_MS, markStarted, renewLease } from '../store/leases';

const RENEW_MS = LEASE_MS / 3;
/** A lease is not trusted to its last moment: the renewal itself takes time. */
const MARGIN_MS = 5_000;
/**
 * Places marked as started at once, more where the sending is fast: one write for many, but after a crash
 * what was marked and never started goes alone as well.
 */
const LEAST_WINDOW = 64;
const LARGEST_WINDOW = 1_024;
/** A window should last about so long. */
const WINDOW_MS = 100;

/**
 * Holds a sender's lease while it sends: renews it, and says before each first byte whether it is still
 * held and the place is marked as started (design 5, rules 1 and 3).
 */
export class LeaseHolder {
	private heldUntil: number;
	private marked = 0;
	private window = LEAST_WINDOW;
	private markedAt = Number.NEGATIVE_INFINITY;
	private marking: Promise<void> | undefined;
	private lost = false;
	private readonly stopped = new AbortController();
	private readonly renewing: Promise<void>;

	/** @param acquiredAt the clock's monotonic time before the lease was written */
	constructor(
		private readonly store: DeliveryStore,
		readonly id: string,
		private readonly clock: Clock,
		acquiredAt: number,
		/** Places beyond this one do not exist yet. */
		private places: number,
	) {
		this.heldUntil = acquiredAt + LEASE_MS - MARGIN_MS;
		this.renewing = this.renew();
	}

	get isLost(): boolean {
		return this.lost;
	}

	/** Whether the lease is surely held now; for what waited after {@link mayStart} allowed it. */
	get isHeld(): boolean {
		return !this.lost && this.clock.monotonic() < this.heldUntil;
	}

	/** The lease covers places up to this one from now on. */
	extend(places: number): void {
		this.places = Math.max(this.places, places);
	}

	/**
	 * Whether a delivery at this place may go out now. When it may not, `then` is called once that has
	 * changed, for better or worse.
	 */
	mayStart(place: number, then: () => void): boolean {
		if (this.lost) return false;
		if (this.isHeld && place <= this.marked) {
			// Ahead of need, so that the senders do not stand still meanwhile.
			if (place > this.marked - this.window / 2 && this.marked < this.places)
				this.mark(this.marked);
			return true;
		}
		this.mark(Math.max(place, this.marked), then);
		return false;
	}

	private mark(from: number, then?: () => void): void {
		this.adaptWindow();
		const running = (this.marking ??= this.writeMark(
			Math.min(this.places, from + this.window),
		).finally(() => (this.marking = undefined)));
		if (then) void running.then(then);
	}

	private adaptWindow(): void {
		if (this.marking) return;
		const now = this.clock.monotonic();
		const lasted = now - this.markedAt;
		this.markedAt = now;
		if (lasted < WINDOW_MS) this.window = Math.min(LARGEST_WINDOW, this.window * 2);
		else if (lasted > WINDOW_MS * 4) this.window = Math.max(LEAST_WINDOW, this.window / 2);
	}

	private async writeMark(place: number): Promise<void> {
		const before = this.clock.monotonic();
		try {
			const held = await this.store.write(async (unit) => await markStarted(unit, this.id, place));
			if (held) {
				this.marked = place;
				this.heldUntil = before + LEASE_MS - MARGIN_MS;
			} else {
				this.lost = true;
			}
		} catch {
			// What cannot be marked must not be sent; the lease lapses and the deliveries come again.
			this.lost = true;
		}
	}

	private async renew(): Promise<void> {
		while (!this.stopped.signal.aborted && !this.lost) {
			await this.clock.sleep(RENEW_MS, this.stopped.signal);
			if (this.stopped.signal.aborted) return;
			const before = this.clock.monotonic();
			try {
				if (await this.store.write(async (unit) => await renewLease(unit, this.id))) {
					this.heldUntil = before + LEASE_MS - MARGIN_MS;
				} else {
					this.lost = true;
				}
			} catch {
				// The next turn tries again; until then `heldUntil` decides.
			}
		}
	}

	/** Ends the renewing. */
	async stop(): Promise<void> {
		this.stopped.abort();
		await this.marking;
		await this.renewing;
	}
}
