import { Emitter, type EmissionEnd, type EmitterOptions } from '../../../lib/delivery/emitter';
import type { Delivery } from '../../../lib/delivery/delivery';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { LEASE_MS } from '../../../lib/store/leases';
import { queueConsumer } from '../../../lib/store/lines';
import { FakeClock, settleDown } from '../../support/fakeClock';
import { inputsOf, ScriptedChannel, senderOptions } from '../../support/senders';
import { send } from '../../../lib/delivery/sender';
import {
	describeStores,
	itInSqlite,
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

describeStores('emitter, following its batches', () => {
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

	describe('rule 1: leases', () => {
		it('are renewed while nothing is heard of the execution', async () => {
			await start();
			await insert(1);
			for (let i = 0; i < 9; i++) {
				await clock.advance(LEASE_MS / 3);
				await settle();
			}
			await sweepAll(store);
			expect(sizes()).toEqual([1]);
			expect((await rowsOf(store))[0].lease).not.toBeNull();
		});

		itInSqlite(
			'lapse when nothing was heard for 15 min, and the batch comes again (SQLite: many looks)',
			async () => {
				await start();
				await insert(1);
				for (let i = 0; i < 50; i++) {
					await clock.advance(LEASE_MS / 3);
					await settle();
				}
				expect(sizes()).toEqual([1, 1]);
				expect(errors).toEqual([]);
			},
		);

		it('are followed in the store, though the promise never settles', async () => {
			await insert(50);
			await start();
			for (const emission of emissions) await sendBatch(emission);
			await clock.advance(LEASE_MS);
			await settle();
			expect(sizes()).toEqual([10, 10, 10, 10, 10]);
		});

		it('lapse after a failed execution, and the batch comes again: together, then each alone', async () => {
			await start();
			await insert(2);
			emissions[0].end('failed');
			await clock.advance(LEASE_MS + 6_000);
			await settle();
			expect(sizes()).toEqual([2, 2]);
			emissions[1].end('failed');
			await clock.advance(LEASE_MS + 6_000);
			await settle();
			expect(sizes()).toEqual([2, 2, 1, 1]);
		});

		it('lapse after an emission that was rejected, or threw', async () => {
			await start();
			await insert(1);
			emissions[0].fail(new Error('unpublished'));
			await clock.advance(LEASE_MS + 6_000);
			await settle();
			expect(sizes()).toEqual([1, 1]);
			expect(errors).toEqual([]);
		});

		it('survive a host that throws at once', async () => {
			let thrown = 0;
			const emit = () => {
				thrown++;
				throw new Error('no canvas');
			};
			await start({ emit });
			await insert(1);
			expect(thrown).toBe(1);
			await clock.advance(LEASE_MS + 6_000);
			await settle();
			expect(thrown).toBe(2);
		});

		it('close what no sender took in an execution that ended well', async () => {
			await start();
			await insert(2);
			await sendBatch({ ...emissions[0], deliveries: emissions[0].deliveries.slice(0, 1) });
			emissions[0].end('success');
			await settle();
			expect(await statuses()).toEqual(['delivered', 'closed']);
			expect((await rowsOf(store))[1].reason).toBe('not sent by the workflow');
		});

		it('pass to the execution when it waits', async () => {
			await start();
			await insert(1);
			emissions[0].end('waiting');
			await clock.advance(LEASE_MS * 10);
			await settle();
			expect(sizes()).toEqual([1]);
			const report = await sendBatch(emissions[0]);
			expect(report.results[0].kind).toBe('delivered');
		});

		it('free at the stop what was claimed and not emitted', async () => {
			await insert(1);
			const claim = store.claim.bind(store);
			let stopping: Promise<void> | undefined;
			jest.spyOn(store, 'claim').mockImplementation(async (...args) => {
				const batch = await claim(...args);
				stopping = emitter?.stop();
				return batch;
			});
			await start();
			await stopping;
			expect(sizes()).toEqual([]);
			expect((await rowsOf(store))[0]).toMatchObject({ lease: null, claims: 0 });
		});
	});
});
