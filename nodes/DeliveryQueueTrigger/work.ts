import type { IDataObject, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';
import { leaveQueue } from '../../lib/store/queues';
import { queueConsumer } from '../../lib/store/lines';
import { resumeBackfills } from '../shared/backfills';
import { forgetSeat, queueNameOf, takeSeat } from '../shared/queue';
import { batchSizes, serve } from '../shared/serve';
import { showWaiting } from './manual';

const ROLE = 'trigger';

/** Serves the queue until the workflow is deactivated; in the editor it shows what is waiting. */
export async function startTrigger(context: ITriggerFunctions): Promise<ITriggerResponse> {
	const node = context.getNode();
	const workflowId = context.getWorkflow().id ?? '';
	const options = context.getNodeParameter('options', {}) as IDataObject;
	const queue = queueNameOf(node, workflowId, options.queue);
	if (context.getMode() === 'manual') {
		return { manualTriggerFunction: async () => await showWaiting(context, queue) };
	}
	const seat = { queue, role: ROLE, workflowId };
	const closeFunction = await serve(context, {
		consumer: queueConsumer(queue),
		...batchSizes(node, options),
		longestWaitMs: 0,
		onOpen: async (store) => {
			await takeSeat(node, store, seat);
			await resumeBackfills(store, context.logger, { queue });
		},
		onClose: async (store) => {
			forgetSeat(node, store, seat);
			await store.write(async (unit) => await leaveQueue(unit, { ...seat, nodeId: node.id }));
		},
	});
	return { closeFunction };
}
