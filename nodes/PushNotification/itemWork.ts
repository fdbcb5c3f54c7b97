import {
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { itemReader } from '../shared/parameters';
import { storeOf, storeProblem } from '../shared/stores';

/** The store of a node. @throws NodeOperationError that says what to change */
export async function openStore(context: IExecuteFunctions): Promise<DeliveryStore> {
	try {
		return (await storeOf(context)).store;
	} catch (error) {
		throw storeProblem(context.getNode(), error);
	}
}

/** Reads a text for each item. */
export function textReader(context: IExecuteFunctions, name: string): (index: number) => string {
	const read = itemReader(context, name, '');
	return (index) => {
		const value = read(index);
		return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
	};
}

/** What is wrong with an item. */
export interface Problem {
	problem: string;
}

/** An item that cannot be worked on, for a reason. */
export const problem = (text: string): Problem => ({ problem: text });

/**
 * What was worked out of each item: items, each paired with it; or a problem, for which the node fails,
 * unless it is to go on in spite of errors.
 */
export function toItems(
	context: IExecuteFunctions,
	worked: readonly (readonly object[] | Problem)[],
): INodeExecutionData[] {
	return worked.flatMap((one, index): INodeExecutionData[] => {
		const pairedItem = { item: index };
		if (!('problem' in one)) {
			return one.map((json) => ({ json: json as IDataObject, pairedItem }));
		}
		const error = new NodeOperationError(context.getNode(), `Item ${index}: ${one.problem}`, {
			itemIndex: index,
		});
		if (!context.continueOnFail()) throw error;
		return [{ json: { error: error.message }, error, pairedItem }];
	});
}

/**
 * Refuses items that are wrong before anything is written, unless the node is to go on in spite of errors.
 * @throws NodeOperationError for the first of them
 */
export function refuseProblems(
	context: IExecuteFunctions,
	worked: readonly (object | Problem)[],
): void {
	const at = worked.findIndex((one) => 'problem' in one);
	if (at < 0 || context.continueOnFail()) return;
	const { problem: text } = worked[at] as Problem;
	throw new NodeOperationError(context.getNode(), `Item ${at}: ${text}`, { itemIndex: at });
}
