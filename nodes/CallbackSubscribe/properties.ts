import type { INodeProperties } from 'n8n-workflow';
import { allowHttpOption, callbackHostsOption, writeFormOption } from '../shared/callbackFields';
import { credentialsPlace } from '../shared/credentialFields';
import { operationFields } from './operations/properties';

const ofStore = { show: { '/source': ['store'] } };

const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [
		{ ...allowHttpOption, displayOptions: ofStore },
		{ ...callbackHostsOption, displayOptions: ofStore },
		{
			displayName: 'Content Type',
			name: 'contentType',
			type: 'options',
			options: [
				{ name: 'JSON', value: 'json' },
				{ name: 'JSON:API', value: 'jsonApi' },
			],
			default: 'json',
			displayOptions: { show: { '/operation': ['matchEvent'] } },
			description: 'Of the messages. Many receivers, n8n among them, do not parse JSON:API.',
		},
		{
			displayName: 'Deduplication Days',
			name: 'deduplicationDays',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 14,
			displayOptions: { show: { '/operation': ['matchEvent'], '/source': ['store'] } },
			description: 'For how long an event that was put into the queue is not put there again',
		},
		{
			displayName: 'Events Without a Property',
			name: 'withoutProperty',
			type: 'options',
			options: [
				{ name: 'Go to Nobody', value: 'nobody' },
				{ name: 'Go to Subscribers of Every Property', value: 'everyone' },
			],
			default: 'nobody',
			displayOptions: { show: { '/operation': ['matchEvent'], '/source': ['store'] } },
		},
		writeFormOption,
		{
			displayName: 'Queue',
			name: 'queue',
			type: 'string',
			default: '',
			placeholder: "the workflow's own",
			displayOptions: { show: { '/operation': ['matchEvent'], '/source': ['store'] } },
			description: 'The queue of the HTTP Delivery that sends the messages, where it has another',
		},
		{
			displayName: 'Timeout (Seconds)',
			name: 'timeoutSeconds',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: 0,
			displayOptions: { show: { '/operation': ['matchEvent'] } },
			description: "Of each message; 0 is as the sender's retry policy has it",
		},
	],
};

export const properties: INodeProperties[] = [
	{
		displayName: 'Callbacks Of',
		name: 'source',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'Adobe Reactor API',
				value: 'adobe',
				description: 'Callbacks that Adobe sends when something happens to a tag property',
			},
			{
				name: 'Remote Callback API',
				value: 'remote',
				description: 'Callbacks that the Callback API Trigger of another n8n serves',
			},
			{
				name: 'Delivery Store',
				value: 'store',
				description: 'Callbacks of those who subscribe to events of this n8n',
			},
		],
		default: 'adobe',
	},
	credentialsPlace,
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		options: [
			{
				name: 'Create',
				value: 'create',
				action: 'Create a callback',
				description: 'Subscribe a URL to events of a property',
			},
			{
				name: 'Delete',
				value: 'delete',
				action: 'Delete a callback',
				description: 'End a subscription',
			},
			{
				name: 'Get',
				value: 'get',
				action: 'Get a callback',
				description: 'Look one up by its ID',
			},
			{
				name: 'Get Many',
				value: 'getMany',
				action: 'Get many callbacks',
				description: 'List those of a property',
			},
			{
				name: 'List Audit Events',
				value: 'listAuditEvents',
				action: 'List audit events',
				description: 'What happened, such as to catch up after an outage',
			},
			{
				name: 'Send Event to Subscribers',
				value: 'matchEvent',
				action: 'Send an event to its subscribers',
				description: 'Make one message for each callback that subscribes to an event',
			},
			{
				name: 'Update',
				value: 'update',
				action: 'Update a callback',
				description: 'Change the URL or the events of a subscription',
			},
		],
		default: 'getMany',
	},
	...operationFields,
	options,
];
