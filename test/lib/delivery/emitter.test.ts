import { Emitter, type EmissionEnd, type EmitterOptions } from '../../../lib/delivery/emitter';
import type { Delivery } from '../../../lib/delivery/delivery';
import { customizePolicy } from '../../../lib/delivery/policy';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { LEASE_MS } from '../../../lib/store/leases';
import { queueConsumer } from '../../../lib/store/lines';
import { FakeClock, settleDown } from '../../support/fakeClock';
import { inputsOf, Latch, ScriptedChannel, senderOptions } from '../../support/senders';
import { send } from '../../../lib/delivery/sender';
import {
	describeStores,
	newDelivery,
	openTestStore,
	rowsOf,
	sweepAll,
	testFolder,
	type TestFolder,
} from '../../support/stores';

const consumer = queueConsumer('q');

interface Emission {
	deliveries: Delivery[];
	end: (how: EmissionEnd) => void;
	fail: (error: Error) => void;
}

describeStores('emitter', () => {
	let folder: TestFolder;
	let clock: FakeClock;
	let store: DeliveryStore;
	let emitter: Emitter | undefined;
	let emissions: Emission[];
	let errors: unknown[];

	beforeEach(async () => {
		folder = testFolder();
		clock = new FakeClock();
		store = await openTestStore(folder.path, clock);
		emissions = [];
		errors = [];
		emitter = undefined;
	});

	afterEach(async () => {
		await emitter?.stop();
		await store.close();
		for (const { end } of emissions) end('failed');
		folder.remove();
	});

	async function start(overrides: Partial<EmitterOptions> = {}) {
		emitter = new Emitter({
			store,
			clock,
			consumer,
			emit: async (deliveries) =>
				await new Promise<EmissionEnd>((resolve, reject) => {
					emissions.push({ deliveries, end: resolve, fail: reject });
				}),
			batchSize: 10,
			longestWaitMs: 0,
			onError: (error) => errors.push(error),
			...overrides,
		});
		emitter.start();
		await settle();
	}

	const settle = async () => await settleDown(60);
	const sizes = () => emissions.map(({ deliveries }) => deliveries.length);
	const insert = async (count: number, overrides = {}) => {
		const deliveries = Array.from({ length: count }, () => newDelivery(overrides));
		await store.insert(deliveries);
		await settle();
		return deliveries;
	};
	const statuses = async () => (await rowsOf(store)).map((row) => row.status);
	/** As the sender of the workflow. */
	const sendBatch = async ({ deliveries }: Emission, status = 200) =>
		await send(
			inputsOf(deliveries),
			senderOptions(store, clock, new ScriptedChannel(clock, () => status)),
		);

	it('emits what comes, under a lease', async () => {
		await start();
		const [delivery] = await insert(1);
		expect(emissions).toMatchObject([
			{ deliveries: [{ id: delivery.id, lease: expect.any(String) }] },
		]);
	});

	it('emits what becomes due, at its time', async () => {
		await start();
		await insert(1, { dueAt: clock.now() + 7_000 });
		await clock.advance(6_999);
		expect(sizes()).toEqual([]);
		await clock.advance(1);
		await settle();
		expect(sizes()).toEqual([1]);
	});

	it('emits a retry at its time, though it was planned while the emitter slept', async () => {
		await start();
		await insert(1);
		await sendBatch(emissions[0], 500);
		emissions[0].end('success');
		await settle();
		await clock.advance(59_999);
		await settle();
		expect(sizes()).toEqual([1]);
		await clock.advance(1);
		await settle();
		expect(sizes()).toEqual([1, 1]);
	});

	it('emits a retry at its time, though the run that planned it goes on', async () => {
		await start();
		const [fails] = await insert(2);
		const answer = new Latch();
		const channel = new ScriptedChannel(clock, async ({ id }) => {
			if (id !== fails.id) await answer.opened;
			return id === fails.id ? 500 : 200;
		});
		const options = senderOptions(store, clock, channel, {
			policyOf: () => customizePolicy('reactorCallback', { scheduleMs: [2_000] }),
		});
		const running = send(inputsOf(emissions[0].deliveries), options);
		await settle();
		await clock.advance(2_000);
		await settle();
		expect(emissions[1]?.deliveries).toMatchObject([{ id: fails.id }]);
		answer.open();
		await running;
	});

	describe('batches', () => {
		it('wait for others to fill them, no longer than they may', async () => {
			await start({ longestWaitMs: 250 });
			for (let i = 0; i < 5; i++) {
				await insert(1);
				await clock.advance(40);
			}
			expect(sizes()).toEqual([]);
			await clock.advance(100);
			await settle();
			expect(sizes()).toEqual([5]);
		});

		it('go at once when they are full', async () => {
			await start({ longestWaitMs: 250 });
			await insert(10);
			expect(sizes()).toEqual([10]);
		});

		it.each([
			[undefined, 4],
			[9, 4],
			[1, 1],
		])('are under way at once as many as may be (%s: %s)', async (inFlight, most) => {
			await start(inFlight === undefined ? {} : { inFlight });
			const inserted = await insert(60);
			expect(sizes()).toEqual(Array.from({ length: most }, () => 10));
			emissions[0].end('success');
			await settle();
			expect(sizes()).toHaveLength(most + 1);
			const others = emissions.slice(0, most).flatMap(({ deliveries }) => deliveries);
			const left = new Set(inserted.map(({ id }) => id));
			for (const { id } of others) left.delete(id);
			expect(emissions[most].deliveries.filter(({ id }) => left.has(id))).toHaveLength(10);
		});

		it('grow while more are waiting than go into one, and are as before when they have caught up', async () => {
			await start({ largestBatch: 40 });
			await insert(150);
			expect(sizes()).toEqual([10, 20, 40, 40]);
			emissions[0].end('success');
			await settle();
			expect(sizes()).toEqual([10, 20, 40, 40, 40]);
			for (const { end } of emissions) end('success');
			await settle();
			await insert(15);
			expect(sizes().slice(5)).toEqual([10, 5]);
		});

		it('that a stream has filled leave the rest to be filled up, too', async () => {
			await start({ longestWaitMs: 250, largestBatch: 40 });
			await insert(15);
			expect(sizes()).toEqual([10]);
			await clock.advance(100);
			await insert(5);
			expect(sizes()).toEqual([10, 10]);
			await insert(12);
			await clock.advance(250);
			await settle();
			expect(sizes()).toEqual([10, 10, 10, 2]);
		});

		it('of a steady stream are few', async () => {
			await start({ longestWaitMs: 250, batchSize: 500 });
			for (let i = 0; i < 100; i++) {
				await insert(1);
				await clock.advance(10);
				for (const { end } of emissions) end('success');
			}
			await clock.advance(250);
			await settle();
			expect(sizes().reduce((sum, size) => sum + size, 0)).toBe(100);
			expect(sizes().length).toBeLessThanOrEqual(6);
		});

		it('wait for others, though a few came just behind the batch before', async () => {
			await start({ longestWaitMs: 250 });
			const claim = store.claim.bind(store);
			jest.spyOn(store, 'claim').mockImplementationOnce(async (...args) => {
				const batch = await claim(...args);
				await store.insert([newDelivery()]);
				return batch;
			});
			await insert(5);
			await clock.advance(250);
			await settle();
			expect(sizes()).toEqual([5]);
			await clock.advance(100);
			await insert(3);
			await clock.advance(200);
			await settle();
			expect(sizes()).toEqual([5, 4]);
		});

		it('of a backlog follow one another without waiting', async () => {
			await insert(25);
			await start({ longestWaitMs: 250 });
			expect(sizes()).toEqual([10, 10, 5]);
		});
	});

	describe('rule 4: fairness', () => {
		it('has four batches under way at most', async () => {
			await insert(60);
			await start();
			await clock.advance(20_000);
			await settle();
			expect(sizes()).toEqual([10, 10, 10, 10]);
			emissions[0].end('failed');
			await settle();
			expect(sizes()).toHaveLength(5);
		});

		it('lets deliveries that go alone have two of them, so that the rest goes on', async () => {
			await insert(5);
			for (let lapses = 0; lapses < 2; lapses++) {
				await store.claim(consumer, 10);
				clock.setWall(clock.now() + LEASE_MS);
				await sweepAll(store);
			}
			await insert(40, { endpoint: 'https://b.example' });
			await start();
			expect(sizes()).toEqual([1, 1, 10, 10]);
		});
	});

	it('stops at once, even while it sleeps', async () => {
		await start();
		let stopped = false;
		void emitter?.stop().then(() => (stopped = true));
		await settle();
		expect(stopped).toBe(true);
		await insert(1);
		await clock.advance(10_000);
		expect(sizes()).toEqual([]);
	});

	it('follows batches on after the stop', async () => {
		await start();
		await insert(1);
		await emitter?.stop();
		emissions[0].end('success');
		await emitter?.idle();
		expect(await statuses()).toEqual(['closed']);
	});

	it('goes on after an error of the store', async () => {
		await insert(1);
		jest.spyOn(store, 'claim').mockRejectedValueOnce(new Error('busy'));
		await start();
		expect(errors).toMatchObject([{ message: 'busy' }]);
		await clock.advance(1_000);
		await settle();
		expect(sizes()).toEqual([1]);
	});

	it('ends with its store', async () => {
		await start();
		await store.close();
		await clock.advance(10_000);
		await settle();
		expect(errors).toEqual([]);
	});
});
