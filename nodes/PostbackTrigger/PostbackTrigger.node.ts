import {
	NodeConnectionTypes,
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type ILoadOptionsFunctions,
	type INodeExecutionData,
	type INodeListSearchResult,
	type INodeType,
	type INodeTypeDescription,
	type ITriggerFunctions,
	type ITriggerResponse,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';
import {
	catalogFromSample,
	CATALOG_KEYS,
	CATALOG_VARIABLES,
	DefinitionError,
} from '../../lib/postbacks';
import { endPostback, notePostbacks } from '../../lib/postbacks/store/states';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import {
	testBearerToken,
	testDeliveryStore,
	testHeaderAuth,
	testSigningSecret,
} from '../shared/credentialTests';
import { listOf } from '../shared/credentials';
import { allowList } from '../shared/allowList';
import { numberOption } from '../shared/parameters';
import { batchSizes, serve } from '../shared/serve';
import { storeOf } from '../shared/stores';
import { emitTaken } from './emit';
import { engineParameters, matchingOf, type Matching } from './engines';
import { composeForTest, sampleHits } from './manual';
import { listenForHits, type OpenStore } from './ownPort';
import { properties } from './properties';
import { receive } from './receive';
import { postbackScope } from './scope';

const webhook = (httpMethod: 'GET' | 'POST') => ({
	name: 'default' as const,
	httpMethod,
	responseMode: 'onReceived' as const,
	responseData: '',
	isFullPath: true,
	path: '={{$parameter["path"]}}',
});

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
		eventTriggerDescription: 'Waits for a hit at the test URL',
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
			{ name: 'deliveryStoreApi', required: false, testedBy: 'testDeliveryStore' },
		],
		webhooks: [webhook('GET'), webhook('POST')],
		properties,
	};

	methods = {
		credentialTest: { testBearerToken, testDeliveryStore, testHeaderAuth, testSigningSecret },
		listSearch: { searchKeys, searchVariables },
	};

	// The webhook is n8n's own: there is nothing to register anywhere.
	webhookMethods = {
		default: {
			checkExists: async () => true,
			create: async () => true,
			delete: async () => true,
		},
	};

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		const node = this.getNode();
		const scope = postbackScope(this.getWorkflow().id, node.id);
		const settings = this.getNodeParameter('settings', {}) as IDataObject;
		const matching = compile(this, scope);
		if (this.getMode() === 'manual') {
			return {
				manualTriggerFunction: async () => {
					this.emit([await composeForTest(this, matching, sampleHits(node))]);
				},
			};
		}
		const wait = ['longestWaitSeconds', 'Longest Wait (Seconds)'] as const;
		const longestWait = numberOption(node, settings, wait, 0.25);
		let open: OpenStore | undefined;
		const openStore = () => (open?.store.isClosed === false ? open : undefined);
		const stopListening = await listenForHits(this, settings, matching, openStore);
		const stopServing = await serve(this, {
			consumer: `trigger:${scope}`,
			...batchSizes(node, settings),
			inFlight: Math.max(1, numberOption(node, settings, ['batchesAtOnce', 'Batches at Once'], 4)),
			longestWaitMs: Math.max(0, longestWait) * 1000,
			emit: async (batch, store) => await emitTaken(this, batch, store),
			onOpen: async (store) => {
				open = { store, maxBytes: (await storeOf(this)).settings.maxBytes };
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

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await receive(this);
	}

	// A trigger with a webhook is executed in test runs; it passes on what its webhook gave.
	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [this.getInputData()];
	}
}

/** Compiles the postbacks, so that a mistake in them is told when the workflow is published. */
function compile(context: ITriggerFunctions, scope: string) {
	const node = context.getNode();
	try {
		const settings = context.getNodeParameter('settings', {}) as IDataObject;
		allowList(listOf(settings.allowedIps));
		return matchingOf(scope, engineParameters(context));
	} catch (error) {
		// n8n shows only the message of an error at publication, not its description.
		const what =
			error instanceof DefinitionError
				? context.getNodeParameter('emit', 'deliveries') === 'event'
					? 'What events are taken is set up wrongly'
					: 'A postback is set up wrongly'
				: 'A setting is wrong';
		throw new NodeOperationError(node, `${what}: ${(error as Error).message}`);
	}
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

/** The keys of the pasted sample hit, then the known ones. */
async function searchKeys(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const sample = this.getCurrentNodeParameter('sampleHit');
	const own = sample ? safely(() => catalogFromSample(sample)) : [];
	const wanted = filter?.toLowerCase() ?? '';
	const results = [
		...own,
		...CATALOG_KEYS.filter((known) => !own.some((one) => one.key === known.key)),
	]
		.map(({ key, name }) => ({ name: name === key ? key : `${name} (${key})`, value: key }))
		.filter(({ name }) => name.toLowerCase().includes(wanted));
	return { results };
}

/** Everything that can stand in a URL: the template's variables, then the keys of hits. */
async function searchVariables(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const wanted = filter?.toLowerCase() ?? '';
	const { results } = await searchKeys.call(this);
	const keys = results.map(({ name, value }) => ({ name, value: `{${String(value)}}` }));
	const variables = CATALOG_VARIABLES.map(({ name, token }) => ({ name, value: token }));
	return {
		results: [...keys, ...variables].filter(({ name }) => name.toLowerCase().includes(wanted)),
	};
}

/** A sample that cannot be read has no keys to offer; the field itself says what is wrong with it. */
function safely<T>(read: () => T[]): T[] {
	try {
		return read();
	} catch {
		return [];
	}
}
