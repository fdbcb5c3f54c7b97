import { sql } from 'kysely';
import type { Unit } from '../../store/unit';
import type { MappedAudience } from '../mappings';
import { destinationOf } from './audiences';
import { holdDestination } from './hold';

export type BackfillStatus = 'running' | 'done' | 'cancelled';

/** An audience whose earlier members are exported, with the revision of the mappings that mapped it. */
export type BackfillAudience = MappedAudience & { revision: number };

/** A backfill and how far it is. Times in epoch milliseconds of the store's clock. */
export interface Backfill {
	id: string;
	destination: string;
	audiences: readonly BackfillAudience[];
	status: BackfillStatus;
	/** The profile key up to which it has got. */
	cursor?: string;
	/** Profiles that were known when it began. */
	total: number;
	lookedAt: number;
	/** Profiles whose export is queued. */
	exported: number;
	/** Profiles that qualified, but of which no snapshot is kept. */
	withoutSnapshot: number;
	startedAt: number;
	updatedAt: number;
	/** What whoever began it has to know to go on with it after a restart. */
	settings: string;
}

interface BackfillRow {
	id: string;
	destination: string;
	audiences: string;
	status: BackfillStatus;
	cursor: string | null;
	total: number;
	looked_at: number;
	exported: number;
	without_snapshot: number;
	started_at: number;
	updated_at: number;
	settings: string;
}

export interface NewBackfill {
	id: string;
	destination: string;
	audiences: readonly BackfillAudience[];
	/** Never holds a secret. */
	settings: string;
}

/**
 * Begins a backfill. One of the destination that runs already is gone on with, if it is for the same
 * audiences; otherwise it is cancelled and its audiences are done again with these, without exporting
 * anyone twice.
 * @returns the backfill that runs now
 */
export async function beginBackfill(unit: Unit, wanted: NewBackfill): Promise<Backfill> {
	await holdDestination(unit, wanted.destination);
	const running = await backfillsOf(unit, wanted.destination, 'running');
	const audiences = new Map(
		[...running.flatMap((one) => one.audiences), ...wanted.audiences].map((audience) => [
			audienceId(audience),
			audience,
		]),
	);
	const covering = running.find((one) => one.audiences.length === audiences.size);
	if (covering) return covering;
	for (const one of running) await endBackfill(unit, one.id, 'cancelled');
	const { profiles } = await destinationOf(unit, wanted.destination);
	await sql`insert into profile_backfills
			(id, destination, audiences, status, total, started_at, updated_at, settings)
		values (${wanted.id}, ${wanted.destination}, ${JSON.stringify([...audiences.values()])},
			'running', ${profiles}, ${unit.now}, ${unit.now}, ${wanted.settings})`.execute(unit.db);
	return (await findBackfill(unit, wanted.id)) as Backfill;
}

const audienceId = ({ namespace, id, revision }: BackfillAudience) =>
	`${namespace ?? ''}\n${id}\n${revision}`;

export async function findBackfill(unit: Unit, id: string): Promise<Backfill | undefined> {
	const { rows } = await sql<BackfillRow>`select * from profile_backfills
		where id = ${id}`.execute(unit.db);
	return rows.map(toBackfill)[0];
}

/** Backfills of a destination, or of all, in a state; the oldest first. */
export async function backfillsOf(
	unit: Unit,
	destination: string | undefined,
	status: BackfillStatus,
): Promise<Backfill[]> {
	const of = destination === undefined ? sql`` : sql`and destination = ${destination}`;
	const { rows } = await sql<BackfillRow>`select * from profile_backfills
		where status = ${status} ${of} order by started_at, id`.execute(unit.db);
	return rows.map(toBackfill);
}

/** The backfill of a destination that runs, else the one that was begun last. */
export async function latestBackfill(
	unit: Unit,
	destination: string,
): Promise<Backfill | undefined> {
	const { rows } = await sql<BackfillRow>`select * from profile_backfills
		where destination = ${destination}
		order by case when status = 'running' then 0 else 1 end, started_at desc, id desc limit 1`.execute(
		unit.db,
	);
	return rows.map(toBackfill)[0];
}

/** Ends a backfill that runs. What it has queued stays. */
export async function endBackfill(
	unit: Unit,
	id: string,
	status: 'done' | 'cancelled',
): Promise<void> {
	await sql`update profile_backfills set status = ${status}, updated_at = ${unit.now}
		where id = ${id} and status = 'running'`.execute(unit.db);
}

/** Notes how far a backfill has got. */
export async function advanceBackfill(
	unit: Unit,
	id: string,
	step: { cursor: string; lookedAt: number; exported: number; withoutSnapshot: number },
): Promise<void> {
	await sql`update profile_backfills set cursor = ${step.cursor},
			looked_at = looked_at + ${step.lookedAt}, exported = exported + ${step.exported},
			without_snapshot = without_snapshot + ${step.withoutSnapshot}, updated_at = ${unit.now}
		where id = ${id}`.execute(unit.db);
}

function toBackfill(row: BackfillRow): Backfill {
	return {
		id: row.id,
		destination: row.destination,
		audiences: JSON.parse(row.audiences) as BackfillAudience[],
		status: row.status,
		total: Number(row.total),
		lookedAt: Number(row.looked_at),
		exported: Number(row.exported),
		withoutSnapshot: Number(row.without_snapshot),
		startedAt: Number(row.started_at),
		updatedAt: Number(row.updated_at),
		settings: row.settings,
		...(row.cursor === null ? {} : { cursor: row.cursor }),
	};
}
