import { sql } from 'kysely';
import { inPortions, type Unit } from '../../store/unit';
import { mappingKey, type MappedAudience, type MappingTimes } from '../mappings';
import { audienceKey } from '../membership';

/** The mappings of a destination as the store has recorded them. */
export interface RecordedMappings {
	/** By {@link mappingKey}. */
	times: ReadonlyMap<string, MappingTimes>;
	/** Counts the changes of the mappings. */
	revision: number;
	/** Mapped since the last call. */
	added: readonly MappedAudience[];
	/** Mapped, and profiles that had qualified before were not exported yet. */
	awaitingBackfill: readonly (MappedAudience & { revision: number })[];
}

interface AudienceRow {
	namespace: string;
	audience: string;
	name: string | null;
	created_at: number | null;
	updated_at: number | null;
	mapping_created_at: number;
	mapping_updated_at: number;
	revision: number;
	backfilled: number;
}

const COLUMNS = {
	namespace: 'text',
	audience: 'text',
	name: 'text',
	created_at: 'bigint',
	updated_at: 'bigint',
	mapping_created_at: 'bigint',
	mapping_updated_at: 'bigint',
	revision: 'bigint',
	backfilled: 'bigint',
} as const;

/**
 * Records which audiences are mapped to a destination and since when. One that was removed and comes
 * back is a new mapping. Writes only what is different.
 */
export async function recordMappings(
	unit: Unit,
	destination: string,
	audiences: readonly MappedAudience[],
): Promise<RecordedMappings> {
	const { recorded, removed, changed } = await compare(unit, destination, audiences);
	await remove(unit, destination, removed);
	await write(unit, destination, changed);
	if (recorded.added.length > 0) {
		await sql`insert into profile_destinations (destination, revision)
			values (${destination}, ${recorded.revision})
			on conflict (destination) do update set revision = excluded.revision`.execute(unit.db);
	}
	return recorded;
}

/** What {@link recordMappings} would give; records nothing. For a run that must leave no trace. */
export async function previewMappings(
	unit: Unit,
	destination: string,
	audiences: readonly MappedAudience[],
): Promise<RecordedMappings> {
	return (await compare(unit, destination, audiences)).recorded;
}

async function compare(
	unit: Unit,
	destination: string,
	audiences: readonly MappedAudience[],
): Promise<{ recorded: RecordedMappings; removed: AudienceRow[]; changed: AudienceRow[] }> {
	const known = await loadAudiences(unit, destination);
	const before = await revisionOf(unit, destination);
	const added = audiences.filter((audience) => !known.has(mappingKey(audience)));
	const revision = added.length > 0 ? before + 1 : before;
	const rows = audiences.map((audience) =>
		toRow(audience, known.get(mappingKey(audience)), unit.now, revision),
	);
	const wanted = new Set(audiences.map(mappingKey));
	const times = rows.map((row): [string, MappingTimes] => [
		audienceKey(row.namespace, row.audience),
		{
			createdAt: row.mapping_created_at,
			updatedAt: row.mapping_updated_at,
			revision: row.revision,
		},
	]);
	return {
		recorded: {
			times: new Map(times),
			revision,
			added,
			awaitingBackfill: audiences.flatMap((audience, i) =>
				rows[i].backfilled === 1 ? [] : [{ ...audience, revision: rows[i].revision }],
			),
		},
		removed: [...known].flatMap(([key, row]) => (wanted.has(key) ? [] : [row])),
		changed: rows.filter((row) => !same(row, known.get(audienceKey(row.namespace, row.audience)))),
	};
}

function toRow(
	audience: MappedAudience,
	known: AudienceRow | undefined,
	now: number,
	revision: number,
): AudienceRow {
	const row: AudienceRow = {
		namespace: audience.namespace ?? '',
		audience: audience.id,
		name: audience.name ?? null,
		created_at: audience.created ?? null,
		updated_at: audience.updated ?? null,
		mapping_created_at: known?.mapping_created_at ?? now,
		mapping_updated_at: known?.mapping_updated_at ?? now,
		revision: known?.revision ?? revision,
		backfilled: known?.backfilled ?? 0,
	};
	if (known && !same(row, known)) row.mapping_updated_at = now;
	return row;
}

