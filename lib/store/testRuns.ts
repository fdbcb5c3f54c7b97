import type { Delivery } from '../delivery/delivery';
import { storeRequests } from './requests';
import type { Unit } from './unit';

/**
 * Notes what a manual run in the editor sent. It is marked `test`, settled whatever its outcome, and so
 * never claimed.
 */
export async function noteTestRun(
	unit: Unit,
	runs: readonly { delivery: Delivery; endpoint: string }[],
): Promise<void> {
	for (const { delivery, endpoint } of runs) {
		const row = await unit.db
			.insertInto('deliveries')
			.values({
				id: delivery.id,
				kind: delivery.kind,
				name: delivery.name,
				source_type: delivery.source?.type ?? null,
				source_id: delivery.source?.id ?? null,
				subject: delivery.subject ?? null,
				event_id: delivery.eventId ?? null,
				queue: delivery.queue ?? null,
				consumer: 'test',
				line: null,
				endpoint,
				status: delivery.status,
				reason: delivery.reason ?? null,
				attempt: delivery.attempt,
				step: 0,
				claims: 0,
				due_at: unit.now,
				created_at: unit.now,
				expires_at: null,
				last_attempt_at: unit.now,
				settled_at: unit.now,
				lease: null,
				lease_place: null,
				order_key: null,
				supersede: 0,
				response: delivery.response ? JSON.stringify(delivery.response) : null,
				error: delivery.error ? JSON.stringify(delivery.error) : null,
				test: 1,
				reported: 1,
				workflow_id: null,
				execution_id: null,
			})
			.onConflict((c) => c.column('id').doNothing())
			.returning('no')
			.executeTakeFirst();
		if (row) await storeRequests(unit, [{ no: row.no, request: JSON.stringify(delivery.request) }]);
	}
}
