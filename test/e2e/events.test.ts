import { randomUUID } from 'node:crypto';
import { destinationWorkflow, exportedOf, GOLD, profile } from './harness/destination.ts';
import { answers, Receiver, startN8n, workflow, type N8n } from './harness/index.ts';
import { stored } from './harness/store.ts';

let receiver: Receiver;
let n8n: N8n;

beforeAll(async () => {
	receiver = await Receiver.start();
	n8n = await startN8n({ env: { N8N_DISABLE_UI: 'true' } });
});

afterAll(async () => {
	await n8n.remove();
	await receiver.close();
});

const type = (name: string) => `n8n-nodes-postback.${name}`;
const condition = (otherKey: string, value: string) => ({
	kind: 'other',
	otherKey: { __rl: true, mode: 'name', value: otherKey },
	otherMatcher: 'eq',
	value,
});

/** A trigger that emits events, and a node after it that posts each of them and fails when it is told to. */
async function publish(path: string, parameters: Record<string, unknown> = {}) {
	const json = workflow(
		`Events ${path}`,
		[
			{
				name: 'Postback Trigger',
				type: type('postbackTrigger'),
				webhookId: randomUUID(),
				parameters: { path, emit: 'event', ...parameters },
			},
			{
				name: 'HTTP Request',
				type: 'n8n-nodes-base.httpRequest',
				typeVersion: 4.2,
				parameters: {
					method: 'POST',
					url: `${receiver.url}/${path}`,
					sendBody: true,
					specifyBody: 'json',
					jsonBody: '={{ JSON.stringify($json) }}',
				},
			},
		],
		[['Postback Trigger', 'HTTP Request']],
	);
	const { id } = await n8n.api.createWorkflow(json);
	await n8n.api.activate(id);
	return id;
}

