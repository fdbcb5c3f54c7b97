import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { queueConsumer } from '../../../lib/store/lines';
import { FakeClock } from '../../support/fakeClock';
import {
	describeStores,
	newDelivery,
	openTestStore,
	rowsOf,
	testFolder,
	type TestFolder,
} from '../../support/stores';

const DAY = 24 * 3600_000;

describeStores('rule 10: deduplication', () => {
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

	const keyed = (key: string, scope = 'node', keptMs = 14 * DAY) =>
		newDelivery({ deduplication: { scope, key, expiresAt: clock.now() + keptMs } });
	const ids = async () => (await rowsOf(store)).map((row) => row.id);

	it('stores an event once for its key, and says which delivery has it', async () => {
		const [first, second] = [keyed('k'), keyed('k')];
		await store.insert([first]);
		const result = await store.insert([second]);
		expect(result.duplicates).toEqual([{ id: second.id, first: first.id }]);
		expect(await ids()).toEqual([first.id]);
	});

	it('within one batch too', async () => {
		const [first, second, other] = [keyed('k'), keyed('k'), keyed('l')];
		const result = await store.insert([first, second, other]);
		expect([...result.stored]).toEqual([first.id, other.id]);
		expect(result.duplicates).toEqual([{ id: second.id, first: first.id }]);
	});

	it('takes keys of different nodes for different ones, and no key for none', async () => {
		await store.insert([keyed('k', 'a'), keyed('k', 'b'), newDelivery(), newDelivery()]);
		expect(await ids()).toHaveLength(4);
	});

	it('goes on after the delivery itself is gone', async () => {
		await store.insert([keyed('k')]);
		await store.claim(queueConsumer('q'), 1);
		await store.write(async ({ db }) => await db.deleteFrom('deliveries').execute());
		await store.insert([keyed('k')]);
		expect(await ids()).toEqual([]);
	});

	it('ends when its time is over', async () => {
		await store.insert([keyed('k')]);
		clock.setWall(clock.now() + 14 * DAY - 1);
		await store.insert([keyed('k')]);
		expect(await ids()).toHaveLength(1);
		clock.setWall(clock.now() + 1);
		await store.insert([keyed('k')]);
		expect(await ids()).toHaveLength(2);
	});

	it('takes the key in the transaction that stores: both or neither', async () => {
		const delivery = keyed('k');
		const broken = { ...delivery, request: undefined as unknown as string };
		await expect(store.insert([broken])).rejects.toThrow();
		const result = await store.insert([delivery]);
		expect([...result.stored]).toEqual([delivery.id]);
	});

	it('keeps a key for one of many that ask at the same moment', async () => {
		const results = await Promise.all(
			Array.from({ length: 50 }, async () => await store.insert([keyed('k')])),
		);
		expect(results.filter((result) => result.stored.size === 1)).toHaveLength(1);
	});
});
