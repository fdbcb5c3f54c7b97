import type { Clock } from '../clock';
import type { ClaimedBatch, DeliveryStore } from '../store/deliveryStore';
import {
	closeUnsent,
	dropLease,
	handOverLease,
	LEASE_MS,
	releaseDeliveries,
	renewLease,
} from '../store/leases';
import { countUnsettled } from '../store/progress';
import type { Delivery } from './delivery';

/** How a workflow that was given a batch ended, as far as its host says. */
export type EmissionEnd = 'success' | 'waiting' | 'failed';

export interface EmitterOptions {
	store: DeliveryStore;
	clock: Clock;
	/** Whose deliveries: a trigger's node or a queue. */
	consumer: string;
	/**
	 * Hands deliveries to the workflow. What it gives resolves when the workflow ended, and may reject or
	 * never settle: progress is read from the store.
	 */
	emit: (deliveries: Delivery[]) => Promise<EmissionEnd>;
	/** Deliveries in one emission. */
	batchSize: number;
	/** While more are due than go into one emission, each may have twice the one before, up to so many. */
	largestBatch?: number;
	/** Batches that may be on their way at once; 4 unless told, and never more. */
	inFlight?: number;
	/** How long a delivery may wait for others to fill its batch. */
	longestWaitMs: number;
	onError: (error: unknown) => void;
}

/** Batches of one consumer that are on their way at once (design 5, rule 4). */
const MOST_IN_FLIGHT = 4;
/** Of these so many may be such that go alone or are to be reported: slow ones must not hold up the rest. */
const SPECIAL_IN_FLIGHT = 2;
/** Looks happen at least so often, so that no lost wake and no moved clock delays anything for long. */
const LOOK_MS = 5_000;
const RENEW_MS = LEASE_MS / 3;
/** A workflow of which nothing was heard for so long is not believed in any more. */
const LONGEST_SILENCE_MS = 15 * 60_000;
const AFTER_ERROR_MS = 1_000;
const WOKEN = 'woken';

/**
 * Emits what a consumer has due, in batches, and follows each batch in the store until it is over
 * (design 2, durable triggers).
 */
export class Emitter {
	private readonly stopped = new AbortController();
	private readonly following = new Set<Promise<void>>();
	private specials = 0;
	/** Of the next batch; what a host does for each emission is shared by more deliveries then. */
	private size: number;
	private running: Promise<void> | undefined;
	/** Deliveries that came since the last claim. */
	private fresh = 0;
	/** Monotonic time until which a batch may wait for others to fill it. */
	private gatherUntil = 0;
	/** Something happened since the last sleep was begun. */
	private woken = false;
	private wakeUp: (() => void) | undefined;

	constructor(private readonly options: EmitterOptions) {
		this.size = options.batchSize;
	}

	start(): void {
		this.running ??= this.run();
	}

	/** Stops claiming; what was claimed and not emitted is free again. Batches under way are followed on. */
	async stop(): Promise<void> {
		this.stopped.abort();
		this.wake();
		await this.running;
	}

	/** Resolves when no batch is under way. */
	async idle(): Promise<void> {
		while (this.following.size > 0) await Promise.all(this.following);
	}

	private wake(): void {
		this.woken = true;
		this.wakeUp?.();
	}

	private async run(): Promise<void> {
		const { store, consumer, clock, onError } = this.options;
		const offWake = store.onWake(consumer, (count) => {
			this.fresh += count;
			this.wake();
		});
		try {
			while (!this.stopped.signal.aborted) {
				try {
					await this.step();
				} catch (error) {
					if (store.isClosed) return;
					onError(error);
					await clock.sleep(AFTER_ERROR_MS, this.stopped.signal);
				}
			}
		} finally {
			offWake();
		}
	}

	private async step(): Promise<void> {
		const { store, consumer, inFlight = MOST_IN_FLIGHT } = this.options;
		this.woken = false;
		if (this.following.size >= Math.min(inFlight, MOST_IN_FLIGHT)) return await this.sleep(LOOK_MS);
		await this.gather();
		if (this.stopped.signal.aborted) return;

		const { fresh } = this;
		this.fresh = 0;
		const leaveOut = { special: this.specials >= SPECIAL_IN_FLIGHT };
		const batch = await store.claim(consumer, this.size, leaveOut);
		if (!batch) return await this.waitForMore(leaveOut);
		if (this.stopped.signal.aborted) return await this.giveBack(batch);
		const rest = fresh - batch.deliveries.length;
		// What a full batch of a stream has left is the beginning of the next one. Where batches cannot grow, a
		// backlog behind it would not be worked off so.
		const isStream = rest >= 0 && this.options.largestBatch !== undefined;
		if (batch.more && isStream) this.fresh += rest;
		this.gatherUntil = batch.more && !isStream ? 0 : this.gatherEnd();
		this.size = this.sizeAfter(batch);
		this.emit(batch);
	}

