import type { INodeProperties } from 'n8n-workflow';
import { idField } from '../fieldProperties';
import { filtersField } from '../filterProperties';
import { shownFor } from '../operation';

export const NAME = 'cancel';

export const description: INodeProperties[] = [
	{
		displayName: 'Which',
		name: 'cancelWhich',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'All of a Workflow', value: 'workflow' },
			{ name: 'All of an Execution', value: 'execution' },
			{ name: 'All That Fit Filters', value: 'filter' },
			{ name: 'One Delivery', value: 'one' },
		],
		default: 'one',
		displayOptions: shownFor(NAME),
		description:
			'What waits is closed with the reason "cancelled" and is not sent. What is on its way at this moment is left.',
	},
	idField('cancelId', shownFor(NAME, { cancelWhich: ['one'] })),
	{
		displayName: 'Execution ID',
		name: 'cancelExecution',
		type: 'string',
		default: '',
		required: true,
		placeholder: '1234',
		displayOptions: shownFor(NAME, { cancelWhich: ['execution'] }),
		description: 'Of the execution whose sender last had them',
	},
	{
		displayName: 'Workflow ID',
		name: 'cancelWorkflow',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'f0Xn3Zk1QbW8vLmT',
		displayOptions: shownFor(NAME, { cancelWhich: ['workflow'] }),
		description: 'Of the workflow whose node last had them',
	},
	filtersField(
		NAME,
		['tests', 'unreported', 'reason', 'timeOf'],
		shownFor(NAME, { cancelWhich: ['filter'] }),
	),
];
