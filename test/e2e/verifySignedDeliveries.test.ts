import { EXAMPLE_RECEIVER_PORT } from '../../scripts/demo/example-receiver.ts';
import { importWorkflows } from '../../scripts/import-workflows.ts';
import { createSigner } from '../../lib/delivery/signature';
import {
	answers,
	itemsOf,
	nodeOf,
	Receiver,
	startN8n,
	type N8n,
	type ReceivedRequest,
} from './harness/index.ts';

/** The example names this port, and it is imported as it is. */
let receiver: Receiver;
/** Stands between sender and receiver, and keeps what was sent. */
let between: Receiver;
let n8n: N8n;
let link: string;
let workflowId: string;
/** A delivery as it was sent. */
let sent: ReceivedRequest;

const TYPE = 'postbackSigningSecretApi';
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;

beforeAll(async () => {
	receiver = await Receiver.start(EXAMPLE_RECEIVER_PORT);
	between = await Receiver.start();
	n8n = await startN8n({ env: { N8N_POSTBACK_TIME_SCALE: '0.01', N8N_DISABLE_UI: 'true' } });
	const imported = await importWorkflows(n8n.api);
	workflowId = String(imported.find(({ file }) => file === 'verify-signed-deliveries.json')?.id);
}, 300_000);

afterAll(async () => {
	await n8n?.remove();
	await between?.close();
	await receiver?.close();
});

beforeEach(() => receiver.clear());

/** Brings a request to the receiving side, with something changed. */
async function bring(change: { headers?: Record<string, string>; body?: string } = {}) {
	const names = ['content-type', 'webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;
	const headers = Object.fromEntries(names.map((name) => [name, String(sent.headers[name])]));
	const response = await fetch(n8n.webhookUrl('signed-demo'), {
		method: 'POST',
		headers: { ...headers, ...change.headers },
		body: change.body ?? sent.body.toString(),
	});
	return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** The headers of a message that somebody signed with this secret some seconds ago. */
function signedBy(secret: string, secondsAgo = 0, id = 'msg_mine'): Record<string, string> {
	const time = Math.floor(Date.now() / 1_000) - secondsAgo;
	return {
		'webhook-id': id,
		'webhook-timestamp': String(time),
		'webhook-signature': createSigner([secret]).sign(id, time, sent.body),
	};
}

/** Long enough for what must not come. */
const aWhile = async () => await new Promise((resolve) => setTimeout(resolve, 1_500));
const verified = () => receiver.requests('/verified').map(({ body }) => body.toString());

test('it asks for its credential when it is published as it came', async () => {
	await expect(n8n.api.activate(workflowId)).rejects.toThrow(/credential/i);
});

test('a signed message starts the work', async () => {
	const { id, name } = await n8n.api.createCredential('Ours', TYPE, { secret: SECRET });
	const json = await n8n.api.getWorkflow(workflowId);
	const note = nodeOf(json, 'Note: try it').parameters.content as string;
	[, link] = /\(http:\/\/localhost:5678(\/webhook\/[^)]+)\)/.exec(note) as RegExpExecArray;
	for (const one of ['Send signed', 'Signed messages']) {
		nodeOf(json, one).credentials = { [TYPE]: { id, name } };
	}
	// The example sends to the port of an n8n as it is installed; here it has another one.
	const { parameters } = nodeOf(json, 'Send signed');
	parameters.url = `${between.url}/signed-demo`;
	parameters.options = { ...(parameters.options as object), allowedHosts: '127.0.0.1' };
	nodeOf(json, 'Forged message').parameters.url = n8n.webhookUrl('signed-demo');
	await n8n.api.updateWorkflow(workflowId, { nodes: json.nodes });
	await n8n.api.activate(workflowId);
	between.on('/signed-demo', answers.status(503), answers.ok());
	expect((await fetch(n8n.url + link)).status).toBe(202);
	const [first, second] = await between.waitFor(2);
	expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
	sent = second;
	expect(await bring()).toMatchObject({ status: 202, body: { accepted: 1, queued: 1 } });
	await receiver.waitFor(1, { path: '/verified' });
	expect(verified()).toEqual(['{"order":"42","total":"19.90"}']);
});

test('the same message again counts as a duplicate, and starts nothing', async () => {
	expect(await bring()).toMatchObject({ status: 202, body: { queued: 0, duplicates: 1 } });
	await aWhile();
	expect(verified()).toEqual([]);
});

test('the same order again is not sent twice', async () => {
	between.clear();
	expect((await fetch(n8n.url + link)).status).toBe(202);
	await aWhile();
	expect(between.requests()).toEqual([]);
});

const MISMATCH = 'No signature is by a secret known here';

test.each([
	['a changed body', { body: '{"order":"42","total":"0.01"}' }, MISMATCH],
	[
		'a body that says the same in other bytes',
		{ body: '{"order": "42","total":"19.90"}' },
		MISMATCH,
	],
	['another ID', { headers: { 'webhook-id': 'msg_other' } }, MISMATCH],
	[
		'another time',
		{ headers: { 'webhook-timestamp': String(Math.floor(Date.now() / 1_000) + 30) } },
		MISMATCH,
	],
	['no signature', { headers: { 'webhook-signature': '' } }, 'webhook-signature is missing'],
])('refused with 401: %s', async (_what, change, reason) => {
	const { status, body } = await bring(change);
	expect(status).toBe(401);
	expect(body.error).toContain(reason);
	expect(JSON.stringify(body)).not.toContain('whsec_');
});

test('refused with 401: another secret, and a message older than five minutes', async () => {
	expect(await bring({ headers: signedBy(OTHER) })).toMatchObject({
		status: 401,
		body: { error: MISMATCH },
	});
	const { status, body } = await bring({ headers: signedBy(SECRET, 301) });
	expect(status).toBe(401);
	expect(body.error).toMatch(/^The message is 30\d s old$/);
});

test('the forgery of the example is refused, and nothing that was refused has started the work', async () => {
	const { executionId } = await n8n.api.runManually(workflowId, { trigger: 'Try a forgery' });
	const execution = await n8n.api.waitForExecution(String(executionId));
	expect(itemsOf(execution, 'Forged message')).toMatchObject([
		{ json: { statusCode: 401, body: { error: MISMATCH } } },
	]);
	await aWhile();
	expect(verified()).toEqual([]);
});

test('while the secret is changed, messages by the old one and by the new one are taken', async () => {
	const { id, name } = await n8n.api.createCredential('Changing', TYPE, {
		secret: OTHER,
		previousSecret: SECRET,
	});
	const json = await n8n.api.getWorkflow(workflowId);
	nodeOf(json, 'Signed messages').credentials = { [TYPE]: { id, name } };
	await n8n.api.updateWorkflow(workflowId, { nodes: json.nodes });
	await n8n.api.activate(workflowId);
	for (const [secret, message] of [
		[SECRET, 'msg_old'],
		[OTHER, 'msg_new'],
	]) {
		const headers = signedBy(secret, 0, message);
		expect(await bring({ headers })).toMatchObject({ status: 202, body: { queued: 1 } });
	}
	await receiver.waitFor(2, { path: '/verified' });
});

test('work that fails gets the message again', async () => {
	receiver.on('/verified', answers.status(500), answers.ok());
	await bring({ headers: signedBy(SECRET, 0, 'msg_again') });
	await receiver.waitFor(2, { path: '/verified', timeoutMs: 120_000 });
}, 150_000);