function same(row: AudienceRow, known: AudienceRow | undefined): boolean {
	if (!known) return false;
	const { name, created_at, updated_at, mapping_updated_at } = row;
	return (
		name === known.name &&
		created_at === known.created_at &&
		updated_at === known.updated_at &&
		mapping_updated_at === known.mapping_updated_at
	);
}

async function loadAudiences(unit: Unit, destination: string): Promise<Map<string, AudienceRow>> {
	const { rows } = await sql<AudienceRow>`select namespace, audience, name, created_at, updated_at,
			mapping_created_at, mapping_updated_at, revision, backfilled
		from profile_audiences where destination = ${destination}`.execute(unit.db);
	const number = (value: number | null) => (value === null ? null : Number(value));
	return new Map(
		rows.map((row) => [
			audienceKey(row.namespace, row.audience),
			{
				...row,
				created_at: number(row.created_at),
				updated_at: number(row.updated_at),
				mapping_created_at: Number(row.mapping_created_at),
				mapping_updated_at: Number(row.mapping_updated_at),
			},
		]),
	);
}

/** How often the mappings of a destination have changed, and how many of its profiles are known. */
export async function destinationOf(
	unit: Unit,
	destination: string,
): Promise<{ revision: number; profiles: number }> {
	const { rows } = await sql<{ revision: number; profiles: number }>`select revision, profiles
		from profile_destinations where destination = ${destination}`.execute(unit.db);
	return { revision: Number(rows[0]?.revision ?? 0), profiles: Number(rows[0]?.profiles ?? 0) };
}

const revisionOf = async (unit: Unit, destination: string) =>
	(await destinationOf(unit, destination)).revision;

async function write(unit: Unit, destination: string, rows: readonly AudienceRow[]): Promise<void> {
	const columns = sql.raw(Object.keys(COLUMNS).join(', '));
	await inPortions(
		unit,
		rows.map((row) => ({ ...row })),
		async (portion) =>
			await sql`insert into profile_audiences (destination, ${columns})
		select ${destination}, ${columns} from ${unit.dialect.rows(portion, COLUMNS)} as r where true
		on conflict (destination, namespace, audience) do update set name = excluded.name,
			created_at = excluded.created_at, updated_at = excluded.updated_at,
			mapping_updated_at = excluded.mapping_updated_at`.execute(unit.db),
	);
}

async function remove(
	unit: Unit,
	destination: string,
	rows: readonly AudienceRow[],
): Promise<void> {
	const keys = rows.map(({ namespace, audience }) => ({ namespace, audience }));
	await inPortions(
		unit,
		keys,
		async (portion) =>
			await sql`delete from profile_audiences where destination = ${destination}
		and (namespace, audience) in (select namespace, audience
			from ${unit.dialect.rows(portion, { namespace: 'text', audience: 'text' })} as r)`.execute(unit.db),
	);
}

/** The audiences that are mapped to a destination, as its last execution recorded them. */
export async function mappedAudiences(
	unit: Unit,
	destination: string,
): Promise<(MappedAudience & { revision: number; isBackfilled: boolean })[]> {
	const rows = await loadAudiences(unit, destination);
	return [...rows.values()].map((row) => ({
		id: row.audience,
		...(row.namespace === '' ? {} : { namespace: row.namespace }),
		...(row.name === null ? {} : { name: row.name }),
		revision: row.revision,
		isBackfilled: row.backfilled === 1,
	}));
}

/** Notes that everyone who had qualified for these audiences before they were mapped is exported. */
export async function markBackfilled(
	unit: Unit,
	destination: string,
	audiences: readonly (MappedAudience & { revision: number })[],
): Promise<void> {
	const rows = audiences.map(({ namespace = '', id, revision }) => ({
		namespace,
		audience: id,
		revision,
	}));
	const columns = { namespace: 'text', audience: 'text', revision: 'bigint' } as const;
	await inPortions(
		unit,
		rows,
		async (portion) =>
			await sql`update profile_audiences set backfilled = 1
		from ${unit.dialect.rows(portion, columns)} as r
		where profile_audiences.destination = ${destination}
		and profile_audiences.namespace = r.namespace and profile_audiences.audience = r.audience
		and profile_audiences.revision = r.revision`.execute(unit.db),
	);
}
