import type { INodeProperties } from 'n8n-workflow';
import { credentialsPlace } from '../shared/credentialFields';
import { ownPortOptions } from '../shared/ownPortProperties';
import { definitionProperties, EMIT_EVENT } from './definitionProperties';

/** Options of postbacks alone. */
const forPostbacks = { hide: { '/emit': [EMIT_EVENT] } };

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
			default: 500,
			description:
				'Most deliveries or events in one execution. Without this option 500, and up to 2,000 while more are waiting.',
		},
		{
			displayName: 'Batches at Once',
			name: 'batchesAtOnce',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 4 },
			default: 4,
			description:
				'Most executions of the workflow that run at the same time. With 1, events come in their order, as long as no execution fails.',
		},
		{
			displayName: 'Deduplicate By',
			name: 'deduplicateBy',
			type: 'options',
			options: [
				{ name: 'A Key of the Hit', value: 'hitKey' },
				{ name: 'The Header Idempotency-Key or Webhook-ID', value: 'header' },
				{ name: 'Nothing', value: 'none' },
			],
			default: 'none',
			description: 'A hit that was taken in before is not taken in again',
		},
		{
			displayName: 'Deduplication Days',
			name: 'deduplicationDays',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 14,
		},
		{
			displayName: 'Deduplication Hit Key',
			name: 'deduplicationKey',
			type: 'string',
			default: '',
			placeholder: 'eventId',
			description: 'The key of the hit that names it, for Deduplicate By: A Key of the Hit',
		},
		{
			displayName: 'End Retries of Inactive Postbacks',
			name: 'endInactive',
			type: 'boolean',
			default: true,
			description:
				'Whether waiting retries of a postback end when it is switched off or deleted and the workflow is published',
			displayOptions: forPostbacks,
		},
		{
			displayName: 'Escape Values in JSON Bodies',
			name: 'jsonEscape',
			type: 'boolean',
			default: true,
			displayOptions: forPostbacks,
			description:
				'Whether quotes and line breaks in values are escaped in JSON bodies. The original leaves them, so that such a value breaks the body.',
		},
		{
			displayName: 'IP Allow List',
			name: 'allowedIps',
			type: 'string',
			default: '',
			placeholder: '203.0.113.7, 198.51.100.0/24',
			description:
				'Addresses and networks that may send hits, separated by commas; empty means all. Behind a proxy set N8N_PROXY_HOPS.',
		},
		{
			displayName: 'Largest Request (MB)',
			name: 'maxBodyMb',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 10,
			description:
				"Larger requests are refused with 413. n8n's own limit N8N_PAYLOAD_SIZE_MAX (16 MB) applies too.",
		},
		{
			displayName: 'Longest Wait (Seconds)',
			name: 'longestWaitSeconds',
			type: 'number',
			typeOptions: { minValue: 0, numberPrecision: 2 },
			default: 0.25,
			description:
				'How long a delivery or event waits for others before the workflow starts with fewer than a full batch',
		},
		{
			displayName: 'Most Hits in a Request',
			name: 'maxHits',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 10000,
		},
		...ownPortOptions,
		{
			displayName: 'PII Key',
			name: 'piiKey',
			type: 'string',
			default: 'collectPII',
			displayOptions: forPostbacks,
			description: 'The key of a hit that marks it as collected by collectPII',
		},
		{
			displayName: 'SDK Version',
			name: 'sdkVersion',
			type: 'string',
			default: '',
			placeholder: '4.6.0-AN',
			description: 'What {%sdkver%} becomes when the hit does not say',
		},
	],
};

export const properties: INodeProperties[] = [
	{
		displayName: 'Path',
		name: 'path',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'hits',
		description: 'The end of the URL that takes the hits',
	},
	...definitionProperties,
	{
		displayName: 'Authentication',
		name: 'authentication',
		type: 'options',
		options: [
			{ name: 'Bearer Token', value: 'bearerToken' },
			{ name: 'Header', value: 'headerAuth' },
			{ name: 'None', value: 'none' },
			{ name: 'Standard Webhooks Signature', value: 'signature' },
		],
		default: 'none',
		description: 'What a sender of hits has to show',
	},
	credentialsPlace,
	{
		displayName: 'Privacy Default',
		name: 'privacyDefault',
		type: 'options',
		options: [
			{ name: 'Opted In', value: 'optedin', description: 'Everything is sent' },
			{ name: 'Opted Out', value: 'optedout', description: 'Nothing is sent' },
			{
				name: 'Unknown',
				value: 'optunknown',
				description:
					'No PII postback is sent, and identifiers stay empty. The original keeps hits until the visitor opts in; here they are not kept.',
			},
		],
		default: 'optedin',
		description: 'The privacy status of hits that do not say theirs',
	},
	{
		displayName: 'Privacy Key',
		name: 'privacyKey',
		type: 'string',
		default: '',
		placeholder: 'privacy',
		description: 'The key of a hit that says its privacy status: optedin, optedout or optunknown',
	},
	settings,
	{
		displayName: 'Options',
		name: 'options',
		type: 'hidden',
		// n8n leaves the body of a request alone when it finds this, so that bad input gets our answer
		// and a signature is checked over the bytes that came.
		default: { binaryData: true },
	},
];
