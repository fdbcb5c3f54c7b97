import type { IDataObject } from 'n8n-workflow';
import { parseEntity, type AuditEventDocument } from '../../lib/callbacks/auditEvent';
import type { ReceivedEvent } from '../../lib/callbacks/intake';
import { isObject } from '../../lib/callbacks/jsonApi';

/**
 * An audit event as an item: the documented document as it came, and its entity read from the JSON that it
 * stands in there as a text; null where that is no JSON.
 */
export function auditEventItem(document: AuditEventDocument): IDataObject {
	const entity = parseEntity(document);
	// A document around the resource says nothing of its own.
	const resource = isObject(entity?.data) ? entity.data : entity;
	return { event: document, entity: resource ?? null } as unknown as IDataObject;
}

/** The document in an item that may hold it under `event`, as those of Callback Trigger do. */
export function eventIn(json: unknown): unknown {
	return isObject(json) && isObject(json.event) ? json.event : json;
}

/** A received event as an item. */
export const receivedItem = (received: ReceivedEvent, more: IDataObject = {}): IDataObject => ({
	...auditEventItem(received.event),
	received: { at: received.receivedAt, checked: received.checked, ...more },
});