async function post(path: string, body: string, contentType = 'application/json') {
	const response = await fetch(n8n.webhookUrl(path), {
		method: 'POST',
		headers: { 'content-type': contentType },
		body,
	});
	return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const cameTo = (path: string) =>
	receiver.requests(`/${path}`).map(({ body }) => JSON.parse(body.toString()) as { n: number });

/** Waits until every event has come, and gives how many came more than once. */
async function reconcile(path: string, numbers: readonly number[]): Promise<number> {
	const end = Date.now() + 120_000;
	const missing = () => {
		const seen = new Set(cameTo(path).map(({ n }) => n));
		return numbers.filter((n) => !seen.has(n));
	};
	while (missing().length > 0 && Date.now() < end) {
		await new Promise((resolve) => setTimeout(resolve, 250));
	}
	expect(missing()).toEqual([]);
	await stored.waitFor(
		n8n.userFolder,
		(rows) => rows.every(({ settled_at }) => settled_at !== null),
		120_000,
	);
	const came = cameTo(path).map(({ n }) => n);
	return came.length - new Set(came).size;
}

const lines = (from: number, count: number) =>
	Array.from({ length: count }, (_, i) => JSON.stringify({ n: from + i, nested: { a: [1] } })).join(
		'\n',
	);

test('events come in as NDJSON, leave as they are, in few executions, and are taken', async () => {
	const id = await publish('plain');
	const answer = await post('plain', lines(0, 30), 'application/x-ndjson');
	expect(answer).toMatchObject({ status: 202, body: { accepted: 30, queued: 30 } });
	expect(await reconcile('plain', [...Array(30).keys()])).toBe(0);
	expect(cameTo('plain')[0]).toEqual({ n: 0, nested: { a: [1] } });
	const executions = await n8n.api.listExecutions(id);
	expect(executions.length).toBeLessThanOrEqual(3);
	const rows = await stored.rows(n8n.userFolder);
	expect(new Set(rows.map(({ status, reason }) => `${status}: ${reason}`))).toEqual(
		new Set(['delivered: taken by the workflow']),
	);
	await n8n.api.deactivate(id);
});

test('a hit that does not match starts nothing; bad input gets 400', async () => {
	const id = await publish('filtered', {
		events: 'conditions',
		conditions: { condition: [condition('type', 'wanted')] },
	});
	expect(await post('filtered', '{"type":"other","n":1}')).toMatchObject({
		status: 202,
		body: { accepted: 1, matched: 0, queued: 0 },
	});
	expect(await post('filtered', '{"type":')).toMatchObject({ status: 400 });
	expect(await post('filtered', '7')).toMatchObject({ status: 400 });
	expect(await post('filtered', '')).toMatchObject({ status: 400 });
	await new Promise((resolve) => setTimeout(resolve, 1_500));
	expect(await n8n.api.listExecutions(id)).toEqual([]);
	await post('filtered', '[{"type":"wanted","n":2},{"type":"other","n":3}]');
	expect(await reconcile('filtered', [2])).toBe(0);
	expect(cameTo('filtered')).toHaveLength(1);
	await n8n.api.deactivate(id);
});

test('HTTP Profile Destination takes profile change events as they are', async () => {
	const json = destinationWorkflow({
		path: 'unused',
		endpoint: `${receiver.url}/profiles`,
		audiences: [{ id: GOLD }],
		fields: { input: 'events', profileField: 'profile', changedField: 'changed' },
	});
	const [webhook, split] = json.nodes;
	webhook.name = 'Postback Trigger';
	webhook.type = type('postbackTrigger');
	webhook.typeVersion = 1;
	webhook.parameters = { path: 'profiles', emit: 'event' };
	json.nodes = json.nodes.filter((node) => node !== split);
	const { 'Split Out': into, Webhook: _webhook, ...others } = json.connections;
	json.connections = { ...others, 'Postback Trigger': into };
	const { id } = await n8n.api.createWorkflow(json);
	await n8n.api.activate(id);
	const change = (n: number) => ({ profile: profile(n), changed: ['segmentMembership'] });
	const answer = await post('profiles', [1, 2].map((n) => JSON.stringify(change(n))).join('\n'));
	expect(answer).toMatchObject({ status: 202, body: { queued: 2 } });
	const arrived = await receiver.waitFor(2, { path: '/profiles' });
	expect(arrived.map(({ body }) => exportedOf(body)).sort()).toEqual([1, 2]);
	await n8n.api.deactivate(id);
});

test('killed after 202 and before the workflow was started, nothing is lost and nothing comes twice', async () => {
	const id = await publish('emit', { settings: { longestWaitSeconds: 20 } });
	expect((await post('emit', lines(0, 40), 'application/x-ndjson')).status).toBe(202);
	expect(cameTo('emit')).toEqual([]);
	await n8n.kill();
	await n8n.start();
	expect(await reconcile('emit', [...Array(40).keys()])).toBe(0);
	await n8n.api.deactivate(id);
});

test('killed while the workflow runs, the batch comes again', async () => {
	receiver.on('/running', answers.stall(20_000));
	const id = await publish('running');
	await post('running', lines(0, 3), 'application/x-ndjson');
	await receiver.waitFor(3, { path: '/running' });
	await n8n.kill();
	receiver.on('/running', answers.ok());
	await n8n.start();
	await receiver.waitFor(6, { path: '/running', timeoutMs: 60_000 });
	expect(await reconcile('running', [0, 1, 2])).toBe(3);
	await n8n.api.deactivate(id);
});

test('after an execution that failed the batch comes again, apart from the rest', async () => {
	receiver.on('/failing', answers.status(500), answers.ok());
	const id = await publish('failing');
	await post('failing', lines(0, 2), 'application/x-ndjson');
	await reconcile('failing', [0, 1]);
	const statuses = (await n8n.api.finishedExecutions(id)).map(({ status }) => status).sort();
	expect(statuses).toEqual(['error', 'success']);
	expect(cameTo('failing').length).toBeGreaterThan(2);
	await n8n.api.deactivate(id);
}, 180_000);
