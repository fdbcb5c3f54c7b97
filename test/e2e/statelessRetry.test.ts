import { EXAMPLE_RECEIVER_PORT } from '../../scripts/demo/example-receiver.ts';
import { importWorkflows } from '../../scripts/import-workflows.ts';
import {
	answers,
	itemsOf,
	nodeOf,
	poll,
	Receiver,
	startN8n,
	type N8n,
	type ReceivedRequest,
} from './harness/index.ts';
import { stored } from './harness/store.ts';

/** The example names this port, and it is imported as it is. */
let receiver: Receiver;
let n8n: N8n;
let links: string[];
let workflowId: string;

/** Of the delays of the example, 70 s, 5 min and 15 min, it makes 1.4, 6 and 18 s. */
const SCALE = 0.02;
const DELAYS = [70, 300, 900].map((seconds) => seconds * 1_000 * SCALE);

beforeAll(async () => {
	receiver = await Receiver.start(EXAMPLE_RECEIVER_PORT);
	n8n = await startN8n({ env: { N8N_POSTBACK_TIME_SCALE: String(SCALE), N8N_DISABLE_UI: 'true' } });
	const imported = await importWorkflows(n8n.api);
	workflowId = String(imported.find(({ file }) => file === 'stateless-retry.json')?.id);
	const { nodes, settings } = await n8n.api.getWorkflow(workflowId);
	const note = nodes.find(({ name }) => name === 'Note: try it')?.parameters.content as string;
	links = [...note.matchAll(/\(http:\/\/localhost:5678(\/webhook\/[^)]+)\)/g)].map(
		([, path]) => path,
	);
	// Only so that this test sees what the workflow did.
	const saving = { ...settings, saveDataSuccessExecution: 'all' };
	await n8n.api.updateWorkflow(workflowId, { settings: saving });
	await n8n.api.activate(workflowId);
}, 300_000);

afterAll(async () => {
	await n8n?.remove();
	await receiver?.close();
});

beforeEach(() => receiver.clear());

/** Follows the nth link of the note. */
const click = async (nth: number) => expect((await fetch(n8n.url + links[nth])).status).toBe(200);

const waits = (requests: ReceivedRequest[]) =>
	requests.slice(1).map(({ time }, at) => time - requests[at].time);

/** What came out of a node of the newest execution, once that has ended. */
async function outcome(node: string, output = 0): Promise<Record<string, unknown>[]> {
	const [{ id }] = await n8n.api.listExecutions(workflowId);
	const execution = await n8n.api.waitForExecution(id);
	expect(execution.status).toBe('success');
	return itemsOf(execution, node, output).map(({ json }) => json);
}

test('a message that arrives is sent once, by link and by the line of the note', async () => {
	expect(links).toHaveLength(3);
	await click(0);
	const [request] = await receiver.waitFor(1, { path: '/answer/200' });
	expect(JSON.parse(request.body.toString())).toEqual({ order: '1' });
	await fetch(n8n.webhookUrl('retry-demo'), {
		method: 'POST',
		headers: { 'content-type': 'application/json', cookie: 'not=sent on' },
		body: '{"order":4}',
	});
	const [, posted] = await receiver.waitFor(2, { path: '/answer/200' });
	expect(posted.body.toString()).toBe('{"order":4}');
	expect(await outcome('Delivered')).toMatchObject([
		{ delivery: { attempt: 1, status: 'delivered' } },
	]);
});

test('a failure comes back when it is due, with the same id and the same bytes', async () => {
	receiver.on('/answer/503', answers.status(503), answers.status(503), answers.ok());
	await click(1);
	const requests = await receiver.waitFor(3, { path: '/answer/503' });
	waits(requests).forEach((wait, at) => {
		expect(wait).toBeGreaterThanOrEqual(DELAYS[at] - 5);
		expect(wait).toBeLessThan(DELAYS[at] + 4_000);
	});
	expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
	expect(new Set(requests.map(({ body }) => body.toString()))).toEqual(
		new Set(['{"order":"2","answer":"503"}']),
	);
	expect(await outcome('Delivered')).toMatchObject([
		{ delivery: { id: requests[0].headers['webhook-id'], attempt: 3, status: 'delivered' } },
	]);
});

test('out of retries, and refused for good, it is a dead letter', async () => {
	receiver.on('/answer/503', answers.status(503));
	await click(1);
	const requests = await receiver.waitFor(4, { path: '/answer/503', timeoutMs: 60_000 });
	expect(waits(requests)[2]).toBeGreaterThanOrEqual(DELAYS[2] - 5);
	const id = String(requests[0].headers['webhook-id']);
	const [dead] = await outcome('Dead Letter');
	expect(dead.text).toBe(
		`Order: retries exhausted after 4 attempts: HTTP 503 (attempts: 4, ${id})`,
	);

	receiver.on('/answer/410', answers.gone());
	await click(2);
	await receiver.waitFor(1, { path: '/answer/410' });
	const [refused] = await outcome('Dead Letter');
	expect(refused.text).toMatch(/^Order: HTTP 410 \(attempts: 1, msg_/);
	expect(receiver.requests()).toHaveLength(5);
});

test('what waits for Retry-After outlives a crash of n8n, and is sent then', async () => {
	receiver.on('/answer/503', answers.unavailable(70), answers.ok());
	await click(1);
	const [first] = await receiver.waitFor(1, { path: '/answer/503' });
	await poll(
		async () => (await n8n.api.listExecutions(workflowId)).some((one) => one.status === 'waiting'),
		{ timeoutMs: 20_000, what: 'a waiting execution' },
	);
	await n8n.kill();
	await n8n.start();
	const [, second] = await receiver.waitFor(2, { path: '/answer/503', timeoutMs: 120_000 });
	expect(second.time - first.time).toBeGreaterThanOrEqual(70_000 - 5);
	expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
	expect(await outcome('Delivered')).toMatchObject([{ delivery: { attempt: 2 } }]);
}, 240_000);

test('several messages in one execution wait until the last of them is due', async () => {
	const json = await n8n.api.getWorkflow(workflowId);
	const { nodes, connections } = json;
	nodes.push({
		name: 'Split',
		type: 'n8n-nodes-base.splitOut',
		typeVersion: 1,
		position: [100, 0],
		parameters: { fieldToSplitOut: 'body.messages', options: {} },
	});
	const sender = nodeOf(json, 'HTTP Delivery').parameters;
	sender.url = '=http://127.0.0.1:5680/{{ $json.path }}';
	sender.body = '={{ JSON.stringify($json) }}';
	const toSplit = [{ node: 'Split', type: 'main' as const, index: 0 }];
	connections.Split = { main: [connections.Webhook.main[0]] };
	connections.Webhook = { main: [toSplit, toSplit] };
	await n8n.api.updateWorkflow(workflowId, { nodes, connections });
	await n8n.api.activate(workflowId);
	receiver.on('/now', answers.status(503), answers.ok());
	receiver.on('/later', answers.unavailable(6), answers.ok());
	await fetch(n8n.webhookUrl('retry-demo'), {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ messages: [{ path: 'now' }, { path: 'later' }] }),
	});
	const [first, second] = await receiver.waitFor(2, { path: '/later' });
	expect(second.time - first.time).toBeGreaterThanOrEqual(6_000 - 5);
	await receiver.waitFor(2, { path: '/now' });
	expect(await outcome('Delivered')).toHaveLength(2);
});

test('nothing of it is in the delivery store', async () => {
	expect(await stored.rows(n8n.userFolder).catch(() => [])).toEqual([]);
});
