import type { ICredentialDataDecryptedObject, IDataObject, IWebhookFunctions } from 'n8n-workflow';
import { receive } from '../../../nodes/PostbackTrigger/receive';
import { fakeContext, type LogLine } from '../harness/contexts';

export interface WebhookRequest {
	method?: string;
	/** The query, without the question mark. */
	query?: string;
	body?: string | Buffer;
	headers?: Record<string, string>;
	ip?: string;
	/** Addresses of proxies on the way, as Express gives them. */
	ips?: string[];
	/** How n8n fails to read the body. */
	unreadable?: Error & { statusCode?: number; status?: number };
	parameters?: IDataObject;
	settings?: IDataObject;
	credentials?: Record<string, ICredentialDataDecryptedObject>;
	mode?: 'webhook' | 'manual';
	nodeId?: string;
}

export interface WebhookAnswer {
	status: number;
	body: IDataObject;
	headers: Record<string, string>;
	/** What n8n gets back. */
	returned: Awaited<ReturnType<typeof receive>>;
	log: LogLine[];
}

/** Sends a request to a Postback Trigger and gives what it answered. */
export async function send(request: WebhookRequest): Promise<WebhookAnswer> {
	const { query = '', method = 'POST', body = '', mode = 'webhook' } = request;
	const context = fakeContext({
		node: {
			id: request.nodeId ?? 'trigger',
			name: 'Postback Trigger',
			type: 'n8n-nodes-postback.postbackTrigger',
		},
		parameters: {
			definitionsFrom: 'fields',
			postbacks: { postback: [{ name: 'P', active: true, url: 'https://a.example/?id={id}' }] },
			settings: request.settings ?? {},
			...request.parameters,
		} as Parameters<typeof fakeContext>[0] extends { parameters?: infer P } ? P : never,
		credentials: request.credentials,
	});
	const headers = { 'content-type': 'application/json', ...request.headers };
	const incoming = {
		method,
		headers,
		ip: request.ip ?? '203.0.113.7',
		ips: request.ips ?? [],
		originalUrl: `/webhook/hits${query === '' ? '' : `?${query}`}`,
		url: '/hits',
		rawBody: undefined as Buffer | undefined,
		readRawBody: async () => {
			if (request.unreadable) throw request.unreadable;
			incoming.rawBody = Buffer.from(body);
		},
	};
	const answered: Partial<WebhookAnswer> & { headers: Record<string, string> } = { headers: {} };
	const response = {
		setHeader: (name: string, value: string) => (answered.headers[name] = value),
		status: (status: number) => {
			answered.status = status;
			return response;
		},
		json: (json: IDataObject) => (answered.body = json),
	};
	const webhook = {
		...context,
		getMode: () => mode,
		getHeaderData: () => headers,
		getRequestObject: () => incoming,
		getResponseObject: () => response,
	};
	const returned = await receive(webhook as unknown as IWebhookFunctions);
	const { status = 0, body: json = {} } = answered;
	return { status, body: json, headers: answered.headers, returned, log: context.lines };
}
