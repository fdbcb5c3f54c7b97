import { setTimeout as sleep } from 'node:timers/promises';
import type { IExecuteFunctions, INodeExecutionData, INodeType } from 'n8n-workflow';

function testNode(
	name: string,
	execute: (context: IExecuteFunctions) => Promise<INodeExecutionData[][]>,
): INodeType {
	return {
		description: {
			displayName: name,
			name,
			group: ['transform'],
			version: 1,
			description: '',
			defaults: { name },
			inputs: ['main'],
			outputs: ['main'],
			properties: [],
		},
		async execute() {
			return await execute(this);
		},
	};
}

/** Stands where any node could stand. */
export const passThrough = testNode('noOp', async (context) => [context.getInputData()]);

/** Waits as n8n's Wait node does for waits under 65 s: in memory, until the time that the first item names. */
export const waitForRetry = testNode('wait', async (context) => {
	const items = context.getInputData();
	const { nextAttemptAt } = items[0].json.delivery as { nextAttemptAt: string };
	await sleep(Math.max(0, Date.parse(nextAttemptAt) - Date.now()));
	return [items];
});
