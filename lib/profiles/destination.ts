import type { DeliveryStore } from '../store/deliveryStore';
import type { Mappings } from './mappings';
import { recordMappings, type RecordedMappings } from './store/audiences';
import { markOwed } from './store/owed';

/** Ended deliveries are looked through in so many parts at most; what is left, the next time. */
const MOST_PARTS = 20;

/**
 * Gets a destination ready for an execution: records since when its audiences are mapped, and marks the
 * profiles whose last export did not arrive.
 * @param destination its own id, such as that of workflow and node
 * @throws what the store throws
 */
export async function openDestination(
	store: DeliveryStore,
	destination: string,
	mappings: Mappings,
): Promise<RecordedMappings> {
	for (let part = 0; part < MOST_PARTS; part++) {
		if ((await store.write(async (unit) => await markOwed(unit, destination))) === 0) break;
	}
	return await store.write(
		async (unit) => await recordMappings(unit, destination, mappings.audiences),
	);
}

/**
 * A hint for the operator when audiences were mapped for whose earlier members nothing was done yet.
 */
export function backfillHint(recorded: RecordedMappings): string | undefined {
	const { awaitingBackfill } = recorded;
	if (awaitingBackfill.length === 0) return undefined;
	const names = awaitingBackfill.slice(0, 5).map(({ id, name }) => `"${name ?? id}"`);
	const more = awaitingBackfill.length - names.length;
	const listed = names.join(', ') + (more > 0 ? ` and ${more} more` : '');
	return `Profiles that qualified for ${listed} before they were mapped were not exported: run a backfill, or switch "Backfill Automatically" on`;
}
