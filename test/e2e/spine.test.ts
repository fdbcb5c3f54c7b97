import { answers, itemsOf, Receiver, startN8n, type N8n } from './harness/index.ts';
import { keyEquals, postHits, spineWorkflow } from './harness/spine.ts';
import { stored } from './harness/store.ts';

let n8n: N8n;
let receiver: Receiver;

/** The schedule of mobile postbacks (every 30 s) runs at a tenth here. */
const RETRY_MS = 3_000;

beforeAll(async () => {
	receiver = await Receiver.start();
	n8n = await startN8n({ env: { N8N_POSTBACK_TIME_SCALE: '0.1' } });
});

afterAll(async () => {
	await n8n.remove();
	await receiver.close();
});

const hook = (path: string) => `${n8n.url}/webhook/${path}`;

/** Publishes a workflow for one test and takes it away afterwards. */
async function published(
	json: Parameters<typeof n8n.api.createWorkflow>[0],
	use: (workflowId: string) => Promise<void>,
): Promise<void> {
	const { id } = await n8n.api.createWorkflow(json);
	await n8n.api.activate(id);
	try {
		await use(id);
	} finally {
		await n8n.api.deactivate(id);
	}
}

const settled = async (path: string, count: number, timeoutMs = 30_000) =>
	await stored.waitFor(
		n8n.userFolder,
		(rows) =>
			rows.filter((row) => row.url.includes(path) && row.settled_at !== null).length >= count,
		timeoutMs,
	);

test("Adobe's documented sample hit arrives byte for byte", async () => {
	const json = spineWorkflow({
		path: 'sample',
		trigger: { settings: { sdkVersion: '4.6.0-AN' } },
		postbacks: [
			{
				name: 'Documented sample',
				url: `${receiver.url}/sample/?user={user.name}&zip={user.zip}&c16={%sdkver%}&c27=cln,{a.PrevSessionLength}`,
				bodyFrom: 'template',
				body: 'sdkver={%sdkver%}&clientId={n.client.id}&user={user.name}',
				contentType: 'application/x-www-form-urlencoded',
				timeoutSeconds: 4,
				triggers: keyEquals('pageName', 'MainMenu'),
			},
		],
	});
	await published(json, async () => {
		const hit = {
			pageName: 'MainMenu',
			user: { name: 'bob', zip: '90210' },
			'a.PrevSessionLength': 132,
		};
		const answer = await postHits(hook('sample'), hit);
		expect(answer).toMatchObject({ status: 202, body: { accepted: 1, matched: 1, queued: 1 } });
		const [request] = await receiver.waitFor(1, { path: '/sample/' });
		expect(request.url).toBe('/sample/?user=bob&zip=90210&c16=4.6.0-AN&c27=cln,132');
		expect(request.method).toBe('POST');
		expect(request.headers['content-type']).toBe('application/x-www-form-urlencoded');
		expect(request.body.toString()).toBe('sdkver=4.6.0-AN&clientId=&user=bob');
		expect(request.headers['webhook-id']).toMatch(/^msg_[0-9a-f]{32}$/);
	});
});

test('a 503 is retried at its time with the same id, and then delivered', async () => {
	receiver.on('/retry', answers.status(503), answers.ok());
	const json = spineWorkflow({
		path: 'retry',
		postbacks: [{ name: 'Retry', url: `${receiver.url}/retry` }],
	});
	await published(json, async () => {
		await postHits(hook('retry'), { any: 'hit' });
		const [first, second] = await receiver.waitFor(2, { path: '/retry' });
		expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
		const waited = second.time - first.time;
		expect(waited).toBeGreaterThanOrEqual(RETRY_MS);
		expect(waited).toBeLessThan(RETRY_MS + 2_000);
		const rows = await settled('/retry', 1);
		expect(rows.find((row) => row.url.includes('/retry'))).toMatchObject({
			status: 'delivered',
			attempt: 2,
		});
	});
});

test('the Dead Letter output carries request, reason and attempts', async () => {
	receiver.on('/gone', answers.status(503), answers.status(410, 'moved away'));
	const json = spineWorkflow({
		path: 'gone',
		postbacks: [{ name: 'Gone', url: `${receiver.url}/gone?user={user}&api_key=s3cret` }],
	});
	await published(json, async (id) => {
		await postHits(hook('gone'), { user: 'bob' });
		await settled('/gone', 1);
		const dead = await lastItem(id, 2);
		expect(dead).toMatchObject({
			name: 'Gone',
			kind: 'postback',
			status: 'dead',
			attempt: 2,
			reason: 'HTTP 410',
			request: { method: 'GET', url: `${receiver.url}/gone?user=bob&api_key=***` },
			response: { statusCode: 410, bodyExcerpt: 'moved away' },
			error: { code: 'HTTP_410' },
		});
	});
});

