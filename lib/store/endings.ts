import { sql, type RawBuilder } from 'kysely';
import { distinctLanes, refreshLanes } from './lanes';
import { ALONE, REPORT } from './lines';
import { holdOrder, orderKeysOf, settleOrder } from './order';
import type { Unit } from './unit';

/** Ended by one statement, so that none holds the event loop for long. */
const CHUNK = 500;

interface EndedRow {
	consumer: string;
	line: string | null;
	endpoint: string;
	order_key: string | null;
}

/**
 * Ends waiting deliveries without an attempt: `dead` ones stand in line to be reported, `closed` ones
 * are over. Gives how many; call again until it is 0.
 */
async function endWaiting(
	unit: Unit,
	which: RawBuilder<unknown>,
	ending: { status: 'dead' | 'closed'; reason: string },
): Promise<number> {
	const line = ending.status === 'dead' ? sql`consumer || ${REPORT}` : sql`null`;
	const { rows } = await sql<EndedRow>`update deliveries
		set status = ${ending.status}, reason = ${ending.reason}, settled_at = ${unit.now}, line = ${line},
			claims = 0
		where no in ${await waiting(unit, which)}
		returning consumer, line, endpoint, order_key`.execute(unit.db);
	const lanes = rows.flatMap((r) => [
		{ line: r.consumer, endpoint: r.endpoint },
		{ line: r.consumer + ALONE, endpoint: r.endpoint },
		...(r.line === null ? [] : [{ line: r.line, endpoint: r.endpoint }]),
	]);
	await refreshLanes(unit, distinctLanes(lanes));
	await settleOrder(unit, orderKeysOf(rows));
	return rows.length;
}

/** A part of what waits, by its numbers. */
async function waiting(unit: Unit, which: RawBuilder<unknown>): Promise<RawBuilder<unknown>> {
	const chosen = sql`where ${which} and settled_at is null and lease is null and test = 0`;
	if (!unit.shared) return sql`(select no from deliveries ${chosen} limit ${CHUNK})`;
	// The keys come before the rows, as for everyone; what has been claimed meanwhile is left out.
	const found = await sql<{ no: number; order_key: string | null }>`select no, order_key
		from deliveries ${chosen} limit ${CHUNK}`.execute(unit.db);
	await holdOrder(unit, orderKeysOf(found.rows));
	const numbers = found.rows.map(({ no }) => no);
	if (numbers.length === 0) return sql`(null)`;
	const held = await sql<{ no: number }>`select no from deliveries ${chosen}
		and no in ${unit.dialect.list(numbers)} ${unit.dialect.holding('pass')}`.execute(unit.db);
	const rest = held.rows.map(({ no }) => no);
	return rest.length === 0 ? sql`(null)` : unit.dialect.list(rest);
}

/** Ends what is past its `expiresAt` and not under way (design 5, rule 8). */
export async function expireDeliveries(unit: Unit): Promise<number> {
	return await endWaiting(unit, sql`expires_at is not null and expires_at <= ${unit.now}`, {
		status: 'dead',
		reason: 'expired',
	});
}

/** Ends the waiting deliveries of a source, such as a postback that was switched off. */
export async function endSource(unit: Unit, sourceId: string, reason: string): Promise<number> {
	return await endWaiting(unit, sql`source_id = ${sourceId} and status = 'retrying'`, {
		status: 'dead',
		reason,
	});
}

/** Which waiting deliveries to cancel. */
export type CancelFilter = { ids: readonly string[] } | { executionId: string };

/** Cancels waiting deliveries (design 5, rule 6). What is under way is not touched. */
export async function cancelDeliveries(unit: Unit, filter: CancelFilter): Promise<number> {
	const which =
		'ids' in filter
			? sql`id in ${unit.dialect.list(filter.ids)}`
			: sql`execution_id = ${filter.executionId}`;
	return await endWaiting(unit, which, { status: 'closed', reason: 'cancelled' });
}
