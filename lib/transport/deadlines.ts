import type { Clock } from '../clock';

/** A time limit that is being watched. */
export interface Deadline {
	/** Ends the watch; a deadline that has expired stays expired. */
	clear(): void;
}

/**
 * Watches many time limits with one timer for each length of time: requests mostly share a few
 * lengths, and of one length the oldest is due first.
 */
export class Deadlines {
	private readonly lanes = new Map<number, Lane>();

	constructor(private readonly clock: Clock) {}

	/**
	 * @param ms from now.
	 * @param expire called once, unless cleared before.
	 */
	add(ms: number, expire: () => void): Deadline {
		let lane = this.lanes.get(ms);
		if (!lane) {
			lane = new Lane(this.clock, () => this.lanes.delete(ms));
			this.lanes.set(ms, lane);
		}
		return lane.add(this.clock.monotonic() + ms, expire);
	}
}

class Entry implements Deadline {
	previous: Entry | undefined;
	next: Entry | undefined;

	constructor(
		readonly dueAt: number,
		readonly expire: () => void,
		private lane: Lane | undefined,
	) {}

	clear(): void {
		this.lane?.remove(this);
		this.lane = undefined;
	}
}

class Lane {
	private first: Entry | undefined;
	private last: Entry | undefined;
	private sleeping: AbortController | undefined;
	private closing = false;

	constructor(
		private readonly clock: Clock,
		private readonly onIdle: () => void,
	) {}

	add(dueAt: number, expire: () => void): Entry {
		const entry = new Entry(dueAt, expire, this);
		entry.previous = this.last;
		if (this.last) this.last.next = entry;
		else this.first = entry;
		this.last = entry;
		if (!this.sleeping) void this.watch();
		return entry;
	}

	remove(entry: Entry): void {
		if (entry.previous) entry.previous.next = entry.next;
		else this.first = entry.next;
		if (entry.next) entry.next.previous = entry.previous;
		else this.last = entry.previous;
		if (!this.first) this.closeWhenIdle();
	}

	private async watch(): Promise<void> {
		this.sleeping = new AbortController();
		while (this.first) {
			const left = this.first.dueAt - this.clock.monotonic();
			if (left > 0) {
				await this.clock.sleep(Math.ceil(left), this.sleeping.signal);
				continue;
			}
			const due = this.first;
			due.clear();
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
