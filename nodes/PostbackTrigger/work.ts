import type { IDataObject, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';
import { endPostback, notePostbacks } from '../../lib/postbacks/store/states';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { numberOption } from '../shared/parameters';
import { batchSizes, serve } from '../shared/serve';
import { storeOf } from '../shared/stores';
import { compile } from './compile';
import { emitTaken } from './emit';
import type { Matching } from './engines';
import { composeForTest, sampleHits } from './manual';
import { listenForHits, type OpenStore } from './ownPort';
import { postbackScope } from './scope';

export { receive } from './receive';
export { searchKeys, searchVariables } from './searches';

/** Takes hits in and emits what matches until the workflow is deactivated. */
export async function startTrigger(context: ITriggerFunctions): Promise<ITriggerResponse> {
	const node = context.getNode();
	const scope = postbackScope(context.getWorkflow().id, node.id);
	const settings = context.getNodeParameter('settings', {}) as IDataObject;
	const matching = compile(context, scope);
	if (context.getMode() === 'manual') {
		return {
			manualTriggerFunction: async () => {
				context.emit([await composeForTest(context, matching, sampleHits(node))]);
			},
		};
	}
	const wait = ['longestWaitSeconds', 'Longest Wait (Seconds)'] as const;
	const longestWait = numberOption(node, settings, wait, 0.25);
	let open: OpenStore | undefined;
	const openStore = () => (open?.store.isClosed === false ? open : undefined);
	const stopListening = await listenForHits(context, settings, matching, openStore);
	const stopServing = await serve(context, {
		consumer: `trigger:${scope}`,
		...batchSizes(node, settings),
		inFlight: Math.max(1, numberOption(node, settings, ['batchesAtOnce', 'Batches at Once'], 4)),
		longestWaitMs: Math.max(0, longestWait) * 1000,
		emit: async (batch, store) => await emitTaken(context, batch, store),
		onOpen: async (store) => {
			open = { store, maxBytes: (await storeOf(context)).settings.maxBytes };
			if (settings.endInactive !== false) await endInactive(store, scope, activeIn(matching));
		},
	}).catch(async (error: unknown) => {
		await stopListening();
		throw error;
	});
	return {
		closeFunction: async () => {
			await stopListening();
			await stopServing();
		},
	};
}

/** Where events are emitted as they are, no postback is active any more. */
const activeIn = (matching: Matching): string[] =>
	matching.filter ? [] : [...matching.engine.activeIds];

async function endInactive(store: DeliveryStore, scope: string, active: string[]): Promise<void> {
	const gone = await store.write(async (unit) => await notePostbacks(unit, scope, active));
	for (const postbackId of gone) {
		while ((await store.write(async (unit) => await endPostback(unit, scope, postbackId))) > 0);
	}
}
