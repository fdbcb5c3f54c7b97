import { createRateLimiter } from '../../../lib/delivery/rateLimiter';

import type { DeliveryStore } from '../../../lib/store/deliveryStore';

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
	rowOf,
	rowsOf,
	testFolder,
	type TestFolder,
} from '../../support/stores';

const consumer = queueConsumer('q');

describeStores('a sender ends', () => {
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
	describe('rule 6: cancel', () => {
		it('lets what is under way finish and settle, and gives back the rest', async () => {
			const stop = new AbortController();
			const answer = new Latch();
			const channel = new ScriptedChannel(clock, async () => {
				await answer.opened;
				return 200;
			});
			const options = senderOptions(store, clock, channel, { concurrency: 2, signal: stop.signal });
			const running = sendAll(
				Array.from({ length: 5 }, () => freshDelivery()),
				options,
			);
			await settleDown(60);
			stop.abort();
			answer.open();
			const report = await running;
			expect(report.stopped).toBe(3);
			expect(report.results.map(({ kind }) => kind).sort()).toEqual([
				'delivered',
				'delivered',
				'retrying',
				'retrying',
				'retrying',
			]);
			const rows = await rowsOf(store);
			expect(rows.filter((row) => row.status === 'delivered')).toHaveLength(2);
			expect(rows.filter((row) => row.line === consumer && row.claims === 0)).toHaveLength(3);
			expect((await store.claim(consumer, 10))?.deliveries).toHaveLength(3);
		});

		it('stops those that wait for their turn under a rate limit', async () => {
			const stop = new AbortController();
			const limiter = createRateLimiter({ requestsPerSecond: 1, burst: 1, clock });
			const options = senderOptions(store, clock, answering(200), { limiter, signal: stop.signal });
			const running = sendAll(
				Array.from({ length: 4 }, () => freshDelivery()),
				options,
			);
			await settleDown(60);
			stop.abort();
			expect(await running).toMatchObject({ stopped: 3 });
		});

		it('sends nothing when it was stopped before it began', async () => {
			const channel = answering(200);
			const options = senderOptions(store, clock, channel, { signal: AbortSignal.abort() });
			const report = await sendAll([freshDelivery(), freshDelivery()], options);
			expect(report).toMatchObject({ stopped: 2 });
			expect(channel.sent).toEqual([]);
			expect((await store.claim(consumer, 10))?.deliveries).toHaveLength(2);
		});
	});

	describe('rule 8: age', () => {
		it('sends nothing that is past its age, and ends it as expired', async () => {
			const channel = answering(200);
			const expired = freshDelivery({ expiresAt: new Date(clock.now() - 1).toISOString() });
			const report = await sendAll([expired], senderOptions(store, clock, channel));
			expect(report.results).toMatchObject([{ kind: 'dead', delivery: { reason: 'expired' } }]);
			expect(channel.sent).toEqual([]);
			expect(await rowOf(store, expired.id)).toMatchObject({ status: 'dead', attempt: 0 });
		});

		it('plans no retry beyond it', async () => {
			const young = freshDelivery({ expiresAt: new Date(clock.now() + 30_000).toISOString() });
			const report = await sendAll([young], senderOptions(store, clock, answering(500)));
			expect(report.results).toMatchObject([
				{ kind: 'dead', delivery: { reason: 'expired', attempt: 1 } },
			]);
		});
	});
});
