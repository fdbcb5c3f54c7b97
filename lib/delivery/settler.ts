import type { Clock } from '../clock';
import type { DeliveryStore } from '../store/deliveryStore';
import { noteEndpoints, noteQueue } from '../store/endpoints';
import { releaseDeliveries } from '../store/leases';
import { queueConsumer } from '../store/lines';
import { settleDeliveries, type Settlement } from '../store/settle';
import type { EndpointGates } from './endpointGates';

/** Outcomes written together; what a crash may repeat. */
const LARGEST_BATCH = 1_000;
const LONGEST_WAIT_MS = 50;
/** A write that fails is tried again after these times, since every lost outcome is a second sending. */
const TRY_AGAIN_MS = [100, 500, 2_000];

/** Deliveries given back unsent, until `dueAt` (epoch milliseconds). */
export interface Postponed {
	id: string;
	dueAt?: number;
}

/** Writes outcomes of one sender's lease in batches, shortly after they came. */
export class Settler {
	private settlements: Settlement[] = [];
	private postponed: Postponed[] = [];
	private writing: Promise<void> | undefined;
	private timer: Promise<void> | undefined;
	/** Outcomes that came too late: the lease had lapsed, and another may send the delivery again. */
	readonly late = new Set<string>();
	/** The store's error, if writing failed; the lease then lapses and the deliveries come again. */
	failure: unknown;

	constructor(
		private readonly store: DeliveryStore,
		private readonly lease: string,
		private readonly queue: string,
		private readonly gates: EndpointGates,
		private readonly clock: Clock,
	) {}

	/** Writes an outcome soon. */
	settle(settlement: Settlement): void {
		this.settlements.push(settlement);
		this.schedule();
	}

	/** Gives deliveries back soon. */
	postpone(postponed: readonly Postponed[]): void {
		for (const one of postponed) this.postponed.push(one);
		this.schedule();
	}

	private get waiting(): number {
		return this.settlements.length + this.postponed.length;
	}

	private schedule(): void {
		if (this.waiting >= LARGEST_BATCH) void this.writeWaiting();
		this.timer ??= this.clock.sleep(LONGEST_WAIT_MS).then(() => {
			this.timer = undefined;
			void this.writeWaiting();
		});
	}

	/** Resolves when everything that has come so far is written, or cannot be. */
	async flush(): Promise<void> {
		do await this.writeWaiting();
		while (this.waiting > 0);
	}

	private async writeWaiting(): Promise<void> {
		await (this.writing ??= this.write().finally(() => (this.writing = undefined)));
	}

	private async write(): Promise<void> {
		// What comes meanwhile waits for others to be written with.
		const settlements = this.settlements.splice(0);
		const postponed = this.postponed.splice(0);
		for (let at = 0; at < Math.max(settlements.length, postponed.length); at += LARGEST_BATCH) {
			const end = at + LARGEST_BATCH;
			await this.writeBatch(settlements.slice(at, end), postponed.slice(at, end));
		}
		await this.writeGates();
	}

	private async writeBatch(settlements: Settlement[], postponed: Postponed[]): Promise<void> {
		const written = await this.tryWriting(async () => {
			const done = await this.store.write(async (unit) => {
				const settled = await settleDeliveries(unit, this.lease, settlements);
				await releaseDeliveries(unit, this.lease, postponed);
				return settled;
			});
			for (const { id } of settlements) if (!done.has(id)) this.late.add(id);
		});
		if (!written) for (const { id } of settlements) this.late.add(id);
		// Whoever waits for the queue may have a new time to wait for.
		if (postponed.length > 0 || settlements.some((s) => s.status === 'retrying')) {
			this.store.wakeAll([queueConsumer(this.queue)]);
		}
	}

	private async writeGates(): Promise<void> {
		const endpoints = this.gates.takeChanges(this.store.now());
		const queueState = this.gates.queue.takeChange();
		if (endpoints.length === 0 && !queueState) return;
		await this.tryWriting(
			async () =>
				await this.store.write(async (unit) => {
					await noteEndpoints(unit, this.queue, endpoints);
					if (queueState) await noteQueue(unit, this.queue, queueState);
				}),
		);
	}

	private async tryWriting(write: () => Promise<void>): Promise<boolean> {
		for (const pause of [...TRY_AGAIN_MS, undefined]) {
			try {
				await write();
				return true;
			} catch (error) {
				if (pause === undefined || this.store.isClosed) {
					this.failure ??= error;
					return false;
				}
				await this.clock.sleep(pause);
			}
		}
		return false;
	}
}
