import type { ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { receivedItem } from '../shared/auditEventItems';
import { serve } from '../shared/serve';
import { emitEvents } from './emit';
import { lookAfter, lookIntervalMs } from './keeper';
import { listenForEvents } from './ownPort';
import { sampleEvent } from './sample';
import { assertAllowList, namesOf, optionOf, readSettings } from './settings';

export { checkExists, create, remove } from './hooks';
export { receive } from './receive';
export { searchProperties } from './searches';

/** Listens, emits and looks after the registration until the workflow is deactivated. */
export async function startTrigger(context: ITriggerFunctions): Promise<ITriggerResponse> {
	const node = context.getNode();
	const settings = readSettings(context);
	if (context.getMode() === 'manual') {
		return {
			manualTriggerFunction: async () => {
				const item = receivedItem(sampleEvent(settings), { test: true });
				context.emit([[{ json: item }]]);
			},
		};
	}
	const { options } = settings;
	const wait = ['longestWaitSeconds', 'Longest Wait (Seconds)'] as const;
	// What cannot be used is told while the workflow is published.
	lookIntervalMs(context, settings);
	assertAllowList(context, options);
	let open: DeliveryStore | undefined;
	const stopListening = await listenForEvents(context, settings, () => open?.isClosed === false);
	const stopServing = await serve(context, {
		consumer: namesOf(context, false).consumer,
		batchSize: optionOf(node, options, ['batchSize', 'Batch Size'], 100, 1),
		longestWaitMs: optionOf(node, options, wait, 0.25, 0) * 1_000,
		emit: async (events, store) => await emitEvents(context, events, store),
		onOpen: async (store) => void (open = store),
	}).catch(async (error: unknown) => {
		await stopListening();
		throw error;
	});
	const stopped = new AbortController();
	const looking = lookAfter(context, settings, stopped.signal);
	return {
		closeFunction: async () => {
			stopped.abort();
			await stopListening();
			await Promise.all([stopServing(), looking]);
		},
	};
}
