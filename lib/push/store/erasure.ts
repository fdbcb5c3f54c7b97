import { sql } from 'kysely';
import { cancelDeliveries } from '../../store/endings';
import type { Unit } from '../../store/unit';
import { removeConsents } from './consents';
import { devicesOfProfiles, removeDevicesOf } from './devices';

/** What was erased of a profile. */
export interface Erased {
	devices: number;
	interactions: number;
	/** Waiting notifications that were cancelled. */
	cancelled: number;
	/** Notifications of which only the bare facts are left. */
	notifications: number;
}

/** In place of what was sent; a digest cannot be sent again (see replay). */
const ERASED = JSON.stringify({
	method: 'POST',
	url: 'https://erased.invalid/',
	headers: {},
	bodyDigest: 'erased',
});

/**
 * Erases a profile: its devices and tokens, what it consented to, its interactions, what notifications to
 * it said, and whose they were. Counts in reports stay. What is being sent at this moment is left to its end.
 */
export async function eraseProfile(unit: Unit, profileKey: string): Promise<Erased> {
	const devices = (await devicesOfProfiles(unit, [profileKey])).get(profileKey) ?? [];
	const subjects = devices.map(({ id }) => id);
	const { rows: own } = await sql<{ delivery_id: string }>`select delivery_id from push_feedback
		where profile_key = ${profileKey}`.execute(unit.db);
	const ids = own.map((row) => row.delivery_id);
	let cancelled = 0;
	for (let ended = -1; ended !== 0; cancelled += ended) {
		ended = await cancelDeliveries(unit, { ids });
	}
	await sql`update requests set request = ${ERASED} where delivery_no in (
		select no from deliveries where id in ${unit.dialect.list(ids)} and settled_at is not null)`.execute(
		unit.db,
	);
	await sql`update deliveries set subject = null, response = null
		where id in ${unit.dialect.list(ids)} and settled_at is not null`.execute(unit.db);
	await sql`update push_feedback set profile_key = null, namespace = null, identity = null,
			device_id = null, provider_message_id = null
		where profile_key = ${profileKey}`.execute(unit.db);
	const { rows: interactions } = await sql<{ id: string }>`delete from push_interactions
		where profile_key = ${profileKey} returning id`.execute(unit.db);
	await removeDevicesOf(unit, profileKey);
	await removeConsents(unit, profileKey);
	return {
		devices: subjects.length,
		interactions: interactions.length,
		cancelled,
		notifications: ids.length,
	};
}
