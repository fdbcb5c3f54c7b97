import { entityTypeOf } from './eventTypes';
import { isObject, isResourceId, pointerTo, type Resource } from './jsonApi';

export interface AuditEventAttributes {
	attributed_to_display_name: string | null;
	attributed_to_email: string | null;
	created_at: string;
	display_name: string | null;
	type_of: string;
	updated_at: string;
	/** The entity's document as JSON. */
	entity: string;
}

export interface AuditEventResource extends Resource<AuditEventAttributes> {
	type: 'audit_events';
}

/** What a callback is sent (Reactor audit events, look-up): one audit event. */
export interface AuditEventDocument {
	data: AuditEventResource;
}

/** An event as one knows it oneself, to be made into a document. */
export interface BareAuditEvent {
	/** `rule.created` */
	type_of: string;
	/** The entity: a resource, a document that holds one, any other object, or JSON of these. */
	entity: unknown;
	/** `PR…`; else that of the entity. `null`: of no property. */
	property?: string | null;
	property_name?: string;
	display_name?: string;
	attributed_to_display_name?: string | null;
	attributed_to_email?: string | null;
}

/** What matching and delivering need of an event. */
export interface ReadAuditEvent {
	document: AuditEventDocument;
	id: string;
	typeOf: string;
	/** undefined: of no property, such as an event of the company. */
	propertyId?: string;
}

/** An event that cannot be used; says where it is wrong and what belongs there. */
export class AuditEventError extends Error {
	override readonly name = 'AuditEventError';

	constructor(
		/** JSON pointer into what was given. */
		readonly pointer: string,
		problem: string,
	) {
		super(`${pointer === '' ? 'The event' : pointer} ${problem}`);
	}
}

export interface MakeAuditEventOptions {
	/** Where the service is, without a slash at the end; links begin with it. */
	baseUrl: string;
	/** `AE` and 32 hexadecimal digits. */
	id: string;
	/** Epoch milliseconds. */
	now: number;
}

const EVENT_TYPE = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+$/;
const MOST_TYPE_LENGTH = 200;

/** Whether a text can be the type of an event: words with dots between, such as `rule.created`. */
export function isEventType(text: unknown): text is string {
	return typeof text === 'string' && text.length <= MOST_TYPE_LENGTH && EVENT_TYPE.test(text);
}

/** Whether this is meant as a whole `audit_events` document, and not as a bare event. */
export function isAuditEventDocument(value: unknown): boolean {
	return isObject(value) && isObject(value.data) && !('type_of' in value);
}

/**
 * Makes the documented document of a bare event.
 * @throws AuditEventError that names the field
 */
export function makeAuditEvent(
	bare: BareAuditEvent,
	{ baseUrl, id, now }: MakeAuditEventOptions,
): AuditEventDocument {
	if (!isEventType(bare.type_of)) {
		throw new AuditEventError('/type_of', 'has to be an event type, such as "rule.created"');
	}
	const entity = entityOf(bare);
	const { data } = entity;
	const propertyId = propertyOf(bare, data);
	const at = new Date(now).toISOString();
	const self = `${baseUrl}/audit_events/${id}`;
	const type = typeof data.type === 'string' ? data.type : entityTypeOf(bare.type_of);
	const named = typeof data.id === 'string' ? { type, id: data.id } : null;
	return {
		data: {
			id,
			type: 'audit_events',
			attributes: {
				attributed_to_display_name: bare.attributed_to_display_name ?? null,
				attributed_to_email: bare.attributed_to_email ?? null,
				created_at: at,
				display_name: bare.display_name ?? nameOf(data),
				type_of: bare.type_of,
				updated_at: at,
				entity: JSON.stringify(entity),
			},
			relationships: {
				property: {
					links: { related: propertyId === undefined ? null : `${self}/property` },
					data: propertyId === undefined ? null : { id: propertyId, type: 'properties' },
				},
				entity: { links: { related: null }, data: named },
			},
			links: {
				entity: entityLink(data, named, baseUrl),
				property: propertyId === undefined ? null : `${baseUrl}/properties/${propertyId}`,
				self,
			},
			...(bare.property_name === undefined ? {} : { meta: { property_name: bare.property_name } }),
		},
	};
}

/** What a service of callbacks has at a link of its own. */
const SERVED = new Set(['callbacks', 'properties']);

