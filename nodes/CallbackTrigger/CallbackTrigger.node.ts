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
import { searchProperties } from './searches';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { receivedItem } from '../shared/auditEventItems';
import { testDeliveryStore, testSigningSecret } from '../shared/credentialTests';
import { testReactor, testRemoteCallback } from '../shared/reactorCredentialTests';
import { serve } from '../shared/serve';
import { emitEvents } from './emit';
import { checkExists, create, remove } from './hooks';
import { lookAfter, lookIntervalMs } from './keeper';
import { listenForEvents } from './ownPort';
import { properties } from './properties';
import { receive } from './receive';
import { sampleEvent } from './sample';
import { assertAllowList, namesOf, optionOf, readSettings } from './settings';

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
		eventTriggerDescription: 'Waits for an event at the test URL, which is registered meanwhile',
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
			{ name: 'deliveryStoreApi', required: false, testedBy: 'testDeliveryStore' },
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
		listSearch: { searchProperties },
	};

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return await checkExists(this);
			},
			async create(this: IHookFunctions): Promise<boolean> {
				return await create(this);
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				return await remove(this);
			},
		},
	};

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		const node = this.getNode();
		const settings = readSettings(this);
		if (this.getMode() === 'manual') {
			return {
				manualTriggerFunction: async () => {
					const item = receivedItem(sampleEvent(settings), { test: true });
					this.emit([[{ json: item }]]);
				},
			};
		}
		const { options } = settings;
		const wait = ['longestWaitSeconds', 'Longest Wait (Seconds)'] as const;
		// What cannot be used is told while the workflow is published.
		lookIntervalMs(this, settings);
		assertAllowList(this, options);
		let open: DeliveryStore | undefined;
		const stopListening = await listenForEvents(this, settings, () => open?.isClosed === false);
		const stopServing = await serve(this, {
			consumer: namesOf(this, false).consumer,
			batchSize: optionOf(node, options, ['batchSize', 'Batch Size'], 100, 1),
			longestWaitMs: optionOf(node, options, wait, 0.25, 0) * 1_000,
			emit: async (events, store) => await emitEvents(this, events, store),
			onOpen: async (store) => void (open = store),
		}).catch(async (error: unknown) => {
			await stopListening();
			throw error;
		});
		const stopped = new AbortController();
		const looking = lookAfter(this, settings, stopped.signal);
		return {
			closeFunction: async () => {
				stopped.abort();
				await stopListening();
				await Promise.all([stopServing(), looking]);
			},
		};
	}

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await receive(this);
	}

	// A trigger with a webhook is executed in test runs; it passes on what its webhook gave.
	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [this.getInputData()];
	}
}
