import { newDeliveryId } from '../delivery/identifiers';
import type { Delivery } from '../delivery/delivery';
import { eventRequest, storedEvent } from '../delivery/storedEvent';
import type { DeliveryStore } from '../store/deliveryStore';
import { insertDeliveries } from '../store/insert';
import { NO_ENDPOINT } from '../store/lines';
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
					endpoint: NO_ENDPOINT,
					request: eventRequest(received),
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
export const receivedOf = (delivery: Delivery): ReceivedEvent =>
	storedEvent(delivery) as ReceivedEvent;
