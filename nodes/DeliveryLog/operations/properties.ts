import type { INodeProperties } from 'n8n-workflow';
import { credentialsPlace } from '../../shared/credentialFields';
import { description as cancel } from './cancel.properties';
import { description as dashboard } from './dashboard.properties';
import { description as get } from './get.properties';
import { description as getAttempts } from './getAttempts.properties';
import { description as getMany } from './getMany.properties';
import { description as metrics } from './metrics.properties';
import { description as move } from './move.properties';
import { description as purge } from './purge.properties';
import { description as replay } from './replay.properties';
import { description as statistics } from './statistics.properties';

const operation: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	options: [
		{
			name: 'Cancel',
			value: 'cancel',
			description: 'Close deliveries that wait, so that they are not sent',
			action: 'Cancel deliveries',
		},
		{
			name: 'Dashboard Page',
			value: 'dashboard',
			description: 'Make a page that shows how deliveries go, with Replay and Cancel',
			action: 'Make a dashboard page',
		},
		{
			name: 'Get',
			value: 'get',
			description: 'Give one delivery with its state and last answer',
			action: 'Get a delivery',
		},
		{
			name: 'Get Attempts',
			value: 'getAttempts',
			description: 'Give every attempt of a delivery, with its outcome',
			action: 'Get the attempts of a delivery',
		},
		{
			name: 'Get Many',
			value: 'getMany',
			description: 'Give deliveries by state, queue, endpoint, reason, time and more',
			action: 'Get many deliveries',
		},
		{
			name: 'Get Metrics',
			value: 'metrics',
			description: 'Give counters and latencies in the text format of Prometheus',
			action: 'Get metrics of deliveries',
		},
		{
			name: 'Get Progress',
			value: 'progress',
			description: 'Tell how far backfills, replays, purges and moves are',
			action: 'Get the progress of long work',
		},
		{
			name: 'Move to Queue',
			value: 'move',
			description: 'Bring what waits to another workflow, such as after one was imported anew',
			action: 'Move deliveries to a queue',
		},
		{
			name: 'Purge',
			value: 'purge',
			description: 'Remove ended deliveries for good',
			action: 'Purge ended deliveries',
		},
		{
			name: 'Replay',
			value: 'replay',
			description: 'Send dead letters, or anything that has ended, again',
			action: 'Replay deliveries',
		},
		{
			name: 'Statistics',
			value: 'statistics',
			description: 'Count deliveries, success rates, latencies and attempts',
			action: 'Get statistics of deliveries',
		},
	],
	default: 'getMany',
};

/** The fields of the node; they name no more than what n8n has to show. */
export const properties: INodeProperties[] = [
	operation,
	credentialsPlace,
	...cancel,
	...dashboard,
	...get,
	...getAttempts,
	...getMany,
	...metrics,
	...move,
	...purge,
	...replay,
	...statistics,
];
