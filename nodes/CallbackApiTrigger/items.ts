import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { AuditEventDocument } from '../../lib/callbacks/auditEvent';
import { callbackResource } from '../../lib/callbacks/resources';
import type { NumberedChange } from '../../lib/callbacks/store/changes';

export interface ItemOptions {
	/** Where the API is; empty when that is not known. */
	baseUrl: string;
	/** Names of properties by their ids. */
	names: ReadonlyMap<string, string>;
	/** The change as an audit event, where that is wanted. */
	event?: AuditEventDocument;
	test?: boolean;
}

/** A change as an item: what was done, by whom, and the callback as it is now. */
export function changeItem(
	{ change, at, author, callbackId: id, propertyId, attributes }: NumberedChange,
	{ baseUrl, names, event, test }: ItemOptions,
): INodeExecutionData {
	const json = {
		change,
		at: new Date(at).toISOString(),
		author: author ?? null,
		property: { id: propertyId, name: names.get(propertyId) ?? propertyId },
		callback: callbackResource({ id, propertyId, attributes }, baseUrl),
		...(event ? { event } : {}),
		...(test ? { test } : {}),
	};
	return { json: json as unknown as IDataObject };
}
