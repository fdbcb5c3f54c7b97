import { PRESETS } from '../../../lib/delivery/presets';
import { send } from '../../../lib/delivery/sender';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { queueState } from '../../../lib/store/endpoints';
import { queueConsumer } from '../../../lib/store/lines';
import { joinQueue } from '../../../lib/store/queues';
import { FakeClock, settleDown } from '../../support/fakeClock';
import {
	batchInputs,
	freshDelivery,
	ScriptedChannel,
	sendAll,
	senderOptions,
	type Answer,
} from '../../support/senders';
import {
	describeStores,
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

	describe("the node's own credential", () => {
		const options = (channel: ScriptedChannel) =>
			senderOptions(store, clock, channel, {
				concurrency: 1,
				credentialName: 'My Token',
				policyOf: () => PRESETS.httpApiDestination,
			});
		const state = async () => await store.read(async (unit) => await queueState(unit, 'q'));

		it.each([401, 403])('pauses the queue when it is refused three times: %i', async (status) => {
			const channel = answering(() => status);
			const report = await sendAll([...many(3, 'a'), ...many(3, 'b')], options(channel));
			expect(channel.sent).toHaveLength(3);
			expect(report.queuePaused).toMatch(/refused the credential My Token 3 times/);
			expect(await state()).toMatchObject({ pausedUntil: clock.now() + 300_000, refusals: 3 });
			expect(await store.nextReadyAt(consumer)).toBe(clock.now() + 300_000);
		});

		it('and what showed it wrong keeps its attempt number: the delivery is not to blame', async () => {
			const report = await sendAll(many(5), options(answering(() => 401)));
			expect(kinds(report)).toEqual(['dead', 'dead', 'retrying', 'retrying', 'retrying']);
			expect((await rowsOf(store)).map(({ attempt }) => attempt)).toEqual([1, 1, 0, 0, 0]);
		});

		it('does not, when another answer comes in between', async () => {
			const channel = answering((nth) => (nth % 3 === 0 ? 200 : 401));
			const report = await sendAll(many(9), options(channel));
			expect(channel.sent).toHaveLength(9);
			expect(report.queuePaused).toBeUndefined();
		});

		it('does not, when refusals are about credentials of the deliveries', async () => {
			const channel = answering(() => 401);
			const own = senderOptions(store, clock, channel, { concurrency: 1 });
			await sendAll(many(6), own);
			expect(channel.sent).toHaveLength(6);
		});

		it('is tried by one probe after the pause, which doubles when it is refused', async () => {
			const channel = answering(() => 401);
			const own = options(channel);
			await sendAll(many(8), own);
			clock.setWall(clock.now() + 302_000);
			await claimAndSend({ ...own, concurrency: 50 });
			expect(channel.sent).toHaveLength(4);
			expect(await state()).toMatchObject({ pausedUntil: clock.now() + 600_000, pauses: 2 });
		});

		it('ends the pause when it is accepted: one probe, then twice as many each time', async () => {
			const widths: number[] = [];
			const channel = new ScriptedChannel(clock, async (_delivery, nth) => {
				if (nth <= 3) return 401;
				await settleDown(2);
				widths.push(channel.underWay);
				return 200;
			});
			const own = options(channel);
			await sendAll(many(40), own);
			clock.setWall(clock.now() + 302_000);
			const report = await claimAndSend({ ...own, concurrency: 50 });
			expect(report.queuePaused).toBeUndefined();
			expect(widths[0]).toBe(1);
			expect(Math.max(...widths.slice(0, 3))).toBe(2);
			expect(Math.max(...widths)).toBeGreaterThan(8);
			expect(await state()).toMatchObject({ pauses: 0, refusals: 0 });
		});

		it('is known after a restart', async () => {
			await sendAll(many(4), options(answering(() => 401)));
			const channel = answering(() => 200);
			const report = await sendAll(many(2, 'b'), options(channel));
			expect(channel.sent).toEqual([]);
			expect(report.queuePaused).toMatch(/My Token/);
		});
	});
});
