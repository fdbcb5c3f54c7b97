import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { credentialTests } from '../shared/lazyCredentialTests';
import { lazily, methodsOf } from '../shared/lazily';
import { storeCredential } from '../shared/credentialFields';
import { properties } from './properties';
import type * as Work from './work';

const work = lazily(() => require('./work') as typeof Work);

const { testDeliveryStore, testReactor, testRemoteCallback } = credentialTests;

/** Manages callbacks, and finds those that an event is for. */
export class CallbackSubscribe implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Callback Subscribe',
		name: 'callbackSubscribe',
		icon: { light: 'file:callbackSubscribe.svg', dark: 'file:callbackSubscribe.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ ({ create: "Create", delete: "Delete", get: "Get", getMany: "Get many", listAuditEvents: "List audit events", matchEvent: "Send event to subscribers", update: "Update" })[$parameter["operation"]] }}',
		description: 'Subscribe URLs to events, and send events to their subscribers',
		defaults: { name: 'Callback Subscribe' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{
				name: 'postbackReactorApi',
				required: true,
				displayOptions: { show: { source: ['adobe'] } },
				testedBy: 'testReactor',
			},
			{
				name: 'postbackRemoteCallbackApi',
				required: true,
				displayOptions: { show: { source: ['remote'] } },
				testedBy: 'testRemoteCallback',
			},
			{
				name: 'deliveryStoreApi',
				testedBy: 'testDeliveryStore',
				...storeCredential,
				// The editor takes a field for the choice of a credential, and moves it away, when every
				// value of it stands under `show`.
				displayOptions: { hide: { source: ['adobe', 'remote'] } },
			},
		],
		properties,
	};

	methods = {
		credentialTest: { testDeliveryStore, testReactor, testRemoteCallback },
		listSearch: methodsOf(work, ['searchCallbacks', 'searchProperties']),
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await work().execute(this);
	}
}
