import type { DeliveryStore } from '../store/deliveryStore';
import { noteEndpoints, noteQueue } from '../store/endpoints';
import { releaseDeliveries } from '../store/leases';
import { settleDeliveries, type Settlement } from '../store/settle';
import type { Clock } from '../clock';
import type { EndpointGates } from './endpointGates';
import type { QueueGate } from './queueGate';

/** Outcomes written together; what a crash may repeat. */
const LARGEST_BATCH = 500;
const LONGEST_WAIT_MS = 25;

/** Deliveries given back unsent, until `dueAt` (epoch milliseconds). */
export interface Postponed {
	id: string;
	dueAt?: number;
}

/** Writes outcomes of one sender's lease in batches, shortly after they came. */
export class Settler {
	private settlements: Settlement[] = [];
	private postponed: Postponed[] = [];
	private flushing: Promise<void> = Promise.resolve();
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
		private readonly queueGate: QueueGate,
		private readonly clock: Clock,
	) {}

	settle(settlement: Settlement): void {
		this.settlements.push(settlement);
		this.schedule();
	}

	postpone(postponed: readonly Postponed[]): void {
		for (const one of postponed) this.postponed.push(one);
		this.schedule();
	}

	private schedule(): void {
		if (this.settlements.length + this.postponed.length >= LARGEST_BATCH) void this.flush();
		this.timer ??= this.clock.sleep(LONGEST_WAIT_MS).then(() => {
			this.timer = undefined;
			void this.flush();
		});
	}

	/** Writes what has come so far. */
	async flush(): Promise<void> {
		this.flushing = this.flushing.then(async () => await this.write());
		await this.flushing;
	}

	private async write(): Promise<void> {
		while (this.settlements.length + this.postponed.length > 0) {
			const settlements = this.settlements.splice(0, LARGEST_BATCH);
			const postponed = this.postponed.splice(0, LARGEST_BATCH);
			try {
				await this.store.write(async (unit) => {
					if (settlements.length > 0) {
						const done = await settleDeliveries(unit, this.lease, settlements);
						for (const { id } of settlements) if (!done.has(id)) this.late.add(id);
					}
					if (postponed.length > 0) await releaseDeliveries(unit, this.lease, postponed);
				});
			} catch (error) {
				this.failure ??= error;
				for (const { id } of settlements) this.late.add(id);
			}
		}
		await this.writeGates();
	}

	private async writeGates(): Promise<void> {
		const endpoints = this.gates.takeChanges(this.store.now());
		const queueState = this.queueGate.takeChange();
		if (endpoints.length === 0 && !queueState) return;
		try {
			await this.store.write(async (unit) => {
				await noteEndpoints(unit, this.queue, endpoints);
				if (queueState) await noteQueue(unit, this.queue, queueState);
			});
		} catch (error) {
			this.failure ??= error;
		}
	}
}
