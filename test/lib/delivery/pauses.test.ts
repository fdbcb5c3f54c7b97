import { EndpointGates } from '../../../lib/delivery/endpointGates';

import { send } from '../../../lib/delivery/sender';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { spreadOverdue, troubledEndpoints } from '../../../lib/store/endpoints';
import { queueConsumer } from '../../../lib/store/lines';
import { joinQueue } from '../../../lib/store/queues';
import { FakeClock, settleDown } from '../../support/fakeClock';
import {
	batchInputs,
	freshDelivery,
	Latch,
	RESET,
	ScriptedChannel,
	sendAll,
	senderOptions,
	type Answer,
} from '../../support/senders';
import {
	describeStores,
	newDelivery,
	openTestStore,
	rowsOf,
	testFolder,
	type TestFolder,
} from '../../support/stores';

const consumer = queueConsumer('q');

describeStores('rule 5: endpoints, not deliveries', () => {
	let folder: TestFolder;
	let clock: FakeClock;
	let store: DeliveryStore;

	beforeEach(async () => {
		folder = testFolder();
		clock = new FakeClock();
		store = await openTestStore(folder.path, clock);
		await store.write(
			async (unit) =>
				await joinQueue(
					unit,
					{ queue: 'q', role: 'trigger', workflowId: 'w', nodeId: 'n', nodeName: 'N' },
					store.boot,
				),
		);
	});

	afterEach(async () => {
		await store.close();
		folder.remove();
	});

	const many = (count: number, host = 'a') =>
		Array.from({ length: count }, () =>
			freshDelivery({
				request: { method: 'POST', url: `https://${host}.example/`, headers: {}, body: '{}' },
			}),
		);
	const answering = (answer: (nth: number) => Answer | Promise<Answer>) =>
		new ScriptedChannel(clock, (_delivery, nth) => answer(nth));
	const kinds = (report: { results: { kind: string }[] }) =>
		report.results.map(({ kind }) => kind).sort();
	const claimAndSend = async (options: ReturnType<typeof senderOptions>) =>
		await send(batchInputs(await store.claim(consumer, 100)), options);
	const paused = async () =>
		(await store.read(async (unit) => await troubledEndpoints(unit, 'q'))).map(
			({ endpoint, pausedUntil }) => [endpoint, pausedUntil - clock.now()],
		);

	describe('a receiver that asks for a pause', () => {
		it.each([
			['429 with Retry-After', { statusCode: 429, retryAfter: '120' }, 120_000],
			['429 without', { statusCode: 429 }, 60_000],
			['503 with Retry-After', { statusCode: 503, retryAfter: '120' }, 120_000],
		])('gets it: %s', async (_name, answer, ms) => {
			const channel = answering(() => answer);
			const options = senderOptions(store, clock, channel, { concurrency: 1 });
			const report = await sendAll(many(4), options);
			expect(channel.sent).toHaveLength(1);
			expect(kinds(report)).toEqual(['retrying', 'retrying', 'retrying', 'retrying']);
			expect(await paused()).toEqual([['https://a.example', ms]]);
			expect(await store.nextReadyAt(consumer)).toBe(clock.now() + ms);
		});

		it('a 503 without Retry-After is about the delivery alone', async () => {
			const channel = answering(() => 503);
			await sendAll(many(4), senderOptions(store, clock, channel, { concurrency: 1 }));
			expect(channel.sent).toHaveLength(4);
			expect(await paused()).toEqual([]);
		});

		it('and other endpoints are sent to as before', async () => {
			const channel = new ScriptedChannel(clock, ({ request }) =>
				request.url.includes('//a.') ? { statusCode: 429, retryAfter: '60' } : 200,
			);
			const options = senderOptions(store, clock, channel, { concurrency: 2 });
			const report = await sendAll([...many(3, 'a'), ...many(3, 'b')], options);
			expect(report.results.filter(({ kind }) => kind === 'delivered')).toHaveLength(3);
		});

		it('and what is postponed keeps its attempt number', async () => {
			const channel = answering(() => ({ statusCode: 429, retryAfter: '60' }));
			const options = senderOptions(store, clock, channel, { concurrency: 1 });
			const report = await sendAll(many(3), options);
			expect(report.results.map(({ delivery }) => delivery.attempt).sort()).toEqual([0, 0, 1]);
			expect((await rowsOf(store)).map(({ attempt, claims }) => [attempt, claims])).toEqual([
				[1, 0],
				[0, 0],
				[0, 0],
			]);
		});

		it('is not sent to again because of answers to what was under way', async () => {
			const answers: Latch[] = [];
			const channel = answering(async (nth) => {
				if (nth === 1) return { statusCode: 429, retryAfter: '60' };
				const latch = new Latch();
				answers.push(latch);
				await latch.opened;
				return 200;
			});
			const gates = new EndpointGates(true);
			const options = senderOptions(store, clock, channel, { concurrency: 100, gates });
			const running = sendAll(many(100), options);
			await settleDown(40);
			for (const latch of answers) latch.open();
			await running;
			expect(gates.pausedUntil('https://a.example', clock.now())).toBe(clock.now() + 60_000);
		});

		it('gets one probe after the pause, then twice as many each time', async () => {
			const widths: number[] = [];
			const channel = new ScriptedChannel(clock, async (_delivery, nth) => {
				if (nth === 1) return { statusCode: 429, retryAfter: '60' };
				await settleDown(2);
				widths.push(channel.underWay);
				return 200;
			});
			const options = senderOptions(store, clock, channel, { concurrency: 50 });
			await sendAll(many(1), options);
			const later = many(40);
			await sendAll(later, options);
			expect(channel.sent).toHaveLength(1);
			clock.setWall(clock.now() + 62_000);
			for (let i = 0; i < 10; i++) await claimAndSend(options);
			expect(widths[0]).toBe(1);
			expect(Math.max(...widths.slice(0, 3))).toBeLessThanOrEqual(2);
			expect(Math.max(...widths)).toBeGreaterThan(2);
			expect((await rowsOf(store)).every(({ status }) => status === 'delivered')).toBe(true);
		});

		it('gets one probe from all senders together', async () => {
			const answer = new Latch();
			const channel = answering(async (nth) => {
				if (nth === 1) return { statusCode: 429, retryAfter: '60' };
				await answer.opened;
				return 200;
			});
			const options = senderOptions(store, clock, channel);
			await sendAll(many(1), options);
			clock.setWall(clock.now() + 60_000);
			const runs = [sendAll(many(3), options), sendAll(many(3), options)];
			await settleDown(80);
			expect(channel.sent).toHaveLength(2);
			answer.open();
			const reports = await Promise.all(runs);
			expect(reports.flatMap(kinds)).toEqual(Array(6).fill('delivered'));
		});
	});

	describe('a circuit breaker', () => {
		it('opens after five failures of the connection in a row, and holds back the rest', async () => {
			const channel = answering(() => RESET);
			const options = senderOptions(store, clock, channel, { concurrency: 1 });
			const report = await sendAll(many(8), options);
			expect(channel.sent).toHaveLength(5);
			expect(await paused()).toEqual([['https://a.example', 30_000]]);
			const postponed = report.results.filter(({ delivery }) => delivery.attempt === 0);
			expect(postponed).toHaveLength(3);
			expect(postponed[0].delivery.reason).toBe('5 failures in a row: connection reset');
		});

		it('stays open for twice as long after a failed probe, across a restart too', async () => {
			const options = () =>
				senderOptions(
					store,
					clock,
					answering(() => RESET),
					{ concurrency: 1 },
				);
			await sendAll(many(8), options());
			clock.setWall(clock.now() + 90_000);
			// New gates, as after a restart: what is known comes from the store.
			const again = options();
			await claimAndSend(again);
			expect((again.channel as ScriptedChannel).sent).toHaveLength(1);
			expect(await paused()).toEqual([['https://a.example', 60_000]]);
		});

		it('can be switched off', async () => {
			const channel = answering(() => RESET);
			const gates = new EndpointGates(false);
			await sendAll(many(8), senderOptions(store, clock, channel, { concurrency: 1, gates }));
			expect(channel.sent).toHaveLength(8);
		});

		it('is not opened by what the operator set up wrongly', async () => {
			const error = { code: 'EGRESS_BLOCKED', message: 'blocked' };
			const channel = answering(() => ({ error, verdict: 'dead' }));
			await sendAll(many(8), senderOptions(store, clock, channel, { concurrency: 1 }));
			expect(channel.sent).toHaveLength(8);
		});
	});

	it('spreads what is overdue after a downtime, each endpoint at a moment of its own', async () => {
		const hosts = ['a', 'b', 'c'];
		await store.insert(
			hosts.flatMap((host) =>
				Array.from({ length: 40 }, () => newDelivery({ endpoint: `https://${host}.example` })),
			),
		);
		clock.setWall(clock.now() + 3600_000);
		let n = 0;
		const random = () => [0, 0.5, 0.9][n++ % 3];
		expect(await store.write(async (unit) => await spreadOverdue(unit, random))).toBe(3);
		expect((await paused()).map(([, ms]) => ms).sort()).toEqual([0, 5_000, 9_000]);
		expect((await store.claim(consumer, 1_000))?.deliveries).toHaveLength(16);
		clock.setWall(clock.now() + 9_000);
		expect((await store.claim(consumer, 1_000))?.deliveries.length).toBeLessThanOrEqual(48);
	});

	it('spreads what is overdue when the store is opened', async () => {
		await store.insert(Array.from({ length: 40 }, () => newDelivery()));
		await store.close();
		clock.setWall(clock.now() + 3600_000);
		store = await openTestStore(folder.path, clock);
		expect(await store.claim(consumer, 100)).toBeUndefined();
		clock.setWall(clock.now() + 10_000);
		expect((await store.claim(consumer, 100))?.deliveries).toHaveLength(16);
	});

	it('spreads nothing that is due only now, and keeps one on probation on probation', async () => {
		await store.insert([newDelivery()]);
		expect(await store.write(async (unit) => await spreadOverdue(unit, () => 0))).toBe(0);
		const channel = answering(() => ({ statusCode: 429, retryAfter: '60' }));
		await sendAll(many(2), senderOptions(store, clock, channel, { concurrency: 1 }));
		clock.setWall(clock.now() + 3600_000);
		await store.write(async (unit) => await spreadOverdue(unit, () => 0));
		expect((await store.claim(consumer, 100))?.deliveries).toHaveLength(1);
	});
});
