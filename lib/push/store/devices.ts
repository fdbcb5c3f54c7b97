import { sql, type RawBuilder } from 'kysely';
import { inPortions, type Unit } from '../../store/unit';
import { deviceIdOf, ECID, type Device } from '../devices/device';
import type { Registration } from '../devices/registration';
import type { Platform } from '../platforms';

interface DeviceRow {
	id: string;
	app_id: string;
	platform: Platform;
	token: string;
	namespace: string;
	identity: string;
	profile_key: string;
	registered_at: number;
	denylisted_at: number | null;
	denylisted_reason: string | null;
}

const FIELDS = sql.raw(
	[
		'd.id, d.app_id, d.platform, d.token, d.namespace, d.identity, d.profile_key',
		'd.registered_at, d.denylisted_at, d.denylisted_reason',
	].join(', '),
);

const COLUMNS = {
	id: 'text',
	app_id: 'text',
	platform: 'text',
	token: 'text',
	namespace: 'text',
	identity: 'text',
	profile_key: 'text',
	registered_at: 'bigint',
	denylisted_at: 'bigint',
	denylisted_reason: 'text',
} as const;

type Row = Record<keyof typeof COLUMNS, string | number | null>;

const BY_DEVICE = 'the app on the device says so';
export const REPLACED = 'the same device has registered a newer token';

/**
 * Stores registrations. A token that is known moves to the identity and profile that it is registered
 * under now, and is good again; an older registration than the known one changes nothing. An ECID has one
 * token for each app and platform: the one before it is denylisted.
 * @returns the devices as they are stored now, in the order of the registrations
 */
export async function registerDevices(
	unit: Unit,
	registrations: readonly Registration[],
): Promise<Device[]> {
	const latest = new Map<string, Registration>();
	for (const one of registrations) {
		const id = deviceIdOf(one.appId, one.platform, one.token);
		const known = latest.get(id);
		if (!known || (one.at ?? unit.now) >= (known.at ?? unit.now)) latest.set(id, one);
	}
	// Of two tokens of one device that come at the same time each has to see the other.
	await unit.shared?.lock(
		'devices',
		[...latest.values()].map(({ identity: { namespace, id } }) => identityKey(namespace, id)),
	);
	const profiles = await profilesOfIdentities(unit, [...latest.values()]);
	const rows = [...latest].map(([id, one]) => toRow(unit, id, one, profiles));
	await inPortions(unit, rows, async (portion) => await upsert(unit, portion));
	await denylistReplaced(unit, rows);
	const stored = await devicesById(unit, [...latest.keys()]);
	return registrations.map(
		({ appId, platform, token }) => stored.get(deviceIdOf(appId, platform, token)) as Device,
	);
}

function toRow(
	unit: Unit,
	id: string,
	{ appId, platform, token, identity, profileKey, denylisted, at = unit.now }: Registration,
	profiles: ReadonlyMap<string, string>,
): Row {
	// A device whose clock is ahead must not make its token look younger than what is said about it.
	const registeredAt = Math.min(at, unit.now);
	return {
		id,
		app_id: appId,
		platform,
		token,
		namespace: identity.namespace,
		identity: identity.id,
		profile_key:
			profileKey ?? profiles.get(identityKey(identity.namespace, identity.id)) ?? identity.id,
		registered_at: registeredAt,
		denylisted_at: denylisted ? registeredAt : null,
		denylisted_reason: denylisted ? BY_DEVICE : null,
	};
}

async function upsert(unit: Unit, portion: readonly Row[]) {
	const columns = sql.raw(Object.keys(COLUMNS).join(', '));
	return await sql<{ id: string }>`insert into push_devices (${columns}, updated_at)
		select ${columns}, ${unit.now} from ${unit.dialect.rows(portion, COLUMNS)} as r where true
		on conflict (id) do update set namespace = excluded.namespace, identity = excluded.identity,
			profile_key = excluded.profile_key, registered_at = excluded.registered_at,
			denylisted_at = excluded.denylisted_at, denylisted_reason = excluded.denylisted_reason,
			updated_at = excluded.updated_at
		where excluded.registered_at >= push_devices.registered_at`.execute(unit.db);
}

const identityKey = (namespace: string, id: string) => `${namespace}\n${id}`;

/** The profiles of identities that are known, for registrations that bring none. */
async function profilesOfIdentities(
	unit: Unit,
	registrations: readonly Registration[],
): Promise<Map<string, string>> {
	const wanted = new Map(
		registrations
			.filter(({ profileKey }) => profileKey === undefined)
			.map(({ identity: { namespace, id } }) => [
				identityKey(namespace, id),
				{ namespace, identity: id },
			]),
	);
	const rows = await inPortions(
		unit,
		[...wanted.values()],
		async (portion) =>
			await sql<{ namespace: string; identity: string; profile_key: string }>`select
				d.namespace, d.identity, d.profile_key
			from ${unit.dialect.rows(portion, { namespace: 'text', identity: 'text' })} as r
			join push_devices d on d.identity = r.identity and d.namespace = r.namespace
			order by d.registered_at`.execute(unit.db),
	);
	return new Map(
		rows.map(({ namespace, identity, profile_key: key }) => [
			identityKey(namespace, identity),
			key,
		]),
	);
}

