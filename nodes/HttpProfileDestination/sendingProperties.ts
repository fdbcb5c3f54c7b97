import type { INodeProperties } from 'n8n-workflow';
import { retryPropertiesFor } from '../shared/senderSettings';

const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [
		{
			displayName: 'Allowed Private Hosts',
			name: 'allowedHosts',
			type: 'string',
			default: '',
			placeholder: 'internal.example, 10.1.0.0/16, localhost:8080',
			description:
				'Addresses of private networks and of this machine are refused. Hosts, addresses and networks in this list are reached all the same, separated by commas.',
		},
		{
			displayName: 'Concurrency',
			name: 'concurrency',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 1000 },
			default: 50,
			description: 'How many requests may be under way at once',
		},
		{
			displayName: 'Egress Proxy',
			name: 'proxy',
			type: 'string',
			default: '',
			placeholder: 'http://proxy.example:3128',
			description:
				'For receivers that admit only listed addresses: exports go through this proxy, whatever the environment says',
		},
		{
			displayName: 'Give Up After (Hours)',
			name: 'giveUpHours',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: 0,
			description:
				'An export that has waited so long ends as a dead letter; 0 means the length of the retry schedule and a day',
		},
		{
			displayName: 'Keep Snapshots',
			name: 'keepSnapshots',
			type: 'boolean',
			default: true,
			description:
				'Whether the mapped attributes and the identities of every profile are kept in the delivery store, so that a backfill can export them later. Otherwise only digests are kept.',
		},
		{
			displayName: 'Keep the Body on Delivered',
			name: 'keepBody',
			type: 'boolean',
			default: false,
			description:
				'Whether items at Delivered hold the body that was sent. Other outputs always do.',
		},
		{
			displayName: 'Pause Failing Endpoints',
			name: 'breaker',
			type: 'boolean',
			default: true,
			description:
				'Whether to pause an endpoint that cannot be reached several times in a row, for 30 s at first and up to 5 min. What waits for it keeps its attempts.',
		},
		{
			displayName: 'Queue',
			name: 'queue',
			type: 'string',
			default: '',
			placeholder: "the workflow's own",
			description:
				'Ties this node to its Delivery Queue Trigger, which needs the same name. Only needed for a second sender in one workflow.',
		},
		{
			displayName: 'Requests per Second',
			name: 'requestsPerSecond',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: 0,
			description: 'Most requests in a second for this queue; 0 means no limit',
		},
		{
			displayName: 'Supersede Older Exports',
			name: 'supersede',
			type: 'boolean',
			default: true,
			description:
				'Whether an export that still waits gives way to a newer one of its profile. Never with Keep Order off or with a JSONata Mapping.',
		},
		{
			displayName: 'Timeout (Seconds)',
			name: 'timeoutSeconds',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: 2,
			description: 'How long to wait for an answer; 0 means as the retry policy says',
		},
	],
};

/** How it is sent. */
export const sendingProperties: INodeProperties[] = [
	{
		displayName: 'Keep Order',
		name: 'keepOrder',
		type: 'boolean',
		default: true,
		description: 'Whether two exports of one profile always arrive in their order',
	},
	...retryPropertiesFor('httpApiDestination'),
	{
		displayName: 'Retries',
		name: 'retries',
		type: 'options',
		options: [
			{
				name: 'Automatic (Delivery Queue Trigger)',
				value: 'queue',
				description:
					'Kept in the delivery store and sent when due; survives a crash. Needs a Delivery Queue Trigger in this workflow, connected to this node.',
			},
			{
				name: 'Route to the Retry Output',
				value: 'output',
				description:
					'The workflow waits and brings the item back: connect a Wait node from Retry to this node. Only with Always Export and with Keep Order off, since nothing is stored.',
			},
		],
		default: 'queue',
	},
	options,
];
