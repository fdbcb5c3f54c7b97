import { sql } from 'kysely';
import { pausedWith } from './lines';
import { inPortions, type Unit } from './unit';

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
 * @param served the lanes were just claimed from, so that others come before them
 */
export async function refreshLanes(
	unit: Unit,
	lanes: readonly LaneKey[],
	served = false,
): Promise<void> {
	await inPortions(lanes, async (portion) => await refresh(unit, portion, served));
}

async function refresh(unit: Unit, lanes: readonly LaneKey[], served: boolean) {
	const { db, dialect } = unit;
	const rows = lanes.map((lane) => ({ ...lane, queue: pausedWith(lane.line) ?? null }));
	const due = sql`(select min(d.due_at) from deliveries d
		where d.line = r.line and d.endpoint = r.endpoint)`;
	const paused = sql`coalesce((select e.paused_until from endpoints e
		where e.queue = r.queue and e.endpoint = r.endpoint), 0)`;
	const held = sql`coalesce((select q.paused_until from queues q where q.queue = r.queue), 0)`;
	const claimedAt = served ? unit.now : 0;
	const claimed = dialect.greatest(sql`lanes.claimed_at`, sql`excluded.claimed_at`);
	return await sql`insert into lanes (line, endpoint, next_due_at, ready_at, claimed_at)
		select f.line, f.endpoint, f.due_at,
			case when f.due_at is null then null
				else ${dialect.greatest(sql`f.due_at`, dialect.greatest(sql`f.paused`, sql`f.held`))} end,
			${claimedAt}
		from (select r.line, r.endpoint, ${due} as due_at, ${paused} as paused, ${held} as held
			from ${dialect.rows(rows, { line: 'text', endpoint: 'text', queue: 'text' })} as r) as f
		where true
		on conflict (line, endpoint) do update set next_due_at = excluded.next_due_at,
			claimed_at = ${claimed},
			ready_at = case when excluded.ready_at is null then null
				else ${dialect.greatest(sql`excluded.ready_at`, claimed)} end`.execute(db);
}

/** Recomputes every lane of a queue, after its pause changed. */
export async function refreshQueueLanes(unit: Unit, queue: string): Promise<void> {
	const lanes = await unit.db
		.selectFrom('lanes')
		.select(['line', 'endpoint'])
		// All of the queue's lines: its name cannot hold what stands between these two in order.
		.where('line', '>=', `queue:${queue}`)
		.where('line', '<', `queue:${queue}"`)
		.execute();
	await refreshLanes(unit, lanes);
}

/** When something in these lines may be claimed next (epoch milliseconds); undefined when nothing waits. */
export async function nextReadyAt(
	unit: Unit,
	lines: readonly string[],
): Promise<number | undefined> {
	const firsts: number[] = [];
	// One look-up for each line: a minimum over several lines would read all of their lanes.
	for (const line of lines) {
		const row = await unit.db
			.selectFrom('lanes')
			.select('ready_at')
			.where('line', '=', line)
			.where('ready_at', 'is not', null)
			.orderBy('ready_at')
			.limit(1)
			.executeTakeFirst();
		if (row) firsts.push(Number(row.ready_at));
	}
	return firsts.length === 0 ? undefined : Math.min(...firsts);
}
