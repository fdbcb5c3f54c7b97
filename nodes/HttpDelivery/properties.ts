import type { INodeProperties } from 'n8n-workflow';
import {
	allowedHostsOption,
	breakerOption,
	concurrencyOption,
	queueOption,
	requestsPerSecondOption,
	retriesProperties,
} from '../shared/senderOptions';
import { credentialsPlace } from '../shared/credentialFields';
import { authenticationProperties } from '../shared/authenticationProperties';
import { retryPropertiesFor } from '../shared/retryProperties';

const ownRequest = { show: { source: ['fields'] } };

const requestProperties: INodeProperties[] = [
	{
		displayName: 'Method',
		name: 'method',
		type: 'options',
		options: ['DELETE', 'GET', 'PATCH', 'POST', 'PUT'].map((name) => ({ name, value: name })),
		default: 'POST',
		displayOptions: ownRequest,
	},
	{
		displayName: 'URL',
		name: 'url',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'https://api.example.com/events',
		displayOptions: ownRequest,
	},
	{
		displayName: 'Body',
		name: 'bodyFrom',
		type: 'options',
		options: [
			{
				name: "The Item's JSON",
				value: 'item',
				description:
					'The whole item as it comes in; the fastest choice, since it needs no expression',
			},
			{ name: 'Text or Expression', value: 'text' },
			{ name: 'None', value: 'none' },
		],
		default: 'item',
		displayOptions: ownRequest,
	},
	{
		displayName: 'Body Text',
		name: 'body',
		type: 'string',
		typeOptions: { rows: 4 },
		default: '',
		placeholder: '{{ JSON.stringify($json.order) }}',
		displayOptions: { show: { source: ['fields'], bodyFrom: ['text'] } },
	},
	{
		displayName: 'Content Type',
		name: 'contentType',
		type: 'string',
		default: 'application/json',
		displayOptions: { show: { source: ['fields'], bodyFrom: ['item', 'text'] } },
	},
	{
		displayName: 'Headers',
		name: 'headers',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Header',
		default: {},
		displayOptions: ownRequest,
		description:
			'Values here are stored and shown. Keys and tokens belong into a credential: see Authentication.',
		options: [
			{
				displayName: 'Header',
				name: 'header',
				values: [
					{
						displayName: 'Name',
						name: 'name',
						type: 'string',
						default: '',
						placeholder: 'X-Source',
					},
					{ displayName: 'Value', name: 'value', type: 'string', default: '', placeholder: 'n8n' },
				],
			},
		],
	},
	{
		displayName: 'Message Name',
		name: 'messageName',
		type: 'string',
		default: '',
		placeholder: 'Order created',
		displayOptions: ownRequest,
		description: 'Under which the delivery is listed; the name of this node if empty',
	},
];

const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [
		allowedHostsOption,
		concurrencyOption,
		{
			displayName: 'Deduplication Days',
			name: 'deduplicationDays',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 14,
			description: 'How long a deduplication key is remembered; longer than the longest schedule',
		},
		{
			displayName: 'Deduplication Key',
			name: 'deduplicationKey',
			type: 'string',
			default: '',
			placeholder: '{{ $json.orderId }}',
			description: 'An item whose key was sent before is not sent again',
		},
		{
			displayName: 'End Retries of Inactive Postbacks',
			name: 'endInactive',
			type: 'boolean',
			default: true,
			description:
				'Whether waiting retries end as "postback inactive" when their postback was switched off or deleted',
		},
		breakerOption,
		queueOption,
		requestsPerSecondOption,
		{
			displayName: 'Timeout (Seconds)',
			name: 'timeoutSeconds',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: 0,
			description:
				'How long to wait for an answer, unless the delivery brings its own; 0 means as the retry policy says',
		},
	],
};

export const properties: INodeProperties[] = [
	{
		displayName: 'Send',
		name: 'source',
		type: 'options',
		options: [
			{
				name: 'Deliveries From the Input',
				value: 'items',
				description: 'What Postback Trigger, Callback Subscribe or Delivery Queue Trigger give',
			},
			{
				name: 'A Request From the Fields Below',
				value: 'fields',
				description: 'One request for each item',
			},
		],
		default: 'items',
	},
	{
		displayName:
			'Items that come from a Delivery Queue Trigger are retries; they are sent as they were stored.',
		name: 'queueNotice',
		type: 'notice',
		default: '',
		displayOptions: ownRequest,
	},
	...requestProperties,
	...authenticationProperties,
	{
		displayName: 'Sign Messages',
		name: 'sign',
		type: 'boolean',
		default: false,
		description:
			'Whether to sign every message as Standard Webhooks says (webhook-signature), so that the receiver can tell it is yours',
	},
	credentialsPlace,
	...retryPropertiesFor('automatic'),
	...retriesProperties(),
	options,
];
