import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { isLeased } from './deliveryItems';

/**
 * Does a sender's work. Where the node's setting On Error says to go on, n8n would put the input of a
 * node that throws to its first output, and what was never sent would count as delivered: it goes to the
 * error output here, or, where there is none, to Dead Letter with the error.
 * @param outputs how many the node has; Dead Letter is the third, or the only one is taken
 */
export async function orContinue(
	context: IExecuteFunctions,
	work: () => Promise<INodeExecutionData[][]>,
	outputs = 3,
): Promise<INodeExecutionData[][]> {
	const outcome = await work().then(
		(outputs) => ({ outputs }),
		(error: Error) => ({ error }),
	);
	if ('outputs' in outcome) return outcome.outputs;
	const { error } = outcome;
	if (!context.continueOnFail()) throw error;
	context.addExecutionHints({
		message: `Nothing was sent: ${error.message}`,
		type: 'danger',
		location: 'outputPane',
	});
	const unsentAt = outputs > 2 ? 2 : 0;
	return Array.from({ length: outputs }, (_, at) =>
		at === unsentAt ? unsent(context, error) : [],
	);
}

function unsent(context: IExecuteFunctions, error: Error): INodeExecutionData[] {
	// n8n moves items with an error to the error output.
	const moved = context.getNode().onError === 'continueErrorOutput' ? { error } : {};
	return context.getInputData().flatMap((one, item) => {
		// What a trigger of this package emitted is back in its queue and comes again.
		if (!('error' in moved) && isLeased(one)) return [];
		return [
			{
				json: { ...one.json, error: error.message },
				...(moved as { error?: INodeExecutionData['error'] }),
				pairedItem: { item },
			},
		];
	});
}
