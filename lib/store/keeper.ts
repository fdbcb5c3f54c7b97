import type { Clock } from '../clock';
import type { DeliveryStore } from './deliveryStore';
import { expireDeliveries } from './endings';
import { sweepLapsedLeases } from './leases';
import {
	announceDeadLetters,
	purgeExpired,
	type DeadLettersGoing,
	type Retention,
} from './retention';
import type { Unit } from './unit';

/** Lapsed leases and ages are looked for so often. */
const SWEEP_MS = 5_000;
const PURGE_MS = 60_000;
/** Work of one turn; the rest waits for the next look, so that a long clean-up never starves the senders. */
const MOST_STEPS = 200;
/** Parts that a purge removes in one transaction once it is behind, so that slow commits do not bound it. */
const PARTS_WHEN_BEHIND = 4;

export interface KeeperEvents {
	/** Dead letters will be removed soon. */
	onDeadLettersGoing: (notice: DeadLettersGoing) => void;
	onError: (error: unknown) => void;
}

/** Keeps the store's promises that nobody else has in hand: lapses, ages, retention. */
export class StoreKeeper {
	private readonly stopped = new AbortController();
	private lastPurge = Number.NEGATIVE_INFINITY;
	/** The last purge came to the end of its steps before the end of what was past its time. */
	private purgeGoesOn = false;
	private running: Promise<void> | undefined;

	constructor(
		private readonly store: DeliveryStore,
		private readonly clock: Clock,
		private readonly retention: Retention,
		private readonly events: KeeperEvents,
		/** Only where one process owns the store are leases of other boots void. */
		private readonly soleOwner: boolean,
		private readonly mostSteps = MOST_STEPS,
	) {}

	start(): void {
		this.running ??= this.run();
	}

	async stop(): Promise<void> {
		this.stopped.abort();
		await this.running;
	}

	private async run(): Promise<void> {
		while (!this.stopped.signal.aborted) {
			try {
				await this.turn();
			} catch (error) {
				if (!this.store.isClosed) this.events.onError(error);
			}
			await this.clock.sleep(SWEEP_MS, this.stopped.signal);
		}
	}

	/** One look at everything. */
	async turn(): Promise<void> {
		await this.sweep();
		const isTime = this.clock.monotonic() - this.lastPurge >= PURGE_MS;
		if (!isTime && !this.purgeGoesOn) return;
		if (isTime) {
			this.lastPurge = this.clock.monotonic();
			const going = await this.store.write(
				async (unit) => await announceDeadLetters(unit, this.retention),
			);
			if (going) this.events.onDeadLettersGoing(going);
		}
		const parts = this.purgeGoesOn ? PARTS_WHEN_BEHIND : 1;
		const purged = await this.repeat(async (unit) => await this.purge(unit, parts));
		this.purgeGoesOn = !purged.finished;
	}

	private async purge(unit: Unit, parts: number): Promise<number> {
		let gone = 0;
		for (let part = 0; part < parts; part++) {
			const removed = await purgeExpired(unit, this.retention);
			if (removed === 0) break;
			gone += removed;
		}
		return gone;
	}

	/** Frees what stands under lapsed leases, ends what is past its age. */
	async sweep(): Promise<void> {
		const { total: freed } = await this.repeat(
			async (unit) => await sweepLapsedLeases(unit, this.soleOwner ? this.store.boot : undefined),
		);
		const { total: expired } = await this.repeat(expireDeliveries);
		if (freed + expired > 0) this.store.wakeEveryone();
	}

	private async repeat(
		step: (unit: Unit) => Promise<number>,
	): Promise<{ total: number; finished: boolean }> {
		let total = 0;
		for (let i = 0; i < this.mostSteps && !this.stopped.signal.aborted; i++) {
			const done = await this.store.write(step);
			if (done === 0) return { total, finished: true };
			total += done;
		}
		return { total, finished: false };
	}
}
