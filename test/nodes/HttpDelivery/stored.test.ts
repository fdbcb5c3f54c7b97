import type { IDataObject } from 'n8n-workflow';
import { answers, Receiver } from '../../../scripts/receiver.ts';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { insertDeliveries } from '../../../lib/store/insert';
import { queueConsumer } from '../../../lib/store/lines';
import { findDelivery } from '../../../lib/store/look';
import { forgetSeat, takeSeat } from '../../../nodes/shared/queue';
import { embeddedStore, testNode } from '../harness/contexts';
import { withEnvironment } from '../harness/environment';
import { newDelivery } from '../../support/stores';
import {
	DEAD,
	deliveriesAt,
	DELIVERED,
	delivery,
	RETRY,
	runSender,
	SENDER,
	type SenderOptions,
} from './support';

let receiver: Receiver;
let store: DeliveryStore;
let workflowId: string;
let workflows = 0;

beforeAll(async () => {
	receiver = await Receiver.start();
	store = await embeddedStore();
});
beforeEach(() => (workflowId = `workflow-${++workflows}`));
afterEach(() => receiver.clear());
afterAll(async () => await receiver.close());

const at = (path: string, overrides = {}) => delivery(receiver.url + path, overrides);
const trigger = testNode({ id: 'queue-trigger', name: 'Delivery Queue Trigger' });

/** The queue's trigger is there, as after publication. */
async function serveQueue(queue = workflowId): Promise<void> {
	const seat = { queue, role: 'trigger', workflowId };
	forgetSeat(trigger, store, seat);
	await takeSeat(trigger, store, seat);
}

const runStored = async (options: SenderOptions) =>
	await runSender({
		workflowId,
		...options,
		parameters: { retries: 'queue', ...options.parameters },
	});

const stored = async (id: string) => await store.read(async (unit) => await findDelivery(unit, id));

/** Deliveries as the queue trigger would emit them: stored, due and leased. */
async function emitted(paths: string[]): Promise<IDataObject[]> {
	const consumer = queueConsumer(workflowId);
	const rows = paths.map((path) =>
		newDelivery({
			queue: workflowId,
			consumer,
			endpoint: receiver.url,
			request: JSON.stringify({ method: 'GET', url: receiver.url + path, headers: {} }),
		}),
	);
	await store.write(async (unit) => await insertDeliveries(unit, rows));
	const batch = await store.claim(consumer, 100);
	return (batch?.deliveries ?? []).map(({ delivery: one }) => ({ delivery: one }) as never);
}

const idOf = (item: IDataObject) => (item.delivery as IDataObject).id as string;

test('everything is stored with its outcome, and the queue is named', async () => {
	await serveQueue();
	receiver.on('/503', answers.status(503)).on('/400', answers.status(400));
	const run = await runStored({
		items: [at('/ok'), at('/503', { kind: 'postback' }), at('/400', { kind: 'postback' })],
	});
	expect(run.outputs(SENDER).map((items) => items.length)).toEqual([1, 1, 1]);
	const [done] = deliveriesAt(run, DELIVERED);
	expect(done).toMatchObject({ queue: workflowId, attempt: 1 });
	expect(await stored(done.id)).toMatchObject({ stored: 'delivered' });
	const [retrying] = deliveriesAt(run, RETRY);
	expect(retrying).not.toHaveProperty('lease');
	expect(await stored(retrying.id)).toMatchObject({
		stored: 'retrying',
		settledAt: null,
		attempts: [expect.objectContaining({ number: 1, status_code: 503 })],
	});
	expect(await stored(deliveriesAt(run, DEAD)[0].id)).toMatchObject({ stored: 'dead' });
});

test('Retrying wired back into the sender sends nothing twice and ends by itself, with a hint', async () => {
	await serveQueue();
	receiver.on('/back', answers.status(503));
	const run = await runStored({ items: [at('/back')], wires: [[SENDER, SENDER, RETRY]] });
	expect(run).toMatchObject({ status: 'success' });
	expect(receiver.requests('/back')).toHaveLength(1);
	expect(run.hints(SENDER)[0]).toContain('do not connect Retrying back to a sender');
});

