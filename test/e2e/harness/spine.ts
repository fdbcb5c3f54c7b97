import { workflow, type Wire, type WorkflowJson } from '../../../scripts/host/workflow.ts';

const type = (name: string) => `n8n-nodes-postback.${name}`;

/** One postback in the trigger's own fields. */
export interface PostbackFields {
	name: string;
	url: string;
	active?: boolean;
	[field: string]: unknown;
}

export interface SpineOptions {
	name?: string;
	path: string;
	postbacks?: PostbackFields[];
	trigger?: Record<string, unknown>;
	sender?: Record<string, unknown>;
	senderOptions?: Record<string, unknown>;
	/** Nodes between trigger and sender, in a row. */
	between?: Array<{
		name: string;
		type: string;
		parameters: Record<string, unknown>;
		typeVersion?: number;
	}>;
	wires?: Wire[];
	/** Without a Delivery Queue Trigger when false. */
	queueTrigger?: boolean;
	settings?: Record<string, unknown>;
}

/** The condition that a key of the hit has one of some values. */
export const keyEquals = (key: string, value: string) => ({
	conditions: [
		{ kind: 'other', otherKey: { __rl: true, mode: 'id', value: key }, otherMatcher: 'eq', value },
	],
});

/** Postback Trigger and Delivery Queue Trigger into HTTP Delivery, with a node at each output. */
export function spineWorkflow(options: SpineOptions): WorkflowJson {
	const between = options.between ?? [];
	const chain = ['Postback Trigger', ...between.map((node) => node.name), 'HTTP Delivery'];
	const queueTrigger = options.queueTrigger !== false;
	const noOp = (name: string) => ({ name, type: 'n8n-nodes-base.noOp' });
	return workflow(
		options.name ?? `Spine ${options.path}`,
		[
			{
				name: 'Postback Trigger',
				type: type('postbackTrigger'),
				webhookId: crypto.randomUUID(),
				parameters: {
					path: options.path,
					definitionsFrom: 'fields',
					postbacks: {
						postback: (options.postbacks ?? []).map((one) => ({ active: true, ...one })),
					},
					...options.trigger,
				},
			},
			...between,
			{
				name: 'HTTP Delivery',
				type: type('httpDelivery'),
				parameters: {
					source: 'items',
					options: { allowedHosts: '127.0.0.1', ...options.senderOptions },
					...options.sender,
				},
			},
			...(queueTrigger
				? [{ name: 'Delivery Queue Trigger', type: type('deliveryQueueTrigger'), parameters: {} }]
				: []),
			noOp('Delivered'),
			noOp('Retrying'),
			noOp('Dead Letter'),
		],
		[
			...chain.slice(1).map((to, at): Wire => [chain[at], to]),
			...(queueTrigger ? [['Delivery Queue Trigger', 'HTTP Delivery'] as Wire] : []),
			['HTTP Delivery', 'Delivered', 0],
			['HTTP Delivery', 'Retrying', 1],
			['HTTP Delivery', 'Dead Letter', 2],
			...(options.wires ?? []),
		],
		options.settings,
	);
}

/** Posts hits and gives status and answer. */
export async function postHits(
	url: string,
	body: unknown,
	headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	const response = await fetch(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json', ...headers },
		body: text,
	});
	const answer = await response.text();
	try {
		return { status: response.status, body: JSON.parse(answer) as Record<string, unknown> };
	} catch {
		return { status: response.status, body: { text: answer } };
	}
}
