import type { Delivery } from '../delivery/delivery';
import { endpointOf } from '../delivery/endpoint';
import type { DeliveryStore } from '../store/deliveryStore';
import { insertDeliveries, type NewDelivery } from '../store/insert';
import { queueConsumer } from '../store/lines';
import type { ReadAuditEvent } from './auditEvent';
import type { Conditions } from './condition';
import { bodyOf, callbackDelivery, deduplicationKeyOf, type MessageShape } from './deliveries';
import { matchingCallbacks, type CallbackRecord } from './store/callbacks';
import { storeAuditEvent } from './store/events';

export interface MatchOptions {
	store: DeliveryStore;
	conditions: Conditions;
	/** Who gets an event that belongs to no property; nobody unless given. */
	withoutProperty?: 'nobody' | 'everyone';
	shape?: MessageShape;
}

/** What was not sent although its subscriptions hold the event. */
export interface SkippedCallback {
	callbackId: string;
	reason: string;
}

export interface MatchReport {
	/** Callbacks that the event is for. */
	matched: number;
	/** Callbacks whose condition could not be evaluated. */
	skipped: SkippedCallback[];
}

export interface QueueReport extends MatchReport {
	queued: number;
	/** Callbacks that had the event before. */
	duplicates: number;
}

/** Read, and stored, at once. */
const PORTION = 500;

/** The callbacks of an event, a portion at a time, in the order of their ids. */
async function* portions(
	event: ReadAuditEvent,
	options: MatchOptions,
	report: MatchReport,
): AsyncGenerator<CallbackRecord[]> {
	const { store, conditions, withoutProperty = 'nobody' } = options;
	if (event.propertyId === undefined && withoutProperty === 'nobody') return;
	const holds = conditions.on(event, store.now());
	const ofProperty = event.propertyId === undefined ? {} : { propertyId: event.propertyId };
	let after = '';
	for (;;) {
		const which = { eventType: event.typeOf, ...ofProperty, after, limit: PORTION };
		const found = await store.read(async (unit) => await matchingCallbacks(unit, which));
		const matching: CallbackRecord[] = [];
		for (const record of found) {
			const { holds: wanted, problem } =
				record.condition === undefined ? HELD : await holds(record.condition);
			if (wanted) matching.push(record);
			if (problem !== undefined) {
				report.skipped.push({ callbackId: record.id, reason: `condition: ${problem}` });
			}
		}
		report.matched += matching.length;
		if (matching.length > 0) yield matching;
		if (found.length < PORTION) return;
		after = found[found.length - 1].id;
	}
}

const HELD: { holds: boolean; problem?: string } = { holds: true };

/**
 * Makes one delivery for each callback that an event is for, for a sender that takes items. The event is
 * kept, so that receivers can look it up. The sender deduplicates by {@link deduplicationKeyOf}: a key that
 * was taken here would lose the event if the workflow ended before the sender.
 */
export async function composeDeliveries(
	event: ReadAuditEvent,
	options: MatchOptions & { keepEvent?: boolean },
): Promise<MatchReport & { deliveries: Delivery[] }> {
	const report = { matched: 0, skipped: [], deliveries: [] as Delivery[] };
	if (options.keepEvent !== false) {
		await options.store.write(async (unit) => await storeAuditEvent(unit, event));
	}
	const body = bodyOf(event);
	for await (const callbacks of portions(event, options, report)) {
		for (const callback of callbacks) {
			report.deliveries.push(callbackDelivery(callback, event, body, options.shape));
		}
	}
	return report;
}

export interface QueueOptions extends MatchOptions {
	/** The queue of the sender. */
	queue: string;
	/** Milliseconds for which an event counts as known. */
	deduplicationMs: number;
	/** Refused from this size of the store on. */
	maxBytes?: number;
	workflowId?: string;
	executionId?: string;
}

/**
 * Stores one delivery for each callback that an event is for, where a Delivery Queue Trigger finds it. Done
 * again after a crash it stores what is missing: an event is stored once for a callback.
 * @throws StoreFullError when the store has no room
 */
export async function queueDeliveries(
	event: ReadAuditEvent,
	options: QueueOptions,
): Promise<QueueReport> {
	const { store, maxBytes } = options;
	await store.assertRoom(maxBytes);
	const report: QueueReport = { matched: 0, skipped: [], queued: 0, duplicates: 0 };
	await store.write(async (unit) => await storeAuditEvent(unit, event));
	const body = bodyOf(event);
	const consumer = queueConsumer(options.queue);
	for await (const callbacks of portions(event, options, report)) {
		const expiresAt = store.now() + options.deduplicationMs;
		const rows = callbacks.map((callback) => toRow(callback, event, body, expiresAt, options));
		const { stored } = await store.write(async (unit) => await insertDeliveries(unit, rows));
		report.queued += stored.size;
		report.duplicates += rows.length - stored.size;
		if (stored.size > 0) store.wake(consumer, stored.size);
	}
	return report;
}

/** Names callbacks in the store's deduplication, whichever workflow sends the event. */
const SCOPE = 'callbacks';

function toRow(
	callback: CallbackRecord,
	event: ReadAuditEvent,
	body: string,
	expiresAt: number,
	{ queue, shape, workflowId, executionId }: QueueOptions,
): NewDelivery {
	const { id, kind, name, source, request } = callbackDelivery(callback, event, body, shape);
	return {
		id,
		kind,
		name,
		sourceType: source?.type,
		sourceId: source?.id,
		eventId: event.id,
		queue,
		consumer: queueConsumer(queue),
		endpoint: endpointOf(request.url),
		request: JSON.stringify(request),
		deduplication: {
			scope: SCOPE,
			key: deduplicationKeyOf(event.id, callback.id),
			expiresAt,
		},
		...(workflowId === undefined ? {} : { workflowId }),
		...(executionId === undefined ? {} : { executionId }),
	};
}
