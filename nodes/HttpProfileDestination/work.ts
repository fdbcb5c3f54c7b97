import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { orContinue } from '../shared/continueOnError';
import { orGiveBack } from '../shared/giveBack';
import { refuseRetryOnFail } from '../shared/retryOnFail';
import { backfill } from './backfill';
import { exportProfiles } from './export';
import { OUTPUTS } from './results';

export { getAudiences, searchDestinations } from './backfill';

/** Exports the profiles that come in, or begins a backfill. */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const isBackfill = context.getNodeParameter('operation', 0, 'export') === 'backfill';
	const outputs = isBackfill ? 1 : OUTPUTS;
	if (context.getInputData().length === 0) return Array.from({ length: outputs }, () => []);
	const work = async () => {
		refuseRetryOnFail(context);
		return isBackfill ? await backfill(context) : await exportProfiles(context);
	};
	return await orContinue(context, async () => await orGiveBack(context, work), outputs);
}
