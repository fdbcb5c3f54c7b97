import { sql } from 'kysely';
import { refreshLanes, refreshQueueLanes } from './lanes';
import { ALONE, queueConsumer } from './lines';
import { inPortions, type Unit } from './unit';

/** What is known of an endpoint of a queue. Times in epoch milliseconds. */
export interface EndpointState {
	endpoint: string;
	pausedUntil: number;
	/** How many may be under way at once after a pause; undefined: no limit. */
	probeWindow?: number;
	pauses: number;
	reason?: string;
}

/** Endpoints of a queue that are paused or on probation. */
export async function troubledEndpoints(unit: Unit, queue: string): Promise<EndpointState[]> {
	const rows = await unit.db
		.selectFrom('endpoints')
		.selectAll()
		.where('queue', '=', queue)
		.execute();
	return rows.map((row) => ({
		endpoint: row.endpoint,
		pausedUntil: Number(row.paused_until),
		...(row.probe_window === null ? {} : { probeWindow: row.probe_window }),
		pauses: row.pauses,
		...(row.reason === null ? {} : { reason: row.reason }),
	}));
}

/** Notes what a sender learned of endpoints; a healthy one is forgotten. */
export async function noteEndpoints(
	unit: Unit,
	queue: string,
	states: readonly EndpointState[],
): Promise<void> {
	if (states.length === 0) return;
	const { db, dialect } = unit;
	const healthy = states.filter((s) => s.pausedUntil <= unit.now && s.probeWindow === undefined);
	const troubled = states.filter((s) => !healthy.includes(s));
	if (healthy.length > 0) {
		await sql`delete from endpoints where queue = ${queue}
			and endpoint in ${dialect.list(healthy.map((s) => s.endpoint))}`.execute(db);
	}
	if (troubled.length > 0) {
		const rows = troubled.map((s) => ({
			endpoint: s.endpoint,
			paused_until: s.pausedUntil,
			probe_window: s.probeWindow ?? null,
			pauses: s.pauses,
			reason: s.reason ?? null,
		}));
		const columns = {
			endpoint: 'text',
			paused_until: 'bigint',
			probe_window: 'bigint',
			pauses: 'bigint',
			reason: 'text',
		} as const;
		await inPortions(
			unit,
			rows,
			async (portion) =>
				await sql`insert into endpoints (queue, endpoint, paused_until, probe_window, pauses, reason, noted_at)
			select ${queue}, endpoint, paused_until, probe_window, pauses, reason, ${unit.now}
			from ${dialect.rows(portion, columns)} as r where true
			on conflict (queue, endpoint) do update set paused_until = excluded.paused_until,
				probe_window = excluded.probe_window, pauses = excluded.pauses, reason = excluded.reason,
				noted_at = excluded.noted_at`.execute(db),
		);
	}
	const consumer = queueConsumer(queue);
	await refreshLanes(
		unit,
		states.flatMap((s) => [
			{ line: consumer, endpoint: s.endpoint },
			{ line: consumer + ALONE, endpoint: s.endpoint },
		]),
	);
}

/** Endpoints written by one statement. */
const CHUNK = 500;
/** How many are let through at first to an endpoint with much that is overdue. */
const FIRST_WINDOW = 16;
/** Overdue by less than this is no downtime. */
const OVERDUE_MS = 30_000;
/** What is overdue starts within this time, each endpoint at a moment of its own. */
const SPREAD_MS = 10_000;

/**
 * After a start: spreads what became due during a downtime (design 5, rule 5), so that no receiver meets
 * all of it at once. Gives how many endpoints were put on probation.
 */
export async function spreadOverdue(unit: Unit, random: () => number): Promise<number> {
	const { rows: overdue } = await sql<{
		line: string;
		endpoint: string;
		probe_window: number | null;
		pauses: number | null;
		reason: string | null;
	}>`select l.line, l.endpoint, e.probe_window, e.pauses, e.reason from lanes l
		left join endpoints e on 'queue:' || e.queue = l.line and e.endpoint = l.endpoint
		where l.line like 'queue:%' and l.line not like '%!%' and l.ready_at < ${unit.now - OVERDUE_MS}`.execute(
		unit.db,
	);
	const byQueue = new Map<string, EndpointState[]>();
	for (const { line, endpoint, probe_window, pauses, reason } of overdue) {
		const queue = line.slice('queue:'.length);
		const states = byQueue.get(queue) ?? [];
		states.push({
			endpoint,
			pausedUntil: unit.now + Math.floor(random() * SPREAD_MS),
			// One that was on probation before the downtime stays so.
			probeWindow: Math.min(probe_window ?? FIRST_WINDOW, FIRST_WINDOW),
			pauses: pauses ?? 0,
			reason: reason ?? 'spread after downtime',
		});
		byQueue.set(queue, states);
	}
	for (const [queue, states] of byQueue) {
		for (let at = 0; at < states.length; at += CHUNK) {
			await noteEndpoints(unit, queue, states.slice(at, at + CHUNK));
		}
	}
	return overdue.length;
}

export interface QueueState {
	pausedUntil: number;
	pauses: number;
	/** Refusals of the node's own credential in a row. */
	refusals: number;
	reason?: string;
}

/** The state of a queue; undefined for one that no sender has used. */
export async function queueState(unit: Unit, queue: string): Promise<QueueState | undefined> {
	const row = await unit.db
		.selectFrom('queues')
		.selectAll()
		.where('queue', '=', queue)
		.executeTakeFirst();
	if (!row) return undefined;
	return {
		pausedUntil: Number(row.paused_until),
		pauses: row.pauses,
		refusals: row.refusals,
		...(row.reason === null ? {} : { reason: row.reason }),
	};
}

/** Notes a queue's pause, or its end. */
export async function noteQueue(unit: Unit, queue: string, state: QueueState): Promise<void> {
	await unit.db
		.updateTable('queues')
		.set({
			paused_until: state.pausedUntil,
			pauses: state.pauses,
			refusals: state.refusals,
			reason: state.reason ?? null,
		})
		.where('queue', '=', queue)
		.execute();
	await refreshQueueLanes(unit, queue);
}
