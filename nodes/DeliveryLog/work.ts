import { NodeOperationError, type IExecuteFunctions, type INodeExecutionData } from 'n8n-workflow';
import { storeOf, storeProblem } from '../shared/stores';
import { asNodeError } from './errors';
import type { OperationContext } from './operation';
import { OPERATIONS } from './operations';
import { progressOf } from './progress';

/** Does what the field "Operation" says, item by item. */
export async function execute(node: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const name = node.getNodeParameter('operation', 0);
	const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
	if (!operation) {
		throw new NodeOperationError(node.getNode(), `Operation has no choice "${name}"`);
	}
	const { context, close } = await open(node);
	const items: INodeExecutionData[] = [];
	for (let item = 0; item < node.getInputData().length; item++) {
		if (context.signal?.aborted) break;
		try {
			const given = await operation.execute(context, item);
			for (const json of given) items.push({ json, pairedItem: { item } });
		} catch (error) {
			const told = asNodeError(node.getNode(), error, item);
			if (!node.continueOnFail()) throw told;
			items.push({ json: { error: told.message }, error: told, pairedItem: { item } });
		}
	}
	close();
	return [items];
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
