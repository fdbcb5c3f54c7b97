import { sql } from 'kysely';
import type { Unit } from './unit';

/** One delivery that a sender wants, with the lease that its item carries. */
export interface Wanted {
	id: string;
	lease: string;
	/** Its place in the order of sending, from 1. */
	place: number;
	/** The request of the item as JSON; the workflow may have changed it on the way. */
	request: string;
}

export interface TakeOver {
	lease: string;
	queue: string;
	consumer: string;
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
	id: string;
	attempt: number;
	step: number;
	status: Taken['status'];
	expires_at: number;
	request: string;
}

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
	const columns = { id: 'text', from_lease: 'text', place: 'bigint', expires_at: 'bigint' } as const;
	const { rows: taken } = await sql<TakenRow>`update deliveries set
			lease = ${to.lease}, lease_place = r.place, queue = ${to.queue}, consumer = ${to.consumer},
			expires_at = coalesce(deliveries.expires_at, r.expires_at),
			workflow_id = ${to.workflowId ?? null}, execution_id = ${to.executionId ?? null}
		from ${unit.dialect.rows(rows, columns)} as r
		where deliveries.id = r.id and deliveries.lease = r.from_lease and deliveries.settled_at is null
		returning deliveries.id, deliveries.attempt, deliveries.step, deliveries.status,
			deliveries.expires_at, deliveries.request`.execute(unit.db);

	const wantedById = new Map(wanted.map((w) => [w.id, w]));
	await keepChanges(
		unit,
		taken.flatMap((row) => {
			const request = wantedById.get(row.id)?.request;
			return request === undefined || request === row.request ? [] : [{ id: row.id, request }];
		}),
	);
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
async function keepChanges(unit: Unit, changed: { id: string; request: string }[]): Promise<void> {
	if (changed.length === 0) return;
	await sql`update deliveries set request = r.request
		from ${unit.dialect.rows(changed, { id: 'text', request: 'text' })} as r
		where deliveries.id = r.id`.execute(unit.db);
}

/** Marks dead letters that ended outside a sender as handed to a workflow. Gives the ids it marked. */
export async function takeReports(
	unit: Unit,
	wanted: readonly Pick<Wanted, 'id' | 'lease'>[],
): Promise<Set<string>> {
	const rows = wanted.map((w) => ({ id: w.id, from_lease: w.lease }));
	const { rows: taken } = await sql<{ id: string }>`update deliveries
		set reported = 1, lease = null, line = null, claims = 0
		from ${unit.dialect.rows(rows, { id: 'text', from_lease: 'text' })} as r
		where deliveries.id = r.id and deliveries.lease = r.from_lease and deliveries.settled_at is not null
		returning deliveries.id`.execute(unit.db);
	return new Set(taken.map((row) => row.id));
}
