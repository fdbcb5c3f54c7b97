import {
	NodeConnectionTypes,
	type IDataObject,
	type INodeType,
	type INodeTypeDescription,
	type ITriggerFunctions,
	type ITriggerResponse,
} from 'n8n-workflow';
import { leaveQueue } from '../../lib/store/queues';
import { queueConsumer } from '../../lib/store/lines';
import { resumeBackfills } from '../shared/backfills';
import { testDeliveryStore } from '../shared/credentialTests';
import { forgetSeat, queueNameOf, takeSeat } from '../shared/queue';
import { batchSizes, serve } from '../shared/serve';
import { showWaiting } from './manual';

const ROLE = 'trigger';

/** Wakes when deliveries of its queue are due again, and hands them to the sender that it is connected to. */
export class DeliveryQueueTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Delivery Queue Trigger',
		name: 'deliveryQueueTrigger',
		icon: { light: 'file:deliveryQueueTrigger.svg', dark: 'file:deliveryQueueTrigger.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle:
			'={{ $parameter["options"]["queue"] ? "Queue " + $parameter["options"]["queue"] : "Retries of this workflow" }}',
		description: 'Starts the workflow when deliveries are due to be sent again',
		eventTriggerDescription: 'Waits for deliveries that are due',
		activationMessage: 'Deliveries of this queue are now sent again when they are due.',
		defaults: { name: 'Delivery Queue Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'deliveryStoreApi', required: false, testedBy: 'testDeliveryStore' }],
		properties: [
			{
				displayName:
					'Connect this to the node that sends (HTTP Delivery, HTTP Profile Destination or Push Notification). It brings back what is due for a retry, and what a crash left unsent.',
				name: 'notice',
				type: 'notice',
				default: '',
			},
			{
				displayName: 'Options',
				name: 'options',
				type: 'collection',
				placeholder: 'Add Option',
				default: {},
				options: [
					{
						displayName: 'Batch Size',
						name: 'batchSize',
						type: 'number',
						typeOptions: { minValue: 1, maxValue: 5000 },
						default: 500,
						description:
							'Most deliveries in one execution. Without this option 500, and up to 2,000 while more are waiting.',
					},
					{
						displayName: 'Queue',
						name: 'queue',
						type: 'string',
						default: '',
						placeholder: "the workflow's own",
						description:
							'Ties this trigger to its sender, which needs the same name. Only needed for a second sender in one workflow.',
					},
				],
			},
		],
	};

	methods = { credentialTest: { testDeliveryStore } };

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		const node = this.getNode();
		const workflowId = this.getWorkflow().id ?? '';
		const options = this.getNodeParameter('options', {}) as IDataObject;
		const queue = queueNameOf(node, workflowId, options.queue);
		if (this.getMode() === 'manual') {
			return { manualTriggerFunction: async () => await showWaiting(this, queue) };
		}
		const seat = { queue, role: ROLE, workflowId };
		const closeFunction = await serve(this, {
			consumer: queueConsumer(queue),
			...batchSizes(node, options),
			longestWaitMs: 0,
			onOpen: async (store) => {
				await takeSeat(node, store, seat);
				await resumeBackfills(store, this.logger, { queue });
			},
			onClose: async (store) => {
				forgetSeat(node, store, seat);
				await store.write(async (unit) => await leaveQueue(unit, { ...seat, nodeId: node.id }));
			},
		});
		return { closeFunction };
	}
}
