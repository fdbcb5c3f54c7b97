import { sql } from 'kysely';
import type { Unit } from './unit';

/** How long ended deliveries are kept, in milliseconds (design 5, rule 13). */
export interface Retention {
	deliveredMs: number;
	deadMs: number;
	/** So long before a dead letter goes, somebody is told. */
	warnMs: number;
}

const DAY = 24 * 3600_000;

export const DEFAULT_RETENTION: Retention = {
	deliveredMs: 7 * DAY,
	deadMs: 30 * DAY,
	warnMs: 7 * DAY,
};

/** Small enough for one statement to stay far below 20 ms. */
const CHUNK = 200;

/**
 * Removes a part of what is past its time. Waiting deliveries are never removed; dead letters only if
 * their going was announced (see {@link announceDeadLetters}). Gives how many went; call again until it is 0.
 */
export async function purgeExpired(unit: Unit, retention: Retention): Promise<number> {
	const announced = await announcedUntil(unit);
	const deadBefore = Math.min(unit.now - retention.deadMs, announced);
	const gone = await deleteSettled(unit, ['delivered', 'closed'], unit.now - retention.deliveredMs);
	const dead = await deleteSettled(unit, ['dead'], deadBefore);
	const keys = await sql`delete from deduplication where (scope, key) in
		(select scope, key from deduplication where expires_at <= ${unit.now} limit ${CHUNK})`.execute(unit.db);
	const lanes = await sql`delete from lanes where (line, endpoint) in (select line, endpoint from lanes
		where next_due_at is null and claimed_at < ${unit.now - DAY} limit ${CHUNK})`.execute(unit.db);
	return gone + dead + Number(keys.numAffectedRows ?? 0n) + Number(lanes.numAffectedRows ?? 0n);
}

async function deleteSettled(unit: Unit, statuses: string[], before: number): Promise<number> {
	let gone = 0;
	for (const status of statuses) {
		const rows = await unit.db
			.selectFrom('deliveries')
			.select('no')
			.where('status', '=', status as 'dead')
			.where('settled_at', 'is not', null)
			.where('settled_at', '<', before)
			.orderBy('settled_at')
			.limit(CHUNK)
			.execute();
		if (rows.length === 0) continue;
		const numbers = unit.dialect.list(rows.map((row) => row.no));
		await sql`delete from attempts where delivery_no in ${numbers}`.execute(unit.db);
		await sql`delete from deliveries where no in ${numbers}`.execute(unit.db);
		gone += rows.length;
	}
	return gone;
}

const ANNOUNCED = 'dead_letters_announced_until';

async function announcedUntil(unit: Unit): Promise<number> {
	const row = await unit.db
		.selectFrom('meta')
		.select('value')
		.where('key', '=', ANNOUNCED)
		.executeTakeFirst();
	return row ? Number(row.value) : 0;
}

/**
 * Counts the dead letters that will be removed within the warning time and have not been announced, and
 * notes them as announced. Gives their number and when the first of them goes (epoch milliseconds).
 */
export async function announceDeadLetters(
	unit: Unit,
	retention: Retention,
): Promise<{ count: number; firstGoesAt: number } | undefined> {
	const until = unit.now - (retention.deadMs - retention.warnMs);
	const since = await announcedUntil(unit);
	if (until <= since) return undefined;
	const row = await unit.db
		.selectFrom('deliveries')
		.select((eb) => [eb.fn.countAll().as('count'), eb.fn.min('settled_at').as('first')])
		.where('status', '=', 'dead')
		.where('settled_at', '>=', since)
		.where('settled_at', '<', until)
		.executeTakeFirst();
	await unit.db
		.insertInto('meta')
		.values({ key: ANNOUNCED, value: String(until) })
		.onConflict((c) => c.column('key').doUpdateSet({ value: String(until) }))
		.execute();
	const count = Number(row?.count ?? 0);
	if (count === 0) return undefined;
	return { count, firstGoesAt: Number(row?.first) + retention.deadMs };
}
