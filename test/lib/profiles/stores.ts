import type { Clock } from '../../../lib/clock';
import { openDestination } from '../../../lib/profiles/destination';
import type { Mappings } from '../../../lib/profiles/mappings';
import { readProfileKey } from '../../../lib/profiles/profileKey';
import { profileMigrations } from '../../../lib/profiles/store/migrations';
import { takeProfiles, type ExportOptions, type TakenProfiles } from '../../../lib/profiles/take';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { deliveriesMigration } from '../../../lib/store/migrations/0001-deliveries';
import { settleDeliveries, type Settlement } from '../../../lib/store/settle';
import { openTestStore, rowOf } from '../../support/stores';
import { mapped } from './make';

export const DESTINATION = 'w/node';

/** Opens a store with the tables of profiles. */
export async function openProfileStore(folder: string, clock: Clock): Promise<DeliveryStore> {
	return await openTestStore(folder, clock, {
		migrations: { '0001-deliveries': deliveriesMigration, ...profileMigrations },
	});
}

/** The settings of a destination with audience `x` and the attribute `person.name`, its mappings recorded. */
export async function optionsOf(
	store: DeliveryStore,
	overrides: Partial<ExportOptions> & { mappings?: Mappings; profileKey?: string } = {},
): Promise<ExportOptions> {
	const { profileKey = 'ecid', ...rest } = overrides;
	const reading = readProfileKey(profileKey);
	if (!reading.ok) throw new Error(reading.problem);
	const mappings = rest.mappings ?? mapped(['x'], ['person.name']);
	return {
		destination: DESTINATION,
		name: 'CRM',
		input: 'snapshots',
		key: reading.key,
		mappings,
		recorded: await openDestination(store, rest.destination ?? DESTINATION, mappings),
		payload: {},
		keepSnapshots: true,
		request: { method: 'POST', url: 'https://a.example/profiles?k=1', headers: { 'X-A': 'b' } },
		queue: 'q',
		profilesPerRequest: 1,
		order: true,
		supersede: true,
		...rest,
	};
}

/** Takes profiles in and gives what became of all of them. */
export async function takeAll(
	store: DeliveryStore,
	profiles: readonly unknown[],
	options: ExportOptions,
): Promise<TakenProfiles> {
	const all: TakenProfiles = { deliveries: [], notExported: [], invalid: [] };
	const inputs = profiles.map((profile, index) => ({ index, profile }));
	for await (const part of takeProfiles(store, inputs, options)) {
		all.deliveries.push(...part.deliveries);
		all.notExported.push(...part.notExported);
		all.invalid.push(...part.invalid);
	}
	return all;
}

/** The profile keys of what was exported, by delivery. */
export const keysOf = ({ deliveries }: TakenProfiles) =>
	deliveries.map(({ exports }) => exports.map(({ key }) => key).join('+'));

/** Settles a delivery that is claimed first, where it is not leased yet. */
export async function settle(
	store: DeliveryStore,
	id: string,
	settlement: Pick<Settlement, 'status'> & Partial<Settlement>,
): Promise<void> {
	if ((await rowOf(store, id)).lease === null) await store.claim('queue:q', 1_000);
	const { lease } = await rowOf(store, id);
	const full = { id, attempt: 1, step: 0, ...settlement };
	await store.write(async (unit) => await settleDeliveries(unit, lease ?? '', [full]));
}
