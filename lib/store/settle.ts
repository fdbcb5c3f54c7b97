import { sql } from 'kysely';
import { noteAttempts, type AttemptRow } from './attempts';
import { distinctLanes, refreshLanes } from './lanes';
import { underLease } from './leases';
import { orderKeysOf, settleOrder } from './order';
import { storeRequests, type StoredRequest } from './requests';
import { inPortions, type Unit } from './unit';

/** What came of an attempt, or of looking before one. Times in epoch milliseconds. */
export interface Settlement {
	id: string;
	status: 'delivered' | 'retrying' | 'dead';
	reason?: string;
	/** Attempts made so far. */
	attempt: number;
	step: number;
	/** When it is tried again; for `retrying`. */
	dueAt?: number;
	response?: { statusCode?: number; bodyExcerpt?: string; durationMs?: number };
	error?: { code: string; message: string };
	/** Replaces the stored request, as JSON: a digest in place of the body, or where a callback moved to. */
	request?: string;
	/** Where that request goes, when it is elsewhere. */
	endpoint?: string;
	/** The attempt itself; absent when none was made. */
	made?: { startedAt: number; durationMs: number };
	/** Keep a retrying delivery with the waiting execution instead of its queue. */
	heldBy?: { lease: string };
}

const COLUMNS = {
	id: 'text',
	status: 'text',
	reason: 'text',
	attempt: 'bigint',
	step: 'bigint',
	due_at: 'bigint',
	settled_at: 'bigint',
	last_attempt_at: 'bigint',
	response: 'text',
	error: 'text',
	held_by: 'text',
	endpoint: 'text',
} as const;

interface SettledRow {
	no: number;
	id: string;
	line: string | null;
	endpoint: string;
	order_key: string | null;
}

/**
 * Writes outcomes, one statement for the batch, each only if the delivery is still under the lease.
 * Gives the ids that were written; for the others the lease had lapsed.
 */
export async function settleDeliveries(
	unit: Unit,
	lease: string,
	settlements: readonly Settlement[],
): Promise<Set<string>> {
	if (settlements.length === 0) return new Set();
	const { db, dialect } = unit;
	const rows = settlements.map((s) => toRow(s, unit.now));
	const settled = await inPortions(
		unit,
		rows,
		async (portion) =>
			await sql<SettledRow>`update deliveries set
			status = r.status, reason = r.reason, attempt = r.attempt, step = r.step,
			due_at = coalesce(r.due_at, deliveries.due_at), settled_at = r.settled_at,
			last_attempt_at = coalesce(r.last_attempt_at, deliveries.last_attempt_at),
			response = r.response, error = r.error, endpoint = coalesce(r.endpoint, deliveries.endpoint),
			lease = r.held_by, lease_place = null, claims = case when r.held_by is null then 0 else 1 end,
			reported = case when r.status = 'dead' then 1 else deliveries.reported end,
			line = case when r.status = 'retrying' and r.held_by is null and deliveries.order_key is null
				then deliveries.consumer else null end
		from ${dialect.rows(portion, COLUMNS)} as r
		where deliveries.id = r.id and ${underLease(lease)}
		returning deliveries.no, deliveries.id, deliveries.line, deliveries.endpoint, deliveries.order_key`.execute(
				db,
			),
	);

	const byId = new Map(settlements.map((s) => [s.id, s]));
	await storeRequests(unit, replacedRequests(settled, byId));
	await noteAttempts(unit, attemptsMade(settled, byId));
	await refreshLanes(
		unit,
		distinctLanes(
			settled.flatMap((r) => (r.line === null ? [] : [{ line: r.line, endpoint: r.endpoint }])),
		),
	);
	await settleOrder(unit, orderKeysOf(settled));
	return new Set(settled.map((row) => row.id));
}

function toRow(s: Settlement, now: number): Record<keyof typeof COLUMNS, string | number | null> {
	return {
		id: s.id,
		status: s.status,
		reason: s.reason ?? null,
		attempt: s.attempt,
		step: s.step,
		due_at: s.dueAt ?? null,
		settled_at: s.status === 'retrying' ? null : now,
		last_attempt_at: s.made?.startedAt ?? null,
		response: s.response ? JSON.stringify(s.response) : null,
		error: s.error ? JSON.stringify(s.error) : null,
		held_by: s.heldBy?.lease ?? null,
		endpoint: s.endpoint ?? null,
	};
}

function replacedRequests(
	settled: readonly SettledRow[],
	byId: ReadonlyMap<string, Settlement>,
): StoredRequest[] {
	return settled.flatMap(({ no, id }) => {
		const request = byId.get(id)?.request;
		return request === undefined ? [] : [{ no, request }];
	});
}

/**
 * A delivery that arrived at its first attempt tells all of it in its own row; a row for each attempt is
 * kept for the others.
 */
function attemptsMade(
	settled: readonly SettledRow[],
	byId: ReadonlyMap<string, Settlement>,
): AttemptRow[] {
	return settled.flatMap((row) => {
		const s = byId.get(row.id);
		if (!s?.made || (s.status === 'delivered' && s.attempt === 1)) return [];
		return [
			{
				delivery_no: row.no,
				number: s.attempt,
				started_at: s.made.startedAt,
				duration_ms: s.made.durationMs,
				status_code: s.response?.statusCode ?? null,
				error_code: s.error?.code ?? null,
				message: s.error?.message ?? null,
				verdict: s.status,
			},
		];
	});
}
