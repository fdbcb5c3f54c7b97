import { randomUUID } from 'node:crypto';
import { answers, itemsOf, Receiver, startN8n, workflow, type N8n } from './harness/index.ts';
import { postHits, spineWorkflow } from './harness/spine.ts';
import { stored, type StoredRow } from './harness/store.ts';

let n8n: N8n;
let receiver: Receiver;

beforeAll(async () => {
	receiver = await Receiver.start();
	n8n = await startN8n({ env: { N8N_POSTBACK_TIME_SCALE: '0.2', N8N_DISABLE_UI: 'true' } });
}, 300_000);

afterAll(async () => {
	await n8n?.remove();
	await receiver?.close();
});

type Json = Record<string, Record<string, unknown>>;

/** Runs an operation of Delivery Log, in a workflow of its own, and gives its items. */
async function log(operation: string, parameters: Record<string, unknown> = {}): Promise<Json[]> {
	const { id } = await n8n.api.createWorkflow(
		workflow(
			`Log ${randomUUID()}`,
			[
				{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
				{
					name: 'Delivery Log',
					type: 'n8n-nodes-postback.deliveryLog',
					parameters: { operation, ...parameters },
				},
			],
			[['Start', 'Delivery Log']],
		),
	);
	const { executionId } = await n8n.api.runManually(id, { trigger: 'Start' });
	const execution = await n8n.api.waitForExecution(String(executionId));
	const { error } = execution.data.resultData;
	if (error) throw new Error(error.message);
	return itemsOf(execution, 'Delivery Log').map(({ json }) => json as Json);
}

/** Publishes a workflow that sends hits to a path of the receiver. */
async function publish(path: string, hook = path): Promise<string> {
	const json = spineWorkflow({
		path: hook,
		postbacks: [{ name: path, url: `${receiver.url}/${path}?n={n}` }],
	});
	const { id } = await n8n.api.createWorkflow(json);
	await n8n.api.activate(id);
	return id;
}

const send = async (hook: string, count: number) =>
	await postHits(
		`${n8n.url}/webhook/${hook}`,
		Array.from({ length: count }, (_, n) => ({ n })),
	);

/** Waits until all deliveries of a postback are in a state. */
async function until(name: string, count: number, status: string): Promise<StoredRow[]> {
	const ofName = (rows: StoredRow[]) => rows.filter((row) => row.name === name);
	const rows = await stored.waitFor(
		n8n.userFolder,
		(all) => ofName(all).filter((row) => row.status === status).length === count,
		60_000,
	);
	return ofName(rows);
}

const webhookIds = (path: string) =>
	receiver.requests(path).map(({ headers }) => String(headers['webhook-id']));

test('dead letters are shown, counted, and replayed under their ids once the receiver is back', async () => {
	receiver.on('/gone', answers.status(410));
	await publish('gone');
	await send('gone', 20);
	await until('gone', 20, 'dead');
	const first = webhookIds('/gone');
	expect(new Set(first).size).toBe(20);

	const dead = await log('getMany', {
		getManyStates: ['dead'],
		getManyFilters: { name: 'gone', reason: 'HTTP 41*' },
		returnAll: true,
	});
	expect(dead.map(({ delivery }) => delivery.id).sort()).toEqual([...first].sort());
	expect(dead[0]).toMatchObject({
		delivery: { status: 'dead', attempt: 1, response: { statusCode: 410 } },
		stored: { state: 'dead', endpoint: receiver.url, reported: true },
	});
	const attempts = await log('getAttempts', { attemptsOf: first[0] });
	expect(attempts).toMatchObject([{ attempt: 1, statusCode: 410, outcome: 'dead' }]);

	const statistics = { groupBy: 'name', statisticsFilters: { name: 'gone' } };
	expect(await log('statistics', statistics)).toMatchObject([
		{ name: 'gone', deliveries: { stored: 20, dead: 20, delivered: 0 }, successRate: 0 },
	]);

	receiver.on('/gone', answers.ok());
	const since = new Date(Date.now() - 600_000).toISOString();
	expect(await log('replay', { replayWhich: 'since', replaySince: since })).toMatchObject([
		{ replayed: 20, refused: 0 },
	]);
	const rows = await until('gone', 20, 'delivered');
	expect(rows.every(({ attempt }) => attempt === 2)).toBe(true);
	expect(webhookIds('/gone').slice(20).sort()).toEqual([...first].sort());

	const [after] = await log('statistics', statistics);
	expect(after).toMatchObject({
		deliveries: { dead: 0, delivered: 20 },
		successRate: 1,
		tenMinuteAim: { withinShare: 1, isMet: true },
		attempts: { untilSuccess: { 2: 20 } },
	});
	expect(
		await log('replay', { replayWhich: 'one', replayId: first[0], replayOptions: {} }),
	).toMatchObject([{ replayed: true }]);
	await receiver.waitFor(41, { path: '/gone', timeoutMs: 30_000 });
}, 180_000);

test('what waits is cancelled, and never sent again', async () => {
	receiver.on('/late', answers.status(503));
	const id = await publish('late');
	await send('late', 3);
	await until('late', 3, 'retrying');
	for (let tries = 0; tries < 20; tries++) {
		await log('cancel', { cancelWhich: 'workflow', cancelWorkflow: id });
		const rows = (await stored.rows(n8n.userFolder)).filter(({ name }) => name === 'late');
		// One that was on its way comes back, and is caught then.
		if (rows.every(({ status }) => status === 'closed')) break;
	}
	const rows = await until('late', 3, 'closed');
	expect(rows.every(({ reason }) => reason === 'cancelled')).toBe(true);
	const sent = receiver.requests('/late').length;
	await new Promise((resolve) => setTimeout(resolve, 10_000));
	expect(receiver.requests('/late')).toHaveLength(sent);
}, 120_000);

test('what waits in the queue of a workflow that is gone is sent by the one that came after it', async () => {
	receiver.on('/moved', answers.status(503));
	const old = await publish('moved');
	await send('moved', 3);
	const first = (await until('moved', 3, 'retrying')).map(({ id }) => id);
	await n8n.api.deactivate(old);
	await n8n.api.deleteWorkflow(old);
	const anew = await publish('moved', 'moved-anew');
	receiver.on('/moved', answers.ok());
	const [result] = await log('move', { moveFrom: old, moveTo: anew });
	expect(result).toEqual({ queue: anew, moved: 3, deadLetters: 0, underWay: 0 });
	await until('moved', 3, 'delivered');
	expect(new Set(webhookIds('/moved'))).toEqual(new Set(first));
}, 120_000);

test('what has ended is purged when it is told, and only that', async () => {
	receiver.on('/waits', answers.status(503));
	await publish('waits');
	await send('waits', 1);
	await until('waits', 1, 'retrying');
	const before = await stored.rows(n8n.userFolder);
	const ended = before.filter(({ settled_at }) => settled_at !== null).length;
	expect(ended).toBeGreaterThan(20);
	expect(
		await log('purge', { purgeStates: ['delivered', 'dead', 'closed'], purgeDays: 0 }),
	).toEqual([{ purged: ended }]);
	const rows = await stored.rows(n8n.userFolder);
	expect(rows.map(({ name }) => name)).toEqual(['waits']);
}, 120_000);
