import {
	NodeConnectionTypes,
	NodeOperationError,
	type IExecuteFunctions,
	type IHookFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type ITriggerFunctions,
	type ITriggerResponse,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';
import { noteBaseUrl } from '../../lib/callbacks/store/changes';
import { noteProperties } from '../../lib/callbacks/store/properties';
import { testDeliveryStore } from '../shared/credentialTests';
import { whileActive } from '../shared/serve';
import { storeOf } from '../shared/stores';
import { emitChanges } from './changes';
import { sampleChange } from './manual';
import { properties } from './properties';
import { receive } from './receive';
import { baseUrlOf, declaredProperties, readSettings, readerName } from './settings';
import { testCallbackTokens } from './tokens';

const METHODS = 'GET,POST,PUT,PATCH,DELETE';

/** n8n goes by the number of segments; which call is meant is told from what stands in them. */
const webhook = (segments: string, hidden: boolean) => ({
	name: 'default' as const,
	httpMethod: METHODS,
	responseMode: 'onReceived' as const,
	responseData: '',
	isFullPath: true,
	path: `={{$parameter["path"]}}${segments}`,
	ndvHideMethod: true,
	ndvHideUrl: hidden,
});

/** Serves the callbacks endpoint of the Reactor API, and tells of every change. */
export class CallbackApiTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Callback API Trigger',
		name: 'callbackApiTrigger',
		icon: { light: 'file:callbackApiTrigger.svg', dark: 'file:callbackApiTrigger.dark.svg' },
		group: ['trigger'],
		// Version 1 is what keeps n8n from parsing the body before us.
		version: 1,
		subtitle: '={{ $parameter["path"] }}',
		description: 'Lets others subscribe to your events: serves the callbacks API from n8n',
		eventTriggerDescription: 'Waits for a request at the test URL',
		activationMessage: 'The callbacks API is now served at the production URL.',
		defaults: { name: 'Callback API Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{ name: 'postbackCallbackTokensApi', required: true, testedBy: 'testCallbackTokens' },
			{ name: 'deliveryStoreApi', required: false, testedBy: 'testDeliveryStore' },
		],
		webhooks: [
			webhook('/:collection', false),
			webhook('/:collection/:id', true),
			webhook('/:collection/:id/:related', true),
		],
		properties,
	};

	methods = { credentialTest: { testCallbackTokens, testDeliveryStore } };

	webhookMethods = {
		default: {
			// The webhook is n8n's own; what is noted is where it is, since a trigger cannot ask.
			async checkExists(this: IHookFunctions): Promise<boolean> {
				await noteAddress(this);
				return true;
			},
			create: async () => true,
			delete: async () => true,
		},
	};

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		const node = this.getNode();
		const settings = readSettings(this);
		const declared = declaredProperties(this);
		if (this.getMode() === 'manual') {
			return {
				manualTriggerFunction: async () => {
					this.emit([[sampleChange(declared)]]);
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
		const closeFunction = await whileActive(this, {
			onOpen: async (store) => await store.write(async (unit) => await noteProperties(unit, noted)),
			run: async (store, stop) => await emitChanges(this, { store, settings, declared, stop }),
		});
		return { closeFunction };
	}

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await receive(this);
	}

	// A trigger with a webhook is executed in test runs; it passes on what its webhook gave.
	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [this.getInputData()];
	}
}

/** Not known is only worse links in items: never a reason not to serve. */
async function noteAddress(context: IHookFunctions): Promise<void> {
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
