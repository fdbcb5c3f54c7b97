import type { Delivery } from '../../../lib/delivery/delivery';

import { send } from '../../../lib/delivery/sender';

import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { handOverLease, LEASE_MS } from '../../../lib/store/leases';
import { queueConsumer, triggerConsumer } from '../../../lib/store/lines';
import { FakeClock, settleDown } from '../../support/fakeClock';
import {
	batchInputs,
	freshDelivery,
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
	sweepAll,
	testFolder,
	type TestFolder,
} from '../../support/stores';

const consumer = queueConsumer('q');
const trigger = triggerConsumer('w', 'n');

describeStores('sender', () => {
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

	describe('rule 4: fairness', () => {
		it('lets one slow endpoint have only half of the places', async () => {
			const answer = new Latch();
			const channel = new ScriptedChannel(clock, async ({ request }) => {
				if (request.url.includes('slow')) await answer.opened;
				return 200;
			});
			const to = (host: string): Delivery =>
				freshDelivery({
					request: { method: 'GET', url: `https://${host}.example/`, headers: {} },
				});
			const deliveries = [
				...Array.from({ length: 20 }, () => to('slow')),
				...Array.from({ length: 20 }, () => to('quick')),
			];
			const options = senderOptions(store, clock, channel, { concurrency: 4 });
			const running = sendAll(deliveries, options);
			await settleDown(200);
			const quick = channel.sent.filter(({ request }) => request.url.includes('quick'));
			expect(quick.length).toBe(20);
			answer.open();
			await running;
		});

		it('has no more under way than it may', async () => {
			const channel = new ScriptedChannel(clock, async () => {
				await settleDown(1);
				return 200;
			});
			const options = senderOptions(store, clock, channel, { concurrency: 3 });
			await sendAll(
				Array.from({ length: 20 }, () => freshDelivery()),
				options,
			);
			expect(channel.mostUnderWay).toBe(3);
			expect(channel.sent).toHaveLength(20);
		});

		it('comes through with one place and more than it marks at once', async () => {
			const channel = answering(200);
			const deliveries = Array.from({ length: 300 }, () => freshDelivery());
			await sendAll(deliveries, senderOptions(store, clock, channel, { concurrency: 1 }));
			expect(channel.ids).toEqual(deliveries.map(({ id }) => id));
		});
	});

	describe('a look before an attempt', () => {
		const retrying = async (options: ReturnType<typeof senderOptions>) => {
			await sendAll([freshDelivery()], options);
			clock.setWall((await store.nextReadyAt(consumer)) ?? 0);
			return batchInputs(await store.claim(consumer, 10));
		};

		it('ends a delivery for its reason, before the first attempt too', async () => {
			const channel = answering(500);
			const options = senderOptions(store, clock, channel, {
				beforeAttempt: () => ({ send: false, reason: 'callback deleted' }),
			});
			const report = await sendAll([freshDelivery()], options);
			expect(report.results).toMatchObject([
				{ kind: 'dead', delivery: { reason: 'callback deleted', attempt: 0 } },
			]);
			expect(channel.sent).toEqual([]);
		});

		it('is told how often a delivery was attempted', async () => {
			const attempts: number[] = [];
			const options = senderOptions(store, clock, answering(500), {
				beforeAttempt: ({ attempt }) => (attempts.push(attempt), { send: true }),
			});
			await send(await retrying(options), options);
			expect(attempts).toEqual([0, 1]);
		});

		it('changes the request, of this attempt and of those to come', async () => {
			const channel = answering(500);
			const url = 'https://moved.example/new';
			let moved = false;
			const options = senderOptions(store, clock, channel, {
				beforeAttempt: ({ request }) => {
					if (moved) return { send: true };
					moved = true;
					const changed = { request: { ...request, url }, endpoint: 'https://moved.example' };
					return { send: true, changed };
				},
			});
			const report = await sendAll([freshDelivery()], options);
			expect(report.results).toMatchObject([{ kind: 'retrying', delivery: { request: { url } } }]);
			clock.setWall((await store.nextReadyAt(consumer)) ?? 0);
			const again = batchInputs(await store.claim(consumer, 10));
			expect(again).toMatchObject([{ endpoint: 'https://moved.example' }]);
			await send(again, options);
			expect(channel.sent.map(({ request }) => request.url)).toEqual([url, url]);
		});

		it('that fails sends nothing and gives the delivery back', async () => {
			const channel = answering(500);
			const options = senderOptions(store, clock, channel, {
				beforeAttempt: async ({ attempt }) => {
					if (attempt > 0) throw new Error('cannot look');
					return { send: true };
				},
			});
			const report = await send(await retrying(options), options);
			expect(report).toMatchObject({
				storeFailure: { message: 'cannot look' },
				results: [{ kind: 'retrying', delivery: { reason: 'not sent: cannot look' } }],
			});
			expect(channel.sent).toHaveLength(1);
			expect(await store.nextReadyAt(consumer)).toBe(clock.now() + 60_000);
		});
	});

	it('takes an error that a channel throws for a failed attempt', async () => {
		const channel = new ScriptedChannel(clock, () => {
			throw new Error('fault');
		});
		const report = await sendAll([freshDelivery()], senderOptions(store, clock, channel));
		expect(report.results).toMatchObject([
			{ kind: 'retrying', delivery: { attempt: 1, error: { code: 'CHANNEL_FAILED' } } },
		]);
	});

	it('keeps only a digest of a delivered body where that is set', async () => {
		const options = senderOptions(store, clock, answering(200, 500), { digestBodies: true });
		const [arrives, fails] = [freshDelivery(), freshDelivery()];
		await sendAll([arrives], options);
		await sendAll([fails], options);
		const request = JSON.parse((await rowOf(store, arrives.id)).request) as object;
		expect(request).not.toHaveProperty('body');
		expect(request).toHaveProperty('bodyDigest', expect.stringMatching(/^sha-256=:.+=:$/));
		expect(JSON.parse((await rowOf(store, fails.id)).request)).toHaveProperty('body', '{}');
	});

	describe('where the workflow itself waits for retries', () => {
		const holding = (channel: ScriptedChannel, overrides = {}) =>
			senderOptions(store, clock, channel, { holdRetries: true, ...overrides });

		it('keeps a retry leased to the workflow, which brings it back', async () => {
			const channel = answering(500, 200);
			const batch = await emitted(1);
			const first = await send(batchInputs(batch), holding(channel));
			expect(first.results[0].kind).toBe('retrying');
			expect(await store.claim(consumer, 10)).toBeUndefined();
			clock.setWall(clock.now() + LEASE_MS * 10);
			await sweepAll(store);
			const second = await sendAll([first.results[0].delivery], holding(channel));
			expect(second.results[0]).toMatchObject({ kind: 'delivered', delivery: { attempt: 2 } });
			expect((await leases()).filter(({ kind }) => kind === 'waiting')).toEqual([]);
		});

		it('keeps what a pause holds back with the workflow, its attempt number too', async () => {
			const channel = new ScriptedChannel(clock, (_delivery, nth) =>
				nth === 1 ? { statusCode: 429, retryAfter: '30' } : 200,
			);
			const options = holding(channel, { concurrency: 1 });
			const report = await send(batchInputs(await emitted(2)), options);
			expect(channel.sent).toHaveLength(1);
			const postponed = report.results.find(({ delivery }) => delivery.attempt === 0);
			expect(postponed).toMatchObject({ kind: 'retrying' });
			expect(postponed?.delivery.lease).toBeDefined();
			clock.setWall(clock.now() + 60_000);
			const again = await sendAll(
				report.results.map(({ delivery }) => delivery),
				options,
			);
			expect(again.results.map(({ kind }) => kind)).toEqual(['delivered', 'delivered']);
		});

		it('gives what was stopped back to the trigger, and not to the workflow', async () => {
			const batch = await emitted(2);
			const options = holding(answering(200), { signal: AbortSignal.abort() });
			const report = await send(batchInputs(batch), options);
			expect(report.results.map(({ kind }) => kind)).toEqual(['dropped', 'dropped']);
			expect((await store.claim(trigger, 10))?.deliveries).toHaveLength(2);
		});

		it('drops the lease of a waiting execution with the last delivery that it covered', async () => {
			const batch = await emitted(2);
			await store.write(async (unit) => await handOverLease(unit, batch.lease));
			const [first, second] = batchInputs(batch);
			const options = senderOptions(store, clock, answering(200));
			await send([first], options);
			expect(await leases()).toHaveLength(1);
			await send([second], options);
			expect(await leases()).toEqual([]);
		});
	});
});
