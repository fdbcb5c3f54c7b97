import type { INodeProperties } from 'n8n-workflow';

/** Options that every sender has alike. */
export const breakerOption: INodeProperties = {
	displayName: 'Pause Failing Endpoints',
	name: 'breaker',
	type: 'boolean',
	default: true,
	description:
		'Whether to pause an endpoint that cannot be reached several times in a row, for 30 s at first and up to 5 min. What waits for it keeps its attempts.',
};

export const queueOption: INodeProperties = {
	displayName: 'Queue',
	name: 'queue',
	type: 'string',
	default: '',
	placeholder: "the workflow's own",
	description:
		'Ties this node to its Delivery Queue Trigger, which needs the same name. Only needed for a second sender in one workflow.',
};

export const requestsPerSecondOption: INodeProperties = {
	displayName: 'Requests per Second',
	name: 'requestsPerSecond',
	type: 'number',
	typeOptions: { minValue: 0 },
	default: 0,
	description: 'Most requests in a second for this queue; 0 means no limit',
};

export const concurrencyOption: INodeProperties = {
	displayName: 'Concurrency',
	name: 'concurrency',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 1000 },
	default: 50,
	description: 'How many requests may be under way at once',
};

export const allowedHostsOption: INodeProperties = {
	displayName: 'Allowed Private Hosts',
	name: 'allowedHosts',
	type: 'string',
	default: '',
	placeholder: 'internal.example, 10.1.0.0/16, localhost:8080',
	description:
		'Addresses of private networks and of this machine are refused. Hosts, addresses and networks in this list are reached all the same, separated by commas.',
};

/**
 * Who waits for retries.
 * @param limits what besides has to be known of letting the workflow wait
 */
export const retriesProperty = (limits = ''): INodeProperties => ({
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
				'The workflow waits and brings the item back: connect a Wait node from Retry to this node' +
				limits,
		},
	],
	default: 'queue',
});