test('values named like keys are masked on all outputs, and stored as they are', async () => {
	await serveQueue();
	receiver.on('/mask', answers.status(503));
	const run = await runStored({ items: [at('/mask?token=abcdef')] });
	const [retrying] = deliveriesAt(run, RETRY);
	expect(retrying.request.url).toContain('token=***');
	expect((await stored(retrying.id))?.delivery.request.url).toContain('token=abcdef');
});

describe('a sender whose queue nobody serves', () => {
	test('stops before it sends, and names the node to add and the setting to change', async () => {
		const run = await runStored({ items: [at('/unserved')] });
		expect(run.error?.message).toBe(
			`No active Delivery Queue Trigger serves the queue "${workflowId}"`,
		);
		expect(run.error?.description).toMatch(/Add a Delivery Queue Trigger.*publish/);
		expect(run.error?.description).toContain('"Route to the Retry Output"');
		expect(receiver.requests()).toHaveLength(0);
	});

	test('gives what it was handed back to the queue, as if it had never been claimed', async () => {
		const [item] = await emitted(['/handed']);
		const run = await runStored({ items: [item] });
		expect(run.status).toBe('error');
		const { rows } = await queueRows(idOf(item));
		expect(rows).toEqual([expect.objectContaining({ lease: null, claims: 0 })]);
		expect(Number(rows[0].due_at)).toBeGreaterThan(store.now() + 50_000);
	});

	test.each([
		['a wrong setting', { options: { concurrency: 'x' } }],
		['Retry On Fail', { node: { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 } }],
		['a policy that cannot be', { parameters: { retrySettings: { successStatuses: 'x' } } }],
		[
			'an error that the node is told to go on with',
			{
				options: { concurrency: 'x' },
				node: { onError: 'continueRegularOutput' as const },
			},
		],
	])('%s gives it back too', async (_name, options) => {
		await serveQueue();
		const [item] = await emitted(['/handed']);
		const run = await runStored({ items: [item], ...options });
		expect(receiver.requests()).toHaveLength(0);
		expect(run.outputs(SENDER).flat()).toEqual([]);
		const { rows } = await queueRows(idOf(item));
		expect(rows).toEqual([expect.objectContaining({ lease: null, claims: 0 })]);
	});
});

test('of a batch that cannot be sent every delivery is given back', async () => {
	const items = await emitted(['/1', '/2', '/3']);
	const run = await runStored({ items: [...items, at('/new')] });
	expect(run.status).toBe('error');
	for (const item of items) {
		expect((await queueRows(idOf(item))).rows[0]).toMatchObject({ lease: null, claims: 0 });
	}
});

test('with an error output what is given back is shown there too', async () => {
	const items = await emitted(['/1']);
	const run = await runStored({ items, node: { onError: 'continueErrorOutput' } });
	expect(run.outputs(SENDER).map((output) => output.length)).toEqual([0, 0, 0, 1]);
	expect((await queueRows(idOf(items[0]))).rows[0]).toMatchObject({ lease: null });
});

async function queueRows(id: string) {
	return await store.read(async (unit) => ({
		rows: await unit.db.selectFrom('deliveries').selectAll().where('id', '=', id).execute(),
	}));
}

