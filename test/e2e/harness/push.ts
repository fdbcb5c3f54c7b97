import { workflow, type Wire, type WorkflowJson } from '../../../scripts/host/workflow.ts';
import type { N8n } from './index.ts';
import { ANDROID_APP } from './pushServers.ts';

const PUSH = 'n8n-nodes-postback.pushNotification';

/** The name of the node that sends, or does another operation. */
export const PUSH_NODE = 'Push Notification';

/** A device as the tests register it. */
export interface DeviceDetails {
	appID: string;
	platform: 'fcm' | 'apns' | 'apnsSandbox';
	token: string;
	denylisted: false;
	identity: { namespace: { code: 'ECID' }; id: string };
}

/** A token of APNs, told apart by a number. */
export const apnsToken = (n: number) => n.toString(16).padStart(64, '0');

/** A device whose ECID is made of its token. */
export const device = (
	platform: DeviceDetails['platform'],
	appID: string,
	token: string,
): DeviceDetails => ({
	appID,
	platform,
	token,
	denylisted: false,
	identity: { namespace: { code: 'ECID' }, id: `ecid-of-${token}` },
});

const webhook = (path: string, responseMode: 'onReceived' | 'lastNode') => ({
	name: 'Webhook',
	type: 'n8n-nodes-base.webhook',
	typeVersion: 2,
	webhookId: crypto.randomUUID(),
	parameters: {
		path,
		httpMethod: 'POST',
		responseMode,
		...(responseMode === 'lastNode' ? { responseData: 'allEntries' } : {}),
	},
});

const splitOut = {
	name: 'Split Out',
	type: 'n8n-nodes-base.splitOut',
	typeVersion: 1,
	parameters: { fieldToSplitOut: 'body' },
};

/** A webhook that takes a JSON array, does an operation with each of its items, and answers with what it gives. */
export function operationWorkflow(
	path: string,
	operation: string,
	parameters: Record<string, unknown>,
): WorkflowJson {
	return workflow(
		`Push ${operation}`,
		[
			webhook(path, 'lastNode'),
			splitOut,
			{ name: PUSH_NODE, type: PUSH, parameters: { operation, ...parameters } },
		],
		[
			['Webhook', 'Split Out'],
			['Split Out', PUSH_NODE],
		],
	);
}

/** A webhook that takes a JSON array, and a Delivery Queue Trigger, into a node that sends. */
export function sendWorkflow(options: {
	path: string;
	credentials: Record<string, { id: string; name: string }>;
	parameters?: Record<string, unknown>;
	settings?: Record<string, unknown>;
}): WorkflowJson {
	const outputs = ['Delivered', 'Retrying', 'Dead Letter', 'Excluded'];
	return workflow(
		`Push ${options.path}`,
		[
			webhook(options.path, 'onReceived'),
			splitOut,
			{
				name: PUSH_NODE,
				type: PUSH,
				parameters: {
					operation: 'send',
					androidAppId: ANDROID_APP,
					profileKey: '={{ $json.profileKey }}',
					messageId: options.path,
					title: 'Hello {name|there}',
					body: 'Your order is on its way',
					trackingData: true,
					...options.parameters,
				},
				credentials: options.credentials,
			},
			{
				name: 'Delivery Queue Trigger',
				type: 'n8n-nodes-postback.deliveryQueueTrigger',
				parameters: {},
			},
			...outputs.map((name) => ({ name, type: 'n8n-nodes-base.noOp' })),
		],
		[
			['Webhook', 'Split Out'],
			['Split Out', PUSH_NODE],
			['Delivery Queue Trigger', PUSH_NODE],
			...outputs.map((name, output): Wire => [PUSH_NODE, name, output]),
		],
		options.settings,
	);
}

/** Saves and publishes a workflow. */
export async function publish(n8n: N8n, json: WorkflowJson): Promise<string> {
	const { id } = await n8n.api.createWorkflow(json);
	await n8n.api.activate(id);
	return id;
}

/** Posts JSON to a webhook and gives its answer. */
export async function post<T = unknown>(n8n: N8n, path: string, body: unknown): Promise<T> {
	const response = await fetch(`${n8n.url}/webhook/${path}`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body),
	});
	const text = await response.text();
	if (!response.ok) throw new Error(`${path} answers ${response.status}: ${text}`);
	return JSON.parse(text) as T;
}
