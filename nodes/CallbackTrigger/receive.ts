import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { takeEvent } from '../../lib/callbacks/intake';
import { holdsType } from '../../lib/callbacks/subscriptions';
import { StoreFullError, StoreSetupError } from '../../lib/store/errors';
import { assertAllowedAddress } from '../shared/allowList';
import { receivedItem } from '../shared/auditEventItems';
import {
	IntakeError,
	LATER,
	MB,
	type IntakeAnswer,
	type IntakeRequest,
} from '../../lib/transport/intake';
import { isSampleRequest } from '../shared/sampleRun';
import { storeOf, type StoreContext } from '../shared/stores';
import { answerNow, requestOf } from '../shared/webhookIntake';
import { sampleEvent } from './sample';
import { namesOf, optionOf, readSettings, type TriggerSettings } from './settings';
import { checkedEvent, type CheckedEvent } from './verify';

const DAY = 24 * 3600_000;

export type EventContext = StoreContext & Pick<IWebhookFunctions, 'getWorkflow'>;

/**
 * Takes an event in. 200 means that it is on disk, or was before; everything else asks for another try.
 * Never throws.
 */
export async function answerEvent(
	request: IntakeRequest,
	context: EventContext,
	readTriggerSettings: () => TriggerSettings,
): Promise<IntakeAnswer> {
	try {
		const settings = readTriggerSettings();
		const taken = await read(request, context, settings, false);
		const wanted = holdsType(settings.subscriptions, taken.event.typeOf);
		const { id } = taken.event;
		// The subscriptions were changed a moment ago: nobody here wants it, and nobody need send it again.
		const outcome = wanted ? await store(context, settings, taken) : 'ignored';
		return { status: 200, body: { id, outcome } };
	} catch (error) {
		return problemAnswer(context, error);
	}
}

/** Takes in what came to the node's webhook. */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const request = requestOf(context);
	if (context.getMode() === 'manual') return await receiveForTest(context, request);
	answerNow(context, await answerEvent(request, context, () => readSettings(context)));
	return { noWebhookResponse: true };
}

async function receiveForTest(
	context: IWebhookFunctions,
	request: IntakeRequest,
): Promise<IWebhookResponseData> {
	if (isSampleRequest(context)) {
		answerNow(context, { status: 200, body: { outcome: 'test' } });
		const json = receivedItem(sampleEvent(readSettings(context)), { test: true });
		return { noWebhookResponse: true, workflowData: [[{ json }]] };
	}
	try {
		return showForTest(context, await read(request, context, readSettings(context), true));
	} catch (error) {
		answerNow(context, problemAnswer(context, error));
		return { noWebhookResponse: true };
	}
}

async function read(
	request: IntakeRequest,
	context: EventContext,
	settings: TriggerSettings,
	test: boolean,
): Promise<CheckedEvent> {
	const { options, propertyId } = settings;
	assertAllowedAddress(String(options.allowedIps ?? ''), request.remoteAddress);
	const largest = optionOf(
		context.getNode(),
		options,
		['maxBodyMb', 'Largest Request (MB)'],
		10,
		0.001,
	);
	const body = await request.readBody(largest * MB);
	const { registration } = namesOf(context, test);
	const { headers } = request;
	const taken = await checkedEvent(context, settings, registration, { headers, body });
	const { event } = taken;
	if (event.propertyId !== undefined && event.propertyId !== propertyId) {
		throw new IntakeError(403, `The event belongs to another property: ${event.propertyId}`);
	}
	return taken;
}

async function store(
	context: EventContext,
	{ options }: TriggerSettings,
	{ event, checked }: CheckedEvent,
): Promise<'taken' | 'duplicate'> {
	const { scope, consumer } = namesOf(context, false);
	const { store: open, settings: storeSettings } = await storeOf(context);
	const days = ['deduplicationDays', 'Deduplication Days'] as const;
	const workflowId = context.getWorkflow().id;
	const isNew = await takeEvent(event, {
		store: open,
		scope: `callback:${scope}`,
		consumer,
		checked,
		deduplicationMs: optionOf(context.getNode(), options, days, 14, 1) * DAY,
		...(storeSettings.maxBytes === undefined ? {} : { maxBytes: storeSettings.maxBytes }),
		...(workflowId === undefined ? {} : { workflowId }),
	});
	return isNew ? 'taken' : 'duplicate';
}

/** "Listen for test event" in the editor: the event goes to the canvas, and nothing is stored. */
function showForTest(
	context: IWebhookFunctions,
	{ event, checked }: CheckedEvent,
): IWebhookResponseData {
	answerNow(context, { status: 200, body: { id: event.id, outcome: 'test' } });
	const received = {
		event: event.document,
		receivedAt: new Date().toISOString(),
		checked,
	};
	return {
		noWebhookResponse: true,
		workflowData: [[{ json: receivedItem(received, { test: true }) }]],
	};
}

function problemAnswer(context: EventContext, error: unknown): IntakeAnswer {
	if (error instanceof IntakeError) {
		const headers = error.status === 503 ? LATER : {};
		return { status: error.status, body: { error: error.message }, headers };
	}
	const message = error instanceof Error ? error.message : String(error);
	const known = error instanceof StoreFullError || error instanceof StoreSetupError;
	context.logger[known ? 'warn' : 'error'](`${context.getNode().name}: ${message}`);
	return {
		status: 503,
		body: { error: 'Events cannot be taken in now; send them again later' },
		headers: LATER,
	};
}
