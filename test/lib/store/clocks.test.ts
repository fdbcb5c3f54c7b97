import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { LEASE_MS } from '../../../lib/store/leases';
import { queueConsumer } from '../../../lib/store/lines';
import { HEARTBEAT_MS } from '../../../lib/store/heartbeat';
import { StoreClock } from '../../../lib/store/storeClock';
import { FakeClock, settleDown } from '../../support/fakeClock';
import {
	newDelivery,
	openTestStore,
	rowOf,
	rowsOf,
	sweepAll,
	testFolder,
	type TestFolder,
} from '../../support/stores';

const consumer = queueConsumer('q');
const HOUR = 3600_000;

describe('rule 2: clocks', () => {
	let folder: TestFolder;
	let clock: FakeClock;
	const stores: DeliveryStore[] = [];
	let errors: unknown[];

	beforeEach(() => {
		folder = testFolder();
		clock = new FakeClock();
		errors = [];
	});

	afterEach(async () => {
		for (const store of stores.splice(0)) await store.close();
		folder.remove();
	});

	const open = async (overrides: Parameters<typeof openTestStore>[2] = {}) => {
		const store = await openTestStore(folder.path, clock, {
			// One that was "killed" goes on in this process and notices that it has lost the store.
			events: { onDeadLettersGoing: () => undefined, onError: (error) => errors.push(error) },
			...overrides,
		});
		stores.push(store);
		return store;
	};
	const process = (pid: number, alive = true, host = 'test') => ({
		process: { pid, host, isAlive: () => alive },
	});
	/** As after SIGKILL: nothing is given up, nothing beats any more. */
	const kill = (store: DeliveryStore) => stores.splice(stores.indexOf(store), 1);

	describe('one process owns the file', () => {
		it('refuses a second one with the reason', async () => {
			await open(process(1));
			await expect(open(process(2))).rejects.toMatchObject({
				code: 'OWNED',
				message: expect.stringMatching(/process 1 on test.*stop the other one/),
			});
		});

		it('refuses one on another machine as long as the heart beats', async () => {
			await open(process(1));
			await clock.advance(HEARTBEAT_MS * 10);
			await settleDown(50);
			await expect(open(process(2, false, 'elsewhere'))).rejects.toMatchObject({ code: 'OWNED' });
		});

		it('gives way at once when its process is dead', async () => {
			kill(await open(process(1)));
			await expect(open(process(2, false))).resolves.toBeDefined();
		});

		it('gives way at once to the process with the same number: that is itself, restarted', async () => {
			kill(await open(process(1)));
			await expect(open(process(1, true))).resolves.toBeDefined();
		});

		it('gives way when it has been silent for three heartbeats', async () => {
			kill(await open(process(1)));
			clock.setWall(clock.now() + 14_999);
			await expect(open(process(2, true, 'elsewhere'))).rejects.toMatchObject({ code: 'OWNED' });
			clock.setWall(clock.now() + 1);
			await expect(open(process(2, true, 'elsewhere'))).resolves.toBeDefined();
		});

		it('gives way at once after it was closed', async () => {
			const store = await open(process(1));
			await store.close();
			await expect(open(process(2, true, 'elsewhere'))).resolves.toBeDefined();
		});

		it('writes nothing any more once another has taken it over', async () => {
			const slow = await open(process(1));
			clock.setWall(clock.now() + 60_000);
			const other = await open(process(2, true, 'elsewhere'));
			await expect(slow.insert([newDelivery()])).rejects.toMatchObject({ code: 'OWNED' });
			expect(await rowsOf(other)).toEqual([]);
			await clock.advance(HEARTBEAT_MS);
			await settleDown(50);
			expect(slow.isClosed).toBe(true);
			expect(errors).not.toEqual([]);
			for (const error of errors) expect(error).toMatchObject({ code: 'OWNED' });
		});
	});

	describe('leases carry the boot of their owner', () => {
		it('and those of an earlier boot are void at once', async () => {
			const first = await open();
			const deliveries = [newDelivery(), newDelivery()];
			await first.insert(deliveries);
			await first.claim(consumer, 10);
			kill(first);
			const second = await open();
			expect(await rowsOf(second)).toMatchObject([
				{ lease: null, line: `${consumer}!alone` },
				{ lease: null, line: `${consumer}!alone` },
			]);
		});

		it('and those of this boot are left alone', async () => {
			const store = await open();
			await store.insert([newDelivery()]);
			const batch = await store.claim(consumer, 10);
			await sweepAll(store);
			expect((await rowsOf(store))[0].lease).toBe(batch?.lease);
		});
	});

	describe('a clock set back', () => {
		it('delays nothing that is due', async () => {
			const store = await open();
			const delivery = newDelivery({ dueAt: clock.now() + 10_000 });
			await store.insert([delivery]);
			clock.setWall(clock.now() - HOUR);
			await clock.advance(10_000);
			expect((await store.claim(consumer, 10))?.deliveries).toHaveLength(1);
		});

		it('keeps no lease longer', async () => {
			const store = await open();
			await store.insert([newDelivery()]);
			await store.claim(consumer, 10);
			clock.setWall(clock.now() - HOUR);
			await clock.advance(LEASE_MS + 10_000);
			await settleDown(50);
			expect((await rowsOf(store))[0].lease).toBeNull();
		});

		it('during a restart delays nothing by more than one look', async () => {
			const first = await open();
			const delivery = newDelivery({ dueAt: clock.now() + 20_000 });
			await first.insert([delivery]);
			await clock.advance(20_000);
			await settleDown(50);
			await first.close();
			clock.setWall(clock.now() - HOUR);
			const second = await open();
			await clock.advance(HEARTBEAT_MS);
			expect((await second.claim(consumer, 10))?.deliveries).toHaveLength(1);
			expect((await rowOf(second, delivery.id)).lease).not.toBeNull();
		});

		it('never makes the store clock go back', () => {
			const ticking = new StoreClock(clock, clock.now() + 5);
			expect(ticking.now()).toBe(clock.now() + 5);
			const before = ticking.now();
			clock.setWall(clock.now() - HOUR);
			expect(ticking.now()).toBe(before);
			clock.setWall(clock.now() + 2 * HOUR);
			expect(ticking.now()).toBe(clock.now());
		});
	});
});