	private sizeAfter({ line, deliveries, more }: ClaimedBatch): number {
		const { batchSize, largestBatch = batchSize } = this.options;
		if (line !== 'plain') return this.size;
		const filled = more && deliveries.length >= this.size;
		return filled ? Math.min(largestBatch, this.size * 2) : batchSize;
	}

	private gatherEnd(): number {
		return this.options.clock.monotonic() + this.options.longestWaitMs;
	}

	private async waitForMore(leaveOut: { special: boolean }): Promise<void> {
		const { store, consumer } = this.options;
		const readyAt = await store.nextReadyAt(consumer, leaveOut);
		const untilReady = readyAt === undefined ? LOOK_MS : readyAt - store.now();
		if (this.fresh === 0) await this.sleep(Math.min(LOOK_MS, Math.max(1, untilReady)));
		if (this.fresh > 0) this.gatherUntil = this.gatherEnd();
	}

	/** Gives a batch the time to fill. */
	private async gather(): Promise<void> {
		const { batchSize, clock } = this.options;
		while (this.fresh < batchSize && !this.stopped.signal.aborted) {
			const left = this.gatherUntil - clock.monotonic();
			if (left <= 0) return;
			this.woken = false;
			await this.sleep(left);
		}
	}

	/** Sleeps until something comes, at most `ms`. */
	private async sleep(ms: number): Promise<void> {
		if (this.woken || this.stopped.signal.aborted) return;
		const woken = new AbortController();
		// Without a reason an error is made, with its stack.
		this.wakeUp = () => woken.abort(WOKEN);
		await this.options.clock.sleep(ms, woken.signal);
		this.wakeUp = undefined;
	}

	private async giveBack({ lease }: ClaimedBatch): Promise<void> {
		await this.options.store.write(async (unit) => {
			await releaseDeliveries(unit, lease);
			await dropLease(unit, lease);
		});
	}

	private emit(batch: ClaimedBatch): void {
		const special = batch.line === 'plain' ? 0 : 1;
		this.specials += special;
		const followed = this.follow(batch).finally(() => {
			this.specials -= special;
			this.following.delete(followed);
			this.wake();
		});
		this.following.add(followed);
	}

	private async follow(batch: ClaimedBatch): Promise<void> {
		const { store, clock } = this.options;
		const ids = batch.deliveries.map((d) => d.delivery.id);
		let end: EmissionEnd | undefined;
		const ended = new AbortController();
		this.handOver(batch).then(
			(how) => ((end = how), ended.abort()),
			// Stopped or crashed: the sender settles or frees what it has, the rest lapses.
			() => ((end = 'failed'), ended.abort()),
		);
		const giveUpAt = clock.monotonic() + LONGEST_SILENCE_MS;
		while (end === undefined) {
			await clock.sleep(RENEW_MS, ended.signal);
			if (end !== undefined) break;
			try {
				const left = await store.read(async (unit) => await countUnsettled(unit, ids));
				if (left === 0) {
					await store.write(async (unit) => await dropLease(unit, batch.lease));
					return;
				}
				if (clock.monotonic() > giveUpAt) return;
				await store.write(async (unit) => await renewLease(unit, batch.lease));
			} catch (error) {
				if (store.isClosed) return;
				this.options.onError(error);
			}
		}
		await this.conclude(batch, end);
	}

	/** A host that throws at once is a host that rejects. */
	private async handOver(batch: ClaimedBatch): Promise<EmissionEnd> {
		return await this.options.emit(batch.deliveries.map((d) => d.delivery));
	}

	private async conclude(batch: ClaimedBatch, end: EmissionEnd): Promise<void> {
		const { store, onError } = this.options;
		try {
			if (end === 'success') {
				await store.write(async (unit) => await closeUnsent(unit, batch.lease));
			} else if (end === 'waiting') {
				await store.write(async (unit) => await handOverLease(unit, batch.lease));
			}
		} catch (error) {
			if (!store.isClosed) onError(error);
		}
	}
}
