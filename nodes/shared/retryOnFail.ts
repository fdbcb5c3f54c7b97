import { NodeOperationError, type IExecuteFunctions } from 'n8n-workflow';

/**
 * n8n's Retry On Fail repeats the whole node, with everything that was already delivered.
 * @throws NodeOperationError when it is switched on
 */
export function refuseRetryOnFail(context: IExecuteFunctions): void {
	if (!context.getNode().retryOnFail) return;
	throw new NodeOperationError(
		context.getNode(),
		'Switch "Retry On Fail" off in the settings of this node',
		{
			description:
				"This node retries by itself, each message alone. n8n's own retry would send all of them again.",
		},
	);
}
