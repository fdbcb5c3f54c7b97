import { sql } from 'kysely';
import { refreshLanes, distinctLanes, type LaneKey } from './lanes';
import { ALONE } from './lines';
import type { Unit } from './unit';

interface Changed extends LaneKey {
	consumer: string;
}

/**
 * Keeps the order of deliveries that share a subject and a destination (design 5, rule 7). Called after
 * anything about these keys changed. What waits and has a newer, superseding one behind it is closed. Of
 * the rest the oldest may be claimed, unless one of its key is under way; the others are held back.
 */
export async function settleOrder(unit: Unit, orderKeys: Iterable<string>): Promise<void> {
	const keys = [...new Set(orderKeys)];
	if (keys.length === 0) return;
	await supersedeOlder(unit, keys);
	const { db, dialect } = unit;
	const waiting = sql`order_key in ${dialect.list(keys)} and settled_at is null and lease is null`;
	const goesFirst = sql`exists (select 1 from deliveries other
		where other.order_key = deliveries.order_key and other.settled_at is null
		and (other.no < deliveries.no or (other.no > deliveries.no and other.lease is not null)))`;
	const held = await sql<Changed>`update deliveries set line = null
		where ${waiting} and line is not null and ${goesFirst}
		returning consumer, endpoint`.execute(db);
	const freed = await sql<Changed>`update deliveries
		set line = case when claims > 0 then consumer || ${ALONE} else consumer end
		where ${waiting} and line is null and not ${goesFirst}
		returning consumer, endpoint`.execute(db);
	await refreshLanes(unit, linesOf([...held.rows, ...freed.rows]));
}

/** Closes what waits and has a newer delivery of its key that supersedes it. */
export async function supersedeOlder(unit: Unit, keys: readonly string[]): Promise<void> {
	const { rows } = await sql<Changed>`update deliveries
		set status = 'closed', reason = 'superseded', settled_at = ${unit.now}, line = null, claims = 0
		where order_key in ${unit.dialect.list(keys)} and settled_at is null and lease is null
		and kept = 0 and exists (select 1 from deliveries newer
			where newer.order_key = deliveries.order_key and newer.settled_at is null
			and newer.no > deliveries.no and newer.supersede = 1)
		returning consumer, endpoint`.execute(unit.db);
	await refreshLanes(unit, linesOf(rows));
}

const linesOf = (rows: readonly Changed[]) =>
	distinctLanes(
		rows.flatMap(({ consumer, endpoint }) => [
			{ line: consumer, endpoint },
			{ line: consumer + ALONE, endpoint },
		]),
	);