describe('what a trigger of this package emitted', () => {
	test('is taken over and sent as it was stored', async () => {
		await serveQueue();
		const items = await emitted(['/a', '/b']);
		const run = await runStored({ items });
		expect(deliveriesAt(run, DELIVERED)).toHaveLength(2);
		for (const item of items)
			expect(await stored(idOf(item))).toMatchObject({ stored: 'delivered' });
	});

	test('is not sent twice when the same item comes twice', async () => {
		await serveQueue();
		const items = await emitted(['/twice']);
		await runStored({ items });
		const again = await runStored({ items });
		expect(receiver.requests('/twice')).toHaveLength(1);
		expect(again.hints(SENDER)[0]).toContain('1 items were passed on without sending');
	});

	test('is sent as it was stored by a node that makes requests from its fields', async () => {
		await serveQueue();
		const [item] = await emitted(['/stored']);
		await runStored({
			items: [item],
			parameters: { source: 'fields', url: `${receiver.url}/fields` },
			options: { deduplicationKey: 'the same for all' },
		});
		expect(receiver.requests().map(({ path }) => path)).toEqual(['/stored']);
	});

	test('is taken over in the mode that routes retries to the output as well', async () => {
		receiver.on('/held', answers.status(503));
		const items = await emitted(['/held', '/fine']);
		const run = await runStored({ items, parameters: { retries: 'output' } });
		expect(deliveriesAt(run, DELIVERED)).toHaveLength(1);
		const [retry] = deliveriesAt(run, RETRY);
		expect(retry.lease).toEqual(expect.stringMatching(/./));
		expect(await stored(retry.id)).toMatchObject({ stored: 'retrying' });
	});
});

describe('what ended outside a sender', () => {
	/** A dead letter of the store, as the queue trigger emits it to be reported. */
	async function report(): Promise<IDataObject> {
		const consumer = queueConsumer(workflowId);
		const row = newDelivery({
			queue: workflowId,
			consumer,
			endpoint: 'none',
			request: JSON.stringify({ method: 'GET', url: '', headers: {} }),
			status: 'dead',
			reason: 'cannot be composed',
		});
		await store.write(async (unit) => await insertDeliveries(unit, [row]));
		const batch = await store.claim(consumer, 1);
		return { delivery: batch?.deliveries[0].delivery } as never;
	}

	test('is told at Dead Letter, once, though its request is none', async () => {
		await serveQueue();
		const item = await report();
		const run = await runStored({ items: [item] });
		expect(deliveriesAt(run, DEAD)).toEqual([
			expect.objectContaining({ id: idOf(item), reason: 'cannot be composed' }),
		]);
		expect(deliveriesAt(run, DEAD)[0]).not.toHaveProperty('lease');
		expect(await store.claim(queueConsumer(workflowId), 1)).toBeUndefined();
		expect(receiver.requests()).toHaveLength(0);
	});

	test('is told by a node that makes requests from its fields as well', async () => {
		await serveQueue();
		const parameters = { source: 'fields', url: `${receiver.url}/fields` };
		const run = await runStored({ items: [await report()], parameters });
		expect(deliveriesAt(run, DEAD)[0].reason).toBe('cannot be composed');
		expect(receiver.requests()).toHaveLength(0);
	});

	test.each([
		['without a request', { id: 'msg_1', lease: 'l', status: 'dead' }],
		['without headers', { id: 'msg_1', lease: 'l', status: 'dead', request: { headers: null } }],
		['without an id', { lease: 'l', status: 'dead', request: { headers: {} } }],
	])('refused: what only looks like it, %s', async (_name, made) => {
		await serveQueue();
		const run = await runStored({ items: [at('/ok'), { delivery: made }] });
		expect(deliveriesAt(run, DELIVERED)).toHaveLength(1);
		expect(deliveriesAt(run, DEAD)[0].error?.code).toBe('INVALID_DELIVERY');
	});
});

