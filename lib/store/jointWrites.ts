import type { DeliveryStore } from './deliveryStore';
import type { Unit } from './unit';

interface Part<T, R> {
	value: T;
	/** How much of a transaction it takes. */
	size: number;
	resolve: (result: R) => void;
	reject: (error: unknown) => void;
}

/** Sizes of the parts that go into one transaction; at least one part goes. */
const LARGEST = 2_000;

/**
 * Writes of one kind that come at the same time, put into one piece of work: a statement for many rows costs
 * little more than one for a single row. What comes while a transaction runs goes into the next.
 */
export class JointWrites<T, R> {
	private waiting: Part<T, R>[] = [];
	private running = false;

	/**
	 * @param write begins a transaction
	 * @param run does the work of all parts, in their order; gives one result for each
	 */
	constructor(
		private readonly write: <V>(job: (unit: Unit) => Promise<V>) => Promise<V>,
		private readonly run: (unit: Unit, parts: readonly T[]) => Promise<R[]>,
	) {}

	/**
	 * Resolves when the part is on disk. Rejects with its own error: parts that fail together are tried once
	 * more, each by itself.
	 */
	async add(value: T, size: number): Promise<R> {
		return await new Promise<R>((resolve, reject) => {
			this.waiting.push({ value, size, resolve, reject });
			if (!this.running) void this.drain();
		});
	}

	private async drain(): Promise<void> {
		this.running = true;
		// Let whatever else came in the same turn of the event loop join.
		await new Promise((resolve) => setImmediate(resolve));
		while (this.waiting.length > 0) {
			const parts = this.take();
			const failed = await this.attempt(parts);
			if (failed === undefined) continue;
			if (parts.length === 1) parts[0].reject(failed.error);
			else for (const part of parts) await this.alone(part);
		}
		this.running = false;
	}

	private take(): Part<T, R>[] {
		let size = 0;
		const over = this.waiting.findIndex((part, at) => (size += part.size) > LARGEST && at > 0);
		return this.waiting.splice(0, over < 0 ? this.waiting.length : over);
	}

	private async attempt(parts: readonly Part<T, R>[]): Promise<{ error: unknown } | undefined> {
		try {
			const values = parts.map(({ value }) => value);
			const results = await this.write(async (unit) => await this.run(unit, values));
			parts.forEach(({ resolve }, at) => resolve(results[at]));
			return undefined;
		} catch (error) {
			return { error };
		}
	}

	private async alone(part: Part<T, R>): Promise<void> {
		const failed = await this.attempt([part]);
		if (failed) part.reject(failed.error);
	}
}

const ofStores = new WeakMap<DeliveryStore, Map<string, JointWrites<unknown, unknown>>>();

/**
 * The joint writes of one kind of work in a store.
 * @param kind names the work, and for whom it is done; the same name always comes with the same `run`
 */
export function jointWritesOf<T, R>(
	store: DeliveryStore,
	kind: string,
	run: (unit: Unit, parts: readonly T[]) => Promise<R[]>,
): JointWrites<T, R> {
	let kinds = ofStores.get(store);
	if (kinds === undefined) ofStores.set(store, (kinds = new Map()));
	let joint = kinds.get(kind) as JointWrites<T, R> | undefined;
	if (joint === undefined) {
		joint = new JointWrites<T, R>(async (job) => await store.write(job), run);
		kinds.set(kind, joint as JointWrites<unknown, unknown>);
	}
	return joint;
}
