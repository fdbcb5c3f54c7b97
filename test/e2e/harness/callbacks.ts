import { randomUUID } from 'node:crypto';
import { workflow, type WorkflowJson } from '../../../scripts/host/workflow.ts';
import type { N8n } from './index.ts';

const type = (name: string) => `n8n-nodes-postback.${name}`;

export const PROPERTY = 'PR5e22de986a7c4070965e7546b2bb108d';
export const TOKEN = 'token-of-an-e2e-test';

/** A property in a node's field, by its ID. */
export const byId = (value: string) => ({ __rl: true, mode: 'id', value });

export interface ServiceOptions {
	/** The webhook that takes events. */
	path?: string;
	/** Hosts of this machine that callbacks may lead to. */
	allowedHosts?: string;
	/** Of the sender. */
	senderOptions?: Record<string, unknown>;
}

/** A service of callbacks in a real n8n: the API, a webhook that takes events, and the sending. */
export class CallbackServiceInN8n {
	private constructor(
		private readonly n8n: N8n,
		readonly workflowId: string,
		/** Where the API is. */
		readonly base: string,
		private readonly path: string,
	) {}

	static async publish(n8n: N8n, options: ServiceOptions = {}): Promise<CallbackServiceInN8n> {
		const { path = 'events' } = options;
		const webhookId = randomUUID();
		const credential = await n8n.api.createCredential('Tokens', TOKENS, {
			holders: { token: [{ name: 'e2e', token: TOKEN, access: 'all', properties: '' }] },
		});
		const { id, name } = credential;
		const json = serviceWorkflow(options, webhookId, { id, name });
		const { id: workflowId } = await n8n.api.createWorkflow(json);
		await n8n.api.activate(workflowId);
		const base = n8n.webhookUrl(`${webhookId}/callbacks-api`);
		return new CallbackServiceInN8n(n8n, workflowId, base, path);
	}

	async call<T = ApiAnswer>(method: string, path: string, data?: object): Promise<T> {
		const response = await fetch(`${this.base}${path}`, {
			method,
			headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
			...(data ? { body: JSON.stringify({ data }) } : {}),
		});
		const text = await response.text();
		if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
		return (text === '' ? {} : JSON.parse(text)) as T;
	}

	/** Makes a callback. */
	async subscribe(url: string, subscriptions: string[], meta?: object): Promise<ApiAnswer> {
		const data = { attributes: { url, subscriptions }, ...(meta ? { meta } : {}) };
		return await this.call('POST', `/properties/${PROPERTY}/callbacks`, data);
	}

	/** The callbacks that there are. */
	async callbacks(): Promise<CallbackInApi[]> {
		const path = `/properties/${PROPERTY}/callbacks?page[size]=100`;
		return (await this.call<{ data: CallbackInApi[] }>('GET', path)).data;
	}

	/** Sends an event; what comes back says how many messages are on disk. */
	async send(type: string, key: string = randomUUID()): Promise<QueueReport> {
		const body = { type, key, entity: { id: key, name: `about ${key}` } };
		const response = await fetch(this.n8n.webhookUrl(this.path), {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(body),
		});
		const text = await response.text();
		if (!response.ok) throw new Error(`The event was refused: ${response.status} ${text}`);
		return JSON.parse(text) as QueueReport;
	}
}

const TOKENS = 'postbackCallbackTokensApi';

export interface CallbackInApi {
	id: string;
	attributes: { url: string; subscriptions: string[] } & Record<string, unknown>;
}

export interface ApiAnswer {
	data: CallbackInApi;
	meta?: { secret?: string };
}

export interface QueueReport {
	eventId: string;
	matched: number;
	queued: number;
	duplicates: number;
}

function serviceWorkflow(
	{ path = 'events', allowedHosts = '127.0.0.1, localhost', senderOptions }: ServiceOptions,
	webhookId: string,
	tokens: { id: string; name: string },
): WorkflowJson {
	const noOp = (name: string) => ({ name, type: 'n8n-nodes-base.noOp' });
	return workflow(
		'Callback service',
		[
			{
				name: 'API',
				type: type('callbackApiTrigger'),
				webhookId,
				parameters: {
					path: 'callbacks-api',
					properties: { property: [{ name: 'Shop', propertyId: PROPERTY }] },
					settings: { allowHttp: true, allowedHosts },
				},
				credentials: { [TOKENS]: tokens },
			},
			{
				name: 'Event',
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2,
				webhookId: randomUUID(),
				parameters: { path, httpMethod: 'POST', responseMode: 'lastNode' },
			},
			{
				name: 'Subscribers',
				type: type('callbackSubscribe'),
				parameters: {
					source: 'store',
					operation: 'matchEvent',
					propertyId: byId(PROPERTY),
					eventFrom: 'fields',
					eventType: '={{ $json.body.type }}',
					entity: '={{ $json.body.entity }}',
					eventDetails: { eventKey: '={{ $json.body.key }}' },
					messages: 'queue',
				},
			},
			{ name: 'Queue', type: type('deliveryQueueTrigger') },
			{
				name: 'HTTP Delivery',
				type: type('httpDelivery'),
				parameters: { source: 'items', options: { allowedHosts, ...senderOptions } },
			},
			noOp('Changes'),
			noOp('Delivered'),
			noOp('Retrying'),
			noOp('Dead Letter'),
		],
		[
			['API', 'Changes'],
			['Event', 'Subscribers'],
			['Queue', 'HTTP Delivery'],
			['HTTP Delivery', 'Delivered', 0],
			['HTTP Delivery', 'Retrying', 1],
			['HTTP Delivery', 'Dead Letter', 2],
		],
	);
}

/** The event whose message a request is. */
export function eventOf(body: Buffer): { id: string; type: string; key: string } {
	const { data } = JSON.parse(body.toString()) as {
		data: { id: string; attributes: { type_of: string; entity: string } };
	};
	const entity = JSON.parse(data.attributes.entity) as { data: { id: string } };
	return { id: data.id, type: data.attributes.type_of, key: entity.data.id };
}
