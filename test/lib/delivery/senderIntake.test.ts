import { PRESETS } from '../../../lib/delivery/presets';

import { AGE_BEYOND_SCHEDULE_MS, send } from '../../../lib/delivery/sender';
import { NOT_DUE } from '../../../lib/delivery/senderIntake';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { LEASE_MS, sweepLapsedLeases } from '../../../lib/store/leases';
import { queueConsumer, triggerConsumer } from '../../../lib/store/lines';
import { FakeClock, settleDown } from '../../support/fakeClock';
import {
	batchInputs,
	freshDelivery,
	inputsOf,
	Latch,
	ScriptedChannel,
	sendAll,
	senderOptions,
} from '../../support/senders';
import {
	describeStores,
	newDelivery,
	openTestStore,
	rowOf,
	rowsOf,
	sweepAll,
	testFolder,
	type TestFolder,
} from '../../support/stores';

const consumer = queueConsumer('q');
const trigger = triggerConsumer('w', 'n');

describeStores('what a sender takes in', () => {
	let folder: TestFolder;
	let clock: FakeClock;
	let store: DeliveryStore;

	beforeEach(async () => {
		folder = testFolder();
		clock = new FakeClock();
		store = await openTestStore(folder.path, clock);
	});

	afterEach(async () => {
		await store.close();
		folder.remove();
	});

	const answering = (...statuses: number[]) =>
		new ScriptedChannel(clock, (_delivery, nth) => statuses[nth - 1] ?? statuses.at(-1) ?? 200);
	const leases = async () =>
		await store.read(async ({ db }) => await db.selectFrom('leases').selectAll().execute());
	async function emitted(count: number, overrides = {}) {
		const deliveries = Array.from({ length: count }, () =>
			newDelivery({ consumer: trigger, queue: undefined, ...overrides }),
		);
		await store.insert(deliveries);
		const batch = await store.claim(trigger, 1_000);
		if (!batch) throw new Error('nothing emitted');
		return batch;
	}

	it('stores everything before the first byte leaves', async () => {
		const stored: number[] = [];
		const channel = new ScriptedChannel(clock, async () => {
			stored.push((await rowsOf(store)).length);
			return 200;
		});
		const deliveries = Array.from({ length: 30 }, () => freshDelivery());
		await sendAll(deliveries, senderOptions(store, clock, channel));
		expect(new Set(stored)).toEqual(new Set([30]));
	});

	it('sends nothing when the input cannot be stored, and gives back what was taken', async () => {
		const batch = await emitted(2);
		const channel = answering(200);
		const options = senderOptions(store, clock, channel, {
			expiresAt: undefined,
			deduplicationOf: () => {
				throw new Error('broken key');
			},
		} as never);
		const inputs = [...batchInputs(batch), ...inputsOf([freshDelivery()])];
		await expect(send(inputs, options)).rejects.toThrow('broken key');
		expect(channel.sent).toEqual([]);
		expect((await rowsOf(store)).map(({ lease, claims }) => [lease, claims])).toEqual([
			[null, 0],
			[null, 0],
		]);
	});

	it('sends nothing when it loses its lease while it takes in', async () => {
		const channel = answering(200);
		const write = store.write.bind(store);
		let writes = 0;
		jest.spyOn(store, 'write').mockImplementation(async (job) => {
			if (++writes === 3) {
				clock.setWall(clock.now() + LEASE_MS);
				await write(async (unit) => await sweepLapsedLeases(unit, store.boot));
			}
			return await write(job);
		});
		const deliveries = Array.from({ length: 2_100 }, () => freshDelivery());
		const running = sendAll(deliveries, senderOptions(store, clock, channel));
		await expect(running).rejects.toThrow(/took too long/);
		expect(channel.sent).toEqual([]);
		jest.restoreAllMocks();
		await sweepAll(store);
		expect((await rowsOf(store)).filter(({ line }) => line === null)).toEqual([]);
	});

	it('takes over what a trigger emitted, with its queue, execution and age', async () => {
		const batch = await emitted(1);
		const answer = new Latch();
		const channel = new ScriptedChannel(clock, async () => {
			await answer.opened;
			return 200;
		});
		const running = send(batchInputs(batch), senderOptions(store, clock, channel));
		await settleDown(40);
		const span = PRESETS.reactorCallback.scheduleMs.reduce((sum, step) => sum + step, 0);
		expect((await rowsOf(store))[0]).toMatchObject({
			queue: 'q',
			consumer,
			workflow_id: 'w',
			execution_id: 'e',
			expires_at: clock.now() + span + AGE_BEYOND_SCHEDULE_MS,
		});
		answer.open();
		const { results } = await running;
		expect(results).toMatchObject([{ kind: 'delivered', delivery: { queue: 'q' } }]);
		expect(results[0].delivery.lease).toBeUndefined();
	});

	it('keeps what the workflow changed on the way, and its new endpoint', async () => {
		const batch = await emitted(1);
		const [input] = batchInputs(batch);
		const request = { ...input.delivery.request, url: 'https://b.example/x', body: 'changed' };
		const changed = { ...input.delivery, request };
		await sendAll([changed], senderOptions(store, clock, answering(500)));
		const row = await rowOf(store, changed.id);
		expect(JSON.parse(row.request)).toEqual(request);
		expect(row.endpoint).toBe('https://b.example');
	});

	it('passes on, unsent, what is not leased to it any more', async () => {
		const batch = await emitted(2);
		clock.setWall(clock.now() + LEASE_MS);
		await sweepAll(store);
		const channel = answering(200);
		const report = await send(batchInputs(batch), senderOptions(store, clock, channel));
		expect(report.results).toMatchObject([
			{ kind: 'passed', hint: NOT_DUE },
			{ kind: 'passed', hint: NOT_DUE },
		]);
		expect(channel.sent).toEqual([]);
	});

	it('sends nothing twice when Retrying is wired back, and lets it go the second time', async () => {
		const channel = answering(500);
		const options = senderOptions(store, clock, channel);
		const first = await sendAll([freshDelivery()], options);
		const second = await sendAll([first.results[0].delivery], options);
		expect(second.results[0]).toMatchObject({ kind: 'passed', hint: NOT_DUE });
		const third = await sendAll([second.results[0].delivery], options);
		expect(third.results[0].kind).toBe('dropped');
		expect(channel.sent).toHaveLength(1);
	});

	it('sends nothing twice when what it gave back unsent is wired back', async () => {
		const stop = new AbortController();
		stop.abort();
		const channel = answering(200);
		const stopped = senderOptions(store, clock, channel, { signal: stop.signal });
		const first = await sendAll([freshDelivery()], stopped);
		const second = await sendAll([first.results[0].delivery], senderOptions(store, clock, channel));
		expect(second.results[0].kind).toBe('passed');
		expect(channel.sent).toEqual([]);
	});

	it('sends the same delivery once, however often it is in the input', async () => {
		const channel = answering(200);
		const fresh = freshDelivery();
		const [leased] = batchInputs(await emitted(1));
		const deliveries = [fresh, leased.delivery, fresh, leased.delivery];
		const report = await sendAll(deliveries, senderOptions(store, clock, channel));
		expect(channel.sent).toHaveLength(2);
		expect(report.results.map(({ kind }) => kind).sort()).toEqual([
			'delivered',
			'delivered',
			'passed',
			'passed',
		]);
	});

	it('gives a dead letter that ended elsewhere to its output, once', async () => {
		await store.insert([newDelivery({ status: 'dead', reason: 'expired' })]);
		const batch = await store.claim(consumer, 10);
		const options = senderOptions(store, clock, answering(200));
		const report = await send(batchInputs(batch), options);
		expect(report.results).toMatchObject([
			{ kind: 'dead', delivery: { status: 'dead', reason: 'expired' } },
		]);
		expect((await rowsOf(store))[0]).toMatchObject({ reported: 1, lease: null, line: null });
		expect((await send(batchInputs(batch), options)).results[0].kind).toBe('passed');
	});

	it('says which of its input was sent before, by its key', async () => {
		const options = senderOptions(store, clock, answering(200), {
			deduplicationOf: () => ({ scope: 's', key: 'k', expiresAt: clock.now() + 1e6 }),
		});
		const [first, second] = [freshDelivery(), freshDelivery()];
		await sendAll([first], options);
		const report = await sendAll([second], options);
		expect(report.results).toMatchObject([
			{ kind: 'duplicate', hint: `sent before as ${first.id}` },
		]);
	});

	it('sends a subject one after the other: what has to wait is stored', async () => {
		const channel = answering(200);
		const options = senderOptions(store, clock, channel, {
			orderOf: ({ subject }) => ({ key: subject ?? '', supersede: false }),
		});
		const deliveries = [1, 2, 3].map(() => freshDelivery({ subject: 'ann' }));
		const report = await sendAll(deliveries, options);
		expect(report.results.map(({ kind }) => kind)).toEqual(
			expect.arrayContaining(['delivered', 'retrying', 'retrying']),
		);
		expect(channel.ids).toEqual([deliveries[0].id]);
		for (const next of deliveries.slice(1)) {
			const batch = await store.claim(consumer, 10);
			expect(batch?.deliveries.map((d) => d.delivery.id)).toEqual([next.id]);
			await send(batchInputs(batch), options);
		}
	});

	it('leaves no lease behind', async () => {
		await sendAll([freshDelivery()], senderOptions(store, clock, answering(200)));
		await sendAll(
			[freshDelivery({ status: 'delivered' })],
			senderOptions(store, clock, answering()),
		);
		expect(await leases()).toEqual([]);
	});
});
