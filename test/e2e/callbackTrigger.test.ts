import { randomUUID } from 'node:crypto';
import { byId, CallbackServiceInN8n, PROPERTY, TOKEN } from './harness/callbacks.ts';
import { itemsOf, poll, startN8n, workflow, type N8n } from './harness/index.ts';
import { stored } from './harness/store.ts';

/** Of the minute before the first retry it makes 60 ms. */
const SCALE = '0.001';

let serving: N8n;
let receiving: N8n;
let service: CallbackServiceInN8n;
let workflowId: string;
const webhookId = randomUUID();

const trigger = (parameters: Record<string, unknown> = {}) =>
	workflow(
		'Receives events',
		[
			{
				name: 'Callback Trigger',
				type: 'n8n-nodes-postback.callbackTrigger',
				webhookId,
				parameters: {
					service: 'remote',
					propertyId: byId(PROPERTY),
					eventTypes: [],
					otherEventTypes: 'order.placed',
					check: 'registered',
					settings: { lookMinutes: 1 },
					...parameters,
				},
			},
			{ name: 'Taken', type: 'n8n-nodes-base.noOp' },
		],
		[['Callback Trigger', 'Taken']],
	);

beforeAll(async () => {
	serving = await startN8n({ env: { N8N_DISABLE_UI: 'true', N8N_POSTBACK_TIME_SCALE: SCALE } });
	receiving = await startN8n({ env: { N8N_DISABLE_UI: 'true' } });
	service = await CallbackServiceInN8n.publish(serving);
	const credential = await receiving.api.createCredential('Service', 'postbackRemoteCallbackApi', {
		baseUrl: service.base,
		token: TOKEN,
		allowedHosts: '127.0.0.1, localhost',
	});
	const json = trigger();
	const { id, name } = credential;
	json.nodes[0].credentials = { postbackRemoteCallbackApi: { id, name } };
	({ id: workflowId } = await receiving.api.createWorkflow(json));
	await receiving.api.activate(workflowId);
}, 300_000);

afterAll(async () => {
	await receiving?.remove();
	await serving?.remove();
});

/** The ids of the events that the workflow has been given. */
async function taken(): Promise<string[]> {
	const ids: string[] = [];
	for (const { id } of await receiving.api.listExecutions(workflowId, ['success'])) {
		const items = itemsOf(await receiving.api.getExecution(id), 'Taken');
		ids.push(...items.map(({ json }) => (json.event as { data: { id: string } }).data.id));
	}
	return ids;
}

const untilTaken = async (eventId: string) =>
	await poll(async () => (await taken()).includes(eventId), {
		// The fifth attempt comes 43 s after the fourth.
		timeoutMs: 90_000,
		what: `event ${eventId} to be taken`,
	});

const url = () => receiving.webhookUrl(`${webhookId}/callback`);

async function onlyCallback() {
	const all = await service.callbacks();
	expect(all).toHaveLength(1);
	return all[0];
}

test('publishing registers it', async () => {
	expect(new URL((await onlyCallback()).attributes.url).pathname).toBe(new URL(url()).pathname);
});

test('a signed event is taken and done once the execution has succeeded', async () => {
	const { eventId } = await service.send('order.placed');
	await untilTaken(eventId);
	await stored.waitFor(receiving.userFolder, (rows) =>
		rows.some(({ status, reason }) => status === 'delivered' && reason === 'taken by the workflow'),
	);
});

test('an event that the service did not sign is refused', async () => {
	const id = `AE${'0'.repeat(32)}`;
	const attributes = { type_of: 'order.placed', entity: '{}' };
	const response = await fetch(url(), {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ data: { id, type: 'audit_events', attributes } }),
	});
	expect(response.status).toBe(401);
});

test('events of the time in which it was down come when it is there again', async () => {
	await receiving.stop();
	const { eventId } = await service.send('order.placed');
	await receiving.start();
	await untilTaken(eventId);
});

test('it survives that the service is restarted', async () => {
	const before = await onlyCallback();
	await serving.restart();
	await serving.waitForWebhook('events');
	await poll(async () => (await service.callbacks().catch(() => [])).length === 1, {
		timeoutMs: 60_000,
		what: 'the service to answer again',
	});
	expect((await onlyCallback()).id).toBe(before.id);
	const { eventId } = await service.send('order.placed');
	await untilTaken(eventId);
});

test('other event types change the callback, which keeps its ID', async () => {
	const before = await onlyCallback();
	const saved = await receiving.api.getWorkflow(workflowId);
	const { nodes } = saved;
	nodes[0].parameters = { ...nodes[0].parameters, otherEventTypes: 'order.placed, order.paid' };
	await receiving.api.updateWorkflow(workflowId, { nodes });
	await receiving.api.activate(workflowId);
	await poll(async () => (await onlyCallback()).attributes.subscriptions.includes('order.paid'), {
		timeoutMs: 30_000,
		what: 'the callback to be changed',
	});
	await new Promise((resolve) => setTimeout(resolve, 6_000));
	expect((await onlyCallback()).id).toBe(before.id);
	const { eventId } = await service.send('order.paid');
	await untilTaken(eventId);
});

test('a callback that vanished is registered again without a restart', async () => {
	const { id } = await onlyCallback();
	await service.call('DELETE', `/callbacks/${id}`);
	await poll(async () => (await service.callbacks()).length === 1, {
		timeoutMs: 90_000,
		what: 'the callback to be registered again',
	});
	const { eventId } = await service.send('order.placed');
	await untilTaken(eventId);
});

test('unpublishing removes it', async () => {
	await receiving.api.deactivate(workflowId);
	await poll(async () => (await service.callbacks()).length === 0, {
		timeoutMs: 30_000,
		what: 'the callback to be removed',
	});
});
