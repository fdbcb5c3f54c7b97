import type { IDataObject } from 'n8n-workflow';
import { answers, Receiver } from '../../../scripts/receiver.ts';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { backfillsOf } from '../../../lib/profiles';
import { backfillsIdle, resumeBackfills } from '../../../nodes/shared/backfills';
import { testLogger } from '../harness/contexts';
import { closeStores } from '../harness/environment';
import { runWorkflow, type WorkflowRun } from '../harness/workflow';
import { profileOf } from '../../lib/profiles/make';
import {
	counts,
	DESTINATION,
	emitted,
	runDestination,
	serveQueue,
	startDestination,
	type DestinationRun,
} from './support';

let receiver: Receiver;
let store: DeliveryStore;
let workflowId: string;
let workflows = 0;

beforeAll(async () => (receiver = await Receiver.start()));
beforeEach(async () => {
	workflowId = `backfill-${++workflows}`;
	store = await serveQueue(workflowId);
	receiver.on('/profiles', answers.ok());
});
afterEach(() => receiver.clear());
afterAll(async () => await receiver.close());

const run = async (options: DestinationRun) =>
	await runDestination({
		url: `${receiver.url}/profiles`,
		workflowId,
		...options,
		parameters: { destinationName: 'CRM', ...options.parameters },
	});

/** Half of them belong to `y` as well, which is mapped later. */
const profiles = (count: number) =>
	Array.from({ length: count }, (_, i) =>
		profileOf(`p${i}`, { x: 'realized', ...(i % 2 === 0 ? { y: 'existing' } : {}) }),
	);

const WITH_Y = { audiences: { audience: [{ id: 'x' }, { id: 'y', name: 'The Y' }] } };

/** The operation in a node beside the destination. */
async function operate(parameters: Record<string, unknown> = {}): Promise<WorkflowRun> {
	return await runWorkflow({
		start: 'Backfill',
		workflowId,
		mode: 'manual',
		items: [{}],
		nodes: [
			{
				name: 'Backfill',
				type: 'n8n-nodes-postback.httpProfileDestination',
				parameters: { operation: 'backfill', ...parameters } as never,
			},
		],
		wires: [],
	});
}

const progress = (done: WorkflowRun) => done.outputs('Backfill')[0][0].json.backfill as IDataObject;

/** Sends what is queued. */
async function drain(options: DestinationRun = { items: [] }): Promise<number> {
	let sent = 0;
	for (let items = await emitted(store, workflowId); items.length > 0; ) {
		await run({ ...options, items });
		sent += items.length;
		items = await emitted(store, workflowId);
	}
	return sent;
}

test('a new destination needs no backfill, and says nothing of one', async () => {
	const done = await run({ items: profiles(4) });
	expect(done.hints(DESTINATION)).toEqual([]);
});

test('a newly mapped audience raises a hint that names it', async () => {
	await run({ items: profiles(4) });
	const done = await run({ items: profiles(1), parameters: WITH_Y });
	expect(done.hints(DESTINATION).join()).toContain('qualified for "The Y" before they were mapped');
	expect(counts(done)).toEqual([0, 0, 0, 1]);
});

test('Backfill Automatically queues everyone who had qualified, once', async () => {
	await run({ items: profiles(40) });
	receiver.clear();
	const parameters = { ...WITH_Y, backfillAutomatically: true };
	const done = await run({ items: profiles(1), parameters });
	expect(done.hints(DESTINATION).join()).toContain('A backfill of "The Y" is under way');
	await drain();
	const bodies = receiver.requests('/profiles').map(({ body }) => body.toString());
	const keys = bodies.map((body) => /"id":"(p\d+)"/.exec(body)?.[1]);
	expect(new Set(keys).size).toBe(20);
	expect(keys).toHaveLength(20);
	expect(bodies.every((body) => body.includes('"y":{'))).toBe(true);
	const later = await run({ items: profiles(40), parameters });
	expect(counts(later)).toEqual([0, 0, 0, 40]);
	expect(later.hints(DESTINATION)).toEqual([]);
});

