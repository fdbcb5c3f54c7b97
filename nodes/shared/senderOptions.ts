import type { INodeProperties } from 'n8n-workflow';
import { allowedHostsField } from '../../credentials/shared/allowedHosts';

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

export const allowedHostsOption = allowedHostsField(
	'Applies to what this node sends; servers of access tokens have such a list in their credential.',
);

/**
 * Who waits for retries.
 * @param limits what besides has to be known of letting the workflow wait
 */
export const retriesProperties = (limits = ''): INodeProperties[] => [
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
					'The workflow waits and brings the item back: connect a Wait node from Retry to this node' +
					limits,
			},
		],
		default: 'queue',
	},
	{
		displayName:
			'Connect a Delivery Queue Trigger of this workflow to this node: it brings back what is due. Nothing has to be connected to Retrying.',
		name: 'retriesNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { retries: ['queue'] } },
	},
	{
		displayName:
			'Connect Retry to a Wait node (Resume: At Specified Time, <code>{{ $json.delivery.nextAttemptAt }}</code>) and that one to this node. What waits is lost when n8n loses the execution.',
		name: 'retriesNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { retries: ['output'] } },
	},
];

/**
 * The outputs of a sender, named as short as the canvas shows them, for an expression of `outputs`.
 * @param fourth what the sender has besides
 */
export const senderOutputs = (fourth?: string): string =>
	['Delivered', undefined, 'Dead Letter', ...(fourth === undefined ? [] : [fourth])]
		.map((name) => (name === undefined ? RETRY_NAME : `"${name}"`))
		.map((name) => `{ type: "main", displayName: ${name} }`)
		.join(', ');

/** Who carries out the retries is said beside the field Retries. */
const RETRY_NAME = '$parameter["retries"] === "output" ? "Retry" : "Retrying"';
