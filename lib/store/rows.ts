import type { Delivery, DeliveryRequest } from '../delivery/delivery';
import type { DeliveriesTable } from './schema';
import type { Selectable } from 'kysely';

/** A stored delivery as the store's callers see it. Times in epoch milliseconds. */
export interface StoredDelivery {
	no: number;
	delivery: Delivery;
	consumer: string;
	endpoint: string;
	step: number;
	claims: number;
	dueAt: number;
	createdAt: number;
	orderKey?: string;
}

export type DeliveryRow = Selectable<DeliveriesTable>;

export const iso = (at: number | null | undefined) =>
	at === null || at === undefined ? undefined : new Date(Number(at)).toISOString();

/**
 * Turns a row into a delivery; the lease, when given, goes along.
 * @param request the delivery's request as JSON
 */
export function toStoredDelivery(row: DeliveryRow, request: string): StoredDelivery {
	const delivery: Delivery = {
		id: row.id,
		kind: row.kind as Delivery['kind'],
		name: row.name,
		request: JSON.parse(request) as DeliveryRequest,
		attempt: row.attempt,
		// A closed delivery never reaches an item but through the log, where `reason` tells.
		status: row.status === 'closed' ? 'dead' : row.status,
	};
	if (row.source_type !== null && row.source_id !== null) {
		delivery.source = { type: row.source_type, id: row.source_id };
	}
	if (row.subject !== null) delivery.subject = row.subject;
	if (row.event_id !== null) delivery.eventId = row.event_id;
	if (row.expires_at !== null) delivery.expiresAt = iso(row.expires_at);
	if (row.test) delivery.test = true;
	if (row.queue !== null) delivery.queue = row.queue;
	if (row.last_attempt_at !== null) delivery.lastAttemptAt = iso(row.last_attempt_at);
	if (row.status === 'retrying') delivery.nextAttemptAt = iso(row.due_at);
	if (row.response !== null) delivery.response = JSON.parse(row.response) as Delivery['response'];
	if (row.error !== null) delivery.error = JSON.parse(row.error) as Delivery['error'];
	if (row.reason !== null) delivery.reason = row.reason;
	if (row.lease !== null) delivery.lease = row.lease;
	return {
		no: Number(row.no),
		delivery,
		consumer: row.consumer,
		endpoint: row.endpoint,
		step: row.step,
		claims: row.claims,
		dueAt: Number(row.due_at),
		createdAt: Number(row.created_at),
		...(row.order_key === null ? {} : { orderKey: row.order_key }),
	};
}
