import { sql } from 'kysely';
import type { DeliveryStore } from '../deliveryStore';
import type { ReplayRefusal, ReplayResult } from '../replay';
import type { Unit } from '../unit';
import { idsOf, inParts, type PartsOptions } from './parts';

export interface ReplayOptions extends PartsOptions {
	/** Replays deliveries by their ids; systems add refusals of their own. */
	replay: (unit: Unit, ids: readonly string[]) => Promise<ReplayResult>;
}

export interface ReplaySummary {
	replayed: number;
	/** By reason, with a few of the ids. */
	refused: { reason: string; count: number; ids: string[] }[];
	/** How many went into each queue; who claims from them has to be woken. */
	queues: Map<string, number>;
	stopped: boolean;
}

const IDS_TOLD = 20;

/** Replays all ended deliveries that fit a filter, the oldest first. */
export async function replayFitting(
	store: DeliveryStore,
	{ replay, ...options }: ReplayOptions,
): Promise<ReplaySummary> {
	const summary: ReplaySummary = {
		replayed: 0,
		refused: [],
		queues: new Map(),
		stopped: false,
	};
	const states = options.filter.states ?? (['dead'] as const);
	const filter = { ...options.filter, states };
	const { stopped } = await inParts(
		store,
		{ ...options, filter },
		async (unit, numbers) => {
			const ids = (await idsOf(unit, numbers)).map(({ id }) => id);
			return await replayIds(unit, ids, replay);
		},
		(given) => addTo(summary, given),
	);
	return { ...summary, stopped };
}

/** Replays deliveries by their ids, a few hundred at most. */
export async function replayIds(
	unit: Unit,
	ids: readonly string[],
	replay: ReplayOptions['replay'],
): Promise<ReplayResult & { queues: [string, number][] }> {
	if (ids.length === 0) return { replayed: [], refused: [], queues: [] };
	const result = await replay(unit, ids);
	return { ...result, queues: await queuesOf(unit, result.replayed) };
}

function addTo(
	summary: ReplaySummary,
	{ replayed, refused, queues }: Awaited<ReturnType<typeof replayIds>>,
): void {
	summary.replayed += replayed.length;
	for (const one of refused) noteRefusal(summary, one);
	for (const [queue, count] of queues) {
		summary.queues.set(queue, (summary.queues.get(queue) ?? 0) + count);
	}
}

function noteRefusal({ refused }: ReplaySummary, { id, reason }: ReplayRefusal): void {
	let known = refused.find((one) => one.reason === reason);
	if (!known) refused.push((known = { reason, count: 0, ids: [] }));
	known.count++;
	if (known.ids.length < IDS_TOLD) known.ids.push(id);
}

async function queuesOf(unit: Unit, ids: readonly string[]): Promise<[string, number][]> {
	if (ids.length === 0) return [];
	const { rows } = await sql<{ queue: string; count: number }>`select queue, count(*) as count
		from deliveries where id in ${unit.dialect.list(ids)} and queue is not null
		group by queue`.execute(unit.db);
	return rows.map(({ queue, count }) => [queue, Number(count)]);
}
