import { sql, type RawBuilder } from 'kysely';
import { inPortions, type Unit } from '../../store/unit';
import { readState, type ProfileState } from '../state';

/** A profile as the store knows it. */
export interface StoredProfile {
	key: string;
	/** The digest of its identity map. */
	identity: string;
	readonly state: ProfileState;
	/** The state as it is stored, to tell whether it became another one. */
	text: string;
	/** The delivery of its last export, and its place among that delivery's members. */
	deliveryId?: string;
	deliveryPlace?: number;
	/** The line in which that delivery stood. */
	orderKey?: string;
	/** A delivery of that line has not ended yet. */
	pending: boolean;
	/** How its last export ended, when it did not arrive. */
	owed?: string;
	/** The revision of the mappings when it was last exported; 0: never. */
	exportedRevision: number;
}

/** A profile's state to be stored. */
export interface SavedProfile {
	key: string;
	text: string;
	identity: string;
	/** What a backfill needs; undefined: as it is stored, null: none. */
	snapshot?: string | null;
	deliveryId?: string;
	deliveryPlace?: number;
	orderKey?: string;
	owed?: string;
	exportedRevision: number;
}

export interface StateRow {
	profile_key: string;
	identity: string;
	state: string;
	delivery_id: string | null;
	delivery_place: number | null;
	order_key: string | null;
	exported_revision: number;
	owed: string | null;
	delivery_status: string | null;
	delivery_reason: string | null;
	pending: number;
}

const FIELDS = sql`s.profile_key, s.identity, s.state, s.delivery_id, s.delivery_place, s.order_key,
	s.exported_revision, s.owed, d.status as delivery_status, d.reason as delivery_reason,
	case when s.order_key is not null and exists (select 1 from deliveries waiting
		where waiting.order_key = s.order_key and waiting.settled_at is null) then 1 else 0 end as pending`;

/** What the store knows of these profiles, by their keys. One statement for many. */
export async function loadStates(
	unit: Unit,
	destination: string,
	keys: Iterable<string>,
): Promise<StoredProfile[]> {
	const wanted = [...new Set(keys)].map((profile_key) => ({ profile_key }));
	const rows = await inPortions(
		unit,
		wanted,
		async (portion) =>
			await sql<StateRow>`select ${FIELDS}
		from ${unit.dialect.rows(portion, { profile_key: 'text' })} as r
		join profile_states s on s.destination = ${destination} and s.profile_key = r.profile_key
		left join deliveries d on d.id = s.delivery_id`.execute(unit.db),
	);
	return rows.map(toStoredProfile);
}

/** Profiles with one of these identity maps, by their digests. */
export async function loadStatesByIdentity(
	unit: Unit,
	destination: string,
	identities: Iterable<string>,
): Promise<StoredProfile[]> {
	const wanted = [...new Set(identities)].map((identity) => ({ identity }));
	const rows = await inPortions(
		unit,
		wanted,
		async (portion) =>
			await sql<StateRow>`select ${FIELDS}
		from ${unit.dialect.rows(portion, { identity: 'text' })} as r
		join profile_states s on s.destination = ${destination} and s.identity = r.identity
		left join deliveries d on d.id = s.delivery_id`.execute(unit.db),
	);
	return rows.map(toStoredProfile);
}

export interface StatePage {
	/** With the length of their snapshots in characters; null: none is kept. */
	profiles: { profile: StoredProfile; snapshotLength: number | null }[];
	/** The page was full, so there may be more behind it. */
	more: boolean;
}

/** Profiles of a destination in the order of their keys. @param after the last key of the page before */
export async function pageOfStates(
	unit: Unit,
	destination: string,
	after: string | undefined,
	limit: number,
): Promise<StatePage> {
	const behind: RawBuilder<unknown> =
		after === undefined ? sql`` : sql`and s.profile_key > ${after}`;
	const { rows } = await sql<StateRow & { snapshot_length: number | null }>`select ${FIELDS},
			length(s.snapshot) as snapshot_length
		from profile_states s left join deliveries d on d.id = s.delivery_id
		where s.destination = ${destination} ${behind}
		order by s.profile_key limit ${limit}`.execute(unit.db);
	return {
		profiles: rows.map((row) => ({
			profile: toStoredProfile(row),
			snapshotLength: row.snapshot_length === null ? null : Number(row.snapshot_length),
		})),
		more: rows.length === limit,
	};
}

