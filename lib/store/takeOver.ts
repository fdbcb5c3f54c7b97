import { sql } from 'kysely';
import { requestsOf, storeRequests } from './requests';
import { inPortions, type Unit } from './unit';

/** One delivery that a sender wants, with the lease that its item carries. */
export interface Wanted {
	id: string;
	lease: string;
	/** Its place in the order of sending, from 1. */
	place: number;
	/** The request of the item as JSON, and its endpoint; the workflow may have changed them on the way. */
	request: string;
	endpoint: string;
}

export interface TakeOver {
	lease: string;
	queue: string;
	/** Who may claim them from now on, when the sender gives them back; undefined: as before. */
	consumer?: string;
	workflowId?: string;
	executionId?: string;
	/** Epoch milliseconds; for deliveries that have none yet. */
	expiresAt: (id: string) => number;
}

/** What the store knows better than the item. Times in epoch milliseconds. */
export interface Taken {
	id: string;
	attempt: number;
	step: number;
	status: 'pending' | 'retrying';
	expiresAt: number;
}

interface TakenRow {
	no: number;
	id: string;
	attempt: number;
	step: number;
	status: Taken['status'];
	expires_at: number;
}

// As underLease: no planner may start from the lease.
const FROM_LEASE = sql`coalesce(deliveries.lease, '') = r.from_lease`;

/**
 * Moves deliveries from the lease under which they were emitted to the sender's. What does not come back
 * was not leased to the item any more, and the sender must not send it.
 */
export async function takeOverDeliveries(
	unit: Unit,
	wanted: readonly Wanted[],
	to: TakeOver,
): Promise<Map<string, Taken>> {
	const rows = wanted.map((w) => ({
		id: w.id,
		from_lease: w.lease,
		place: w.place,
		expires_at: to.expiresAt(w.id),
	}));
	const columns = {
		id: 'text',
		from_lease: 'text',
		place: 'bigint',
		expires_at: 'bigint',
	} as const;
	const taken = await inPortions(
		unit,
		rows,
		async (portion) =>
			await sql<TakenRow>`update deliveries set
			lease = ${to.lease}, lease_place = r.place, queue = ${to.queue},
			consumer = coalesce(${to.consumer ?? null}, deliveries.consumer),
			expires_at = coalesce(deliveries.expires_at, r.expires_at),
			workflow_id = ${to.workflowId ?? null}, execution_id = ${to.executionId ?? null}
		from ${unit.dialect.rows(portion, columns)} as r
		where deliveries.id = r.id and ${FROM_LEASE} and deliveries.settled_at is null
		returning deliveries.no, deliveries.id, deliveries.attempt, deliveries.step, deliveries.status,
			deliveries.expires_at`.execute(unit.db),
	);

	await dropEmptied(unit, wanted);
	await keepChanges(unit, wanted, taken);
	return new Map(
		taken.map((row) => [
			row.id,
			{
				id: row.id,
				attempt: row.attempt,
				step: row.step,
				status: row.status,
				expiresAt: Number(row.expires_at),
			},
		]),
	);
}

/** What the workflow changed between trigger and sender is what every attempt sends. */
async function keepChanges(
	unit: Unit,
	wanted: readonly Wanted[],
	taken: readonly TakenRow[],
): Promise<void> {
	const wantedById = new Map(wanted.map((w) => [w.id, w]));
	const stored = await requestsOf(
		unit,
		taken.map((row) => row.no),
	);
	const changed = taken.flatMap(({ no, id }) => {
		const { request, endpoint } = wantedById.get(id) as Wanted;
		return request === stored.get(no) ? [] : [{ no, request, endpoint }];
	});
	await storeRequests(unit, changed);
	await inPortions(
		unit,
		changed.map(({ no, endpoint }) => ({ no, endpoint })),
		async (portion) =>
			await sql`update deliveries set endpoint = r.endpoint
		from ${unit.dialect.rows(portion, { no: 'bigint', endpoint: 'text' })} as r
		where deliveries.no = r.no`.execute(unit.db),
	);
}

/** The lease of a waiting execution ends when a sender has the last of its deliveries; it has nobody else. */
async function dropEmptied(unit: Unit, wanted: readonly Wanted[]): Promise<void> {
	const leases = [...new Set(wanted.map((w) => w.lease))];
	await sql`delete from leases where id in ${unit.dialect.list(leases)} and kind = 'waiting'
		and not exists (select 1 from deliveries where deliveries.lease = leases.id)`.execute(unit.db);
}

/** Marks dead letters that ended outside a sender as handed to a workflow. Gives the ids it marked. */
export async function takeReports(
	unit: Unit,
	wanted: readonly Pick<Wanted, 'id' | 'lease'>[],
): Promise<Set<string>> {
	const rows = wanted.map((w) => ({ id: w.id, from_lease: w.lease }));
	const taken = await inPortions(
		unit,
		rows,
		async (portion) =>
			await sql<{ id: string }>`update deliveries
		set reported = 1, lease = null, line = null, claims = 0
		from ${unit.dialect.rows(portion, { id: 'text', from_lease: 'text' })} as r
		where deliveries.id = r.id and ${FROM_LEASE} and deliveries.settled_at is not null
		returning deliveries.id`.execute(unit.db),
	);
	return new Set(taken.map((row) => row.id));
}
