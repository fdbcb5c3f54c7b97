import { sql } from 'kysely';
import type { DeliveryStore } from '../deliveryStore';
import { distinctLanes, refreshLanes, type LaneKey } from '../lanes';
import { removeDeliveries } from '../retention';
import type { StoredStatus } from '../schema';
import type { Unit } from '../unit';
import { inParts, type PartsOptions } from './parts';

export interface PurgeResult {
	purged: number;
	stopped: boolean;
}

const ENDED: readonly StoredStatus[] = ['delivered', 'dead', 'closed'];

/**
 * Removes ended deliveries that fit a filter, with their attempts. What waits or is on its way stays,
 * whatever the filter says.
 */
export async function purgeFitting(
	store: DeliveryStore,
	options: PartsOptions,
): Promise<PurgeResult> {
	let purged = 0;
	const { filter } = options;
	const states = filter.states ?? (filter.tests ? undefined : ENDED);
	const { stopped } = await inParts(
		store,
		{ ...options, filter: { ...filter, ...(states ? { states } : {}) } },
		purge,
		(count) => {
			purged += count;
		},
	);
	return { purged, stopped };
}

async function purge(unit: Unit, numbers: readonly number[]): Promise<number> {
	const { rows } = await sql<{ no: number; line: string | null; endpoint: string }>`
		select no, line, endpoint from deliveries
		where no in ${unit.dialect.list(numbers)} and settled_at is not null and lease is null
		${unit.dialect.holding('pass')}`.execute(unit.db);
	await removeDeliveries(
		unit,
		rows.map(({ no }) => no),
	);
	const told = rows.filter((row): row is typeof row & LaneKey => row.line !== null);
	await refreshLanes(unit, distinctLanes(told));
	return rows.length;
}
