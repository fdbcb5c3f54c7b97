import { sql } from 'kysely';
import { inPortions, type Unit } from '../../store/unit';
import { holdDestination } from './hold';
import { isLost } from './states';

/** Ended deliveries looked at by one statement. */
const CHUNK = 500;

/** The place in the order of ended deliveries up to which they were looked through. */
type Mark = readonly [settledAt: number, no: number];

const STATUSES = ['dead', 'closed'] as const;
type Marks = Partial<Record<(typeof STATUSES)[number], Mark>>;

interface EndedRow {
	no: number;
	id: string;
	status: string;
	reason: string | null;
	settled_at: number;
	source_id: string | null;
}

/**
 * Marks profiles whose last delivery died or was cancelled since this was last called, so that they owe
 * an export even when that delivery was removed from the store. Looks at a part of them; gives how many
 * it looked at; call again until it is 0.
 *
 * As long as the delivery is stored, `loadStates` asks it itself: then nothing depends on when this runs.
 */
export async function markOwed(unit: Unit, destination: string): Promise<number> {
	await holdDestination(unit, destination);
	const marks = await readMarks(unit, destination);
	let looked = 0;
	for (const status of STATUSES) {
		const rows = await endedSince(unit, status, marks[status] ?? [0, 0]);
		const last = rows.at(-1);
		if (!last) continue;
		looked += rows.length;
		marks[status] = [Number(last.settled_at), Number(last.no)];
		await mark(
			unit,
			rows.filter((row) => row.source_id === destination && isLost(row.status, row.reason)),
		);
	}
	if (looked > 0) await writeMarks(unit, destination, marks);
	return looked;
}

/** A transaction of another process ends within this time; until then what it has settled is not seen. */
const LATE_MS = 120_000;

async function endedSince(unit: Unit, status: string, [at, no]: Mark): Promise<EndedRow[]> {
	const until = unit.shared ? unit.now - LATE_MS : Number.MAX_SAFE_INTEGER;
	const { rows } =
		await sql<EndedRow>`select no, id, status, reason, settled_at, source_id from deliveries
		where status = ${status} and settled_at is not null and settled_at >= ${at}
		and (settled_at > ${at} or no > ${no}) and settled_at < ${until}
		order by settled_at, no limit ${CHUNK}`.execute(unit.db);
	return rows;
}

async function mark(unit: Unit, lost: readonly EndedRow[]): Promise<void> {
	const rows = lost.map(({ id, status, reason }) => ({ id, reason: reason ?? status }));
	await inPortions(
		unit,
		rows,
		async (portion) =>
			await sql`update profile_states set owed = r.reason
		from ${unit.dialect.rows(portion, { id: 'text', reason: 'text' })} as r
		where profile_states.delivery_id = r.id`.execute(unit.db),
	);
}

async function readMarks(unit: Unit, destination: string): Promise<Marks> {
	const { rows } = await sql<{ owed_marks: string | null }>`select owed_marks
		from profile_destinations where destination = ${destination}`.execute(unit.db);
	return JSON.parse(rows[0]?.owed_marks ?? '{}') as Marks;
}

async function writeMarks(unit: Unit, destination: string, marks: Marks): Promise<void> {
	const text = JSON.stringify(marks);
	await sql`insert into profile_destinations (destination, owed_marks) values (${destination}, ${text})
		on conflict (destination) do update set owed_marks = excluded.owed_marks`.execute(unit.db);
}