test('what a Filter node holds back is never sent', async () => {
	const filter = {
		name: 'Filter',
		type: 'n8n-nodes-base.filter',
		typeVersion: 2.2,
		parameters: {
			conditions: {
				options: { caseSensitive: true, leftValue: '', typeValidation: 'loose', version: 2 },
				combinator: 'and',
				conditions: [
					{
						id: 'keep',
						leftValue: '={{ $json.delivery.request.url }}',
						rightValue: 'keep=yes',
						operator: { type: 'string', operation: 'contains' },
					},
				],
			},
		},
	};
	const json = spineWorkflow({
		path: 'filtered',
		between: [filter],
		postbacks: [{ name: 'Filtered', url: `${receiver.url}/filtered?keep={keep}` }],
	});
	await published(json, async () => {
		await postHits(hook('filtered'), [{ keep: 'yes' }, { keep: 'no' }, { keep: 'yes' }]);
		const rows = await settled('/filtered', 3);
		const ours = rows.filter((row) => row.url.includes('/filtered'));
		expect(ours.filter((row) => row.status === 'delivered')).toHaveLength(2);
		expect(ours.find((row) => row.url.endsWith('keep=no'))).toMatchObject({
			status: 'closed',
			reason: 'not sent by the workflow',
		});
		expect(receiver.requests('/filtered').map((request) => request.url)).not.toContain(
			'/filtered?keep=no',
		);
	});
});

test('a hit without a match starts no execution, and a thousand hits start a few', async () => {
	const json = spineWorkflow({
		path: 'few',
		postbacks: [
			{
				name: 'Few',
				url: `${receiver.url}/few?n={n}`,
				triggers: keyEquals('pageName', 'MainMenu'),
			},
		],
	});
	await published(json, async (id) => {
		const none = await postHits(hook('few'), { pageName: 'Other' });
		expect(none).toMatchObject({ status: 202, body: { accepted: 1, matched: 0, queued: 0 } });
		await new Promise((resolve) => setTimeout(resolve, 1_500));
		expect(await n8n.api.listExecutions(id)).toHaveLength(0);
		const hits = Array.from({ length: 1_000 }, (_, n) => ({ pageName: 'MainMenu', n }));
		await postHits(hook('few'), hits);
		await receiver.waitFor(1_000, { path: '/few' });
		await settled('/few', 1_000);
		expect((await n8n.api.listExecutions(id)).length).toBeLessThanOrEqual(6);
		const arrived = new Set(receiver.requests('/few').map((request) => request.url));
		expect(arrived.size).toBe(1_000);
		expect(receiver.requests('/few')).toHaveLength(1_000);
	});
});

test('Retrying connected back to the sender sends nothing twice', async () => {
	receiver.on('/wired', answers.status(503), answers.ok());
	const json = spineWorkflow({
		path: 'wired',
		postbacks: [{ name: 'Wired', url: `${receiver.url}/wired` }],
		wires: [['HTTP Delivery', 'HTTP Delivery', 1]],
	});
	await published(json, async (id) => {
		await postHits(hook('wired'), { any: 'hit' });
		await settled('/wired', 1);
		expect(receiver.requests('/wired')).toHaveLength(2);
		const [first, second] = receiver.requests('/wired');
		expect(second.time - first.time).toBeGreaterThanOrEqual(RETRY_MS);
		const executions = await n8n.api.finishedExecutions(id);
		for (const { status } of executions) expect(status).toBe('success');
	});
});

test('a sender without a Delivery Queue Trigger refuses to send, and loses nothing', async () => {
	const json = spineWorkflow({
		path: 'unserved',
		queueTrigger: false,
		postbacks: [{ name: 'Unserved', url: `${receiver.url}/unserved` }],
	});
	await published(json, async (id) => {
		await postHits(hook('unserved'), { any: 'hit' });
		const [failed] = await executions(id, 1);
		const { error } = (await n8n.api.getExecution(failed.id)).data.resultData as {
			error?: { message: string; description: string };
		};
		expect(error?.message).toContain('No active Delivery Queue Trigger serves the queue');
		expect(error?.description).toContain('Add a Delivery Queue Trigger');
		expect(receiver.requests('/unserved')).toHaveLength(0);
		const row = (await stored.rows(n8n.userFolder)).find(({ url }) => url.includes('/unserved'));
		expect(row).toMatchObject({ status: 'pending', claims: 0, settled_at: null });
	});
});

