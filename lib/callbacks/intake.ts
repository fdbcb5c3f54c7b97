import { newDeliveryId } from '../delivery/identifiers';
import type { Delivery } from '../delivery/delivery';
import type { DeliveryStore } from '../store/deliveryStore';
import { insertDeliveries } from '../store/insert';
import { settleDeliveries } from '../store/settle';
import type { AuditEventDocument, ReadAuditEvent } from './auditEvent';

/** How it was made sure that an event is true. */
export type EventCheck = 'none' | 'signature' | 'api';

/** An event that was received, as it is kept until the workflow has it. */
export interface ReceivedEvent {
	event: AuditEventDocument;
	/** ISO 8601. */
	receivedAt: string;
	checked: EventCheck;
}

export interface TakeOptions {
	store: DeliveryStore;
	/** The trigger's workflow and node: an event counts once for it. */
	scope: string;
	/** Who emits what is taken in. */
	consumer: string;
	checked: EventCheck;
	/** How long an event is known, in milliseconds. */
	deduplicationMs: number;
	/** Intake is refused from this size of the store on. */
	maxBytes?: number;
	workflowId?: string;
}

/** The source of what is received; not that of messages for callbacks. */
const SOURCE = 'audit_event';
/** Received events go to no endpoint; they share one line. */
const ENDPOINT = 'none';

/**
 * Stores an event for the workflow, unless it was stored before. When this resolves it is on disk.
 * @returns whether it is new
 * @throws StoreFullError when the store has no room
 */
export async function takeEvent(event: ReadAuditEvent, options: TakeOptions): Promise<boolean> {
	const { store, scope, consumer, checked, deduplicationMs, workflowId } = options;
	await store.assertRoom(options.maxBytes);
	const received: ReceivedEvent = {
		event: event.document,
		receivedAt: new Date(store.now()).toISOString(),
		checked,
	};
	const id = newDeliveryId();
	const { stored } = await store.write(
		async (unit) =>
			await insertDeliveries(unit, [
				{
					id,
					kind: 'callback',
					name: event.typeOf,
					sourceType: SOURCE,
					sourceId: event.propertyId ?? '',
					eventId: event.id,
					consumer,
					endpoint: ENDPOINT,
					request: JSON.stringify({
						method: 'POST',
						url: '',
						headers: {},
						body: JSON.stringify(received),
					}),
					deduplication: { scope, key: event.id, expiresAt: unit.now + deduplicationMs },
					...(workflowId === undefined ? {} : { workflowId }),
				},
			]),
	);
	if (stored.size === 0) return false;
	store.wake(consumer, 1);
	return true;
}

/** What a stored event was received as. */
export const receivedOf = ({ request }: Delivery): ReceivedEvent =>
	JSON.parse(request.body ?? '') as ReceivedEvent;

/** Ends events that a workflow has taken; those of a lease that has lapsed come again. */
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
				reason: 'taken by the workflow',
				attempt: 1,
				step: 0,
			}));
			await settleDeliveries(unit, lease, ends);
		}
	});
}
