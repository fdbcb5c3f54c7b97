import type { DeliveryStore } from '../store/deliveryStore';
import { settleDeliveries } from '../store/settle';
import type { Delivery } from './delivery';

/** The reason under which an event ends that a workflow has taken. */
export const TAKEN = 'taken by the workflow';

/**
 * What a durable trigger stores of an event that goes to the workflow as it is. It stands in the trigger's
 * line like a delivery, with a request that leads nowhere.
 */
export const eventRequest = (event: unknown): string =>
	JSON.stringify({ ...NOWHERE, body: JSON.stringify(event) });

const NOWHERE = { method: 'POST', url: '', headers: {} };

/** The event that was stored so. */
export const storedEvent = ({ request }: Delivery): unknown => JSON.parse(request.body ?? '');

/**
 * Ends events that a workflow has taken; those of a lease that has lapsed come again. What they said is not
 * kept: it may be personal data, such as a device's token, and nobody can have it replayed.
 */
export async function endTaken(store: DeliveryStore, taken: readonly Delivery[]): Promise<void> {
	const byLease = new Map<string, string[]>();
	for (const { id, lease = '' } of taken) {
		const ids = byLease.get(lease);
		if (ids) ids.push(id);
		else byLease.set(lease, [id]);
	}
	await store.write(async (unit) => {
		for (const [lease, ids] of byLease) {
			const ends = ids.map((id) => ({
				id,
				status: 'delivered' as const,
				reason: TAKEN,
				attempt: 1,
				step: 0,
				request: JSON.stringify(NOWHERE),
			}));
			await settleDeliveries(unit, lease, ends);
		}
	});
}
