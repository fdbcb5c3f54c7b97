import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { noteEndpoints } from '../../../lib/store/endpoints';
import { queueConsumer } from '../../../lib/store/lines';
import { waitingDeliveries } from '../../../lib/store/look';
import { FakeClock } from '../../support/fakeClock';
import {
	describeStores,
	newDelivery,
	openTestStore,
	testFolder,
	type TestFolder,
} from '../../support/stores';

const consumer = queueConsumer('q');

describeStores('rule 4: fairness', () => {
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

	const many = (n: number, endpoint: string) =>
		Array.from({ length: n }, () => newDelivery({ endpoint }));

	it('gives what is due, oldest first, and nothing twice', async () => {
		const late = newDelivery({ dueAt: clock.now() - 1_000 });
		const later = newDelivery({ dueAt: clock.now() - 500 });
		const future = newDelivery({ dueAt: clock.now() + 10_000 });
		await store.insert([future, later, late]);
		const batch = await store.claim(consumer, 10);
		expect(batch?.deliveries.map((d) => d.delivery.id)).toEqual([late.id, later.id]);
		expect(batch?.deliveries.every((d) => d.delivery.lease === batch.lease)).toBe(true);
		expect(await store.claim(consumer, 10)).toBeUndefined();
		expect(await store.nextReadyAt(consumer)).toBe(clock.now() + 10_000);
	});

	it('gives no endpoint more than a quarter of a batch while others are due', async () => {
		await store.insert([...many(100, 'https://busy.example'), ...many(3, 'https://quiet.example')]);
		const batch = await store.claim(consumer, 40);
		const busy = batch?.deliveries.filter((d) => d.endpoint === 'https://busy.example') ?? [];
		const quiet = batch?.deliveries.filter((d) => d.endpoint === 'https://quiet.example') ?? [];
		expect(busy).toHaveLength(10);
		expect(quiet).toHaveLength(3);
	});

	it('gives a whole batch to the only endpoint', async () => {
		await store.insert(many(100, 'https://busy.example'));
		const batch = await store.claim(consumer, 40);
		expect(batch?.deliveries).toHaveLength(40);
	});

	it('serves every endpoint in its turn when there are more than fit', async () => {
		for (let i = 0; i < 150; i++) await store.insert(many(5, `https://e${i}.example`));
		const seen = new Set<string>();
		for (let i = 0; i < 40; i++) {
			clock.setWall(clock.now() + 1);
			const batch = await store.claim(consumer, 8);
			for (const d of batch?.deliveries ?? []) seen.add(d.endpoint);
		}
		expect(seen.size).toBeGreaterThanOrEqual(150);
	});

	it('takes turns: who was just served stands behind who waits', async () => {
		await store.insert(many(8, 'https://a.example'));
		await store.insert(many(8, 'https://b.example'));
		const order: string[] = [];
		for (let i = 0; i < 4; i++) {
			clock.setWall(clock.now() + 1);
			const batch = await store.claim(consumer, 1);
			order.push(batch?.deliveries[0].endpoint ?? '');
		}
		expect(new Set(order.slice(0, 2)).size).toBe(2);
		expect(new Set(order.slice(2)).size).toBe(2);
	});

	it('says whether more is due', async () => {
		await store.insert(many(3, 'https://a.example'));
		expect((await store.claim(consumer, 2))?.more).toBe(true);
		expect((await store.claim(consumer, 2))?.more).toBe(false);
	});

	it('leases thousands at once, each under one lease', async () => {
		await store.insert(many(2_100, 'https://a.example'));
		const batch = await store.claim(consumer, 2_000);
		expect(batch?.deliveries).toHaveLength(2_000);
		expect(new Set(batch?.deliveries.map((d) => d.delivery.lease))).toEqual(
			new Set([batch?.lease]),
		);
		expect((await store.claim(consumer, 2_000))?.deliveries).toHaveLength(100);
	});

	it('gives dead letters of a paused endpoint all the same: their report goes nowhere near it', async () => {
		await store.write(
			async (unit) =>
				await noteEndpoints(unit, 'q', [
					{ endpoint: 'https://paused.example', pausedUntil: unit.now + 60_000, pauses: 1 },
				]),
		);
		await store.insert([newDelivery({ status: 'dead', endpoint: 'https://paused.example' })]);
		expect(await store.claim(consumer, 10)).toMatchObject({ line: 'report' });
	});

	it('does not look at a paused endpoint until its pause is over, then lets one through', async () => {
		await store.insert([...many(5, 'https://paused.example'), ...many(1, 'https://open.example')]);
		const until = clock.now() + 60_000;
		await store.write(
			async (unit) =>
				await noteEndpoints(unit, 'q', [
					{ endpoint: 'https://paused.example', pausedUntil: until, probeWindow: 1, pauses: 1 },
				]),
		);
		const batch = await store.claim(consumer, 10);
		expect(batch?.deliveries.map((d) => d.endpoint)).toEqual(['https://open.example']);
		expect(await store.nextReadyAt(consumer)).toBe(until);
		clock.setWall(until);
		const probe = await store.claim(consumer, 10);
		expect(probe?.deliveries.map((d) => d.endpoint)).toEqual(['https://paused.example']);
	});

	it('shows what waits, the next due first, without leasing any of it', async () => {
		const at = (ms: number, host: string) =>
			newDelivery({ dueAt: clock.now() + ms, endpoint: `https://${host}.example` });
		const deliveries = [at(30, 'a'), at(10, 'b'), at(20, 'a'), at(40, 'c')];
		await store.insert(deliveries);
		const shown = await store.read(async (unit) => await waitingDeliveries(unit, 'q', 3));
		const [a30, b10, a20] = deliveries;
		expect(shown.map(({ id }) => id)).toEqual([b10.id, a20.id, a30.id]);
		clock.setWall(clock.now() + 100);
		expect((await store.claim(consumer, 10))?.deliveries.length).toBeGreaterThan(0);
	});
});
