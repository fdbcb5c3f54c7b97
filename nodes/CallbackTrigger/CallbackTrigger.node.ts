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
import { properties } from './properties';
import type * as Work from './work';

const work = lazily(() => require('./work') as typeof Work);

const { testDeliveryStore, testReactor, testRemoteCallback, testSigningSecret } = credentialTests;

/** Subscribes itself to a property's audit events and emits them. */
export class CallbackTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Callback Trigger',
		name: 'callbackTrigger',
		icon: { light: 'file:callbackTrigger.svg', dark: 'file:callbackTrigger.dark.svg' },
		group: ['trigger'],
		// Version 1 is what keeps n8n from parsing the body before us.
		version: 1,
		subtitle: '={{ $parameter["eventTypes"].join(", ") || $parameter["otherEventTypes"] }}',
		description: 'Starts the workflow when something happens at Adobe, or at another n8n',
		eventTriggerDescription:
			'Waits for an event at the test URL, which is registered meanwhile, or takes the sample',
		activationMessage: 'This workflow is registered and starts when events come.',
		defaults: { name: 'Callback Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{
				name: 'postbackReactorApi',
				required: true,
				displayOptions: { show: { service: ['adobe'] } },
				testedBy: 'testReactor',
			},
			{
				name: 'postbackRemoteCallbackApi',
				required: true,
				// The editor takes a field for the choice of a credential, and moves it away, when every
				// value of it stands under `show`.
				displayOptions: { hide: { service: ['adobe'] } },
				testedBy: 'testRemoteCallback',
			},
			{
				name: 'postbackSigningSecretApi',
				required: true,
				displayOptions: { show: { check: ['signature'] } },
				testedBy: 'testSigningSecret',
			},
			{ name: 'deliveryStoreApi', testedBy: 'testDeliveryStore', ...storeCredential },
		],
		webhooks: [
			{
				name: 'default',
				httpMethod: 'POST',
				responseMode: 'onReceived',
				responseData: '',
				// Below the node's own webhook id, which cannot be guessed.
				path: 'callback',
			},
		],
		properties,
	};

	methods = {
		credentialTest: { testDeliveryStore, testReactor, testRemoteCallback, testSigningSecret },
		listSearch: methodsOf(work, ['searchProperties']),
	};

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return await work().checkExists(this);
			},
			async create(this: IHookFunctions): Promise<boolean> {
				return await work().create(this);
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				return await work().remove(this);
			},
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