describe('deduplication', () => {
	test('an item whose key was sent before is not sent again, and the hint says how many', async () => {
		await serveQueue();
		const options = { deduplicationKey: '={{ $json.order }}' };
		const order = (number: number) => ({ ...at('/dedup'), order: number });
		const first = await runStored({ items: [order(1), order(1), order(2)], options });
		expect(deliveriesAt(first, DELIVERED)).toHaveLength(2);
		const second = await runStored({ items: [order(2), order(3)], options });
		expect(deliveriesAt(second, DELIVERED)).toHaveLength(1);
		expect(receiver.requests('/dedup')).toHaveLength(3);
		expect(second.hints(SENDER)).toContain(
			'1 items were not sent: their deduplication key was sent before.',
		);
	});

	test('a key is remembered for Deduplication Days, for this node', async () => {
		await serveQueue();
		const options = { deduplicationKey: 'key', deduplicationDays: 3 };
		await runStored({ items: [at('/days')], options });
		const { expires_at: expiresAt } = await store.read(
			async (unit) =>
				await unit.db
					.selectFrom('deduplication')
					.selectAll()
					.where('scope', '=', `${workflowId}/id of ${SENDER}`)
					.executeTakeFirstOrThrow(),
		);
		expect((Number(expiresAt) - Date.now()) / 86_400_000).toBeCloseTo(3, 2);
	});

	test('an item without a key is always sent', async () => {
		await serveQueue();
		const options = { deduplicationKey: '={{ $json.order }}' };
		await runStored({ items: [at('/nokey'), at('/nokey')], options });
		expect(receiver.requests('/nokey')).toHaveLength(2);
	});
});

test('three refusals of its own credential pause the queue: the rest stays unsent, with a hint', async () => {
	await serveQueue();
	receiver.on('/401', answers.status(401));
	const run = await runStored({
		items: Array.from({ length: 5 }, () => at('/401')),
		parameters: { authentication: 'bearerToken' },
		options: { concurrency: 1 },
		credentials: { postbackBearerTokenApi: { token: 'wrong', allowedDomains: '127.0.0.1' } },
	});
	expect(receiver.requests('/401')).toHaveLength(3);
	expect(run.hints(SENDER).join()).toContain('refused the credential my postbackBearerTokenApi');
});

test('the same refusals without a credential are the business of each delivery', async () => {
	await serveQueue();
	receiver.on('/401', answers.status(401));
	await runStored({
		items: Array.from({ length: 5 }, () => at('/401')),
		options: { concurrency: 1 },
	});
	expect(receiver.requests('/401')).toHaveLength(5);
});

