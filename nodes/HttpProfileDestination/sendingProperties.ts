import type { INodeProperties } from 'n8n-workflow';
import {
	allowedHostsOption,
	breakerOption,
	concurrencyOption,
	queueOption,
	requestsPerSecondOption,
	retriesProperties,
} from '../shared/senderOptions';
import { retryPropertiesFor } from '../shared/retryProperties';

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
		breakerOption,
		queueOption,
		requestsPerSecondOption,
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
	...retriesProperties(
		'. Only with Always Export and with Keep Order off, since nothing is stored.',
	),
	options,
];
