import {
	NodeConnectionTypes,
	type INodeType,
	type INodeTypeDescription,
	type ITriggerFunctions,
	type ITriggerResponse,
} from 'n8n-workflow';
import { credentialTests } from '../shared/lazyCredentialTests';
import { lazily } from '../shared/lazily';
import type * as Work from './work';
import { credentialsPlace, storeCredential } from '../shared/credentialFields';

const work = lazily(() => require('./work') as typeof Work);

const { testDeliveryStore } = credentialTests;

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
		credentials: [{ name: 'deliveryStoreApi', testedBy: 'testDeliveryStore', ...storeCredential }],
		properties: [
			{
				displayName:
					'Connect this to the node that sends (HTTP Delivery, HTTP Profile Destination or Push Notification). It brings back what is due for a retry, and what a crash left unsent.',
				name: 'notice',
				type: 'notice',
				default: '',
			},
			credentialsPlace,
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
		return await work().startTrigger(this);
	}
}
