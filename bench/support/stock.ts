import type { DeliveryStore } from '../../lib/store/deliveryStore.ts';
import type * as Identifiers from '../../lib/delivery/identifiers.ts';
import type * as Insert from '../../lib/store/insert.ts';
import type { NewDelivery } from '../../lib/store/insert.ts';
import type * as Leases from '../../lib/store/leases.ts';
import type * as Lines from '../../lib/store/lines.ts';
import type * as Settle from '../../lib/store/settle.ts';
import { profileBody } from './deliveries.ts';
import { compiledPackage } from './package.ts';

export const QUEUE = 'bench';
const ENDPOINTS = 40;
const DAY = 24 * 3600_000;
/** Written by one transaction while a store is filled. */
const FILL = 5_000;

const { load } = compiledPackage();
const { newDeliveryId } = load<typeof Identifiers>('lib/delivery/identifiers');
const { queueConsumer } = load<typeof Lines>('lib/store/lines');
const { createLease, dropLease, LEASE_MS } = load<typeof Leases>('lib/store/leases');
const { insertDeliveries } = load<typeof Insert>('lib/store/insert');
const { settleDeliveries } = load<typeof Settle>('lib/store/settle');

export const CONSUMER: string = queueConsumer(QUEUE);

/** So many deliveries for 40 endpoints in turns, due at once. */
export function newDeliveries(count: number, more: Partial<NewDelivery> = {}): NewDelivery[] {
	return Array.from({ length: count }, (_, number) => {
		const endpoint = `https://receiver-${number % ENDPOINTS}.example`;
		const request = {
			method: 'POST',
			url: `${endpoint}/profiles`,
			headers: { 'content-type': 'application/json' },
			body: profileBody(number),
		};
		return {
			id: newDeliveryId(),
			kind: 'profile',
			name: 'Bench destination',
			queue: QUEUE,
			consumer: CONSUMER,
			endpoint,
			request: JSON.stringify(request),
			...more,
		};
	});
}

/**
 * Fills a store: half of it due, a quarter waiting for a later time, a quarter delivered, mixed as they would
 * be after a while.
 */
export async function fill(store: DeliveryStore, count: number): Promise<void> {
	const quarter = FILL / 4;
	for (let at = 0; at < count; at += FILL) {
		await store.write(async (unit) => {
			const later = { dueAt: unit.now + DAY };
			await insertDeliveries(unit, newDeliveries(quarter));
			await insertDeliveries(unit, newDeliveries(quarter, later));
			await insertDeliveries(unit, newDeliveries(quarter));
		});
		await storeDelivered(store, quarter);
	}
}

/** Stores deliveries as a sender does and notes that they were delivered. */
export async function storeDelivered(store: DeliveryStore, count: number): Promise<void> {
	const settle = await storeForSending(store, count);
	await settle();
}

/** Stores deliveries as a sender does before it sends; gives what notes that they were delivered. */
export async function storeForSending(
	store: DeliveryStore,
	count: number,
): Promise<() => Promise<void>> {
	const lease = store.newLeaseId();
	const deliveries = newDeliveries(count);
	await store.write(async (unit) => {
		const until = unit.now + LEASE_MS;
		await createLease(unit, {
			id: lease,
			boot: store.boot,
			until,
			consumer: CONSUMER,
			kind: 'sending',
		});
		await insertDeliveries(
			unit,
			deliveries.map((delivery, at) => ({ ...delivery, lease: { id: lease, place: at + 1 } })),
		);
	});
	return async () =>
		await store.write(async (unit) => {
			const settlements = deliveries.map(({ id }) => ({
				id,
				status: 'delivered' as const,
				attempt: 1,
				step: 0,
				response: { statusCode: 200, bodyExcerpt: '{"status":"accepted"}', durationMs: 3 },
				made: { startedAt: unit.now, durationMs: 3 },
			}));
			const settled = await settleDeliveries(unit, lease, settlements);
			if (settled.size !== count) throw new Error(`${settled.size} of ${count} settled`);
			await dropLease(unit, lease);
		});
}
