import { workflow, type WorkflowJson } from '../../../scripts/host/workflow.ts';

const type = (name: string) => `n8n-nodes-postback.${name}`;

export const DESTINATION = 'HTTP Profile Destination';

export interface DestinationOptions {
	/** The path of the webhook that takes profiles, as a JSON array. */
	path: string;
	endpoint: string;
	/** Fields of the destination. */
	fields?: Record<string, unknown>;
	options?: Record<string, unknown>;
	credentials?: Record<string, { id: string; name: string }>;
	audiences?: { id: string; name?: string }[];
	attributes?: string[];
	/** Without these the execution's data are not kept. */
	settings?: Record<string, unknown>;
}

/** A webhook that takes profiles, and a Delivery Queue Trigger, into HTTP Profile Destination. */
export function destinationWorkflow(options: DestinationOptions): WorkflowJson {
	const { path, endpoint } = options;
	const noOp = (name: string) => ({ name, type: 'n8n-nodes-base.noOp' });
	return workflow(
		`Destination ${path}`,
		[
			{
				name: 'Webhook',
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2,
				webhookId: crypto.randomUUID(),
				parameters: { path, httpMethod: 'POST', responseMode: 'onReceived' },
			},
			{
				name: 'Split Out',
				type: 'n8n-nodes-base.splitOut',
				typeVersion: 1,
				parameters: { fieldToSplitOut: 'body' },
			},
			{
				name: DESTINATION,
				type: type('httpProfileDestination'),
				parameters: {
					operation: 'export',
					endpoint,
					input: 'snapshots',
					profileKey: 'crm',
					mappingFrom: 'fields',
					audiences: { audience: options.audiences ?? [] },
					attributes: options.attributes ?? ['person.name'],
					options: { allowedHosts: '127.0.0.1', ...options.options },
					...options.fields,
				},
				...(options.credentials ? { credentials: options.credentials } : {}),
			},
			{ name: 'Delivery Queue Trigger', type: type('deliveryQueueTrigger'), parameters: {} },
			noOp('Delivered'),
			noOp('Retrying'),
			noOp('Dead Letter'),
			noOp('Not Exported'),
		],
		[
			['Webhook', 'Split Out'],
			['Split Out', DESTINATION],
			['Delivery Queue Trigger', DESTINATION],
			[DESTINATION, 'Delivered', 0],
			[DESTINATION, 'Retrying', 1],
			[DESTINATION, 'Dead Letter', 2],
			[DESTINATION, 'Not Exported', 3],
		],
		options.settings,
	);
}

export const GOLD = 'gold-members';
export const SILVER = 'silver-members';

/** A profile with one identity, a name, and memberships. */
export function profile(
	n: number,
	memberships: Record<string, 'realized' | 'existing' | 'exited'> = { [GOLD]: 'realized' },
	name = `name-${n}`,
) {
	const ups = Object.fromEntries(
		Object.entries(memberships).map(([id, status]) => [
			id,
			{ lastQualificationTime: '2026-01-01T00:00:00Z', status },
		]),
	);
	return {
		identityMap: { crm: [{ id: `c-${n}` }] },
		person: { name },
		segmentMembership: { ups },
	};
}

/** The number of the profile whose export a request's body is. */
export function exportedOf(body: Buffer): number {
	const payload = JSON.parse(body.toString()) as { identityMap: { crm: { id: string }[] } };
	return Number(payload.identityMap.crm[0].id.slice('c-'.length));
}
