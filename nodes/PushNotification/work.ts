import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { orContinue } from '../shared/continueOnError';
import { orGiveBack } from '../shared/giveBack';
import { refuseRetryOnFail } from '../shared/retryOnFail';
import { execute as getDevices } from './getDevices.operation';
import { execute as registerToken } from './registerToken.operation';
import { execute as removeProfile } from './removeProfile.operation';
import { execute as removeToken } from './removeToken.operation';
import { execute as report } from './report.operation';
import { execute as send } from './send.operation';
import { execute as setConsent } from './setConsent.operation';
import { execute as trackInteraction } from './trackInteraction.operation';
import type { Operation } from './operations';
import { OUTPUTS } from './results';

const OPERATIONS: Record<
	Operation,
	(context: IExecuteFunctions) => Promise<INodeExecutionData[][]>
> = {
	getDevices,
	registerToken,
	removeProfile,
	removeToken,
	report,
	send,
	setConsent,
	trackInteraction,
};

/** Does what the field "Operation" says. */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const chosen = context.getNodeParameter('operation', 0, 'send') as Operation;
	const isSend = chosen === 'send';
	const outputs = isSend ? OUTPUTS : 1;
	if (context.getInputData().length === 0) return Array.from({ length: outputs }, () => []);
	const operation = OPERATIONS[chosen];
	if (!isSend) return await operation(context);
	const work = async () => {
		refuseRetryOnFail(context);
		return await operation(context);
	};
	return await orContinue(context, async () => await orGiveBack(context, work), outputs);
}