describe('the operation Backfill', () => {
	test('starts one by hand, queues it and shows how far it is', async () => {
		await run({ items: profiles(40) });
		await run({ items: profiles(1), parameters: WITH_Y });
		receiver.clear();
		const started = await operate();
		expect(started.status).toBe('success');
		expect(progress(started)).toMatchObject({
			status: expect.stringMatching(/running|done/) as string,
			audiences: [{ id: 'y', name: 'The Y' }],
			profiles: 40,
		});
		await backfillsIdle();
		expect(progress(await operate({ backfillAction: 'show' }))).toMatchObject({
			status: 'done',
			percent: 100,
			lookedAt: 40,
			exported: 20,
			withoutSnapshot: 0,
		});
		expect(await drain()).toBe(20);
		expect(receiver.requests('/profiles')).toHaveLength(20);
	});

	test('finds nothing to do the second time', async () => {
		await run({ items: profiles(4) });
		await run({ items: profiles(1), parameters: WITH_Y });
		await operate();
		await backfillsIdle();
		await drain();
		const again = await operate();
		expect(again.hints('Backfill').join()).toContain('No mapped audience awaits a backfill');
		expect(await drain()).toBe(0);
	});

	test('is cancelled by hand; what is queued is still sent', async () => {
		await run({ items: profiles(4) });
		await run({ items: profiles(1), parameters: WITH_Y });
		await operate();
		expect(progress(await operate({ backfillAction: 'cancel' }))).toMatchObject({
			status: expect.stringMatching(/cancelled|done/) as string,
		});
	});

	test('shows that there was none', async () => {
		await run({ items: profiles(1) });
		expect(progress(await operate({ backfillAction: 'show' }))).toEqual({ status: 'none' });
	});

	test('refused: a destination that has exported nothing', async () => {
		const done = await operate();
		expect(done.error?.message).toBe('Destination: it has not exported anything yet');
	});

	test('refused: an audience that is not mapped', async () => {
		await run({ items: profiles(1) });
		const done = await operate({ backfillAudiences: ['z'] });
		expect(done.error?.message).toBe('Audiences: "z" is not mapped');
	});

	test('refused: a choice among several destinations that was not made', async () => {
		await serveQueue(workflowId, `${workflowId}.b`);
		await run({ items: profiles(1) });
		await run({
			items: profiles(1),
			node: { id: 'second' },
			options: { queue: `${workflowId}.b` },
			parameters: { destinationName: 'ERP' },
		});
		const done = await operate();
		expect(done.error?.message).toContain('this workflow has several ("CRM", "ERP")');
		const chosen = await operate({
			destination: { __rl: true, mode: 'id', value: `${workflowId}/second` },
			backfillAction: 'show',
		});
		expect(chosen.outputs('Backfill')[0][0].json.destination).toBe('ERP');
	});

	test('refused: a queue that nobody serves', async () => {
		await run({ items: profiles(1) });
		await store.write(async ({ db }) => await db.deleteFrom('queue_members').execute());
		const done = await operate();
		expect(done.error?.message).toContain('No active Delivery Queue Trigger');
	});
});

test('a backfill that a restart broke off goes on where it was, and exports nobody twice', async () => {
	await run({ items: profiles(1_400) });
	const parameters = { ...WITH_Y, backfillAutomatically: true };
	receiver.clear();
	const slow = {
		url: `${receiver.url}/profiles`,
		workflowId,
		items: profiles(1),
		parameters: { destinationName: 'CRM', ...parameters },
		options: { requestsPerSecond: 500 },
	};
	await startDestination(slow).done;
	const running = async () =>
		await store.read(async (unit) => await backfillsOf(unit, undefined, 'running'));
	while ((await running())[0]?.lookedAt === 0) await new Promise((r) => setTimeout(r, 5));
	expect(await running()).toEqual([expect.objectContaining({ lookedAt: 500 })]);
	await closeStores();
	store = await serveQueue(workflowId);
	const { logger } = testLogger();
	await resumeBackfills(store, logger, { queue: workflowId });
	await backfillsIdle();
	expect(await running()).toEqual([]);
	await drain();
	const keys = receiver
		.requests('/profiles')
		.map(({ body }) => /"id":"(p\d+)"/.exec(body.toString())?.[1]);
	expect(new Set(keys).size).toBe(700);
	expect(keys).toHaveLength(700);
}, 30_000);
