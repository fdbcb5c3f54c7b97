import {
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';
import { asNodeError } from './errors';
import { openOptions, openSource, type SourceChoice } from './openSource';
import type { OperationContext } from './operation';
import { OPERATIONS } from './operations';

export { searchCallbacks, searchProperties } from './searches';

/** Does what the field "Operation" says, item by item. */
export async function execute(node: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const name = node.getNodeParameter('operation', 0);
	const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
	if (!operation) throw new NodeOperationError(node.getNode(), `Operation has no choice "${name}"`);
	const context = await open(node);
	const items: INodeExecutionData[] = [];
	for (let item = 0; item < node.getInputData().length; item++) {
		try {
			const given = await operation.execute(context, item);
			items.push(...given.map((json) => ({ json, pairedItem: { item } })));
		} catch (error) {
			const told = asNodeError(node.getNode(), error, item);
			if (!node.continueOnFail()) throw told;
			items.push({ json: { error: told.message }, error: told, pairedItem: { item } });
		}
	}
	return [items];
}

/** What all items of an execution have in common is made once. */
async function open(node: IExecuteFunctions): Promise<OperationContext> {
	const choice = node.getNodeParameter('source', 0, 'adobe') as SourceChoice;
	const options = node.getNodeParameter('options', 0, {}) as IDataObject;
	const hints = new Set<string>();
	const hint = (message: string) => {
		if (hints.has(message) || hints.size >= MOST_HINTS) return;
		hints.add(message);
		node.addExecutionHints({ message, location: 'outputPane' });
	};
	const signal = node.getExecutionCancelSignal?.();
	try {
		const source = await openSource(node, choice, {
			...openOptions(options),
			...(signal ? { signal } : {}),
			warn: hint,
		});
		return { node, source, choice, options, hint };
	} catch (error) {
		throw asNodeError(node.getNode(), error);
	}
}

const MOST_HINTS = 10;
