import type { Delivery, DeliveryRequest } from '../delivery/delivery';
import { newDeliveryId } from '../delivery/identifiers';
import type { ReadAuditEvent } from './auditEvent';

/** Where a message for a callback goes. */
export interface CallbackTarget {
	id: string;
	url: string;
}

/** How messages are sent. What Adobe sends beside the body is not documented. */
export interface MessageShape {
	/** `application/json` unless given; many receivers do not parse `application/vnd.api+json`. */
	contentType?: 'application/json' | 'application/vnd.api+json';
	timeoutMs?: number;
}

/** The source of a callback's deliveries; look and signature go by it. */
export const CALLBACK_SOURCE = 'callback';

/** The text that every callback of an event is sent. */
export const bodyOf = (event: ReadAuditEvent): string => JSON.stringify(event.document);

/** The request of one message. */
export function callbackRequest(
	{ url }: Pick<CallbackTarget, 'url'>,
	body: string,
	{ contentType = 'application/json', timeoutMs }: MessageShape = {},
): DeliveryRequest {
	return {
		method: 'POST',
		url,
		headers: { 'content-type': contentType },
		body,
		...(timeoutMs === undefined ? {} : { timeoutMs }),
	};
}

/**
 * One message as an item's delivery, ready for a sender.
 * @param body what {@link bodyOf} gives, made once for an event
 */
export function callbackDelivery(
	target: CallbackTarget,
	event: Pick<ReadAuditEvent, 'id'>,
	body: string,
	shape: MessageShape = {},
): Delivery {
	return {
		id: newDeliveryId(),
		kind: 'callback',
		name: target.id,
		source: { type: CALLBACK_SOURCE, id: target.id },
		eventId: event.id,
		request: callbackRequest(target, body, shape),
		attempt: 0,
		status: 'pending',
	};
}

/** Names one event for one callback (design 5, rule 10). */
export const deduplicationKeyOf = (eventId: string, callbackId: string): string =>
	`${eventId}/${callbackId}`;
