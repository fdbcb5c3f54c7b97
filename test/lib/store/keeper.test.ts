import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { StoreKeeper } from '../../../lib/store/keeper';
import { queueConsumer } from '../../../lib/store/lines';
import { DEFAULT_RETENTION, type Retention } from '../../../lib/store/retention';
import { settleDeliveries } from '../../../lib/store/settle';
import { FakeClock } from '../../support/fakeClock';
import {
	describeStores,
	newDelivery,
	openTestStore,
	rowsOf,
	testFolder,
	type TestFolder,
} from '../../support/stores';

const consumer = queueConsumer('q');
const SECOND = 1_000;
/** The store's own keeper is kept from purging, so that a test says when. */
const NEVER: Retention = { deliveredMs: 1e13, deadMs: 1e13, warnMs: 1 };
/** More than two steps of a purge remove. */
const DELIVERED = 500;

describeStores('the keeper', () => {
	let folder: TestFolder;
	let clock: FakeClock;
	let store: DeliveryStore;

	beforeEach(async () => {
		folder = testFolder();
		clock = new FakeClock();
		store = await openTestStore(folder.path, clock, { retention: NEVER });
	});

	afterEach(async () => {
		await store.close();
		folder.remove();
	});

	const keeper = (mostSteps?: number) =>
		new StoreKeeper(
			store,
			clock,
			{ ...DEFAULT_RETENTION, deliveredMs: SECOND },
			{ onDeadLettersGoing: () => undefined, onError: (error) => expect(error).toBeUndefined() },
			false,
			mostSteps,
		);
	const pass = (ms: number) => clock.setWall(clock.now() + ms);
	const left = async () => (await rowsOf(store)).length;

	async function deliver(count: number): Promise<void> {
		const deliveries = Array.from({ length: count }, () => newDelivery());
		await store.insert(deliveries);
		const lease = (await store.claim(consumer, count))?.lease ?? '';
		const made = { startedAt: clock.now(), durationMs: 1 };
		await store.write(
			async (unit) =>
				await settleDeliveries(
					unit,
					lease,
					deliveries.map(({ id }) => ({ id, status: 'delivered', attempt: 1, step: 0, made })),
				),
		);
		pass(2 * SECOND);
	}

	it('removes what is past its time', async () => {
		await deliver(DELIVERED);
		await keeper().turn();
		expect(await left()).toBe(0);
	});

	it('goes on at its next look with what one turn could not remove', async () => {
		await deliver(DELIVERED);
		const one = keeper(2);
		await one.turn();
		expect(await left()).toBe(100);
		await one.turn();
		expect(await left()).toBe(0);
	});

	it('removes more in each step while it is behind', async () => {
		await deliver(1_500);
		const one = keeper(2);
		await one.turn();
		expect(await left()).toBe(1_100);
		await one.turn();
		expect(await left()).toBe(0);
	});

	it('looks again only after a minute when nothing was left', async () => {
		const one = keeper();
		await deliver(1);
		await one.turn();
		await deliver(1);
		await one.turn();
		expect(await left()).toBe(1);
		await clock.advance(60 * SECOND);
		await one.turn();
		expect(await left()).toBe(0);
	});
});
