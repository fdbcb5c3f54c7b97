import { createRateLimiter } from '../../../lib/delivery/rateLimiter';

import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { LEASE_MS } from '../../../lib/store/leases';
import { queueConsumer } from '../../../lib/store/lines';
import { FakeClock, settleDown } from '../../support/fakeClock';
import {
	freshDelivery,
	Latch,
	ScriptedChannel,
	sendAll,
	senderOptions,
} from '../../support/senders';
import {
	describeStores,
	openTestStore,
	rowsOf,
	sweepAll,
	testFolder,
	type TestFolder,
} from '../../support/stores';

const consumer = queueConsumer('q');

describeStores('a sender holds a lease', () => {
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
	describe('rule 1: leases', () => {
		it('are renewed by the sender as long as it sends', async () => {
			const answer = new Latch();
			const channel = new ScriptedChannel(clock, async () => {
				await answer.opened;
				return 200;
			});
			const running = sendAll([freshDelivery()], senderOptions(store, clock, channel));
			await settleDown(40);
			for (let i = 0; i < 10; i++) {
				await clock.advance(LEASE_MS / 3);
				await settleDown(40);
			}
			await sweepAll(store);
			answer.open();
			expect(await running).toMatchObject({ late: 0, results: [{ kind: 'delivered' }] });
		});

		it('are checked before the first byte: what was lost meanwhile is not sent', async () => {
			const channel = answering(200);
			const limiter = createRateLimiter({ requestsPerSecond: 0.01, burst: 1, clock });
			const options = senderOptions(store, clock, channel, { limiter });
			const running = sendAll([freshDelivery(), freshDelivery()], options);
			await settleDown(60);
			expect(channel.sent).toHaveLength(1);
			await store.write(
				async ({ db }) => await db.updateTable('leases').set({ until: 1 }).execute(),
			);
			await sweepAll(store);
			await clock.advance(100_000);
			const report = await running;
			expect(channel.sent).toHaveLength(1);
			expect(report.results.filter(({ kind }) => kind === 'retrying')).toHaveLength(1);
		});

		it('are checked before the first byte: what could not be renewed in time is not sent', async () => {
			const channel = answering(200);
			const limiter = createRateLimiter({ requestsPerSecond: 0.01, burst: 1, clock });
			const options = senderOptions(store, clock, channel, { limiter });
			const running = sendAll([freshDelivery(), freshDelivery()], options);
			await settleDown(60);
			clock.setMonotonic(clock.monotonic() + 100_000);
			await clock.advance(0);
			expect((await running).stopped).toBe(1);
			expect(channel.sent).toHaveLength(1);
		});

		it('say so when an outcome came too late', async () => {
			const channel = new ScriptedChannel(clock, async () => {
				await store.write(
					async ({ db }) => await db.updateTable('leases').set({ until: 1 }).execute(),
				);
				await sweepAll(store);
				return 200;
			});
			const report = await sendAll([freshDelivery()], senderOptions(store, clock, channel));
			expect(report.late).toBe(1);
			expect((await rowsOf(store))[0]).toMatchObject({
				status: 'pending',
				line: `${consumer}!alone`,
			});
		});

		it('are not written as released when outcomes could not be noted: they lapse', async () => {
			const channel = answering(200);
			const write = store.write.bind(store);
			let failures = Infinity;
			jest.spyOn(store, 'write').mockImplementation(async (job) => {
				if (failures++ < 4) throw new Error('disk full');
				return await write(job);
			});
			const limited = new ScriptedChannel(clock, async (delivery) => {
				failures = 0;
				return (await channel.attempt(delivery)).statusCode ?? 0;
			});
			const running = sendAll([freshDelivery()], senderOptions(store, clock, limited));
			for (let i = 0; i < 8; i++) await clock.advance(500);
			const report = await running;
			expect(report).toMatchObject({ late: 1, storeFailure: { message: 'disk full' } });
			expect((await rowsOf(store))[0].lease).not.toBeNull();
			clock.setWall(clock.now() + LEASE_MS);
			await sweepAll(store);
			expect((await rowsOf(store))[0]).toMatchObject({ claims: 1 });
			expect((await store.claim(consumer, 10))?.line).toBe('alone');
		});

		it('outlast a store that fails for a moment: the outcome is written after all', async () => {
			const write = store.write.bind(store);
			let failures = 0;
			const spy = jest.spyOn(store, 'write');
			const channel = new ScriptedChannel(clock, () => {
				spy.mockImplementation(async (job) => {
					if (failures++ < 2) throw new Error('busy');
					return await write(job);
				});
				return 200;
			});
			const running = sendAll([freshDelivery()], senderOptions(store, clock, channel));
			for (let i = 0; i < 5; i++) await clock.advance(300);
			expect(await running).toMatchObject({ late: 0, results: [{ kind: 'delivered' }] });
			expect((await rowsOf(store))[0].status).toBe('delivered');
		});
	});
});
