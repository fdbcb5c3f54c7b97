import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { isSampleRequest } from '../shared/sampleRun';
import { answerNow, requestOf } from '../shared/webhookIntake';
import { postbackScope } from './scope';
import { compile } from './compile';
import { answerHits, problemAnswer, readHits } from './answer';
import { intakeOf, logOf, readingOf } from './intake';
import { composeForTest, composeSample } from './manual';

/**
 * Takes hits in. The answer is written here, since n8n would hold it back until an execution slot is free.
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const settings = context.getNodeParameter('settings', {}) as IDataObject;
	if (context.getMode() === 'manual') return await receiveForTest(context, settings);
	answerNow(context, await answerHits(requestOf(context), intakeOf(context, settings)));
	return { noWebhookResponse: true };
}

/** "Listen for test event" in the editor: what is composed goes to the canvas, marked as a test. */
async function receiveForTest(
	context: IWebhookFunctions,
	settings: IDataObject,
): Promise<IWebhookResponseData> {
	if (isSampleRequest(context)) return await runSample(context);
	try {
		const read = await readHits(requestOf(context), readingOf(context, settings));
		const { hits, rejected, matching } = read;
		const items = await composeForTest(context, matching, hits);
		const body = { test: true, accepted: hits.length, rejected, queued: items.length };
		answerNow(context, { status: 202, body });
		return { noWebhookResponse: true, workflowData: [items] };
	} catch (error) {
		answerNow(context, problemAnswer(error, logOf(context)));
		return { noWebhookResponse: true };
	}
}

/** A test run that takes the sample. Nobody reads the answer, so what is wrong is told on the canvas. */
async function runSample(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const { id } = context.getNode();
	const matching = compile(context, postbackScope(context.getWorkflow().id, id));
	const items = await composeSample(context, matching);
	answerNow(context, { status: 202, body: { test: true, queued: items.length } });
	return { noWebhookResponse: true, workflowData: [items] };
}