async function denylistReplaced(unit: Unit, rows: readonly Row[]): Promise<void> {
	const own = rows.filter(({ namespace, denylisted_at: at }) => namespace === ECID && at === null);
	await inPortions(
		unit,
		own,
		async (portion) =>
			await sql`update push_devices set denylisted_at = ${unit.now}, denylisted_reason = ${REPLACED},
				updated_at = ${unit.now}
			from ${unit.dialect.rows(portion, COLUMNS)} as r
			where push_devices.identity = r.identity and push_devices.namespace = r.namespace
				and push_devices.app_id = r.app_id and push_devices.platform = r.platform
				and push_devices.id <> r.id and push_devices.denylisted_at is null
				and push_devices.registered_at < r.registered_at`.execute(unit.db),
	);
}

/** Devices by their ids. One statement for many. */
export async function devicesById(unit: Unit, ids: Iterable<string>): Promise<Map<string, Device>> {
	const wanted = [...new Set(ids)].map((id) => ({ id }));
	const rows = await inPortions(
		unit,
		wanted,
		async (portion) =>
			await sql<DeviceRow>`select ${FIELDS} from ${unit.dialect.rows(portion, { id: 'text' })} as r
			join push_devices d on d.id = r.id`.execute(unit.db),
	);
	return new Map(rows.map((row) => [row.id, toDevice(row)]));
}

/** The devices of profiles, by profile key, the latest registered first. One statement for many. */
export async function devicesOfProfiles(
	unit: Unit,
	keys: Iterable<string>,
): Promise<Map<string, Device[]>> {
	const wanted = [...new Set(keys)].map((profile_key) => ({ profile_key }));
	const rows = await inPortions(
		unit,
		wanted,
		async (portion) =>
			await sql<DeviceRow>`select ${FIELDS}
			from ${unit.dialect.rows(portion, { profile_key: 'text' })} as r
			join push_devices d on d.profile_key = r.profile_key
			order by d.registered_at desc, d.id`.execute(unit.db),
	);
	const devices = new Map<string, Device[]>();
	for (const row of rows) {
		const known = devices.get(row.profile_key);
		if (known) known.push(toDevice(row));
		else devices.set(row.profile_key, [toDevice(row)]);
	}
	return devices;
}

/** The devices of an identity, such as an ECID. */
export async function devicesOfIdentity(
	unit: Unit,
	namespace: string,
	identity: string,
): Promise<Device[]> {
	const { rows } = await sql<DeviceRow>`select ${FIELDS} from push_devices d
		where d.identity = ${identity} and d.namespace = ${namespace}
		order by d.registered_at desc, d.id`.execute(unit.db);
	return rows.map(toDevice);
}

/** A token that its provider gave up. */
export interface GivenUp {
	id: string;
	reason: string;
}

/** Denylists devices that are not denylisted yet; their tokens are kept. */
export async function denylistDevices(unit: Unit, devices: readonly GivenUp[]): Promise<void> {
	await inPortions(
		unit,
		devices.map(({ id, reason }) => ({ id, reason })),
		async (portion) =>
			await sql`update push_devices set denylisted_at = ${unit.now}, denylisted_reason = r.reason,
				updated_at = ${unit.now}
			from ${unit.dialect.rows(portion, { id: 'text', reason: 'text' })} as r
			where push_devices.id = r.id and push_devices.denylisted_at is null`.execute(unit.db),
	);
}

/** Removes devices. @returns what was removed */
export async function removeDevices(unit: Unit, ids: readonly string[]): Promise<string[]> {
	return await removed(unit, sql`id in ${unit.dialect.list(ids)}`);
}

/** Removes every device of a profile. @returns what was removed */
export async function removeDevicesOf(unit: Unit, profileKey: string): Promise<string[]> {
	return await removed(unit, sql`profile_key = ${profileKey}`);
}

async function removed(unit: Unit, which: RawBuilder<unknown>): Promise<string[]> {
	const { rows } = await sql<{ id: string }>`delete from push_devices where ${which}
		returning id`.execute(unit.db);
	return rows.map(({ id }) => id);
}

function toDevice(row: DeviceRow): Device {
	return {
		id: row.id,
		appId: row.app_id,
		platform: row.platform,
		token: row.token,
		identity: { namespace: row.namespace, id: row.identity },
		profileKey: row.profile_key,
		registeredAt: Number(row.registered_at),
		...(row.denylisted_at === null
			? {}
			: { denylisted: { at: Number(row.denylisted_at), reason: row.denylisted_reason ?? '' } }),
	};
}
