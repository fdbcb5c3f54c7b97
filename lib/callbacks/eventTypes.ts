/** What an audit event can be about, and how such a resource is named in ids and documents. */
export interface AuditedResource {
	/** As in an event type: `rule` of `rule.created`. */
	name: string;
	/** As in a document: `rules`. */
	type: string;
	/** The two letters before the 32 digits of an id. */
	idPrefix: string;
	label: string;
}

/** An event type that can be subscribed to, for a list to pick from. */
export interface EventType {
	/** `rule.created` */
	value: string;
	/** `Rule Created` */
	label: string;
}

/** Reactor audit events, event types: the nine resources of the documented list. */
export const LISTED_RESOURCES: readonly AuditedResource[] = [
	{ name: 'property', type: 'properties', idPrefix: 'PR', label: 'Property' },
	{ name: 'extension', type: 'extensions', idPrefix: 'EX', label: 'Extension' },
	{ name: 'data_element', type: 'data_elements', idPrefix: 'DE', label: 'Data Element' },
	{ name: 'rule', type: 'rules', idPrefix: 'RL', label: 'Rule' },
	{ name: 'rule_component', type: 'rule_components', idPrefix: 'RC', label: 'Rule Component' },
	{ name: 'library', type: 'libraries', idPrefix: 'LB', label: 'Library' },
	{ name: 'build', type: 'builds', idPrefix: 'BL', label: 'Build' },
	{ name: 'environment', type: 'environments', idPrefix: 'EN', label: 'Environment' },
	{ name: 'host', type: 'hosts', idPrefix: 'HT', label: 'Host' },
];

/** Shown in the documented samples, though not in the documented list. */
const APP_CONFIGURATION: AuditedResource = {
	name: 'app_configuration',
	type: 'app_configurations',
	idPrefix: 'AC',
	label: 'App Configuration',
};

/** Not Adobe's: what a service of callbacks tells about its own. */
const CALLBACK: AuditedResource = {
	name: 'callback',
	type: 'callbacks',
	idPrefix: 'CB',
	label: 'Callback',
};

const EVENTS = ['created', 'updated', 'deleted'] as const;

const typesOf = (resource: AuditedResource, events: readonly string[]): EventType[] =>
	events.map((event) => ({
		value: `${resource.name}.${event}`,
		label: `${resource.label} ${event[0].toUpperCase()}${event.slice(1)}`,
	}));

/** The event types to pick from: the documented 27, and those of app configurations. */
export const EVENT_TYPES: readonly EventType[] = [
	...LISTED_RESOURCES.flatMap((resource) => typesOf(resource, EVENTS)),
	...typesOf(APP_CONFIGURATION, ['created', 'updated']),
];

const KNOWN_TYPES = new Set(
	[...EVENT_TYPES, ...typesOf(CALLBACK, EVENTS)].map(({ value }) => value),
);
const RESOURCES = new Map(
	[...LISTED_RESOURCES, APP_CONFIGURATION, CALLBACK].map((resource) => [resource.name, resource]),
);

/** Whether an event type is in the catalog or is one of a callback's own. */
export function isKnownEventType(type: string): boolean {
	return KNOWN_TYPES.has(type);
}

/** Whether there is an event type in the catalog for `rule.*`. */
export function isKnownResource(name: string): boolean {
	return RESOURCES.has(name);
}

/** What stands before the first dot of an event type. */
export function resourceNameOf(eventType: string): string {
	return eventType.split('.', 1)[0];
}

/** The type that the entity of an event has in documents; an unknown resource gets a plain plural. */
export function entityTypeOf(eventType: string): string {
	const name = resourceNameOf(eventType);
	return RESOURCES.get(name)?.type ?? `${name}s`;
}