function entityLink(
	{ links }: Record<string, unknown>,
	named: { type: string; id: string } | null,
	baseUrl: string,
): string | null {
	if (isObject(links) && typeof links.self === 'string') return links.self;
	return named && SERVED.has(named.type) ? `${baseUrl}/${named.type}/${named.id}` : null;
}

/** The entity as `{ data: resource }`, in whichever of its forms it came. */
function entityOf({ entity, type_of }: BareAuditEvent): { data: Record<string, unknown> } {
	const given = typeof entity === 'string' ? parsed(entity, '/entity') : entity;
	if (!isObject(given)) {
		throw new AuditEventError('/entity', 'has to be the resource that the event is about');
	}
	if (isObject(given.data)) return given as { data: Record<string, unknown> };
	const isResource = isObject(given.attributes) || typeof given.type === 'string';
	if (isResource) return { data: given };
	const { id, ...attributes } = given;
	if (!['undefined', 'string', 'number'].includes(typeof id)) {
		throw new AuditEventError('/entity/id', 'has to be a text or a number');
	}
	const known = id === undefined ? {} : { id: String(id as string | number) };
	return { data: { ...known, type: entityTypeOf(type_of), attributes } };
}

function propertyOf(bare: BareAuditEvent, entity: Record<string, unknown>): string | undefined {
	if (bare.property === null) return undefined;
	if (bare.property !== undefined && bare.property !== '') {
		if (isResourceId(bare.property, 'PR')) return bare.property;
		throw new AuditEventError('/property', 'has to be "PR" and 32 hexadecimal digits');
	}
	if (entity.type === 'properties' && isResourceId(entity.id, 'PR')) return entity.id;
	return linkedProperty(entity);
}

function linkedProperty(resource: Record<string, unknown>): string | undefined {
	const relationships = isObject(resource.relationships) ? resource.relationships : {};
	const relationship = isObject(relationships.property) ? relationships.property : {};
	const id = isObject(relationship.data) ? relationship.data.id : undefined;
	return isResourceId(id, 'PR') ? id : undefined;
}

function nameOf(entity: Record<string, unknown>): string | null {
	const name = isObject(entity.attributes) ? entity.attributes.name : undefined;
	return typeof name === 'string' ? name : null;
}

/**
 * Reads a whole `audit_events` document; members that it need not have may be missing.
 * @param options `lenientEntity`: an entity that is no JSON is let be
 * @throws AuditEventError with the pointer
 */
export function readAuditEvent(
	value: unknown,
	{ lenientEntity = false }: { lenientEntity?: boolean } = {},
): ReadAuditEvent {
	if (!isObject(value)) throw new AuditEventError('', 'has to be an object');
	const { data } = value;
	if (!isObject(data)) throw new AuditEventError('/data', 'has to be an audit event');
	if (data.type !== 'audit_events') {
		throw new AuditEventError('/data/type', 'has to be "audit_events"');
	}
	if (!isResourceId(data.id, 'AE')) {
		throw new AuditEventError('/data/id', 'has to be "AE" and 32 hexadecimal digits');
	}
	const { attributes } = data;
	if (!isObject(attributes)) {
		throw new AuditEventError('/data/attributes', 'has to be an object');
	}
	if (!isEventType(attributes.type_of)) {
		throw new AuditEventError(
			pointerTo('data', 'attributes', 'type_of'),
			'has to be an event type, such as "rule.created"',
		);
	}
	if (!lenientEntity) checkEntity(attributes.entity);
	const propertyId = linkedProperty(data);
	return {
		document: value as unknown as AuditEventDocument,
		id: data.id,
		typeOf: attributes.type_of,
		...(propertyId === undefined ? {} : { propertyId }),
	};
}

function checkEntity(entity: unknown): void {
	const pointer = pointerTo('data', 'attributes', 'entity');
	if (typeof entity !== 'string') {
		throw new AuditEventError(pointer, "has to be a text: the entity's document as JSON");
	}
	parsed(entity, pointer);
}

function parsed(text: string, pointer: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		throw new AuditEventError(pointer, 'is a text that is no JSON; give the entity as JSON');
	}
}

/** The entity of an event, read from its JSON; undefined where that cannot be read. */
export function parseEntity(document: AuditEventDocument): Record<string, unknown> | undefined {
	try {
		const entity = JSON.parse(document.data.attributes.entity) as unknown;
		return isObject(entity) ? entity : undefined;
	} catch {
		return undefined;
	}
}
