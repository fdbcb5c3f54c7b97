import { sql } from 'kysely';
import { pausedWith } from './lines';
import { inPortions, later, type LaneKey, type Unit } from './unit';

export type { LaneKey };

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
 *
 * Where others write too it is done at the end of the transaction: see {@link refreshAllLanes}.
 * @param served the lanes were just claimed from, so that others come before them
 */
export async function refreshLanes(
	unit: Unit,
	lanes: readonly LaneKey[],
	served = false,
): Promise<void> {
	if (unit.shared) return unit.shared.later.lanes(lanes, served);
	await inPortions(unit, lanes, async (portion) => await refresh(unit, portion, served));
}

/**
 * {@link refreshLanes} for all that a transaction has touched, and for all lanes of queues whose pause has
 * changed. Each lane is held first and computed afterwards, by a statement that sees what the holders before
 * have written; whoever holds it next sees what this transaction has written. So the last one is right,
 * whoever changed what at the same time.
 */
export async function refreshAllLanes(
	unit: Unit,
	touched: readonly (LaneKey & { served: boolean })[],
	queues: readonly string[],
): Promise<void> {
	const all = new Map(touched.map((lane) => [`${lane.line}\n${lane.endpoint}`, lane]));
	for (const queue of queues) {
		for (const lane of await lanesOfQueue(unit, queue)) {
			const key = `${lane.line}\n${lane.endpoint}`;
			if (!all.has(key)) all.set(key, { ...lane, served: false });
		}
	}
	// Everyone holds them in this order, so that no two wait for each other.
	const sorted = [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, lane]) => lane);
	await holdLanes(unit, sorted);
	for (const served of [true, false]) {
		const lanes = sorted.filter((lane) => lane.served === served);
		await inPortions(unit, lanes, async (portion) => await refresh(unit, portion, served));
	}
}

async function holdLanes(unit: Unit, lanes: readonly LaneKey[]): Promise<void> {
	const columns = { line: 'text', endpoint: 'text' } as const;
	const rows = lanes.map(({ line, endpoint }) => ({ line, endpoint }));
	const made = await inPortions(
		unit,
		rows,
		async (portion) =>
			await sql<{ line: string }>`insert into lanes (line, endpoint)
				select line, endpoint from ${unit.dialect.rows(portion, columns)} as r
				on conflict (line, endpoint) do nothing returning line`.execute(unit.db),
	);
	// Who pauses the queue at this moment does not see a new lane yet, so it has to see the pause.
	const queues = made.flatMap(({ line }) => pausedWith(line) ?? []);
	await unit.shared?.lock('queue', queues, 'shared');
	await inPortions(
		unit,
		rows,
		async (portion) =>
			await sql`select 1 from ${unit.dialect.rows(portion, columns)} as r
				join lanes l on l.line = r.line and l.endpoint = r.endpoint
				order by l.line, l.endpoint ${unit.dialect.holding('wait', 'l')}`.execute(unit.db),
	);
}

async function refresh(unit: Unit, lanes: readonly LaneKey[], served: boolean) {
	const { dialect } = unit;
	const rows = lanes.map((lane) => ({ ...lane, queue: pausedWith(lane.line) ?? null }));
	const due = sql`(select min(d.due_at) from deliveries d
		where d.line = r.line and d.endpoint = r.endpoint)`;
	const paused = sql`coalesce((select e.paused_until from endpoints e
		where e.queue = r.queue and e.endpoint = r.endpoint), 0)`;
	const held = sql`coalesce((select q.paused_until from queues q where q.queue = r.queue), 0)`;
	const claimedAt = served ? unit.now : 0;
	const claimed = dialect.greatest(sql`lanes.claimed_at`, sql`excluded.claimed_at`);
	return await later(
		unit,
		sql`insert into lanes (line, endpoint, next_due_at, ready_at, claimed_at)
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
				else ${dialect.greatest(sql`excluded.ready_at`, claimed)} end`,
	);
}

/** Recomputes every lane of a queue, after its pause changed. */
export async function refreshQueueLanes(unit: Unit, queue: string): Promise<void> {
	if (unit.shared) return unit.shared.later.queue(queue);
	await refreshLanes(unit, await lanesOfQueue(unit, queue));
}

async function lanesOfQueue(unit: Unit, queue: string): Promise<LaneKey[]> {
	return await unit.db
		.selectFrom('lanes')
		.select(['line', 'endpoint'])
		// All of the queue's lines: its name cannot hold what stands between these two in order.
		.where('line', '>=', `queue:${queue}`)
		.where('line', '<', `queue:${queue}"`)
		.execute();
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
