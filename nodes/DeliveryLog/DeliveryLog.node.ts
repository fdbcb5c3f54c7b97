import {
	NodeConnectionTypes,
	NodeOperationError,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { testDeliveryStore } from '../shared/credentialTests';
import { storeOf, storeProblem } from '../shared/stores';
import { asNodeError } from './errors';
import type { OperationContext } from './operation';
import { OPERATIONS, properties } from './operations';
import { progressOf } from './progress';

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
		credentials: [{ name: 'deliveryStoreApi', required: false, testedBy: 'testDeliveryStore' }],
		properties,
	};

	methods = { credentialTest: { testDeliveryStore } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const name = this.getNodeParameter('operation', 0);
		const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
		if (!operation) {
			throw new NodeOperationError(this.getNode(), `Operation has no choice "${name}"`);
		}
		const { context, close } = await open(this);
		const items: INodeExecutionData[] = [];
		for (let item = 0; item < this.getInputData().length; item++) {
			if (context.signal?.aborted) break;
			try {
				const given = await operation.execute(context, item);
				for (const json of given) items.push({ json, pairedItem: { item } });
			} catch (error) {
				const told = asNodeError(this.getNode(), error, item);
				if (!this.continueOnFail()) throw told;
				items.push({ json: { error: told.message }, error: told, pairedItem: { item } });
			}
		}
		close();
		return [items];
	}
}

/** What all items of an execution have in common is made once. */
async function open(
	node: IExecuteFunctions,
): Promise<{ context: OperationContext; close: () => void }> {
	const signal = node.getExecutionCancelSignal?.();
	const { hint, progress, close } = progressOf(node);
	try {
		const { store } = await storeOf(node);
		return { context: { node, store, hint, progress, ...(signal ? { signal } : {}) }, close };
	} catch (error) {
		throw storeProblem(node.getNode(), error);
	}
}
