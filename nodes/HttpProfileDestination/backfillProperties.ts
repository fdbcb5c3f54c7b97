import type { INodeProperties } from 'n8n-workflow';
import { credentialsPlace } from '../shared/credentialFields';

/** Which backfill, and what to do with it. */
export const backfillProperties: INodeProperties[] = [
	{
		displayName:
			'Running this begins to send, from the editor too. The exports go into the queue of the destination, at its rate limit, and this node does not wait for them.',
		name: 'backfillNotice',
		type: 'notice',
		default: '',
	},
	credentialsPlace,
	{
		displayName: 'Action',
		name: 'backfillAction',
		type: 'options',
		options: [
			{
				name: 'Cancel',
				value: 'cancel',
				description: 'Queue no more; what is queued is still sent',
			},
			{ name: 'Show Progress', value: 'show' },
			{ name: 'Start', value: 'start', description: 'Or go on with the one that runs' },
		],
		default: 'start',
	},
	{
		displayName: 'Destination',
		name: 'destination',
		type: 'resourceLocator',
		default: { mode: 'list', value: '' },
		description: 'Empty means the one of this workflow',
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				typeOptions: { searchListMethod: 'searchDestinations', searchable: true },
			},
			{
				displayName: 'ID',
				name: 'id',
				type: 'string',
				placeholder: 'workflow ID/node ID',
			},
		],
	},
	{
		displayName: 'Audience Names or IDs',
		name: 'backfillAudiences',
		type: 'multiOptions',
		typeOptions: {
			loadOptionsMethod: 'getAudiences',
			loadOptionsDependsOn: ['destination.value'],
		},
		default: [],
		description:
			'None means all that were mapped and not backfilled yet. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
		displayOptions: { show: { backfillAction: ['start'] } },
	},
];