test('Stop in the editor lets requests finish and leaves the unsent queued', async () => {
	receiver.on('/slow', answers.stall(400));
	const json = spineWorkflow({
		path: 'slow',
		postbacks: [{ name: 'Slow', url: `${receiver.url}/slow?n={n}`, timeoutSeconds: 5 }],
		senderOptions: { concurrency: 2 },
	});
	await published(json, async (id) => {
		await postHits(
			hook('slow'),
			Array.from({ length: 20 }, (_, n) => ({ n })),
		);
		await receiver.waitFor(4, { path: '/slow' });
		const running = (await n8n.api.listExecutions(id)).find(({ status }) => status === 'running');
		await n8n.api.stopExecution(String(running?.id));
		await settled('/slow', 20, 60_000);
		const urls = receiver.requests('/slow').map((request) => request.url);
		expect(new Set(urls).size).toBe(20);
		expect(urls).toHaveLength(20);
	});
});

test('a manual run of the sender sends once, is marked as a test and never claimed', async () => {
	receiver.on('/manual', answers.status(503));
	const json = spineWorkflow({
		path: 'manual',
		postbacks: [{ name: 'Manual', url: `${receiver.url}/manual` }],
	});
	const { id } = await n8n.api.createWorkflow(json);
	const run = n8n.api.runManually(id, { trigger: 'Postback Trigger' });
	expect(await run).toMatchObject({ waitingForWebhook: true });
	const answer = await postHits(`${n8n.url}/webhook-test/manual`, { any: 'hit' });
	expect(answer).toMatchObject({ status: 202, body: { test: true } });
	await receiver.waitFor(1, { path: '/manual' });
	const [execution] = await executions(id, 1);
	const full = await n8n.api.waitForExecution(execution.id);
	expect(itemsOf(full, 'HTTP Delivery', 1)[0].json.delivery).toMatchObject({
		test: true,
		status: 'retrying',
		attempt: 1,
	});
	await new Promise((resolve) => setTimeout(resolve, RETRY_MS + 2_000));
	expect(receiver.requests('/manual')).toHaveLength(1);
	const row = (await stored.rows(n8n.userFolder)).find(({ url }) => url.includes('/manual'));
	expect(row).toMatchObject({ test: 1, line: null });
});

async function executions(workflowId: string, count: number) {
	for (let i = 0; i < 100; i++) {
		const found = (await n8n.api.listExecutions(workflowId)).filter(
			({ status }) => status !== 'running' && status !== 'new',
		);
		if (found.length >= count) return found;
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
	throw new Error(`Workflow ${workflowId} has no ${count} executions`);
}

/** The delivery on an output of the sender in the newest execution that has one there. */
async function lastItem(workflowId: string, output: number): Promise<unknown> {
	for (const { id } of await n8n.api.finishedExecutions(workflowId)) {
		const [item] = itemsOf(await n8n.api.getExecution(id), 'HTTP Delivery', output);
		if (item) return item.json.delivery;
	}
	return undefined;
}

test('a manual run of the Delivery Queue Trigger shows what waits, or a sample, and claims nothing', async () => {
	receiver.on('/shown', answers.status(503));
	const json = spineWorkflow({
		path: 'shown',
		postbacks: [{ name: 'Shown', url: `${receiver.url}/shown` }],
		senderOptions: { queue: 'shown' },
	});
	const trigger = json.nodes.find(({ name }) => name === 'Delivery Queue Trigger');
	if (trigger) trigger.parameters = { options: { queue: 'shown' } };
	const show = async (id: string) => {
		const { executionId } = await n8n.api.runManually(id, {
			trigger: 'Delivery Queue Trigger',
			destination: 'Delivery Queue Trigger',
		});
		const execution = await n8n.api.waitForExecution(String(executionId));
		return itemsOf(execution, 'Delivery Queue Trigger').map((item) => item.json.delivery);
	};
	await published(json, async (id) => {
		expect(await show(id)).toMatchObject([{ name: expect.stringContaining('Sample'), test: true }]);
		await postHits(hook('shown'), { any: 'hit' });
		await receiver.waitFor(1, { path: '/shown' });
		await stored.waitFor(n8n.userFolder, (rows) =>
			rows.some((row) => row.name === 'Shown' && row.status === 'retrying'),
		);
		const [shown] = await show(id);
		expect(shown).toMatchObject({ name: 'Shown', test: true, status: 'pending', attempt: 1 });
		const row = (await stored.rows(n8n.userFolder)).find(({ name }) => name === 'Shown');
		expect(row?.id).not.toBe((shown as { id: string }).id);
		expect(row).toMatchObject({ status: 'retrying', claims: 0 });
	});
});
