import {
	NodeOperationError,
	type IHookFunctions,
	type ITriggerFunctions,
	type ITriggerResponse,
} from 'n8n-workflow';
import { noteBaseUrl } from '../../lib/callbacks/store/changes';
import { noteProperties } from '../../lib/callbacks/store/properties';
import { whileActive } from '../shared/serve';
import { storeOf } from '../shared/stores';
import { emitChanges } from './changes';
import { sampleChange } from './manual';
import { baseUrlOf, declaredProperties, readSettings, readerName } from './settings';

export { receive } from './receive';

/** Tells of changes until the workflow is deactivated. */
export async function startTrigger(context: ITriggerFunctions): Promise<ITriggerResponse> {
	const node = context.getNode();
	const settings = readSettings(context);
	const declared = declaredProperties(context);
	if (context.getMode() === 'manual') {
		return {
			manualTriggerFunction: async () => {
				context.emit([[sampleChange(declared)]]);
			},
		};
	}
	if (declared.size === 0 && !settings.anyProperty) {
		throw new NodeOperationError(
			node,
			'Properties is empty: add one, or switch on Options › Any Property',
		);
	}
	const disabling = {
		...(settings.disableAfterMs === undefined ? {} : { disableAfterMs: settings.disableAfterMs }),
		disableOnGone: settings.disableOnGone,
	};
	const noted = [...declared].map(([id, name]) => ({ id, name, ...disabling }));
	if (settings.anyProperty) noted.push({ id: '*', name: '*', ...disabling });
	const closeFunction = await whileActive(context, {
		onOpen: async (store) => await store.write(async (unit) => await noteProperties(unit, noted)),
		run: async (store, stop) => await emitChanges(context, { store, settings, declared, stop }),
	});
	return { closeFunction };
}

/** Notes where the API is. Not known is only worse links in items: never a reason not to serve. */
export async function noteAddress(context: IHookFunctions): Promise<void> {
	if (context.getMode() === 'manual') return;
	try {
		const baseUrl = baseUrlOf(context);
		if (baseUrl === '') return;
		const { store } = await storeOf(context);
		const reader = readerName(context);
		await store.write(async (unit) => await noteBaseUrl(unit, reader, baseUrl));
	} catch (error) {
		context.logger.debug(
			`${context.getNode().name}: where its API is could not be noted: ${(error as Error).message}`,
		);
	}
}
