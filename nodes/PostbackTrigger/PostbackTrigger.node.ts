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
import { lazily, methodsOf } from '../shared/lazily';
import { storeCredential } from '../shared/credentialFields';
import { startSampleRun } from '../shared/sampleRun';
import { properties } from './properties';
import type * as Work from './work';

const work = lazily(() => require('./work') as typeof Work);

const { testBearerToken, testDeliveryStore, testHeaderAuth, testSigningSecret } = credentialTests;

const webhook = {
	name: 'default' as const,
	// Both in one: n8n evaluates each webhook's path anew for every request.
	httpMethod: 'GET,POST',
	responseMode: 'onReceived' as const,
	responseData: '',
	isFullPath: true,
	path: '={{$parameter["path"]}}',
};

/** Takes hits in, matches them, and emits what is to be sent or the events themselves. */
export class PostbackTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Postback Trigger',
		name: 'postbackTrigger',
		icon: { light: 'file:postbackTrigger.svg', dark: 'file:postbackTrigger.dark.svg' },
		group: ['trigger'],
		// Version 1 is what keeps n8n from parsing the body before us.
		version: 1,
		subtitle: '={{ $parameter["path"] }}',
		description:
			'Starts the workflow with the messages to send when hits match your postbacks, or with events as they come',
		eventTriggerDescription: 'Waits for a hit at the test URL, or takes the sample',
		activationMessage: 'Hits at the production URL are now matched and delivered.',
		defaults: { name: 'Postback Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{
				name: 'postbackBearerTokenApi',
				required: true,
				displayOptions: { show: { authentication: ['bearerToken'] } },
				testedBy: 'testBearerToken',
			},
			{
				name: 'postbackHeaderAuthApi',
				required: true,
				displayOptions: { show: { authentication: ['headerAuth'] } },
				testedBy: 'testHeaderAuth',
			},
			{
				name: 'postbackSigningSecretApi',
				required: true,
				displayOptions: { show: { authentication: ['signature'] } },
				testedBy: 'testSigningSecret',
			},
			{ name: 'deliveryStoreApi', testedBy: 'testDeliveryStore', ...storeCredential },
		],
		webhooks: [webhook],
		properties,
	};

	methods = {
		credentialTest: { testBearerToken, testDeliveryStore, testHeaderAuth, testSigningSecret },
		listSearch: methodsOf(work, ['searchKeys', 'searchVariables']),
	};

	// The webhook is n8n's own: there is nothing to register anywhere.
	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				startSampleRun(this);
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
