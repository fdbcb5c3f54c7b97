import { sql } from 'kysely';
import { readMeta, writeMeta } from './meta';
import type { StoredStatus } from './schema';
import type { Unit } from './unit';

/** How long ended deliveries are kept, in milliseconds (design 5, rule 13). */
export interface Retention {
	deliveredMs: number;
	deadMs: number;
	/** So long before a dead letter goes, somebody is told; at most half of `deadMs` counts. */
	warnMs: number;
}

const DAY = 24 * 3600_000;

export const DEFAULT_RETENTION: Retention = {
	deliveredMs: 7 * DAY,
	deadMs: 30 * DAY,
	warnMs: 7 * DAY,
};

/** Small enough for a statement to stay far below 20 ms. */
const CHUNK = 200;
/** Dead letters counted for one announcement. */
const MOST_COUNTED = 50_000;

const warningMs = ({ warnMs, deadMs }: Retention) => Math.min(warnMs, deadMs / 2);

/** Whether this is a status of deliveries that are kept for as long as delivered ones. */
const SHORT_LIVED: readonly StoredStatus[] = [
	'delivered',
	'closed',
	// Ended ones with these are test runs.
	'retrying',
	'pending',
];

/**
 * Removes a part of what is past its time. Waiting deliveries are never removed; dead letters only when
 * their going was announced long enough before (see {@link announceDeadLetters}). Gives how many rows went;
 * call again until it is 0.
 */
export async function purgeExpired(unit: Unit, retention: Retention): Promise<number> {
	let gone = 0;
	for (const status of SHORT_LIVED) {
		gone += await deleteSettled(unit, status, unit.now - retention.deliveredMs);
	}
	const told = toldUntil(await announcements(unit), unit.now - warningMs(retention));
	gone += await deleteSettled(unit, 'dead', Math.min(unit.now - retention.deadMs, told));
	const keys = await sql`delete from deduplication where (scope, key) in
		(select scope, key from deduplication where expires_at <= ${unit.now} limit ${CHUNK}
			${unit.dialect.holding('pass')})`.execute(unit.db);
	return gone + Number(keys.numAffectedRows ?? 0n) + (await deleteIdle(unit));
}

/** Lanes and endpoints of which nothing has been heard for a day; they come back with the next delivery. */
async function deleteIdle(unit: Unit): Promise<number> {
	const since = unit.now - DAY;
	const others = unit.dialect.holding('pass');
	const lanes =
		await sql`delete from lanes where (line, endpoint) in (select line, endpoint from lanes
		where next_due_at is null and claimed_at < ${since} limit ${CHUNK} ${others})`.execute(unit.db);
	const endpoints = await sql`delete from endpoints where (queue, endpoint) in
		(select queue, endpoint from endpoints where paused_until < ${since} and noted_at < ${since}
		limit ${CHUNK} ${others})`.execute(unit.db);
	return Number(lanes.numAffectedRows ?? 0n) + Number(endpoints.numAffectedRows ?? 0n);
}

async function deleteSettled(unit: Unit, status: StoredStatus, before: number): Promise<number> {
	const rows = await unit.db
		.selectFrom('deliveries')
		.select('no')
		.where('status', '=', status)
		.where('settled_at', 'is not', null)
		.where('settled_at', '<', before)
		.orderBy('settled_at')
		.limit(CHUNK)
		// One that is replayed at this moment stays.
		.$if(unit.shared !== undefined, (query) => query.forUpdate().skipLocked())
		.execute();
	await removeDeliveries(
		unit,
		rows.map(({ no }) => no),
	);
	return rows.length;
}

/** Removes deliveries with all that belongs to them alone. */
export async function removeDeliveries(unit: Unit, removed: readonly number[]): Promise<void> {
	if (removed.length === 0) return;
	const numbers = unit.dialect.list(removed);
	await sql`delete from attempts where delivery_no in ${numbers}`.execute(unit.db);
	await sql`delete from requests where delivery_no in ${numbers}`.execute(unit.db);
	await sql`delete from deliveries where no in ${numbers}`.execute(unit.db);
}

/** Dead letters that ended before `until` were announced `at` (both epoch milliseconds). */
interface Announcement {
	at: number;
	until: number;
}

const KEY = 'dead_letters_announced';

async function announcements(unit: Unit): Promise<Announcement[]> {
	const value = await readMeta(unit, KEY);
	return value === undefined ? [] : (JSON.parse(value) as Announcement[]);
}

/** What ended before this was announced by `at`. */
function toldUntil(list: readonly Announcement[], at: number): number {
	return list.reduce((until, one) => (one.at <= at ? Math.max(until, one.until) : until), 0);
}

export interface DeadLettersGoing {
	/** At most 50,000 are counted. */
	count: number;
	/** When the first of them goes, epoch milliseconds. */
	firstGoesAt: number;
}

/**
 * Announces the dead letters that will be removed next, once for each: after a downtime too they stay for
 * the whole warning time from here on. Gives undefined when there is nothing new to tell.
 */
export async function announceDeadLetters(
	unit: Unit,
	retention: Retention,
): Promise<DeadLettersGoing | undefined> {
	const { now } = unit;
	// Of several processes one announces them.
	await unit.shared?.lock('retention', ['announce']);
	const warn = warningMs(retention);
	// In steps of a seventh of the warning time, a day by default, so that it is not one line a minute.
	const step = warn / 7;
	const known = await announcements(unit);
	const since = toldUntil(known, now);
	const until = now - (retention.deadMs - warn) + step;
	if (until < since + step) return undefined;
	const { rows } = await sql<{ count: number; first: number | null }>`
		select count(*) as count, min(settled_at) as first from (select settled_at from deliveries
			where status = 'dead' and settled_at >= ${since} and settled_at < ${until}
			order by settled_at limit ${MOST_COUNTED}) as going`.execute(unit.db);
	// Those that one need not tell apart any more become one.
	const old = { at: 0, until: toldUntil(known, now - warn) };
	const recent = known.filter((one) => one.at > now - warn);
	await writeMeta(
		unit,
		KEY,
		JSON.stringify([...(old.until > 0 ? [old] : []), ...recent, { at: now, until }]),
	);
	const count = Number(rows[0]?.count ?? 0);
	if (count === 0) return undefined;
	const goesAt = Number(rows[0]?.first) + retention.deadMs;
	return { count, firstGoesAt: Math.max(goesAt, now + warn) };
}
