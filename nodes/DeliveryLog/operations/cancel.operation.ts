import type { IDataObject } from 'n8n-workflow';
import { cancel as cancelIds, cancelFitting } from '../../../lib/store/log/cancel';
import type { LogFilter } from '../../../lib/store/log/filter';
import { entryOf, requiredText } from '../fields';
import { readNarrowFilters } from '../filterFields';
import { toItem } from '../items';
import { longWork } from '../longWork';
import type { Operation, OperationContext } from '../operation';
import { NAME } from './cancel.properties';

export const cancel: Operation = {
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
