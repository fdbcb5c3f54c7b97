import { sql } from 'kysely';
import { refreshLanes, distinctLanes, type LaneKey } from './lanes';
import { ALONE } from './lines';
import type { Unit } from './unit';

/** Keys looked at by one statement, so that none holds the event loop for long. */
const CHUNK = 500;

/**
 * Keeps the order of deliveries that share a subject and a destination (design 5, rule 7). Called after
 * anything about these keys changed; no other place lets an ordered delivery be claimed. What waits and has
 * a newer, superseding one behind it is closed. Of the rest the oldest may be claimed, unless one of its
 * key is under way.
 *
 * Where others write too it is done at the end of the transaction, with the keys held: see
 * {@link settleOrderNow}.
 */
export async function settleOrder(unit: Unit, orderKeys: Iterable<string>): Promise<void> {
	if (unit.shared) return unit.shared.later.order(orderKeys);
	await settleOrderNow(unit, orderKeys);
}

/** {@link settleOrder}, with the keys held where others write too. */
export async function settleOrderNow(unit: Unit, orderKeys: Iterable<string>): Promise<void> {
	const keys = [...new Set(orderKeys)];
	for (let at = 0; at < keys.length; at += CHUNK) {
		const chunk = keys.slice(at, at + CHUNK);
		await supersedeOlder(unit, chunk);
		await freeOldest(unit, chunk);
	}
}

async function freeOldest(unit: Unit, keys: readonly string[]): Promise<void> {
	const { rows } = await sql<LaneKey>`update deliveries
		set line = case when claims > 0 then consumer || ${ALONE} else consumer end
		where no in (
			select (select min(oldest.no) from deliveries oldest
				where oldest.order_key = k.value and oldest.settled_at is null)
			from ${unit.dialect.list(keys)} as k
			where not exists (select 1 from deliveries leased where leased.order_key = k.value
				and leased.lease is not null and leased.settled_at is null))
		and line is null and lease is null
		returning line, endpoint`.execute(unit.db);
	await refreshLanes(unit, distinctLanes(rows));
}

/**
 * Holds order keys before deliveries of theirs are numbered, or come back to life: of two at once the one
 * with the higher numbers must come second.
 */
export async function holdOrder(unit: Unit, keys: Iterable<string>): Promise<void> {
	await unit.shared?.lock('order', keys);
}

/** Closes what waits and has a newer delivery of its key that supersedes it. */
export async function supersedeOlder(unit: Unit, keys: readonly string[]): Promise<void> {
	// Materialized: looked up once for each key, not once for each of its deliveries.
	const { rows } = await sql<LaneKey>`with s as materialized (select k.value as key,
			(select max(newer.no) from deliveries newer where newer.order_key = k.value
				and newer.supersede = 1 and newer.settled_at is null) as newest
			from ${unit.dialect.list(keys)} as k)
		update deliveries
		set status = 'closed', reason = 'superseded', settled_at = ${unit.now}, line = null, claims = 0
		from s
		where deliveries.order_key = s.key and deliveries.no < s.newest and deliveries.kept = 0
		and deliveries.settled_at is null and deliveries.lease is null
		returning consumer as line, endpoint`.execute(unit.db);
	const alone = rows.map(({ line, endpoint }) => ({ line: line + ALONE, endpoint }));
	await refreshLanes(unit, distinctLanes([...rows, ...alone]));
}

/**
 * Holds back what may be claimed, before an older one of its key comes back to life; {@link settleOrder}
 * then says anew which goes first.
 */
export async function holdBack(unit: Unit, keys: readonly string[]): Promise<void> {
	const { rows } = await sql<LaneKey>`update deliveries set line = null
		where order_key in ${unit.dialect.list(keys)} and settled_at is null and line is not null
		returning consumer as line, endpoint`.execute(unit.db);
	const alone = rows.map(({ line, endpoint }) => ({ line: line + ALONE, endpoint }));
	await refreshLanes(unit, distinctLanes([...rows, ...alone]));
}

/** The keys of rows that have one, each once. */
export const orderKeysOf = (rows: readonly { order_key: string | null }[]) => [
	...new Set(rows.flatMap((row) => (row.order_key === null ? [] : [row.order_key]))),
];
