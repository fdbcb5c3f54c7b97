import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	IHookFunctions,
	IWebhookFunctions,
	IWebhookResponseData,
	WorkflowActivateMode,
} from 'n8n-workflow';
import { CallbackTrigger } from '../../../nodes/CallbackTrigger/CallbackTrigger.node';
import {
	ACCESS_TOKEN,
	API_KEY,
	ORGANIZATION,
	PROPERTY,
	type ReactorDouble,
} from '../../support/reactorDouble';
import { fakeContext, type FakeContextOptions, type LogLine } from '../harness/contexts';

export const node = new CallbackTrigger();
export const CLIENT_SECRET = 'p8e-secret-of-the-double';
export const SECRETS = [CLIENT_SECRET, ACCESS_TOKEN];
export const URL_OF_NODE = 'https://n8n.example.com/webhook/7d3b2c/callback';

/** Credentials for a double, as an operator would fill them in. */
export function credentialsFor(
	double: ReactorDouble,
	more: Record<string, ICredentialDataDecryptedObject> = {},
): Record<string, ICredentialDataDecryptedObject> {
	return {
		postbackReactorApi: {
			clientId: API_KEY,
			clientSecret: CLIENT_SECRET,
			organizationId: ORGANIZATION,
			scope: 'openid',
			accessTokenUrl: `${double.origin}/ims/token/v3`,
			baseUrl: double.origin,
			allowedHosts: '127.0.0.1',
		},
		postbackRemoteCallbackApi: {
			baseUrl: double.origin,
			token: ACCESS_TOKEN,
			allowedHosts: '127.0.0.1',
		},
		...more,
	};
}

export interface TriggerOptions {
	double: ReactorDouble;
	nodeId: string;
	parameters?: IDataObject;
	credentials?: Record<string, ICredentialDataDecryptedObject>;
}

/** A trigger as it stands in a workflow. */
export function contextOptions(options: TriggerOptions): FakeContextOptions {
	return {
		node: {
			id: options.nodeId,
			name: 'Callback Trigger',
			type: 'n8n-nodes-postback.callbackTrigger',
		},
		parameters: {
			service: 'adobe',
			propertyId: { __rl: true, mode: 'id', value: PROPERTY },
			eventTypes: ['rule.created'],
			otherEventTypes: '',
			check: 'none',
			settings: {},
			...options.parameters,
		} as FakeContextOptions['parameters'],
		credentials: credentialsFor(options.double, options.credentials),
	};
}

export interface HookOptions extends TriggerOptions {
	activationMode?: WorkflowActivateMode;
	url?: string;
}

/** What n8n asks of a node when a workflow is published and unpublished. */
export function hooksOf(options: HookOptions) {
	const base = fakeContext(contextOptions(options));
	const context = {
		...base,
		getActivationMode: () => options.activationMode ?? 'activate',
		getNodeWebhookUrl: () => options.url ?? URL_OF_NODE,
		getMode: () => (options.activationMode === 'manual' ? 'manual' : 'trigger'),
	} as unknown as IHookFunctions;
	const { checkExists, create, delete: remove } = node.webhookMethods.default;
	return {
		checkExists: async () => await checkExists.call(context),
		create: async () => await create.call(context),
		remove: async () => await remove.call(context),
		/** As n8n does it. */
		publish: async () => {
			if (!(await checkExists.call(context))) await create.call(context);
		},
		lines: base.lines,
		context,
	};
}

export interface EventRequest extends TriggerOptions {
	body?: string | Buffer;
	headers?: Record<string, string>;
	ip?: string;
	unreadable?: Error & { statusCode?: number };
	mode?: 'webhook' | 'manual';
}

export interface EventAnswer {
	status: number;
	body: IDataObject;
	headers: Record<string, string>;
	/** What n8n gets back. */
	returned: IWebhookResponseData;
	lines: LogLine[];
}

/** Sends a request to a trigger's webhook. */
export async function sendEvent(request: EventRequest): Promise<EventAnswer> {
	const base = fakeContext(contextOptions(request));
	const headers: Record<string, string> = {
		'content-type': 'application/json',
		...request.headers,
	};
	const incoming = {
		method: 'POST',
		headers,
		originalUrl: '/webhook/callback',
		ip: request.ip ?? '203.0.113.7',
		rawBody: undefined as Buffer | undefined,
		readRawBody: async () => {
			if (request.unreadable) throw request.unreadable;
			incoming.rawBody = Buffer.from(request.body ?? '');
		},
	};
	const answered = { status: 0, body: {} as IDataObject, headers: {} as Record<string, string> };
	const response = {
		setHeader: (name: string, value: string) => (answered.headers[name] = value),
		status: (status: number) => {
			answered.status = status;
			return response;
		},
		json: (json: IDataObject) => (answered.body = json),
	};
	const context = {
		...base,
		getMode: () => request.mode ?? 'webhook',
		getHeaderData: () => headers,
		getRequestObject: () => incoming,
		getResponseObject: () => response,
	} as unknown as IWebhookFunctions;
	const returned = await node.webhook.call(context);
	return { ...answered, returned, lines: base.lines };
}