describe('a test run in the editor', () => {
	/** In a workflow that is set up as it should be; what of that is missing is a hint. */
	const runManually = async (options: SenderOptions) =>
		await runStored({
			mode: 'manual',
			settings: { saveDataSuccessExecution: 'none' },
			...options,
			nodes: [
				{ name: 'Retries', type: 'n8n-nodes-postback.deliveryQueueTrigger' },
				...(options.nodes ?? []),
			],
			wires: [['Retries', SENDER], ...(options.wires ?? [])],
		});

	test('sends once without any queue, shows the outcome and is marked as a test', async () => {
		receiver.on('/manual', answers.status(503));
		const run = await runManually({ items: [at('/manual'), at('/fine')] });
		expect(deliveriesAt(run, RETRY)).toEqual([
			expect.objectContaining({ test: true, attempt: 1, status: 'retrying' }),
		]);
		expect(deliveriesAt(run, DELIVERED)).toEqual([expect.objectContaining({ test: true })]);
	});

	test('says nothing where there is nothing to say', async () => {
		const run = await runManually({ items: [at('/fine')] });
		expect(run.hints(SENDER)).toEqual([]);
	});

	test.each([
		['a copy that the queue trigger shows', { test: true, status: 'pending' as const, attempt: 4 }],
		['a retry of a production run', { status: 'retrying' as const, attempt: 4 }],
	])('sends %s, from the first attempt on', async (_name, state) => {
		const run = await runManually({ items: [at('/copy', state)] });
		expect(receiver.requests('/copy')).toHaveLength(1);
		expect(deliveriesAt(run, DELIVERED)[0].attempt).toBe(1);
	});

	test('passes on what it has delivered already', async () => {
		const run = await runManually({ items: [at('/done', { test: true, status: 'delivered' })] });
		expect(receiver.requests()).toHaveLength(0);
		expect(deliveriesAt(run, DELIVERED)).toHaveLength(1);
		expect(run.hints(SENDER)).toEqual([]);
	});

	test('gives nothing back that another run has in hand', async () => {
		const [item] = await emitted(['/hand']);
		const run = await runManually({ items: [item], options: { concurrency: 'x' } });
		expect(run.status).toBe('error');
		const { lease } = item.delivery as IDataObject;
		expect((await queueRows(idOf(item))).rows[0]).toMatchObject({ lease });
	});

	describe('while the store cannot be used', () => {
		withEnvironment({ EXECUTIONS_MODE: 'queue' });

		test('sends all the same, and says that the log does not have it', async () => {
			const run = await runManually({ items: [at('/nolog')] });
			expect(deliveriesAt(run, DELIVERED)).toHaveLength(1);
			expect(run.hints(SENDER)).toEqual([
				expect.stringMatching(/^The test is not in the delivery log: .*PostgreSQL/),
			]);
		});

		test('a production run is refused before anything is sent', async () => {
			const run = await runStored({ items: [at('/nostore')] });
			expect(run.error?.message).toMatch(/^The delivery store cannot be used: .*PostgreSQL/);
			expect(receiver.requests()).toHaveLength(0);
		});
	});

	test('stands in the log, and never in a queue', async () => {
		receiver.on('/manual', answers.status(503));
		const run = await runManually({ items: [at('/manual')] });
		const [{ id }] = deliveriesAt(run, RETRY);
		expect((await queueRows(id)).rows).toEqual([expect.objectContaining({ test: 1, line: null })]);
		expect(await store.claim(queueConsumer(workflowId), 10)).toBeUndefined();
	});

	test('does not use up a deduplication key', async () => {
		await serveQueue();
		const options = { deduplicationKey: 'one' };
		await runManually({ items: [at('/key')], options });
		await runStored({ items: [at('/key')], options });
		expect(receiver.requests('/key')).toHaveLength(2);
	});

	test('does not touch the lease of an item that was copied from a production run', async () => {
		const [item] = await emitted(['/copied']);
		await runManually({ items: [item] });
		expect((await queueRows(idOf(item))).rows[0]).toMatchObject({
			lease: (item.delivery as IDataObject).lease,
			settled_at: null,
		});
		expect(receiver.requests('/copied')).toHaveLength(1);
	});

	test.each([
		['straight', [] as SenderOptions['nodes'], [[SENDER, SENDER, RETRY]] as SenderOptions['wires']],
		[
			'through another node',
			[{ name: 'Between', type: 'test.noOp' }],
			[
				[SENDER, 'Between', RETRY],
				['Between', SENDER],
			] as SenderOptions['wires'],
		],
	])('with Retry wired back %s sends once all the same', async (_name, nodes, wires) => {
		receiver.on('/loop', answers.status(503));
		const run = await runManually({ items: [at('/loop')], nodes, wires });
		expect(run).toMatchObject({ status: 'success' });
		expect(receiver.requests('/loop')).toHaveLength(1);
		expect(run.hints(SENDER).join()).toContain('A test run sends once');
	});

	test('shows a postback that could not be composed with the reason that it has', async () => {
		const dead = at('/', {
			status: 'dead',
			test: true,
			reason: 'cannot be composed',
			request: { method: 'GET', url: '', headers: {} },
		});
		const run = await runManually({ items: [dead] });
		expect(run).toMatchObject({ status: 'success' });
		expect(deliveriesAt(run, DEAD)).toEqual([
			expect.objectContaining({ reason: 'cannot be composed' }),
		]);
		expect(receiver.requests()).toHaveLength(0);
	});

	test('of a request from the fields is sent, though the item is a dead letter of another sender', async () => {
		const about = at('/dead', { status: 'dead', test: true });
		await runManually({
			items: [about],
			parameters: { source: 'fields', url: `${receiver.url}/alert` },
		});
		expect(receiver.requests('/alert')).toHaveLength(1);
	});
});
