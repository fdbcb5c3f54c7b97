import type { INodeProperties } from 'n8n-workflow';
import {
	eventTypesField,
	otherEventTypesField,
	propertyField,
	writeFormOption,
} from '../shared/callbackFields';
import { credentialsPlace } from '../shared/credentialFields';
import { testRunField } from '../shared/sampleRun';
import { ownPortOptions } from '../shared/ownPortProperties';

const settings: INodeProperties = {
	displayName: 'Options',
	name: 'settings',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [
		{
			displayName: 'Batch Size',
			name: 'batchSize',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 5000 },
			default: 100,
			description:
				'Most events in one execution. If the execution fails, all of them come again, and each in an execution of its own if they fail once more.',
		},
		{
			displayName: 'Deduplication Days',
			name: 'deduplicationDays',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 14,
			description: 'For how long an event that was taken is not taken again',
		},
		writeFormOption,
		{
			displayName: 'IP Allow List',
			name: 'allowedIps',
			type: 'string',
			default: '',
			placeholder: '203.0.113.7, 198.51.100.0/24',
			description:
				'Addresses and networks that may send events, separated by commas; empty means all. Behind a proxy set N8N_PROXY_HOPS.',
		},
		{
			displayName: 'Largest Request (MB)',
			name: 'maxBodyMb',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 10,
			description: 'Larger ones are refused with 413',
		},
		{
			displayName: 'Longest Wait (Seconds)',
			name: 'longestWaitSeconds',
			type: 'number',
			typeOptions: { minValue: 0, numberPrecision: 2 },
			default: 0.25,
			description: 'How long an event waits for others before the workflow starts',
		},
		{
			displayName: 'Look Every (Minutes)',
			name: 'lookMinutes',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 1440 },
			default: 5,
			description:
				'How often this node looks whether its callback is still there and in step, and mends it',
		},
		...ownPortOptions,
	],
};

export const properties: INodeProperties[] = [
	{
		displayName:
			'Registers itself when the workflow is published. The service has to reach this n8n by https: set WEBHOOK_URL if it is behind a proxy.',
		name: 'notice',
		type: 'notice',
		default: '',
	},
	{
		displayName: 'Events Of',
		name: 'service',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Adobe Reactor API', value: 'adobe' },
			{
				name: 'Remote Callback API',
				value: 'remote',
				description: 'Of another n8n with a Callback API Trigger',
			},
		],
		default: 'adobe',
	},
	{
		displayName: 'Check Events',
		name: 'check',
		type: 'options',
		options: [
			{
				name: 'By a Signature, Secret From a Credential',
				value: 'signature',
				description: 'Standard Webhooks; Adobe signs nothing',
			},
			{
				name: 'By a Signature, Secret From the Service',
				value: 'registered',
				description:
					'The service is asked for a secret when this node registers; it is kept encrypted',
			},
			{
				name: 'No',
				value: 'none',
				description: 'Only who knows the URL of this node can send; it cannot be guessed',
			},
			{
				name: 'Read Again From the API',
				value: 'api',
				description: 'Each event is looked up by its ID, and what the API says is taken',
			},
		],
		default: 'none',
		description: 'How to make sure that an event is true',
	},
	credentialsPlace,
	propertyField({ description: 'The property whose events start this workflow' }),
	eventTypesField(),
	otherEventTypesField(),
	testRunField(
		'The test URL is registered with the service until an event comes',
		'An event of the first chosen type, made up here; nothing is registered',
	),
	settings,
	{
		displayName: 'Options',
		name: 'options',
		type: 'hidden',
		// n8n leaves the body of a request alone when it finds this, so that a signature is checked over
		// the bytes that came.
		default: { binaryData: true },
	},
];
