import {
	NodeConnectionTypes,
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
import { credentialTests } from '../shared/lazyCredentialTests';
import { lazily } from '../shared/lazily';
import { storeCredential } from '../shared/credentialFields';
import { startSampleRun } from '../shared/sampleRun';
import { properties } from './properties';
import type * as Work from './work';

const work = lazily(() => require('./work') as typeof Work);

const { testCallbackTokens, testDeliveryStore } = credentialTests;

const METHODS = 'GET,POST,PUT,PATCH,DELETE';

/** n8n goes by the number of segments; which call is meant is told from what stands in them. */
const webhook = (segments: string) => ({
	name: 'default' as const,
	httpMethod: METHODS,
	responseMode: 'onReceived' as const,
	responseData: '',
	isFullPath: true,
	path: `={{$parameter["path"]}}${segments}`,
	ndvHideUrl: true,
});

/**
 * Where the API begins: what a subscriber is given, and the only URL that the editor shows. n8n puts the
 * node's webhook ID before paths with variable segments, and before this one since it is no full path.
 */
const baseUrl = {
	...webhook(''),
	isFullPath: false,
	ndvHideMethod: true,
	ndvHideUrl: false,
};

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
		eventTriggerDescription: 'Waits for a request at the test URL, or takes the sample',
		activationMessage: 'The callbacks API is now served at the production URL.',
		defaults: { name: 'Callback API Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{ name: 'postbackCallbackTokensApi', required: true, testedBy: 'testCallbackTokens' },
			{ name: 'deliveryStoreApi', testedBy: 'testDeliveryStore', ...storeCredential },
		],
		webhooks: [
			baseUrl,
			webhook('/:collection'),
			webhook('/:collection/:id'),
			webhook('/:collection/:id/:related'),
		],
		properties,
	};

	methods = { credentialTest: { testCallbackTokens, testDeliveryStore } };

	webhookMethods = {
		default: {
			// The webhook is n8n's own; what is noted is where it is, since a trigger cannot ask.
			async checkExists(this: IHookFunctions): Promise<boolean> {
				startSampleRun(this);
				await work().noteAddress(this);
				return true;
			},
			create: async () => true,
			delete: async () => true,
		},
	};

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await work().startTrigger(this);
	}

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await work().receive(this);
	}

	// A trigger with a webhook is executed in test runs; it passes on what its webhook gave.
	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [this.getInputData()];
	}
}
