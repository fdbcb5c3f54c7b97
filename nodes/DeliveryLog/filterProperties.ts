import type { INodeProperties } from 'n8n-workflow';
import { STORED_STATUSES, type StoredStatus } from '../../lib/store/schema';

const WILDCARD = 'Exact, or with * for any text';

export const STATES: Record<StoredStatus, { name: string; description: string }> = {
	pending: { name: 'Pending', description: 'Waits for its first attempt' },
	retrying: { name: 'Retrying', description: 'Has failed, and waits for its next attempt' },
	delivered: { name: 'Delivered', description: 'The receiver took it' },
	dead: { name: 'Dead Letter', description: 'It has failed for good; the reason says why' },
	closed: {
		name: 'Closed',
		description: 'Ended without being owed: not sent by the workflow, superseded or cancelled',
	},
};

/** The field with states to choose from. */
export const stateField = (
	operation: string,
	of: readonly StoredStatus[],
	otherwise: readonly StoredStatus[],
	displayOptions: INodeProperties['displayOptions'] = { show: { operation: [operation] } },
): INodeProperties => ({
	displayName: 'States',
	name: `${operation}States`,
	type: 'multiOptions',
	options: STORED_STATUSES.filter((state) => of.includes(state)).map((value) => ({
		...STATES[value],
		value,
	})),
	default: [...otherwise],
	displayOptions,
	description: of.length === STORED_STATUSES.length ? 'Empty: any' : 'At least one',
});

const FILTERS: INodeProperties[] = [
	{
		displayName: 'Endpoint',
		name: 'endpoint',
		type: 'string',
		default: '',
		placeholder: 'https://api.example.com',
		description: `Scheme, host and port. ${WILDCARD}.`,
	},
	{
		displayName: 'Event ID',
		name: 'eventId',
		type: 'string',
		default: '',
		description: 'Of the event that the delivery comes from',
	},
	{
		displayName: 'Execution ID',
		name: 'executionId',
		type: 'string',
		default: '',
		placeholder: '1234',
		description: 'Of the execution whose sender last had it',
	},
	{
		displayName: 'From',
		name: 'since',
		type: 'dateTime',
		default: '',
		placeholder: '{{ $now.minus({ hours: 1 }) }}',
	},
	{
		displayName: 'From and To Mean',
		name: 'timeOf',
		type: 'options',
		options: [
			{ name: 'When It Ended', value: 'ended', description: 'What waits has not ended' },
			{ name: 'When It Was Stored', value: 'stored', description: 'When its event came in' },
		],
		default: 'stored',
	},
	{
		displayName: 'Include Test Runs',
		name: 'tests',
		type: 'boolean',
		default: false,
		description: 'Whether to include what manual runs in the editor have sent',
	},
	{
		displayName: 'Kinds',
		name: 'kinds',
		type: 'multiOptions',
		options: [
			{ name: 'Callback', value: 'callback' },
			{ name: 'Postback', value: 'postback', description: 'And requests of HTTP Delivery itself' },
			{ name: 'Profile Export', value: 'profile' },
			{ name: 'Push Notification', value: 'push' },
		],
		default: [],
	},
	{
		displayName: 'Name',
		name: 'name',
		type: 'string',
		default: '',
		placeholder: 'Order placed',
		description: `Of the postback, callback or destination. ${WILDCARD}.`,
	},
	{
		displayName: 'Not Yet Reported',
		name: 'unreported',
		type: 'boolean',
		default: false,
		description: 'Whether to take only dead letters that have left by no Dead Letter output yet',
	},
	{
		displayName: 'Queue',
		name: 'queue',
		type: 'string',
		default: '',
		placeholder: 'f0Xn3Zk1QbW8vLmT',
		description: `The ID of the workflow that sends, unless a name was set there. ${WILDCARD}.`,
	},
	{
		displayName: 'Reason',
		name: 'reason',
		type: 'string',
		default: '',
		placeholder: 'HTTP 4*',
		description: `Why it is a dead letter or closed. ${WILDCARD}.`,
	},
	{
		displayName: 'Source ID',
		name: 'sourceId',
		type: 'string',
		default: '',
		description: 'Of the postback, callback, destination or channel configuration',
	},
	{
		displayName: 'Subject',
		name: 'subject',
		type: 'string',
		default: '',
		description: 'The profile key or the device that it is about',
	},
	{
		displayName: 'To',
		name: 'until',
		type: 'dateTime',
		default: '',
		description: 'Before this moment',
	},
	{
		displayName: 'Workflow ID',
		name: 'workflowId',
		type: 'string',
		default: '',
		placeholder: 'f0Xn3Zk1QbW8vLmT',
		description: 'Of the workflow whose node last had it',
	},
];

/** The collection of filters of an operation. */
export const filtersField = (
	operation: string,
	leaveOut: readonly string[] = [],
	displayOptions: INodeProperties['displayOptions'] = { show: { operation: [operation] } },
): INodeProperties => ({
	displayName: 'Filters',
	name: `${operation}Filters`,
	type: 'collection',
	placeholder: 'Add Filter',
	default: {},
	options: FILTERS.filter(({ name }) => !leaveOut.includes(name)),
	displayOptions,
});
