import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { queueConsumer } from '../../../lib/store/lines';
import { findDelivery } from '../../../lib/store/look';
import { PRESETS } from '../../../lib/delivery/presets';
import { send } from '../../../lib/delivery/sender';
import { FakeClock } from '../../support/fakeClock';
import {
	batchInputs,
	freshDelivery,
	RESET,
	ScriptedChannel,
	sendAll,
	senderOptions,
	type Answer,
} from '../../support/senders';
import {
	describeStores,
	openTestStore,
	rowOf,
	testFolder,
	type TestFolder,
} from '../../support/stores';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const consumer = queueConsumer('q');

/** Reactor callbacks: after 1 min, 5 min, 30 min, 1 h, 12 h, 1 d, 3 d, each from the last failure. */
const ATTEMPTS_AT = [
	0,
	MINUTE,
	6 * MINUTE,
	36 * MINUTE,
	HOUR + 36 * MINUTE,
	13 * HOUR + 36 * MINUTE,
	37 * HOUR + 36 * MINUTE,
	109 * HOUR + 36 * MINUTE,
];

describeStores('the Reactor schedule, through sender and store', () => {
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

	/** Sends a delivery, then whatever becomes due, exactly when it does. Gives the times of attempts. */
	async function run(answer: (nth: number) => Answer) {
		const start = clock.now();
		const times: number[] = [];
		const channel = new ScriptedChannel(clock, (_delivery, nth) => {
			times.push(clock.now() - start);
			return answer(nth);
		});
		const options = senderOptions(store, clock, channel, {
			policyOf: () => PRESETS.reactorCallback,
		});
		const delivery = freshDelivery();
		const kinds = [(await sendAll([delivery], options)).results[0].kind];
		for (;;) {
			const readyAt = await store.nextReadyAt(consumer);
			if (readyAt === undefined) break;
			clock.setWall(readyAt - 1);
			expect(await store.claim(consumer, 10)).toBeUndefined();
			clock.setWall(readyAt);
			const report = await send(batchInputs(await store.claim(consumer, 10)), options);
			kinds.push(report.results[0].kind);
		}
		return { id: delivery.id, times, kinds };
	}

	it('is exact: 0, 1, 6, 36 min; 1 h 36, 13 h 36, 37 h 36, 109 h 36; then a dead letter', async () => {
		const { id, times, kinds } = await run(() => 500);
		expect(times).toEqual(ATTEMPTS_AT);
		expect(kinds).toEqual([...Array<string>(7).fill('retrying'), 'dead']);
		expect(await rowOf(store, id)).toMatchObject({
			status: 'dead',
			attempt: 8,
			reason: 'retries exhausted after 8 attempts: HTTP 500',
		});
		const found = await store.read(async (unit) => await findDelivery(unit, id));
		expect(found?.attempts.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
	});

	it('counts each delay from the last failure, not from the first', async () => {
		const start = clock.now();
		const { times } = await run((nth) => {
			// The second attempt hangs for 10 s before it fails.
			if (nth === 2) clock.setWall(start + MINUTE + 10_000);
			return nth < 4 ? 500 : 200;
		});
		const late = 10_000;
		expect(times).toEqual([0, MINUTE, 6 * MINUTE + late, 36 * MINUTE + late]);
	});

	it('ends when it arrives: only 200 and 201 count', async () => {
		const answers = [204, 302, 404, 201];
		const { id, times } = await run((nth) => answers[nth - 1]);
		expect(times).toEqual(ATTEMPTS_AT.slice(0, 4));
		expect(await rowOf(store, id)).toMatchObject({ status: 'delivered', attempt: 4 });
	});

	it('retries what the network does in the same way', async () => {
		const { times } = await run((nth) => (nth < 3 ? RESET : 200));
		expect(times).toEqual(ATTEMPTS_AT.slice(0, 3));
	});
});
