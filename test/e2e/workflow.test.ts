import { join } from 'node:path';
import { EXAMPLE_RECEIVER_PORT } from '../../scripts/demo/example-receiver.ts';
import { importWorkflows } from '../../scripts/import-workflows.ts';
import { rootDir } from '../../scripts/paths.ts';
import { answers, itemsOf, Receiver, startN8n, type N8n } from './harness/index.ts';
import { stored } from './harness/store.ts';

/** The example names this port, and it is imported as it is. */
let receiver: Receiver;
let n8n: N8n;
let workflowId: string;

const NAME = 'Postback delivery';
const DOCUMENTED = 'pageName=MainMenu&user.name=bob&user.zip=90210&a.PrevSessionLength=132';
const DOCUMENTED_URL = '/screen/?user=bob&zip=90210&c16=4.6.0-AN&c27=cln,132';

beforeAll(async () => {
	receiver = await Receiver.start(EXAMPLE_RECEIVER_PORT);
	n8n = await startN8n({ env: { N8N_POSTBACK_TIME_SCALE: '0.05' } });
	const imported = await importWorkflows(n8n.api);
	const example = imported.find(({ file }) => file === 'postback-delivery.json');
	expect(example).toMatchObject({ name: NAME, isNew: true });
	workflowId = String(example?.id);
	await n8n.api.activate(workflowId);
});

afterAll(async () => {
	await n8n?.remove();
	await receiver?.close();
});

beforeEach(() => receiver.clear());

/** Posts a hit as JSON, or sends text as it is. */
async function post(hit: unknown, url = n8n.webhookUrl('postback-demo')) {
	const headers = { 'content-type': 'application/json' };
	const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(hit) });
	return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test('the line of the sticky note arrives as Adobe documents it', async () => {
	const response = await fetch(n8n.webhookUrl('postback-demo'), {
		method: 'POST',
		headers: { 'content-type': 'application/x-www-form-urlencoded' },
		body: DOCUMENTED,
	});
	expect(response.status).toBe(202);
	const [request] = await receiver.waitFor(1);
	expect(request).toMatchObject({ method: 'POST', url: DOCUMENTED_URL });
	expect(request.headers['content-type']).toBe('application/x-www-form-urlencoded');
	expect(request.body.toString()).toMatch(
		/^sdkver=4\.6\.0-AN&cb=\d+&clientId=&ts=\d{10}&tsz=\d{4}-\d\d-\d\dT\d\d%3A\d\d%3A\d\dZ$/,
	);
});

test('the link of the sticky note does the same', async () => {
	const response = await fetch(`${n8n.webhookUrl('postback-demo')}?${DOCUMENTED}`);
	expect(response.status).toBe(202);
	const [request] = await receiver.waitFor(1);
	expect(request).toMatchObject({ method: 'POST', url: DOCUMENTED_URL });
});

test('traits keep a crash of another device back, and a quote does not break the body', async () => {
	const crash = { 'a.CrashEvent': 'CrashEvent', 'a.Launches': 7, 'a.AppID': 'Shop 1.2' };
	const other = await post({ ...crash, 'a.DeviceName': 'iPhone17,1' });
	expect(other).toMatchObject({ status: 202, body: { accepted: 1, matched: 0, queued: 0 } });
	await post({ ...crash, 'a.DeviceName': 'Google Pixel 9', 'user.name': 'Ann "the" one' });
	const [request] = await receiver.waitFor(1, { path: '/crashes' });
	expect(JSON.parse(request.body.toString())).toEqual({
		user: 'Ann "the" one',
		app: 'Shop 1.2',
		device: 'Google Pixel 9',
		time: expect.stringMatching(/Z$/),
	});
	expect(receiver.requests()).toHaveLength(1);
});

test('a visitor is welcomed once', async () => {
	const launch = {
		'a.InstallEvent': 'InstallEvent',
		'a.OSVersion': 'Android 16',
		mid: 'visitor-1',
	};
	expect((await post(launch)).body).toMatchObject({ matched: 1, queued: 1 });
	expect((await post(launch)).body).toMatchObject({ matched: 1, queued: 0 });
	const [request] = await receiver.waitFor(1, { path: '/welcome' });
	expect(JSON.parse(request.body.toString())).toEqual({
		visitor: 'visitor-1',
		user: '',
		locale: '',
	});
});

test('a request that is sent again with its Idempotency-Key counts once', async () => {
	const send = async () =>
		await fetch(n8n.webhookUrl('postback-demo'), {
			method: 'POST',
			headers: { 'content-type': 'application/json', 'idempotency-key': 'order-17' },
			body: '{"pageName":"MainMenu","user":{"name":"twice"}}',
		}).then(async (response) => (await response.json()) as Record<string, unknown>);
	expect(await send()).toMatchObject({ queued: 1, duplicates: 0 });
	expect(await send()).toMatchObject({ queued: 0, duplicates: 1 });
});

test('a failure is sent again and arrives, a refusal is a dead letter', async () => {
	receiver.on('/answer/503', answers.status(503), answers.ok());
	receiver.on('/answer/410', answers.gone());
	await post({ answer: 503 });
	await post({ answer: 410 });
	const rows = await stored.waitFor(n8n.userFolder, (all) => {
		const tries = all.filter(({ name }) => name === 'Try a failure');
		return tries.length === 2 && tries.every(({ settled_at }) => settled_at !== null);
	});
	const tries = rows.filter(({ name }) => name === 'Try a failure');
	expect(tries.find(({ url }) => url.endsWith('503'))).toMatchObject({
		status: 'delivered',
		attempt: 2,
	});
	expect(tries.find(({ url }) => url.endsWith('410'))).toMatchObject({
		status: 'dead',
		reason: 'HTTP 410',
	});
});

test('successful executions are not saved', async () => {
	// The one of the test before may still be under way, and goes when it is over.
	expect(await n8n.api.finishedExecutions(workflowId)).toEqual([]);
});

test('a test run shows a dead letter with a line to pass on', async () => {
	receiver.on('/answer/410', answers.gone());
	await n8n.api.deactivate(workflowId);
	expect(await n8n.api.runManually(workflowId, { trigger: 'Postback Trigger' })).toMatchObject({
		waitingForWebhook: true,
	});
	const answer = await post({ answer: 410 }, n8n.webhookUrl('postback-demo', true));
	expect(answer).toMatchObject({ status: 202, body: { test: true, queued: 1 } });
	await receiver.waitFor(1, { path: '/answer/410' });
	const [{ id }] = await n8n.api.listExecutions(workflowId);
	const execution = await n8n.api.waitForExecution(id);
	const [item] = itemsOf(execution, 'Dead Letter');
	expect(item.json.text).toBe(
		`Try a failure: HTTP 410 (GET ${receiver.url}/answer/410, attempts: 1)`,
	);
});

test('importing it again, from here or by the command line, makes no second one', async () => {
	const imported = await importWorkflows(n8n.api);
	const again = imported.find(({ name }) => name === NAME);
	expect(again).toMatchObject({ id: workflowId, isNew: false });
	await n8n.cli('import:workflow', `--input=${join(rootDir, 'workflows/postback-delivery.json')}`);
	const saved = await n8n.api.listWorkflows();
	expect(saved.filter(({ name }) => name === NAME).map(({ id }) => id)).toEqual([workflowId]);
});
