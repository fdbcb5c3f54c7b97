import {
	NodeConnectionTypes,
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { testDeliveryStore } from '../shared/credentialTests';
import { testReactor, testRemoteCallback } from '../shared/reactorCredentialTests';
import { asNodeError } from './errors';
import { openOptions, openSource, type SourceChoice } from './openSource';
import type { OperationContext } from './operation';
import { OPERATIONS } from './operations';
import { properties } from './properties';
import { searchCallbacks, searchProperties } from './searches';

/** Manages callbacks, and finds those that an event is for. */
export class CallbackSubscribe implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Callback Subscribe',
		name: 'callbackSubscribe',
		icon: { light: 'file:callbackSubscribe.svg', dark: 'file:callbackSubscribe.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ ({ create: "Create", delete: "Delete", get: "Get", getMany: "Get many", listAuditEvents: "List audit events", matchEvent: "Send an event to its subscribers", update: "Update" })[$parameter["operation"]] }}',
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
				required: false,
				// The editor takes a field for the choice of a credential, and moves it away, when every
				// value of it stands under `show`.
				displayOptions: { hide: { source: ['adobe', 'remote'] } },
				testedBy: 'testDeliveryStore',
			},
		],
		properties,
	};

	methods = {
		credentialTest: { testDeliveryStore, testReactor, testRemoteCallback },
		listSearch: { searchCallbacks, searchProperties },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const name = this.getNodeParameter('operation', 0);
		const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
		if (!operation)
			throw new NodeOperationError(this.getNode(), `Operation has no choice "${name}"`);
		const context = await open(this);
		const items: INodeExecutionData[] = [];
		for (let item = 0; item < this.getInputData().length; item++) {
			try {
				const given = await operation.execute(context, item);
				items.push(...given.map((json) => ({ json, pairedItem: { item } })));
			} catch (error) {
				const told = asNodeError(this.getNode(), error, item);
				if (!this.continueOnFail()) throw told;
				items.push({ json: { error: told.message }, error: told, pairedItem: { item } });
			}
		}
		return [items];
	}
}

/** What all items of an execution have in common is made once. */
async function open(node: IExecuteFunctions): Promise<OperationContext> {
	const choice = node.getNodeParameter('source', 0, 'adobe') as SourceChoice;
	const options = node.getNodeParameter('options', 0, {}) as IDataObject;
	const hints = new Set<string>();
	const hint = (message: string) => {
		if (hints.has(message) || hints.size >= MOST_HINTS) return;
		hints.add(message);
		node.addExecutionHints({ message, location: 'outputPane' });
	};
	const signal = node.getExecutionCancelSignal?.();
	try {
		const source = await openSource(node, choice, {
			...openOptions(options),
			...(signal ? { signal } : {}),
			warn: hint,
		});
		return { node, source, choice, options, hint };
	} catch (error) {
		throw asNodeError(node.getNode(), error);
	}
}

const MOST_HINTS = 10;
