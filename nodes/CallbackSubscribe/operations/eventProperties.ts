import type { INodeProperties } from 'n8n-workflow';
import { shownFor } from '../operation';

const fromFields = { show: { operation: ['matchEvent'], eventFrom: ['fields'] } };

export const eventFields: INodeProperties[] = [
	{
		displayName: 'Event',
		name: 'eventFrom',
		type: 'options',
		options: [
			{
				name: 'From the Fields Below',
				value: 'fields',
				description: 'An event of your own: what happened, and the entity that it happened to',
			},
			{
				name: 'The Item',
				value: 'item',
				description:
					'An audit event document, such as those of Callback Trigger, or an object with type_of and entity',
			},
		],
		default: 'item',
		displayOptions: shownFor('matchEvent'),
	},
	{
		displayName: 'Event Type',
		name: 'eventType',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'rule.created',
		description: 'What happened to what, with a dot between',
		displayOptions: fromFields,
	},
	{
		displayName: 'Entity',
		name: 'entity',
		type: 'json',
		default: '={{ $json }}',
		required: true,
		description: 'What it happened to: a resource with ID, type and attributes, or any object',
		displayOptions: fromFields,
	},
	{
		displayName: 'Event Details',
		name: 'eventDetails',
		type: 'collection',
		placeholder: 'Add Detail',
		default: {},
		displayOptions: fromFields,
		options: [
			{
				displayName: 'Attributed to Email',
				name: 'attributed_to_email',
				type: 'string',
				default: '',
				placeholder: 'jsmith@example.com',
				description: 'Whose doing it was',
			},
			{
				displayName: 'Attributed to Name',
				name: 'attributed_to_display_name',
				type: 'string',
				default: '',
				placeholder: 'John Smith',
				description: 'Who did it',
			},
			{
				displayName: 'Display Name',
				name: 'display_name',
				type: 'string',
				default: '',
				placeholder: 'My Rule',
				description: 'Of the entity',
			},
			{
				displayName: 'Event Key',
				name: 'eventKey',
				type: 'string',
				default: '',
				placeholder: 'order-42-placed',
				description:
					'What names this event in your system. The same key gives the same event ID, so that an event that is matched twice is delivered once.',
			},
			{
				displayName: 'Property Name',
				name: 'property_name',
				type: 'string',
				default: '',
				placeholder: 'Shop',
				description: 'Of the property that the event belongs to',
			},
		],
	},
];
