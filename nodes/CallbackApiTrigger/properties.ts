import type { INodeProperties } from 'n8n-workflow';
import { allowHttpOption, callbackHostsOption } from '../shared/callbackFields';
import { testRunField } from '../shared/sampleRun';
import { credentialsPlace } from '../shared/credentialFields';

const settings: INodeProperties = {
	displayName: 'Options',
	name: 'settings',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [
		allowHttpOption,
		callbackHostsOption,
		{
			displayName: 'Any Property',
			name: 'anyProperty',
			type: 'boolean',
			default: false,
			description:
				'Whether every PR and 32 hexadecimal digits is a property, beside those that are declared',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'https://events.example.com/api',
			description:
				'Where subscribers find the API, where that is not the URL of the webhook, such as behind a proxy that rewrites paths. Links in answers begin with it.',
		},
		{
			displayName: 'Batch Size',
			name: 'batchSize',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 5000 },
			default: 100,
			description: 'Most changes in one execution of the workflow',
		},
		{
			displayName: 'Changes as Audit Events',
			name: 'auditEvents',
			type: 'boolean',
			default: false,
			description:
				'Whether an item also has its change as an audit event, callback.created and the like, for Callback Subscribe to send to subscribers',
		},
		{
			displayName: 'Disable After Days of Failure',
			name: 'disableAfterDays',
			type: 'number',
			typeOptions: { minValue: 0, numberPrecision: 2 },
			default: 0,
			description:
				'A callback to which nothing was delivered for so long gets nothing more until it is updated. 0 means never, as in the original.',
		},
		{
			displayName: 'Disable on 410 Gone',
			name: 'disableOnGone',
			type: 'boolean',
			default: false,
			description: 'Whether a receiver that answers 410 gets nothing more until it is updated',
		},
		{
			displayName: 'Largest Request (KB)',
			name: 'maxBodyKb',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 256,
			description: 'Larger requests are refused with 413',
		},
		{
			displayName: 'Rotation Overlap (Hours)',
			name: 'rotationHours',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: 24,
			description: 'How long a signing secret that was replaced goes on signing beside the new one',
		},
		{
			displayName: 'Signing Secrets',
			name: 'signingSecrets',
			type: 'options',
			options: [
				{ name: 'For Every New Callback', value: 'always' },
				{ name: 'Never', value: 'never' },
				{ name: 'When a Subscriber Asks for One', value: 'asked' },
			],
			default: 'asked',
			description: 'Who gets a secret with which to check the signature of messages',
		},
	],
};

export const properties: INodeProperties[] = [
	{
		displayName:
			'The URL above is the base URL of the API: give it to subscribers, with a token. <code>POST /properties/PR…/callbacks</code> below it makes a callback, <code>GET</code> lists them.',
		name: 'baseUrlNotice',
		type: 'notice',
		default: '',
	},
	{
		displayName: 'Path',
		name: 'path',
		type: 'string',
		default: 'callbacks-api',
		required: true,
		description: 'The end of the URL where the API begins',
	},
	credentialsPlace,
	{
		displayName: 'Properties',
		name: 'properties',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Property',
		default: {},
		description: 'What callbacks belong to: an event of a property goes to its callbacks',
		options: [
			{
				displayName: 'Property',
				name: 'property',
				values: [
					{
						displayName: 'Name',
						name: 'name',
						type: 'string',
						default: '',
						placeholder: 'Shop',
					},
					{
						displayName: 'Property ID',
						name: 'propertyId',
						type: 'string',
						default: '',
						placeholder: 'PR5e22de986a7c4070965e7546b2bb108d',
						description:
							'PR and 32 hexadecimal digits. Made from the name when it is empty; a test run shows it.',
					},
				],
			},
		],
	},
	testRunField(
		'n8n serves the API at the test URL until a request comes; what it changes is taken back',
		'A callback that somebody makes, made up here; it shows the IDs of properties too',
	),
	settings,
	{
		displayName: 'Options',
		name: 'options',
		type: 'hidden',
		// n8n leaves the body of a request alone when it finds this, so that bad input gets our answer.
		default: { binaryData: true },
	},
];
