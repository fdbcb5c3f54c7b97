import type { INodeProperties } from 'n8n-workflow';
import { allowedHostsField } from '../../credentials/shared/allowedHosts';
import { EVENT_TYPES } from '../../lib/callbacks/eventTypes';

/** The event types to pick from, in the order of their names. */
const EVENT_TYPE_OPTIONS = EVENT_TYPES.map(({ value, label }) => ({ name: label, value })).sort(
	(a, b) => (a.name < b.name ? -1 : 1),
);

type Show = INodeProperties['displayOptions'];

/** Event types from the list; further ones have a field of their own. */
export const eventTypesField = (displayOptions?: Show): INodeProperties => ({
	displayName: 'Event Types',
	name: 'eventTypes',
	type: 'multiOptions',
	options: EVENT_TYPE_OPTIONS,
	default: [],
	description: 'What happened to what: the audit events to subscribe to',
	...(displayOptions ? { displayOptions } : {}),
});

export const otherEventTypesField = (displayOptions?: Show): INodeProperties => ({
	displayName: 'Other Event Types',
	name: 'otherEventTypes',
	type: 'string',
	default: '',
	placeholder: 'order.placed, rule.*',
	description:
		'Further ones, separated by commas. A service of another n8n knows "rule.*" and "*" too; Adobe knows only whole types.',
	...(displayOptions ? { displayOptions } : {}),
});

/** A property: picked from a list, or by its ID. */
export const propertyField = (more: Partial<INodeProperties>): INodeProperties => ({
	displayName: 'Property',
	name: 'propertyId',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	description: 'The property to which callbacks belong',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchProperties', searchable: true },
		},
		idMode('PR', 'PR66a3356c73fc4aabb67ee22caae53d70'),
	],
	...more,
});

/** A mode of a locator that takes an ID. */
export const idMode = (prefix: string, placeholder: string) => ({
	displayName: 'By ID',
	name: 'id',
	type: 'string' as const,
	placeholder,
	validation: [
		{
			type: 'regex',
			properties: {
				// Empty where it is not required.
				regex: `^\\s*(?:${prefix}[0-9a-f]{32})?\\s*$`,
				errorMessage: `An ID of this kind is ${prefix} and 32 hexadecimal digits`,
			},
		},
	],
});

/** How changes are sent to a service. */
export const writeFormOption: INodeProperties = {
	displayName: 'Form of Changes',
	name: 'writeForm',
	type: 'options',
	options: [
		{
			name: 'As in the Endpoint Guide',
			value: 'guide',
			description: 'Updates by PUT, bodies as plain JSON',
		},
		{
			name: 'As in the OpenAPI Document',
			value: 'openapi',
			description: 'Updates by PATCH, bodies as JSON:API',
		},
	],
	default: 'guide',
	description: "Adobe's two descriptions of the API differ here; both are taken",
};

/** Which URLs a callback may have. */
export const allowHttpOption: INodeProperties = {
	displayName: 'Allow HTTP',
	name: 'allowHttp',
	type: 'boolean',
	default: false,
	description: 'Whether URLs of callbacks may begin with http:// beside https://',
};

export const callbackHostsOption: INodeProperties = allowedHostsField(
	'Applies to the URL of a callback when it is made or changed; HTTP Delivery, which sends there, needs the same entry in its own list.',
);

/** The event types of both fields, each once. */
export function eventTypesOf(picked: unknown, others: unknown): string[] {
	const listed = Array.isArray(picked) ? picked.map(String) : [];
	const written = String(others ?? '').split(/[,\n]/);
	return [...new Set([...listed, ...written].map((one) => one.trim()).filter((one) => one !== ''))];
}
