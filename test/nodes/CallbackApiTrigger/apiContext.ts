import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	INodeExecutionData,
	IWebhookFunctions,
} from 'n8n-workflow';
import { CallbackApiTrigger } from '../../../nodes/CallbackApiTrigger/CallbackApiTrigger.node';
import { fakeContext, type LogLine } from '../harness/contexts';

export const TOKEN = 'token-for-everything-1';
export const BOUND_TOKEN = 'token-for-the-shop-only';
export const PROPERTY = `PR${'a'.repeat(32)}`;
export const BASE = 'https://n8n.example/webhook/4f9c/callbacks-api';

/** As the operator has set the node up. */
export const parameters = (settings: IDataObject = {}) => ({
	path: 'callbacks-api',
	properties: {
		property: [{ name: 'Shop', propertyId: PROPERTY }, { name: 'Other' }],
	},
	settings,
});

export const credentials = (more: IDataObject[] = []) => ({
	postbackCallbackTokensApi: {
		holders: {
			token: [
				{ name: 'all', token: TOKEN, access: 'all', properties: '' },
				{ name: 'shop', token: BOUND_TOKEN, access: 'some', properties: 'Shop' },
				...more,
			],
		},
	} as unknown as ICredentialDataDecryptedObject,
});

export interface ApiCall {
	token?: string | null;
	query?: string;
	body?: unknown;
	headers?: Record<string, string>;
	settings?: IDataObject;
	/** Instead of {@link parameters}. */
	parameters?: IDataObject;
	credentials?: Record<string, ICredentialDataDecryptedObject>;
	mode?: 'webhook' | 'manual';
	nodeId?: string;
	/** How n8n fails to read the body. */
	unreadable?: Error & { statusCode?: number };
}

export interface ApiReply {
	status: number;
	headers: Record<string, string>;
	/** undefined: nothing was written. */
	text?: string;
	json: {
		data: IDataObject & { id: string; attributes: IDataObject; links: IDataObject };
		errors: { status: string; code: string; source: IDataObject; detail: string }[];
		meta: IDataObject;
	};
	items?: INodeExecutionData[];
	log: LogLine[];
	bodyWasRead: boolean;
}

/** Sends a request to the node, as n8n hands it over. */
export async function request(method: string, path: string, call: ApiCall = {}): Promise<ApiReply> {
	const { token = TOKEN, query = '', mode = 'webhook' } = call;
	const context = fakeContext({
		node: {
			id: call.nodeId ?? 'api',
			name: 'Callback API Trigger',
			type: 'n8n-nodes-postback.callbackApiTrigger',
		},
		parameters: (call.parameters ?? parameters(call.settings)) as never,
		credentials: call.credentials ?? credentials(),
	});
	const body = typeof call.body === 'string' ? call.body : JSON.stringify(call.body ?? '');
	const headers: Record<string, string> = {
		...(token === null ? {} : { authorization: `Bearer ${token}` }),
		...call.headers,
	};
	const [collection, id, related] = path.split('/').slice(1);
	let bodyWasRead = false;
	const incoming = {
		method,
		headers,
		originalUrl: `/webhook/4f9c/callbacks-api${path}${query === '' ? '' : `?${query}`}`,
		rawBody: undefined as Buffer | undefined,
		readRawBody: async () => {
			bodyWasRead = true;
			if (call.unreadable) throw call.unreadable;
			incoming.rawBody = Buffer.from(body);
		},
	};
	const answered: { status: number; headers: Record<string, string>; text?: string } = {
		status: 0,
		headers: {},
	};
	const response = {
		setHeader: (name: string, value: string) => (answered.headers[name] = value),
		status: (status: number) => (answered.status = status),
		end: (text?: string) => (answered.text = text),
	};
	const webhook = {
		...context,
		getMode: () => mode,
		getHeaderData: () => headers,
		getParamsData: () => ({ collection, id, related }),
		getRequestObject: () => incoming,
		getResponseObject: () => response,
		getNodeWebhookUrl: () => `${BASE}/:collection`,
		helpers: {},
	};
	const returned = await new CallbackApiTrigger().webhook.call(
		webhook as unknown as IWebhookFunctions,
	);
	expect(returned.noWebhookResponse).toBe(true);
	const { text } = answered;
	return {
		...answered,
		json: JSON.parse(text ?? 'null') as ApiReply['json'],
		...(returned.workflowData ? { items: returned.workflowData[0] } : {}),
		log: context.lines,
		bodyWasRead,
	};
}

/** The document of a new callback. */
export const newCallback = (attributes: IDataObject = {}) => ({
	data: {
		attributes: { url: 'https://203.0.114.9/hook', subscriptions: ['rule.created'], ...attributes },
	},
});