/** The snapshots of these profiles, by their keys. */
export async function loadSnapshots(
	unit: Unit,
	destination: string,
	keys: readonly string[],
): Promise<Map<string, string>> {
	const rows = await inPortions(
		unit,
		keys.map((profile_key) => ({ profile_key })),
		async (portion) =>
			await sql<{ profile_key: string; snapshot: string | null }>`select s.profile_key, s.snapshot
		from ${unit.dialect.rows(portion, { profile_key: 'text' })} as r
		join profile_states s on s.destination = ${destination} and s.profile_key = r.profile_key`.execute(
				unit.db,
			),
	);
	return new Map(rows.flatMap((r) => (r.snapshot === null ? [] : [[r.profile_key, r.snapshot]])));
}

function toStoredProfile(row: StateRow): StoredProfile {
	const owed = owedBy(row);
	return {
		key: row.profile_key,
		identity: row.identity,
		state: readState(row.state),
		text: row.state,
		pending: Number(row.pending) === 1,
		exportedRevision: Number(row.exported_revision),
		...(row.delivery_id === null ? {} : { deliveryId: row.delivery_id }),
		...(row.delivery_place === null ? {} : { deliveryPlace: Number(row.delivery_place) }),
		...(row.order_key === null ? {} : { orderKey: row.order_key }),
		...(owed === undefined ? {} : { owed }),
	};
}

/**
 * Whether an export is owed: as long as the last delivery is stored, it tells, so that one that was
 * replayed and arrived owes nothing; after that, the mark does.
 */
function owedBy(row: StateRow): string | undefined {
	const { delivery_status: status, delivery_reason: reason } = row;
	if (status === null) return row.owed ?? undefined;
	return isLost(status, reason) ? (reason ?? status) : undefined;
}

/** Whether what a delivery was to tell did not arrive. One that was superseded is told by a newer one. */
export const isLost = (status: string, reason: string | null) =>
	status === 'dead' || (status === 'closed' && reason !== 'superseded');

const COLUMNS = {
	profile_key: 'text',
	identity: 'text',
	delivery_id: 'text',
	delivery_place: 'bigint',
	order_key: 'text',
	exported_revision: 'bigint',
	owed: 'text',
	state: 'text',
	snapshot: 'text',
	keep: 'bigint',
} as const;

const SAVED = sql.raw(
	[
		'destination, profile_key, identity, delivery_id, delivery_place, order_key',
		'exported_revision, owed, state, snapshot, updated_at',
	].join(', '),
);

/** Stores states, each once. One statement for many. */
export async function saveStates(
	unit: Unit,
	destination: string,
	profiles: readonly SavedProfile[],
): Promise<void> {
	const rows = profiles.map((profile) => ({
		profile_key: profile.key,
		identity: profile.identity,
		delivery_id: profile.deliveryId ?? null,
		delivery_place: profile.deliveryPlace ?? null,
		order_key: profile.orderKey ?? null,
		exported_revision: profile.exportedRevision,
		owed: profile.owed ?? null,
		state: profile.text,
		snapshot: profile.snapshot ?? null,
		keep: profile.snapshot === undefined ? 1 : 0,
	}));
	const [kept, given] = [
		rows.filter((row) => row.keep === 1),
		rows.filter((row) => row.keep === 0),
	];
	await save(unit, destination, kept, sql``);
	await save(unit, destination, given, sql`, snapshot = excluded.snapshot`);
}

async function save(
	unit: Unit,
	destination: string,
	rows: readonly Record<keyof typeof COLUMNS, string | number | null>[],
	snapshot: RawBuilder<unknown>,
): Promise<void> {
	await inPortions(
		unit,
		rows,
		async (portion) =>
			await sql`insert into profile_states (${SAVED})
		select ${destination}, profile_key, identity, delivery_id, delivery_place, order_key,
			exported_revision, owed, state, snapshot, ${unit.now}
		from ${unit.dialect.rows(portion, COLUMNS)} as r where true
		on conflict (destination, profile_key) do update set identity = excluded.identity,
			delivery_id = excluded.delivery_id, delivery_place = excluded.delivery_place,
			order_key = excluded.order_key, exported_revision = excluded.exported_revision,
			owed = excluded.owed, state = excluded.state, updated_at = excluded.updated_at ${snapshot}`.execute(
				unit.db,
			),
	);
}

/** Removes the states of keys that became another one's. */
export async function dropStates(
	unit: Unit,
	destination: string,
	keys: readonly string[],
): Promise<void> {
	if (keys.length === 0) return;
	await sql`delete from profile_states where destination = ${destination}
		and profile_key in ${unit.dialect.list(keys)}`.execute(unit.db);
}

/** Notes that so many profiles more are known, or fewer. */
export async function countProfiles(unit: Unit, destination: string, more: number): Promise<void> {
	if (more === 0) return;
	await sql`insert into profile_destinations (destination, profiles) values (${destination}, ${more})
		on conflict (destination) do update set profiles = profile_destinations.profiles + excluded.profiles`.execute(
		unit.db,
	);
}
