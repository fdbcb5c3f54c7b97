import { EXAMPLE_RECEIVER_PORT } from '../../scripts/demo/example-receiver.ts';
import { importWorkflows } from '../../scripts/import-workflows.ts';
import { answers, itemsOf, poll, Receiver, startN8n, workflow, type N8n } from './harness/index.ts';

/** The example names this port, and it is imported as it is. */
let receiver: Receiver;
let n8n: N8n;
let links: string[];
let workflowId: string;
/** A workflow that looks into the table of the example. */
let tableId: string;

const byName = { __rl: true, mode: 'name', value: 'Dead letters' };

beforeAll(async () => {
	receiver = await Receiver.start(EXAMPLE_RECEIVER_PORT);
	n8n = await startN8n({ env: { N8N_POSTBACK_TIME_SCALE: '0.05', N8N_DISABLE_UI: 'true' } });
	const imported = await importWorkflows(n8n.api);
	workflowId = String(imported.find(({ file }) => file === 'dead-letters.json')?.id);
	const { nodes } = await n8n.api.getWorkflow(workflowId);
	const note = nodes.find(({ name }) => name === 'Note: try it')?.parameters.content as string;
	links = [...note.matchAll(/\(http:\/\/localhost:5678(\/webhook\/[^)]+)\)/g)].map(
		([, path]) => path,
	);
	const json = workflow(
		'The table',
		[
			{ name: 'Look', type: 'n8n-nodes-base.manualTrigger' },
			{
				name: 'Rows',
				type: 'n8n-nodes-base.dataTable',
				typeVersion: 1.1,
				parameters: { operation: 'get', dataTableId: byName, returnAll: true },
			},
			{ name: 'Remove it', type: 'n8n-nodes-base.manualTrigger' },
			{
				name: 'Removed',
				type: 'n8n-nodes-base.dataTable',
				typeVersion: 1.1,
				parameters: { resource: 'table', operation: 'delete', dataTableId: byName },
			},
		],
		[
			['Look', 'Rows'],
			['Remove it', 'Removed'],
		],
	);
	({ id: tableId } = await n8n.api.createWorkflow(json));
	await n8n.api.activate(workflowId);
}, 300_000);

afterAll(async () => {
	await n8n?.remove();
	await receiver?.close();
});

beforeEach(() => receiver.clear());

interface Row {
	delivery_id: string;
	name: string;
	reason: string;
	host: string;
	attempts: number;
	state: string;
	chat: string;
	line: string;
}

async function run(id: string, trigger: string) {
	const { executionId } = await n8n.api.runManually(id, { trigger });
	const execution = await n8n.api.waitForExecution(String(executionId));
	expect(execution.data.resultData.error).toBeUndefined();
	return execution;
}

const rows = async () =>
	itemsOf(await run(tableId, 'Look'), 'Rows').map(({ json }) => json as unknown as Row);

async function untilRows(done: (all: Row[]) => boolean, what: string): Promise<Row[]> {
	return await poll(
		async () => {
			const all = await rows();
			return done(all) && all;
		},
		{ timeoutMs: 30_000, what },
	);
}

/** What the chat was told, message by message, line by line. */
const told = () =>
	receiver
		.requests('/chat')
		.map(({ body }) => (JSON.parse(body.toString()) as { text: string }).text.split('\n'));

const webhookIds = (path: string) =>
	receiver.requests(path).map(({ headers }) => String(headers['webhook-id']));

/** Sends hits whose message the receiver answers with this status. */
async function send(answer: number, ...orders: number[]): Promise<void> {
	const response = await fetch(n8n.webhookUrl('dead-demo'), {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(orders.map((order) => ({ answer, order, customer: 'eve@example.com' }))),
	});
	expect(response.status).toBe(202);
}

const FIRST = /^Order placed: HTTP 410 \(127\.0\.0\.1:5680, attempts: 1, (msg_[\w-]+)\)$/;
const WITHOUT_ROW =
	/^Order placed: HTTP 410 \(127\.0\.0\.1:5680, attempts: 1, (msg_[\w-]+)\)\. It could not be written into the table\.$/;

test('publishing makes the table', async () => {
	expect(
		await poll(async () => await rows().catch(() => false as const), {
			timeoutMs: 30_000,
			what: 'the table',
		}),
	).toEqual([]);
});

test('a refused message is a row and a line, with nothing of its address and body', async () => {
	receiver.on('/answer/410', answers.gone());
	expect(links).toHaveLength(2);
	expect((await fetch(n8n.url + links[0])).status).toBe(202);
	await receiver.waitFor(1, { path: '/chat' });
	const [[headline, line]] = told();
	expect(headline).toBe('1 dead letter');
	const [, id] = FIRST.exec(line) as RegExpExecArray;
	expect(webhookIds('/answer/410')).toEqual([id]);
	const [row] = await untilRows(([one]) => one?.chat === 'told', 'a row that says told');
	expect(row).toMatchObject({
		delivery_id: id,
		name: 'Order placed',
		reason: 'HTTP 410',
		host: '127.0.0.1:5680',
		attempts: 1,
		state: 'dead',
	});
	const shown = JSON.stringify([row, told()]);
	for (const hidden of ['ada', 'customer', 'example.com', '/answer']) {
		expect(shown).not.toContain(hidden);
	}
});

test('what arrives is in neither', async () => {
	expect((await fetch(n8n.url + links[1])).status).toBe(202);
	await receiver.waitFor(1, { path: '/answer/200' });
	await new Promise((resolve) => setTimeout(resolve, 1_500));
	expect(told()).toEqual([]);
	expect(await rows()).toHaveLength(1);
});

