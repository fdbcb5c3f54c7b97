import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EXAMPLE_RECEIVER_PORT } from '../../scripts/demo/example-receiver.ts';
import { importWorkflows } from '../../scripts/import-workflows.ts';
import { eventOf } from './harness/callbacks.ts';
import { answers, itemsOf, nodeOf, poll, Receiver, startN8n, type N8n } from './harness/index.ts';
import { stored } from './harness/store.ts';

const run = promisify(execFile);

/** The example names this port, and it is imported as it is. */
let receiver: Receiver;
let n8n: N8n;
let workflowId: string;

const TOKEN = 'a-token-of-my-own';

beforeAll(async () => {
	receiver = await Receiver.start(EXAMPLE_RECEIVER_PORT);
	// Of the days to a dead letter it makes 40 seconds.
	n8n = await startN8n({ env: { N8N_DISABLE_UI: 'true', N8N_POSTBACK_TIME_SCALE: '0.0001' } });
	const imported = await importWorkflows(n8n.api);
	workflowId = String(imported.find(({ file }) => file === 'callback-service.json')?.id);
}, 300_000);

afterAll(async () => {
	await n8n?.remove();
	await receiver?.close();
});

beforeEach(() => receiver.clear());

/** The lines that a node of the published workflow has written. */
async function texts(node: string): Promise<unknown[]> {
	const found: unknown[] = [];
	for (const { id } of await n8n.api.listExecutions(workflowId, ['success'])) {
		found.push(...itemsOf(await n8n.api.getExecution(id), node).map(({ json }) => json.text));
	}
	return found;
}

/** Sends an event as a link of the sticky note does. */
async function send(query: Record<string, string>) {
	const link = `${n8n.webhookUrl('callback-demo-event')}?${new URLSearchParams(query)}`;
	const response = await fetch(link);
	return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const placed = { type: 'order.placed', order: '42', key: 'placed-42' };
const paid = { type: 'order.paid', order: '42', key: 'paid-42' };

test('it asks for its credential when it is published as it came', async () => {
	await expect(n8n.api.activate(workflowId)).rejects.toThrow(/credential/i);
});

test('with a token of its own it is published', async () => {
	const type = 'postbackCallbackTokensApi';
	const holder = { name: 'Me', token: TOKEN, access: 'all', properties: '' };
	const made = await n8n.api.createCredential('Tokens', type, { holders: { token: [holder] } });
	const workflow = await n8n.api.getWorkflow(workflowId);
	const trigger = nodeOf(workflow, 'Callback API Trigger');
	trigger.credentials = { [type]: { id: made.id, name: made.name } };
	// Only so that this test sees what the workflow did.
	const settings = { ...workflow.settings, saveDataSuccessExecution: 'all' };
	await n8n.api.updateWorkflow(workflowId, { nodes: workflow.nodes, settings });
	await n8n.api.activate(workflowId);
});

test('without subscribers an event goes to nobody, and says so', async () => {
	const { status, body } = await send({ type: 'order.shipped', order: '1', key: 'early' });
	expect(status).toBe(200);
	expect(body).toMatchObject({ matched: 0, queued: 0 });
});

test('the sample subscribers are added from the editor', async () => {
	const { executionId } = await n8n.api.runManually(workflowId, {
		trigger: 'Add sample subscribers',
	});
	const execution = await n8n.api.waitForExecution(String(executionId));
	expect(execution.status).toBe('success');
	const [item] = itemsOf(execution, 'All orders');
	expect(item.json).toMatchObject({ attributes: { subscriptions: ['order.*'] } });
});

test('the links send an event to those who subscribe to it, once', async () => {
	receiver.on('/answer/503', answers.status(503), answers.ok());
	expect((await send(placed)).body).toMatchObject({ matched: 2, queued: 2 });
	const [first] = await receiver.waitFor(1, { path: '/orders' });
	expect(eventOf(first.body)).toMatchObject({ type: 'order.placed', key: '42' });
	await receiver.waitFor(2, { path: '/answer/503' });

	expect((await send(paid)).body).toMatchObject({ matched: 1, queued: 1, duplicates: 0 });
	await receiver.waitFor(2, { path: '/orders' });
	expect((await send(paid)).body).toMatchObject({ matched: 1, queued: 0, duplicates: 1 });
	const rows = await stored.waitFor(n8n.userFolder, (all) =>
		all.every(({ settled_at }) => settled_at !== null),
	);
	expect(rows.map(({ status, attempt }) => [status, attempt]).sort()).toEqual([
		['delivered', 1],
		['delivered', 1],
		['delivered', 2],
	]);
	expect(receiver.requests('/orders')).toHaveLength(2);
});

test('the line of the sticky note subscribes over the API', async () => {
	const note = nodeOf(await n8n.api.getWorkflow(workflowId), 'Note: try it');
	const [, line] = /```\n([^`]+)```/.exec(String(note.parameters.content)) as RegExpExecArray;
	const command = line.replace('<token>', TOKEN).replace('http://localhost:5678', n8n.url);
	const { stdout } = await run('sh', ['-c', command]);
	expect(JSON.parse(stdout)).toMatchObject({
		data: { type: 'callbacks', attributes: { url: `${receiver.url}/mine` } },
	});
	await send({ type: 'order.returned', order: '7', key: 'returned-7' });
	await receiver.waitFor(1, { path: '/mine' });
});

test('a change and a dead letter each have a line to pass on', async () => {
	const changed = `created: ${receiver.url}/mine (order.*), by Me`;
	await poll(async () => (await texts('Subscription Changed')).includes(changed), {
		timeoutMs: 20_000,
		what: 'the line of a change',
	});
	receiver.on('/mine', answers.status(500));
	await send({ type: 'order.lost', order: '9', key: 'lost-9' });
	await receiver.waitFor(8, { path: '/mine', timeoutMs: 90_000 });
	const [line] = await poll(
		async () => {
			const found = await texts('Dead Letter');
			return found.length > 0 && found;
		},
		{ timeoutMs: 20_000, what: 'the line of a dead letter' },
	);
	expect(line).toMatch(
		/^http:\/\/127\.0\.0\.1:5680\/mine \(CB[0-9a-f]{32}\): retries exhausted after 8 attempts: HTTP 500$/,
	);
});
