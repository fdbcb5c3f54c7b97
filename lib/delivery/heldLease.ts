import type { DeliveryStore } from '../store/deliveryStore';
import { createLease, LONGEST_WAIT_MS } from '../store/leases';
import { queueConsumer } from '../store/lines';

/** Names the lease under which a sender's retries stay with the workflow that waits for them. */
export const heldLease = (lease: string) => `${lease}-held`;

/** Notes that lease. n8n keeps an execution that waits, so its deliveries stay with it beyond a restart. */
export async function createHeldLease(
	store: DeliveryStore,
	queue: string,
	lease: string,
): Promise<void> {
	await store.write(
		async (unit) =>
			await createLease(unit, {
				id: heldLease(lease),
				boot: store.boot,
				until: unit.now + LONGEST_WAIT_MS,
				consumer: queueConsumer(queue),
				kind: 'waiting',
			}),
	);
}
