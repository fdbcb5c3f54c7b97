import type { N8n } from '../../scripts/host/n8n.ts';
import { workflow } from '../../scripts/host/workflow.ts';

/** As many postbacks as a hit is matched against. */
export const POSTBACKS = 100;

/** A hit that one of the postbacks matches. */
export function hitBody(number: number): string {
	return JSON.stringify(hit(number));
}

export const hit = (number: number) => ({
	pageName: `page-${number % POSTBACKS}`,
	'a.AppID': 'Example 3.2 (81)',
	'a.DeviceName': 'iPhone16,2',
	'a.OSVersion': 'iOS 19.1',
	'a.Launches': 4 + (number % 40),
	'user.name': `user-${number}`,
	'user.zip': '94103',
	mid: `14575006536349286404619648085${number}`,
});

/** Postback Trigger with a hundred postbacks, of which one matches, as it is by default but for the port. */
export async function publishOurs(n8n: N8n, receiver: string, ownPort: number): Promise<void> {
	const postbacks = Array.from({ length: POSTBACKS }, (_, nth) => ({
		matcher: 'eq',
		value: `page-${nth}`,
	}));
	const settings = { ownPort, ownPortAddress: '127.0.0.1' };
	await publish(n8n, { path: 'bench-hits', receiver, postbacks, settings });
	await assertQueued(`http://127.0.0.1:${ownPort}/bench-hits`);
}

/** Postback Trigger with one postback that matches every hit. */
export async function publishOursWithOne(n8n: N8n, receiver: string): Promise<void> {
	const postbacks = [{ matcher: 'sw', value: 'page-' }];
	await publish(n8n, { path: 'bench-one', receiver, postbacks, settings: {} });
	await assertQueued(n8n.webhookUrl('bench-one'));
}

interface Ours {
	path: string;
	receiver: string;
	postbacks: readonly { matcher: string; value: string }[];
	settings: object;
}

async function publish(n8n: N8n, { path, receiver, postbacks, settings }: Ours): Promise<void> {
	const postback = postbacks.map(({ matcher, value }, number) => ({
		name: `Postback ${number}`,
		active: true,
		url: `${receiver}/?user={user.name}&zip={user.zip}`,
		triggers: {
			conditions: [
				{
					kind: 'other',
					otherKey: { __rl: true, mode: 'id', value: 'pageName' },
					otherMatcher: matcher,
					value,
				},
			],
		},
	}));
	const { id } = await n8n.api.createWorkflow(
		workflow(
			`Bench ${path}`,
			[
				{
					name: 'Postback Trigger',
					type: 'n8n-nodes-postback.postbackTrigger',
					webhookId: crypto.randomUUID(),
					parameters: { path, definitionsFrom: 'fields', postbacks: { postback }, settings },
				},
				{ name: 'No Operation', type: 'n8n-nodes-base.noOp', parameters: {} },
			],
			[['Postback Trigger', 'No Operation']],
		),
	);
	await n8n.api.activate(id);
	await n8n.waitForWebhook(path);
}

async function assertQueued(url: string): Promise<void> {
	const answer = await fetch(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: hitBody(1),
	});
	const { matched, queued } = (await answer.json()) as { matched: number; queued: number };
	if (matched !== 1 || queued !== 1) throw new Error(`${matched} matched, ${queued} queued`);
}

/** What one would use without us: a webhook, and a filter that looks for one page. */
export async function publishPeer(n8n: N8n): Promise<void> {
	const { id } = await n8n.api.createWorkflow(
		workflow(
			'Bench peer',
			[
				{
					name: 'Webhook',
					type: 'n8n-nodes-base.webhook',
					typeVersion: 2,
					webhookId: crypto.randomUUID(),
					parameters: { path: 'bench-peer', httpMethod: 'POST', options: {} },
				},
				{
					name: 'Filter',
					type: 'n8n-nodes-base.filter',
					typeVersion: 2.2,
					parameters: {
						conditions: {
							options: { caseSensitive: true, leftValue: '', typeValidation: 'strict', version: 2 },
							combinator: 'and',
							conditions: [
								{
									id: 'page',
									leftValue: '={{ $json.body.pageName }}',
									rightValue: 'page-1',
									operator: { type: 'string', operation: 'equals' },
								},
							],
						},
						options: {},
					},
				},
			],
			[['Webhook', 'Filter']],
		),
	);
	await n8n.api.activate(id);
	await n8n.waitForWebhook('bench-peer');
}
