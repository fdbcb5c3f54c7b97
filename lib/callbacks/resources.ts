import type { CallbackAttributes, CallbackResource, Resource } from './jsonApi';
import type { CallbackRecord } from './store/callbacks';

/** The attributes of a callback, in the order of the documented samples. */
export function callbackAttributes(record: CallbackRecord): CallbackAttributes {
	return {
		created_at: record.createdAt,
		subscriptions: record.subscriptions,
		updated_at: record.updatedAt,
		url: record.url,
		...(record.condition === undefined ? {} : { condition: record.condition }),
		...(record.disabledAt === undefined ? {} : { disabled_at: record.disabledAt }),
		...(record.disabledReason === undefined ? {} : { disabled_reason: record.disabledReason }),
	};
}

/**
 * A callback as it is answered (Reactor callbacks, look-up).
 * @param baseUrl where the service is, without a slash at the end
 */
export function callbackResource(
	{
		id,
		propertyId,
		attributes,
	}: Pick<CallbackRecord, 'id' | 'propertyId'> & {
		attributes: CallbackAttributes;
	},
	baseUrl: string,
): CallbackResource {
	return {
		id,
		type: 'callbacks',
		attributes,
		relationships: {
			property: {
				links: { related: `${baseUrl}/callbacks/${id}/property` },
				data: { id: propertyId, type: 'properties' },
			},
		},
		links: {
			property: `${baseUrl}/properties/${propertyId}`,
			self: `${baseUrl}/callbacks/${id}`,
		},
	};
}

/** A property, with no more than a service of callbacks knows of it. */
export function propertyResource(
	{ id, name, createdAt, updatedAt }: PropertyFacts,
	baseUrl: string,
): Resource {
	return {
		id,
		type: 'properties',
		attributes: {
			...(createdAt === undefined ? {} : { created_at: createdAt }),
			enabled: true,
			name,
			...(updatedAt === undefined ? {} : { updated_at: updatedAt }),
		},
		relationships: {
			callbacks: { links: { related: `${baseUrl}/properties/${id}/callbacks` } },
		},
		links: { self: `${baseUrl}/properties/${id}` },
	};
}

export interface PropertyFacts {
	id: string;
	name: string;
	/** ISO 8601; undefined where nobody declared it. */
	createdAt?: string;
	updatedAt?: string;
}
