import { sql, type RawBuilder } from 'kysely';
import { distinctLanes, refreshLanes, type LaneKey } from './lanes';
import { ALONE, NO_ENDPOINT, REPORT } from './lines';
import { orderKeysOf, settleOrder } from './order';
import type { LeasesTable } from './schema';
import { inPortions, later, type Unit } from './unit';

/** A lease that nobody renewed for so long has lapsed (design 5, rule 1). */
export const LEASE_MS = 60_000;
/** Claims that were never settled before a delivery is given up (design 5, rule 3). */
export const MOST_CLAIMS = 3;
/**
 * Claimed together after a first lapse, which may have had a thousand in hand; after a second one each goes
 * alone. One by one from the start would take an execution for each of them.
 */
export const MOST_SUSPECTS = 32;
/** n8n keeps a waiting execution as long as it has to; past this we no longer believe in it. */
export const LONGEST_WAIT_MS = 90 * 24 * 3600_000;
/** Rows freed by one statement, so that none holds the event loop for long. */
const CHUNK = 500;
/** `until` of a lease that is being swept: it cannot be renewed any more, though a part is still to be freed. */
const LAPSED = 0;

export interface NewLease {
	id: string;
	boot: string;
	/** Epoch milliseconds. */
	until: number;
	consumer: string;
	kind: LeasesTable['kind'];
	workflowId?: string;
	executionId?: string;
}

/** Notes a lease, so that renewing it costs one row however many deliveries it covers. */
export async function createLease(unit: Unit, lease: NewLease): Promise<void> {
	const row = unit.db.insertInto('leases').values({
		id: lease.id,
		boot: lease.boot,
		until: lease.until,
		consumer: lease.consumer,
		kind: lease.kind,
		started_place: 0,
		workflow_id: lease.workflowId ?? null,
		execution_id: lease.executionId ?? null,
	});
	await later(
		unit,
		row.onConflict((c) => c.column('id').doNothing()),
	);
}

/** Renews a lease; false when it lapsed meanwhile, and then nothing of it may be sent or settled. */
export async function renewLease(unit: Unit, id: string): Promise<boolean> {
	const { numUpdatedRows } = await unit.db
		.updateTable('leases')
		.set({ until: unit.now + LEASE_MS })
		.where('id', '=', id)
		.where('until', '>', LAPSED)
		.executeTakeFirst();
	return numUpdatedRows > 0n;
}

/** Notes that deliveries up to this place of the lease may have had a byte on the wire. False: it lapsed. */
export async function markStarted(unit: Unit, id: string, place: number): Promise<boolean> {
	const { numUpdatedRows } = await unit.db
		.updateTable('leases')
		.set({ started_place: place, until: unit.now + LEASE_MS })
		.where('id', '=', id)
		.where('until', '>', LAPSED)
		.executeTakeFirst();
	return numUpdatedRows > 0n;
}

/** How many deliveries still stand under a lease. */
export async function countLeased(unit: Unit, id: string): Promise<number> {
	const row = await unit.db
		.selectFrom('deliveries')
		.select((eb) => eb.fn.countAll().as('n'))
		.where('lease', '=', id)
		.executeTakeFirst();
	return Number(row?.n ?? 0);
}

/**
 * Says that a delivery found by its id is still under a lease. Written so that no planner starts from the
 * lease instead, which may cover many thousands.
 */
export const underLease = (lease: string) => sql`coalesce(deliveries.lease, '') = ${lease}`;

/** Ends a lease under which nothing stands any more. */
export async function dropLease(unit: Unit, id: string): Promise<void> {
	await later(unit, unit.db.deleteFrom('leases').where('id', '=', id));
}

async function dropEmptyLease(unit: Unit, id: string): Promise<void> {
	await sql`delete from leases where id = ${id}
		and not exists (select 1 from deliveries where lease = ${id})`.execute(unit.db);
}

/** n8n keeps the execution that has these deliveries: they stay with it, beyond a restart. */
export async function handOverLease(unit: Unit, id: string): Promise<void> {
	await unit.db
		.updateTable('leases')
		.set({ kind: 'waiting', until: unit.now + LONGEST_WAIT_MS })
		.where('id', '=', id)
		.where('until', '>', LAPSED)
		.execute();
}

/**
 * Closes what no sender took in an execution that ended well: the workflow filtered it out.
 * Dead letters that were only reported count as told.
 */
export async function closeUnsent(unit: Unit, id: string): Promise<number> {
	const rows = await allUnder(
		unit,
		id,
		async (part) =>
			await sql<{ order_key: string | null }>`update deliveries set
				status = case when settled_at is null then 'closed' else status end,
				reason = case when settled_at is null then 'not sent by the workflow' else reason end,
				reported = 1, settled_at = coalesce(settled_at, ${unit.now}),
				lease = null, lease_place = null, line = null, claims = 0
			where ${part} returning order_key`.execute(unit.db),
	);
	await dropLease(unit, id);
	await settleOrder(unit, orderKeysOf(rows));
	return rows.length;
}

/**
 * Gives back deliveries that were not started, as if they had not been claimed. Those of `dueAt` wait until
 * then (epoch milliseconds), the others keep their due time. Without ids: all that the lease still covers.
 */
