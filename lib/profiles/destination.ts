import type { DeliveryStore } from '../store/deliveryStore';
import type { Destination } from './destinationSettings';
import type { Mappings } from './mappings';
import {
	destinationOf,
	markBackfilled,
	recordMappings,
	type RecordedMappings,
} from './store/audiences';
import { describeDestination } from './store/destinations';
import { holdDestination } from './store/hold';
import { markOwed } from './store/owed';
import type { Unit } from '../store/unit';

/** Ended deliveries are looked through in so many parts at most; what is left, the next time. */
const MOST_PARTS = 20;

/**
 * Gets a destination ready for an execution: records since when its audiences are mapped and how it is set
 * up, and marks the profiles whose last export did not arrive.
 * @param destination its own id, such as that of workflow and node
 * @param about its settings, to go on with a backfill after a restart
 * @throws what the store throws
 */
export async function openDestination(
	store: DeliveryStore,
	destination: string,
	mappings: Mappings,
	about?: Pick<Destination, 'settings'>,
): Promise<RecordedMappings> {
	const first = await store.write(async (unit) => ({
		looked: await markOwed(unit, destination),
		recorded: await record(unit, destination, mappings, about),
	}));
	let { looked } = first;
	for (let part = 1; looked > 0 && part < MOST_PARTS; part++) {
		looked = await store.write(async (unit) => await markOwed(unit, destination));
	}
	return first.recorded;
}

async function record(
	unit: Unit,
	destination: string,
	mappings: Mappings,
	about: Pick<Destination, 'settings'> | undefined,
): Promise<RecordedMappings> {
	await holdDestination(unit, destination);
	const recorded = await recordMappings(unit, destination, mappings.audiences);
	if (!about) return recorded;
	const { settings } = about;
	const { name } = settings;
	await describeDestination(unit, { id: destination, name, settings: JSON.stringify(settings) });
	if (recorded.awaitingBackfill.length === 0 || settings.input === 'events') return recorded;
	if ((await destinationOf(unit, destination)).profiles > 0) return recorded;
	// Nobody is known who could have qualified before, and whoever comes in is exported as new.
	await markBackfilled(unit, destination, recorded.awaitingBackfill);
	return { ...recorded, awaitingBackfill: [] };
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
