import type { IDataObject, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { triggerConsumer } from '../../lib/store/lines';
import { MB } from '../../lib/transport/intake';
import { readAuthentication } from '../shared/intakeAuthentication';
import { storeOf } from '../shared/stores';
import { answerNow, requestOf } from '../shared/webhookIntake';
import { answerHits, problemAnswer, readHits, type HitIntake, type HitReading } from './answer';
import { engineParameters, matchingOf } from './engines';
import { composeForTest } from './manual';
import { postbackScope } from './scope';

const DAY = 24 * 3600_000;

/**
 * Takes hits in. The answer is written here, since n8n would hold it back until an execution slot is free.
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const settings = context.getNodeParameter('settings', {}) as IDataObject;
	if (context.getMode() === 'manual') return await receiveForTest(context, settings);
	answerNow(context, await answerHits(requestOf(context), intakeOf(context, settings)));
	return { noWebhookResponse: true };
}

function readingOf(context: IWebhookFunctions, settings: IDataObject): HitReading {
	const scope = postbackScope(context.getWorkflow().id, context.getNode().id);
	return {
		allowedAddresses: String(settings.allowedIps ?? ''),
		maxBodyBytes: Math.max(1, Number(settings.maxBodyMb ?? 10)) * MB,
		maxHits: Math.max(1, Number(settings.maxHits ?? 10_000)),
		authentication: async () => await readAuthentication(context),
		matching: () => matchingOf(scope, engineParameters(context)),
	};
}

function intakeOf(context: IWebhookFunctions, settings: IDataObject): HitIntake {
	const workflowId = context.getWorkflow().id;
	const { id } = context.getNode();
	return {
		...readingOf(context, settings),
		store: async () => {
			const { store, settings: own } = await storeOf(context);
			return { store, maxBytes: own.maxBytes };
		},
		scope: postbackScope(workflowId, id),
		consumer: triggerConsumer(workflowId ?? 'unsaved', id),
		workflowId,
		deduplication: {
			by: (settings.deduplicateBy ?? 'none') as HitIntake['deduplication']['by'],
			hitKey: String(settings.deduplicationKey ?? ''),
			ms: Math.max(1, Number(settings.deduplicationDays ?? 14)) * DAY,
		},
		log: logOf(context),
	};
}

const logOf =
	(context: IWebhookFunctions): HitIntake['log'] =>
	(level, message) =>
		context.logger[level](`${context.getNode().name}: ${message}`);

/** "Listen for test event" in the editor: what is composed goes to the canvas, marked as a test. */
async function receiveForTest(
	context: IWebhookFunctions,
	settings: IDataObject,
): Promise<IWebhookResponseData> {
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
