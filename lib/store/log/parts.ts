import { sql } from 'kysely';
import type { DeliveryStore } from '../deliveryStore';
import type { Unit } from '../unit';
import type { LogFilter } from './filter';
import { LogWalk } from './walk';

/** Deliveries changed by one transaction: others get at the store in between. */
const CHUNK = 200;

/** Work on all that fits a filter, in small parts. */
export interface PartsOptions {
	filter: LogFilter;
	signal?: AbortSignal;
	/**
	 * Told after each part, and where nothing fits: the deliveries worked on so far, and how much of what may
	 * fit was looked at, from 0 to 1.
	 */
	onProgress?: (done: number, share: number) => void;
}

/**
 * Does something with all deliveries that fit a filter, the oldest first, a part of them in a transaction.
 * Each comes once, and what is stored after the begin does not come. Gives whether it was stopped.
 * @param take gets what came of each part, when it is on disk; `work` may run more than once
 */
export async function inParts<T>(
	store: DeliveryStore,
	{ filter, signal, onProgress }: PartsOptions,
	work: (unit: Unit, numbers: readonly number[]) => Promise<T>,
	take: (given: T) => void,
): Promise<{ stopped: boolean }> {
	const walk = new LogWalk(store, { filter, order: 'oldest', ...(signal ? { signal } : {}) });
	let found: number[] = [];
	let done = 0;
	for (;;) {
		const more = await walk.numbers();
		found = found.concat(more ?? []);
		// A few at a time are not worth a transaction, as long as there are more to come.
		while (found.length >= CHUNK || (!more && found.length > 0)) {
			if (signal?.aborted) return { stopped: true };
			const part = found.slice(0, CHUNK);
			found = found.slice(CHUNK);
			take(await store.write(async (unit) => await work(unit, part)));
			done += part.length;
			onProgress?.(done, walk.share);
		}
		if (!more) return { stopped: walk.isStopped };
		if (more.length === 0) onProgress?.(done, walk.share);
	}
}

/** Ids of deliveries, in the order of their numbers. */
export async function idsOf(
	unit: Unit,
	numbers: readonly number[],
): Promise<{ id: string; isUnderWay: boolean }[]> {
	const { rows } = await sql<{ id: string; lease: string | null }>`select id, lease from deliveries
		where no in ${unit.dialect.list(numbers)} order by no`.execute(unit.db);
	return rows.map(({ id, lease }) => ({ id, isUnderWay: lease !== null }));
}