test('while the chat fails, rows wait; when it is back they are told in one message', async () => {
	receiver.on('/chat', answers.status(500));
	await send(410, 51, 52);
	const waiting = await untilRows(
		(all) => all.filter(({ chat }) => chat === 'waiting').length === 2,
		'two rows that wait',
	);
	expect(waiting).toHaveLength(3);
	await receiver.waitFor((all) => all.length > 0, { path: '/chat' });
	receiver.clear();
	receiver.on('/chat', answers.ok());
	await run(workflowId, 'Every 5 minutes');
	expect(told()).toEqual([
		['2 dead letters', expect.stringMatching(FIRST), expect.stringMatching(FIRST)],
	]);
	expect((await rows()).every(({ chat }) => chat === 'told')).toBe(true);
	await run(workflowId, 'Every 5 minutes');
	expect(told()).toHaveLength(1);
});

test('many at once are few messages of twenty lines at most, and nobody is left out', async () => {
	const orders = Array.from({ length: 25 }, (_, at) => 100 + at);
	await send(410, ...orders);
	await untilRows((all) => all.length === 28, 'a row for each');
	await poll(
		async () => {
			await run(workflowId, 'Every 5 minutes');
			return (await rows()).every(({ chat }) => chat === 'told');
		},
		{ timeoutMs: 60_000, what: 'everybody to be told' },
	);
	expect(told().length).toBeLessThan(10);
	expect(Math.max(...told().map(([, ...lines]) => lines.length))).toBeLessThanOrEqual(20);
	const lines = new Set(told().flatMap(([, ...all]) => all));
	expect(lines.size).toBe(25);
});

test('a dead letter of another workflow is told, and cannot call people or show a link', async () => {
	const delivery = {
		id: 'msg_other',
		name: 'Profiles <!channel>',
		request: {
			method: 'POST',
			url: 'https://user:secret@api.example.org/p?key=hidden',
			headers: {},
		},
		attempt: 3,
		status: 'dead',
		reason: 'invalid_client: <https://evil.example|click\nhere>',
		lastAttemptAt: '2026-01-31T12:00:00.000Z',
	};
	const json = workflow(
		'Another workflow',
		[
			{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
			{
				name: 'Dead Letter',
				type: 'n8n-nodes-base.set',
				typeVersion: 3.4,
				parameters: { mode: 'raw', jsonOutput: JSON.stringify({ delivery }), options: {} },
			},
			{
				name: 'Tell',
				type: 'n8n-nodes-base.executeWorkflow',
				typeVersion: 1.2,
				parameters: {
					workflowId: { __rl: true, mode: 'id', value: workflowId },
					workflowInputs: { mappingMode: 'defineBelow', value: {} },
					options: {},
				},
			},
		],
		[
			['Start', 'Dead Letter'],
			['Dead Letter', 'Tell'],
		],
	);
	const { id } = await n8n.api.createWorkflow(json);
	await run(id, 'Start');
	await receiver.waitFor(1, { path: '/chat' });
	expect(told()).toEqual([
		[
			'1 dead letter',
			'Profiles !channel: invalid_client: https://evil.example|click here (api.example.org, attempts: 3, msg_other)',
		],
	]);
});

test('what fails once more after a replay is told once more, in the same row', async () => {
	await send(410, 61);
	await receiver.waitFor(1, { path: '/answer/410' });
	await untilRows((all) => all.every(({ chat }) => chat === 'told'), 'everybody to be told');
	const before = await rows();
	receiver.clear();
	await run(workflowId, 'Replay');
	const again = (all: Row[]) =>
		all.filter(({ attempts, chat }) => attempts === 2 && chat === 'told').length;
	await poll(
		async () => {
			await run(workflowId, 'Every 5 minutes');
			// All but the one of the other workflow, which is in no store.
			return again(await rows()) === before.length - 1;
		},
		{ timeoutMs: 60_000, what: 'everybody to be told again' },
	);
	expect(await rows()).toHaveLength(before.length);
});

test('a replay keeps the ids, and what arrives is delivered in the table', async () => {
	const dead = (await rows()).filter(({ delivery_id: id }) => id !== 'msg_other');
	receiver.clear();
	receiver.on('/answer/410', answers.ok());
	const execution = await run(workflowId, 'Replay');
	const [{ json }] = itemsOf(execution, 'Replay dead letters');
	expect(json).toMatchObject({ replayed: dead.length, refused: 0 });
	await receiver.waitFor(dead.length, { path: '/answer/410' });
	expect(webhookIds('/answer/410').sort()).toEqual(dead.map((row) => row.delivery_id).sort());
	await untilRows(
		(all) => all.filter(({ state }) => state === 'delivered').length === dead.length,
		'the rows to be delivered',
	);
	expect(told()).toEqual([]);
});

test('without the table the chat is told all the same, and publishing again makes it again', async () => {
	await run(tableId, 'Remove it');
	receiver.on('/answer/410', answers.gone());
	await send(410, 71, 72);
	await poll(async () => told().flatMap(([, ...lines]) => lines).length === 2, {
		timeoutMs: 30_000,
		what: 'two lines in the chat',
	});
	const lines = told().flatMap(([, ...all]) => all);
	const ids = lines.map((line) => WITHOUT_ROW.exec(line)?.[1]);
	expect(ids.sort()).toEqual(webhookIds('/answer/410').sort());
	await n8n.api.deactivate(workflowId);
	await n8n.api.activate(workflowId);
	await poll(async () => await rows().catch(() => false as const), {
		timeoutMs: 30_000,
		what: 'the table',
	});
	await send(410, 73);
	await untilRows(([row]) => row?.chat === 'told', 'a row that says told');
});
