import { sql } from 'kysely';
import type { DeliveryStore } from '../../store/deliveryStore';
import type { Unit } from '../../store/unit';

/** Rows of one statement, so that none holds the others for long. */
const CHUNK = 500;

/**
 * Removes what is told of single notifications and interactions from before a time (epoch milliseconds).
 * Counts stay, and so do notifications of which the end is not known.
 */
export async function purgePushRecords(store: DeliveryStore, before: number): Promise<number> {
	let removed = 0;
	for (const purge of [purgeFeedback, purgeInteractions]) {
		for (let gone = CHUNK; gone === CHUNK; removed += gone) {
			gone = await store.write(async (unit) => await purge(unit, before));
		}
	}
	return removed;
}

async function purgeFeedback(unit: Unit, before: number): Promise<number> {
	const { rows } = await sql`delete from push_feedback where delivery_id in (
		select delivery_id from push_feedback where created_at < ${before}
			and status not in ('pending', 'delay') limit ${CHUNK}) returning delivery_id`.execute(unit.db);
	return rows.length;
}

async function purgeInteractions(unit: Unit, before: number): Promise<number> {
	const { rows } = await sql`delete from push_interactions where id in (
		select id from push_interactions where stored_at < ${before} limit ${CHUNK})
		returning id`.execute(unit.db);
	return rows.length;
}