export async function releaseDeliveries(
	unit: Unit,
	lease: string,
	released?: readonly { id: string; dueAt?: number }[],
): Promise<number> {
	const set = sql`lease = null, lease_place = null,
		claims = case when claims > 0 then claims - 1 else 0 end,
		line = case when settled_at is not null then consumer || ${REPORT}
			when order_key is not null then null
			when claims > 1 then consumer || ${ALONE} else consumer end`;
	const returning = sql`returning deliveries.line, deliveries.endpoint, deliveries.order_key`;
	const freed = released
		? await inPortions(
				unit,
				released.map((r) => ({ id: r.id, due_at: r.dueAt ?? null })),
				async (portion) =>
					await sql<FreedRow>`update deliveries
						set ${set}, due_at = coalesce(r.due_at, deliveries.due_at)
						from ${unit.dialect.rows(portion, { id: 'text', due_at: 'bigint' })} as r
						where deliveries.id = r.id and ${underLease(lease)} ${returning}`.execute(unit.db),
			)
		: await allUnder(
				unit,
				lease,
				async (part) =>
					await sql<FreedRow>`update deliveries set ${set} where ${part} ${returning}`.execute(
						unit.db,
					),
			);
	await afterFreeing(unit, freed);
	return freed.length;
}

/** Runs a statement that takes deliveries off a lease, a part of them at a time. */
async function allUnder<R>(
	unit: Unit,
	lease: string,
	run: (part: RawBuilder<unknown>) => Promise<{ rows: R[] }>,
): Promise<R[]> {
	const given: R[] = [];
	for (;;) {
		// The lease is asked twice, since another may take some off it between the two looks.
		const part = sql`no in (select no from deliveries where lease = ${lease} limit ${CHUNK})
			and ${underLease(lease)}`;
		const { rows } = await run(part);
		for (const row of rows) given.push(row);
		// Where others write too, some of a full part may have gone meanwhile.
		if (rows.length < (unit.shared ? 1 : CHUNK)) return given;
	}
}

interface FreedRow {
	line: string | null;
	endpoint: string;
	order_key: string | null;
}

const hasLine = (row: FreedRow): row is FreedRow & LaneKey => row.line !== null;

async function afterFreeing(unit: Unit, rows: readonly FreedRow[]): Promise<void> {
	await refreshLanes(unit, distinctLanes(rows.filter(hasLine)));
	await settleOrder(unit, orderKeysOf(rows));
}

/**
 * Notes leases that deliveries name and nobody knows as lapsed, so that {@link sweepLapsedLeases} frees
 * what stands under them. For the start: a safeguard, since no other way leads back from there.
 */
export async function findOrphans(unit: Unit): Promise<void> {
	await sql`insert into leases (id, boot, until, consumer, kind, started_place)
		select lease, '', ${LAPSED}, '', 'emitted', 0 from (select distinct lease from deliveries
			where lease is not null and not exists (select 1 from leases where leases.id = deliveries.lease)) as o
		where true on conflict (id) do nothing`.execute(unit.db);
}

/**
 * Frees a part of what stands under leases that lapsed or belong to an earlier boot of this store's owner
 * (design 5, rules 2 and 3). What may have been started is claimed apart from the rest from now on (see
 * {@link MOST_SUSPECTS}) and is dead after {@link MOST_CLAIMS} such claims; what was certainly not started counts as never claimed, and what a sender
 * stored under its own lease was never claimed unless it was started.
 * Gives how many were freed; call again until it is 0.
 */
export async function sweepLapsedLeases(unit: Unit, boot?: string): Promise<number> {
	const lapsed = await unit.db
		.selectFrom('leases')
		.selectAll()
		.where((eb) =>
			boot === undefined
				? eb('until', '<=', unit.now)
				: eb.or([
						eb('until', '<=', unit.now),
						eb.and([eb('boot', '!=', boot), eb('kind', '!=', 'waiting')]),
					]),
		)
		.limit(1)
		// Nobody may renew it from here on, and what another process sweeps is its business.
		.$if(unit.shared !== undefined, (query) => query.forUpdate().skipLocked())
		.executeTakeFirst();
	if (!lapsed) return 0;
	await unit.db.updateTable('leases').set({ until: LAPSED }).where('id', '=', lapsed.id).execute();

	const isStarted = lapsed.kind === 'sending' && lapsed.started_place > 0;
	const suspect = isStarted ? sql`lease_place <= ${lapsed.started_place}` : sql`1 = 1`;
	const claims = isStarted ? sql`case when claims > 0 then claims else 1 end` : sql`claims`;
	const unsent = sql`case when endpoint = ${NO_ENDPOINT} then 'never taken by the workflow'
		else 'never reached a sender' end`;
	const reason = lapsed.kind === 'sending' ? sql`'poison'` : unsent;
	const given = sql`(${suspect}) and claims >= ${MOST_CLAIMS}`;
	const { rows } = await sql<FreedRow>`update deliveries set
			lease = null, lease_place = null,
			status = case when settled_at is null and ${given} then 'dead' else status end,
			reason = case when settled_at is null and ${given} then ${reason} else reason end,
			reported = case when settled_at is not null and ${given} then 1 else reported end,
			line = case
				when settled_at is not null and ${given} then null
				when settled_at is not null or (${given}) then consumer || ${REPORT}
				when order_key is not null then null
				when claims > 1 or (${suspect} and ${claims} > 0) then consumer || ${ALONE}
				else consumer end,
			due_at = case when due_at > ${unit.now} then due_at else ${unit.now} end,
			settled_at = case when settled_at is null and ${given} then ${unit.now} else settled_at end,
			claims = case when ${given} then 0 when ${suspect} then ${claims} when claims > 0 then claims - 1 else 0 end
		where no in (select no from deliveries where lease = ${lapsed.id} limit ${CHUNK})
			and ${underLease(lapsed.id)}
		returning line, endpoint, order_key`.execute(unit.db);
	await afterFreeing(unit, rows);
	if (unit.shared) await dropEmptyLease(unit, lapsed.id);
	else if (rows.length < CHUNK) await dropLease(unit, lapsed.id);
	return Math.max(rows.length, 1);
}
