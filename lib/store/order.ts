import { sql } from 'kysely';
import { refreshLanes, distinctLanes, type LaneKey } from './lanes';
import type { Unit } from './unit';

/**
 * Keeps the order of deliveries that share a subject and a destination (design 5, rule 7). Called after
 * anything about these keys changed: what waits and has a newer, superseding one behind it is closed, and
 * the oldest of the rest, if nothing older is still under way, may be claimed.
 */
export async function settleOrder(unit: Unit, orderKeys: Iterable<string>): Promise<void> {
	const keys = [...new Set(orderKeys)];
	if (keys.length === 0) return;
	const { db, dialect, now } = unit;
	const waiting = sql`order_key in ${dialect.list(keys)} and settled_at is null and lease is null and test = 0`;
	const superseded = await sql<LaneKey>`update deliveries
		set status = 'closed', reason = 'superseded', settled_at = ${now}, line = null
		where ${waiting} and exists (select 1 from deliveries newer
			where newer.order_key = deliveries.order_key and newer.settled_at is null
			and newer.no > deliveries.no and newer.supersede = 1 and newer.test = 0)
		returning consumer as line, endpoint`.execute(db);
	const freed = await sql<LaneKey>`update deliveries set line = consumer
		where ${waiting} and line is null and not exists (select 1 from deliveries older
			where older.order_key = deliveries.order_key and older.settled_at is null
			and older.no < deliveries.no and older.test = 0)
		returning line, endpoint`.execute(db);
	await refreshLanes(unit, distinctLanes([...superseded.rows, ...freed.rows]));
}
