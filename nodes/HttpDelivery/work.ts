import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { orContinue } from '../shared/continueOnError';
import { orGiveBack } from '../shared/giveBack';
import { refuseRetryOnFail } from '../shared/retryOnFail';
import { runSender } from '../shared/runSender';
import { httpSender } from './httpSender';
import { readItems } from './requests';

/** Sends what comes in. */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	if (context.getInputData().length === 0) return [[], [], []];
	const send = async () => {
		refuseRetryOnFail(context);
		const items = readItems(context);
		const options = context.getNodeParameter('options', 0, {}) as IDataObject;
		const run = await httpSender(context, items, options);
		return await runSender(context, run);
	};
	return await orContinue(context, async () => await orGiveBack(context, send));
}
