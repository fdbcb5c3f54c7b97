import { sql } from 'kysely';
import { createLease } from './leases';
import { refreshLanes, type LaneKey } from './lanes';
import { queueOfLine } from './lines';
import { toStoredDelivery, type DeliveryRow, type StoredDelivery } from './rows';
import type { Unit } from './unit';

/** While others are due, no endpoint gets more than this part of a batch (design 5, rule 4). */
const LARGEST_SHARE = 1 / 4;
/** So many lanes are looked at for one batch; more could not get a share worth the look-up. */
const LANES_LOOKED_AT = 64;

export interface ClaimRequest {
	/** The line to claim from; the lease is the consumer's. */
	line: string;
	consumer: string;
	limit: number;
	lease: { id: string; boot: string; until: number };
}

interface ReadyLane extends LaneKey {
	probe_window: number | null;
}

/**
 * Leases due deliveries of a line, taking turns between endpoints; those whose endpoint is paused are not
 * looked at. Finds them by index, whatever is stored. Gives them in the order of their due times.
 */
export async function claimDeliveries(unit: Unit, request: ClaimRequest): Promise<StoredDelivery[]> {
	const lanes = await readyLanes(unit, request.line);
	if (lanes.length === 0) return [];
	const share = lanes.length === 1 ? request.limit : Math.max(1, Math.ceil(request.limit * LARGEST_SHARE));

	const numbers: number[] = [];
	const served: LaneKey[] = [];
	for (const lane of lanes) {
		const room = request.limit - numbers.length;
		if (room <= 0) break;
		const quota = Math.min(room, share, lane.probe_window ?? Number.MAX_SAFE_INTEGER);
		numbers.push(...(await dueInLane(unit, lane, quota)));
		served.push(lane);
	}
	const claimed = await leaseRows(unit, numbers, request.lease.id);
	await markServed(unit, served);
	await refreshLanes(unit, served);
	if (claimed.length > 0) await createLease(unit, { ...request.lease, consumer: request.consumer, kind: 'emitted' });
	return claimed
		.map(toStoredDelivery)
		.sort((a, b) => a.dueAt - b.dueAt || a.no - b.no);
}

async function readyLanes(unit: Unit, line: string): Promise<ReadyLane[]> {
	const queue = queueOfLine(line) ?? null;
	const { rows } = await sql<ReadyLane>`select l.line, l.endpoint, e.probe_window from lanes l
		left join endpoints e on e.queue = ${queue} and e.endpoint = l.endpoint
		where l.line = ${line} and l.ready_at is not null and l.ready_at <= ${unit.now}
		order by l.ready_at limit ${LANES_LOOKED_AT}`.execute(unit.db);
	return rows;
}

async function dueInLane(unit: Unit, lane: LaneKey, quota: number): Promise<number[]> {
	const rows = await unit.db
		.selectFrom('deliveries')
		.select('no')
		.where('line', '=', lane.line)
		.where('endpoint', '=', lane.endpoint)
		.where('due_at', '<=', unit.now)
		.orderBy('due_at')
		.limit(quota)
		.execute();
	return rows.map((row) => row.no);
}

async function leaseRows(unit: Unit, numbers: number[], lease: string): Promise<DeliveryRow[]> {
	if (numbers.length === 0) return [];
	const { rows } = await sql<DeliveryRow>`update deliveries
		set lease = ${lease}, line = null, claims = claims + 1
		where no in ${unit.dialect.list(numbers)} and line is not null
		returning *`.execute(unit.db);
	return rows;
}

async function markServed(unit: Unit, lanes: readonly LaneKey[]): Promise<void> {
	await sql`update lanes set claimed_at = ${unit.now}
		from ${unit.dialect.rows([...lanes], { line: 'text', endpoint: 'text' })} as r
		where lanes.line = r.line and lanes.endpoint = r.endpoint`.execute(unit.db);
}
