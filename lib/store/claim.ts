import { sql } from 'kysely';
import { createLease } from './leases';
import { nextReadyAt, refreshLanes, type LaneKey } from './lanes';
import { pausedWith } from './lines';
import { withRequests } from './requests';
import type { DeliveryRow, StoredDelivery } from './rows';
import type { Unit } from './unit';

/** While others are due, no endpoint gets more than this part of a batch (design 5, rule 4). */
const LARGEST_SHARE = 1 / 4;
/** So many lanes are looked at for one batch; each costs a look-up. */
const LANES_LOOKED_AT = 128;
/** Leased by one statement, so that none holds the event loop for long. */
const CHUNK = 500;

/** Claims that were not settled after which a delivery goes with nobody else. */
const ALONE_FROM = 2;

export interface ClaimRequest {
	/** The line to claim from; the lease is the consumer's. */
	line: string;
	consumer: string;
	limit: number;
	/** The line is that of suspects: one that has lapsed twice is claimed with nobody else. */
	suspects?: boolean;
	/** `until`: epoch milliseconds. */
	lease: { id: string; boot: string; until: number };
}

export interface Claimed {
	/** In the order of their due times. */
	deliveries: StoredDelivery[];
	/** More of the line is due. */
	more: boolean;
}

interface ReadyLane extends LaneKey {
	probe_window: number | null;
}

/**
 * Leases due deliveries of a line, taking turns between endpoints; those whose endpoint is paused are not
 * looked at. Finds them by index, whatever is stored. Of several who claim at the same time each gets others.
 */
export async function claimDeliveries(unit: Unit, request: ClaimRequest): Promise<Claimed> {
	const lanes = await readyLanes(unit, request.line);
	if (lanes.length === 0) return { deliveries: [], more: false };
	const share =
		lanes.length === 1 ? request.limit : Math.max(1, Math.ceil(request.limit * LARGEST_SHARE));

	const due: DueRow[] = [];
	const served: LaneKey[] = [];
	for (const lane of lanes) {
		const room = request.limit - due.length;
		if (room <= 0) break;
		const quota = Math.min(room, share, lane.probe_window ?? Number.MAX_SAFE_INTEGER);
		for (const row of await dueInLane(unit, lane, quota)) due.push(row);
		served.push(lane);
	}
	const numbers = (request.suspects ? confronted(due) : due).map((row) => row.no);
	const deliveries: StoredDelivery[] = [];
	for (let at = 0; at < numbers.length; at += CHUNK) {
		const rows = await leaseRows(unit, numbers.slice(at, at + CHUNK), request.lease.id);
		for (const one of await withRequests(unit, rows)) deliveries.push(one);
	}
	await refreshLanes(unit, served, true);
	await unit.shared?.settle();
	if (deliveries.length > 0) {
		await createLease(unit, { ...request.lease, consumer: request.consumer, kind: 'emitted' });
	}
	deliveries.sort((a, b) => a.dueAt - b.dueAt || a.no - b.no);
	const next = await nextReadyAt(unit, [request.line]);
	return { deliveries, more: next !== undefined && next <= unit.now };
}

async function readyLanes(unit: Unit, line: string): Promise<ReadyLane[]> {
	const queue = pausedWith(line) ?? null;
	const { rows } = await sql<ReadyLane>`select l.line, l.endpoint, e.probe_window from lanes l
		left join endpoints e on e.queue = ${queue} and e.endpoint = l.endpoint
		where l.line = ${line} and l.ready_at is not null and l.ready_at <= ${unit.now}
		order by l.ready_at limit ${LANES_LOOKED_AT}`.execute(unit.db);
	return rows;
}

interface DueRow {
	no: number;
	claims: number;
}

async function dueInLane(unit: Unit, lane: LaneKey, quota: number): Promise<DueRow[]> {
	const { rows } = await sql<DueRow>`select no, claims from deliveries
		where line = ${lane.line} and endpoint = ${lane.endpoint} and due_at <= ${unit.now}
		order by due_at limit ${quota} ${unit.dialect.holding('pass')}`.execute(unit.db);
	return rows;
}

/**
 * Of suspects those that go together: a claim that could be the last one, after which a delivery counts as
 * poison, must be no fault of another.
 */
function confronted(due: readonly DueRow[]): readonly DueRow[] {
	const [first] = due;
	if (first === undefined || first.claims >= ALONE_FROM) return due.slice(0, 1);
	return due.filter(({ claims }) => claims < ALONE_FROM);
}

async function leaseRows(unit: Unit, numbers: number[], lease: string): Promise<DeliveryRow[]> {
	const { rows } = await sql<DeliveryRow>`update deliveries
		set lease = ${lease}, line = null, claims = claims + 1
		where no in ${unit.dialect.list(numbers)} and line is not null
		returning *`.execute(unit.db);
	return rows;
}
