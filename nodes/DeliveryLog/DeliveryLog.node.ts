import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { storeCredential } from '../shared/credentialFields';
import { credentialTests } from '../shared/lazyCredentialTests';
import { lazily } from '../shared/lazily';
import { properties } from './operations/properties';
import type * as Work from './work';

const work = lazily(() => require('./work') as typeof Work);

const { testDeliveryStore } = credentialTests;

/** Shows what became of deliveries, and replays, cancels, moves and removes them. */
export class DeliveryLog implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Delivery Log',
		name: 'deliveryLog',
		icon: { light: 'file:deliveryLog.svg', dark: 'file:deliveryLog.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ ({ cancel: "Cancel", dashboard: "Dashboard page", get: "Get", getAttempts: "Get attempts", getMany: "Get many", metrics: "Get metrics", move: "Move to queue", progress: "Get progress", purge: "Purge", replay: "Replay", statistics: "Statistics" })[$parameter["operation"]] + ($parameter["operation"] === "getMany" && [].concat($parameter["getManyStates"] ?? []).length > 0 ? ": " + [].concat($parameter["getManyStates"]).join(", ") : "") }}',
		description: 'Look at deliveries and their attempts, replay dead letters, cancel what waits',
		defaults: { name: 'Delivery Log' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'deliveryStoreApi', testedBy: 'testDeliveryStore', ...storeCredential }],
		properties,
	};

	methods = { credentialTest: { testDeliveryStore } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await work().execute(this);
	}
}
