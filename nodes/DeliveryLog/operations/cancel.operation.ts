import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { cancel as cancelIds, cancelFitting } from '../../../lib/store/log/cancel';
import type { LogFilter } from '../../../lib/store/log/filter';
import { entryOf, idField, requiredText } from '../fields';
import { filtersField, readNarrowFilters } from '../filterFields';
import { toItem } from '../items';
import { longWork } from '../longWork';
import { shownFor, type Operation, type OperationContext } from '../operation';

const NAME = 'cancel';

const description: INodeProperties[] = [
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

export const cancel: Operation = {
	description,

	async execute(context, index): Promise<IDataObject[]> {
		const { node } = context;
		const which = node.getNodeParameter('cancelWhich', index, 'one');
		if (which === 'one') return [await cancelOne(context, index)];
		const filter: LogFilter =
			which === 'execution'
				? { executionId: requiredText(node, index, ['cancelExecution', 'Execution ID']) }
				: which === 'workflow'
					? { workflowId: requiredText(node, index, ['cancelWorkflow', 'Workflow ID']) }
					: readNarrowFilters(node, NAME, index);
		return [await cancelMany(context, filter)];
	},
};

async function cancelOne({ node, store }: OperationContext, index: number): Promise<IDataObject> {
	const id = requiredText(node, index, ['cancelId', 'Delivery ID']);
	await entryOf(store, id);
	const { cancelled, underWay } = await store.write(async (unit) => await cancelIds(unit, [id]));
	const refusal = underWay > 0 ? 'it is on its way at this moment' : 'it has ended already';
	return {
		...toItem(await entryOf(store, id), false),
		cancelled: cancelled > 0,
		...(cancelled > 0 ? {} : { refusal }),
	};
}

async function cancelMany(context: OperationContext, filter: LogFilter): Promise<IDataObject> {
	const { cancelled, underWay, stopped } = await longWork(
		context,
		'Cancel',
		async (part) => await cancelFitting(context.store, { filter, ...part }),
	);
	if (underWay > 0) {
		context.hint(
			`${underWay} deliveries that fit are on their way at this moment and were left; cancel again to catch those that come back`,
		);
	}
	return { cancelled, underWay, ...(stopped ? { stopped } : {}) };
}
