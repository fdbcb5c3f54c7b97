import { sql } from 'kysely';
import { queueOfLine } from './lines';
import type { Unit } from './unit';

export interface LaneKey {
	line: string;
	endpoint: string;
}

/** Cuts a list of lanes down to one entry each. */
export function distinctLanes(lanes: Iterable<LaneKey>): LaneKey[] {
	const seen = new Map<string, LaneKey>();
	for (const { line, endpoint } of lanes) seen.set(`${line}\n${endpoint}`, { line, endpoint });
	return [...seen.values()];
}

/**
 * Recomputes when lanes may be claimed from: the earliest due delivery, but not before the end of the
 * endpoint's or the queue's pause, and behind lanes that waited longer for their turn. Costs one index
 * look-up for each lane, whatever is stored.
 */
export async function refreshLanes(unit: Unit, lanes: readonly LaneKey[]): Promise<void> {
	if (lanes.length === 0) return;
	const { db, dialect } = unit;
	const rows = lanes.map((lane) => ({ ...lane, queue: queueOfLine(lane.line) ?? null }));
	await sql`insert into lanes (line, endpoint, next_due_at, ready_at, claimed_at)
		select line, endpoint, null, null, 0
		from ${dialect.rows(rows, { line: 'text', endpoint: 'text' })} as r where true
		on conflict (line, endpoint) do nothing`.execute(db);
	await sql`update lanes set next_due_at = (
			select min(d.due_at) from deliveries d where d.line = lanes.line and d.endpoint = lanes.endpoint)
		from ${dialect.rows(rows, { line: 'text', endpoint: 'text' })} as r
		where lanes.line = r.line and lanes.endpoint = r.endpoint`.execute(db);
	const paused = sql`coalesce((select e.paused_until from endpoints e where e.queue = r.queue and e.endpoint = r.endpoint), 0)`;
	const held = sql`coalesce((select q.paused_until from queues q where q.queue = r.queue), 0)`;
	const ready = dialect.greatest(
		dialect.greatest(sql`lanes.next_due_at`, sql`lanes.claimed_at`),
		dialect.greatest(paused, held),
	);
	await sql`update lanes set ready_at = case when lanes.next_due_at is null then null else ${ready} end
		from ${dialect.rows(rows, { line: 'text', endpoint: 'text', queue: 'text' })} as r
		where lanes.line = r.line and lanes.endpoint = r.endpoint`.execute(db);
}

/** Recomputes every lane of a queue, after its pause changed. */
export async function refreshQueueLanes(unit: Unit, queue: string): Promise<void> {
	const lanes = await unit.db
		.selectFrom('lanes')
		.select(['line', 'endpoint'])
		.where('line', '>=', `queue:${queue}`)
		.where('line', '<', `queue:${queue}"`)
		.execute();
	await refreshLanes(unit, lanes);
}

/** When something in these lines may be claimed next (epoch milliseconds); undefined when nothing waits. */
export async function nextReadyAt(unit: Unit, lines: readonly string[]): Promise<number | undefined> {
	const row = await unit.db
		.selectFrom('lanes')
		.select((eb) => eb.fn.min('ready_at').as('at'))
		.where('line', 'in', lines)
		.where('ready_at', 'is not', null)
		.executeTakeFirst();
	return row?.at === null || row?.at === undefined ? undefined : Number(row.at);
}
