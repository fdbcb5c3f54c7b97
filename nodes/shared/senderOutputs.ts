import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { maskRequest } from '../../lib/delivery/masking';
import type { SenderReport } from '../../lib/delivery/sender';
import type { SenderResult } from '../../lib/delivery/senderTypes';

const OUTPUT_OF: Record<SenderResult['kind'], number | undefined> = {
	delivered: 0,
	retrying: 1,
	dead: 2,
	passed: undefined,
	duplicate: undefined,
	dropped: undefined,
};

/** Which of Delivered, Retrying and Dead Letter a result goes to; undefined: to none. */
export function outputOf({ kind, delivery }: SenderResult): number | undefined {
	if (kind === 'passed') return { delivered: 0, dead: 2, pending: 1, retrying: 1 }[delivery.status];
	return OUTPUT_OF[kind];
}

/**
 * Shapes the outputs Delivered, Retrying and Dead Letter, every item paired with its input.
 * @param masked false where retries come back to this node, whose request must stay as it is then
 */
export function toOutputs(
	context: IExecuteFunctions,
	results: SenderResult[],
	masked: boolean,
): INodeExecutionData[][] {
	const items = context.getInputData();
	const outputs: INodeExecutionData[][] = [[], [], []];
	results.sort((a, b) => a.index - b.index);
	for (const result of results) {
		const output = outputOf(result);
		if (output === undefined) continue;
		const { delivery } = result;
		const shown =
			masked || output !== 1 ? { ...delivery, request: maskRequest(delivery.request) } : delivery;
		const json = {
			...items[result.index]?.json,
			delivery: shown,
		} as unknown as INodeExecutionData['json'];
		outputs[output].push({ json, pairedItem: { item: result.index } });
	}
	return outputs;
}

/** Tells in the editor what the outputs alone do not show. */
export function giveHints(context: IExecuteFunctions, report: SenderReport): void {
	const hint = (message: string) =>
		context.addExecutionHints({ message, type: 'warning', location: 'outputPane' });
	const count = (kind: SenderResult['kind']) =>
		report.results.filter((r) => r.kind === kind).length;
	if (report.stopped > 0)
		hint(
			`${report.stopped} deliveries were not sent before the end of the execution; they stay queued.`,
		);
	if (report.queuePaused) hint(report.queuePaused);
	for (const error of report.configurationErrors ?? []) {
		hint(`${error}. Until that is mended, nothing more is sent there.`);
	}
	if (report.late > 0)
		hint(
			`${report.late} outcomes came after the lease had lapsed; these deliveries may be sent a second time.`,
		);
	if (report.storeFailure) {
		const message =
			report.storeFailure instanceof Error
				? report.storeFailure.message
				: String(report.storeFailure);
		hint(
			`The delivery store could not note all outcomes (${message}); deliveries may be sent a second time.`,
		);
	}
	const passed = count('passed') + count('dropped');
	if (passed > 0) {
		hint(
			`${passed} items were passed on without sending: they are stored deliveries that are not due, or that this node does not have in hand. Retries are sent by the Delivery Queue Trigger; do not connect Retrying back to a sender.`,
		);
	}
	if (count('duplicate') > 0)
		hint(`${count('duplicate')} items were not sent: their deduplication key was sent before.`);
}
