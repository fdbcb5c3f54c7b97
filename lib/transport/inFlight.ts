import type { Clock } from '../clock';

/** Something under way that ends when its time is up or its signal aborts, unless it ends before. */
export abstract class Timed {
	/** @internal Links of the list in which it stands. */
	previous: Timed | undefined;
	/** @internal */
	next: Timed | undefined;
	/** @internal */
	lane: Lane | undefined;
	/** @internal Monotonic milliseconds. */
	dueAt = 0;

	protected constructor(readonly signal: AbortSignal) {}

	/** The time is up. */
	abstract expire(): void;
	/** The signal aborted. */
	abstract cancel(): void;

	/** To be called when it ends by itself. */
	protected release(): void {
		this.lane?.remove(this);
	}
}

/**
 * Watches what is under way, cheaply for thousands: one timer for each length of time, of which
 * the oldest is due first, and one listener for each signal, since adding one to a signal takes
 * time in proportion to those already there.
 */
export class InFlight {
	private readonly lanes = new Map<number, Lane>();
	private readonly watched = new WeakSet<AbortSignal>();
	private lastWatched: AbortSignal | undefined;

	constructor(private readonly clock: Clock) {}

	/** @param ms how long it may take. */
	add(one: Timed, ms: number): void {
		if (one.signal !== this.lastWatched) this.watch(one.signal);
		let lane = this.lanes.get(ms);
		if (!lane) {
			lane = new Lane(this.clock, () => this.lanes.delete(ms));
			this.lanes.set(ms, lane);
		}
		one.dueAt = this.clock.monotonic() + ms;
		lane.add(one);
	}

	private watch(signal: AbortSignal): void {
		this.lastWatched = signal;
		if (this.watched.has(signal)) return;
		this.watched.add(signal);
		signal.addEventListener('abort', () => this.cancelUnder(signal), { once: true });
	}

	private cancelUnder(signal: AbortSignal): void {
		for (const lane of this.lanes.values()) {
			for (const one of lane.members()) if (one.signal === signal) one.cancel();
		}
	}
}

/** A timer that comes so late has waited for somebody who held the event loop. */
const STALLED_MS = 20;

class Lane {
	private first: Timed | undefined;
	private last: Timed | undefined;
	private sleeping: AbortController | undefined;
	private closing = false;

	constructor(
		private readonly clock: Clock,
		private readonly onIdle: () => void,
	) {}

	add(one: Timed): void {
		one.lane = this;
		one.previous = this.last;
		if (this.last) this.last.next = one;
		else this.first = one;
		this.last = one;
		if (!this.sleeping) void this.watch();
	}

	remove(one: Timed): void {
		one.lane = undefined;
		if (one.previous) one.previous.next = one.next;
		else this.first = one.next;
		if (one.next) one.next.previous = one.previous;
		else this.last = one.previous;
		one.previous = undefined;
		one.next = undefined;
		if (!this.first) this.closeWhenIdle();
	}

	/** A copy, since members leave while they are gone through. */
	members(): Timed[] {
		const members: Timed[] = [];
		for (let one = this.first; one; one = one.next) members.push(one);
		return members;
	}

	private async watch(): Promise<void> {
		this.sleeping = new AbortController();
		let caughtUp = true;
		while (this.first) {
			const left = this.first.dueAt - this.clock.monotonic();
			if (left > 0) {
				// One came just after the lane had seemed idle: its sleep must not end at once.
				if (this.sleeping.signal.aborted) this.sleeping = new AbortController();
				await this.clock.sleep(Math.ceil(left), this.sleeping.signal);
				caughtUp = false;
				continue;
			}
			if (-left > STALLED_MS && !caughtUp) {
				// Timers come before what has arrived: after a stall of ours the answer may be there unread.
				caughtUp = true;
				await new Promise((resolve) => setImmediate(resolve));
				continue;
			}
			const due = this.first;
			this.remove(due);
			due.expire();
		}
		this.onIdle();
	}

	/** Later, since a sender that sends one after the other would otherwise start a timer for each. */
	private closeWhenIdle(): void {
		if (this.closing) return;
		this.closing = true;
		setImmediate(() => {
			this.closing = false;
			if (!this.first) this.sleeping?.abort();
		});
	}
}
