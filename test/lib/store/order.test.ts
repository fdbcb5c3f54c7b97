import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { cancelDeliveries } from '../../../lib/store/endings';
import type { NewDelivery } from '../../../lib/store/insert';
import { LEASE_MS, releaseDeliveries } from '../../../lib/store/leases';
import { queueConsumer } from '../../../lib/store/lines';
import { settleDeliveries, type Settlement } from '../../../lib/store/settle';
import { FakeClock } from '../../support/fakeClock';
import {
	describeStores,
	newDelivery,
	openTestStore,
	rowOf,
	rowsOf,
	sweepAll,
	testFolder,
	type TestFolder,
} from '../../support/stores';

const consumer = queueConsumer('q');

describeStores('rule 7: order', () => {
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

	const ofAnn = (overrides: Partial<NewDelivery> = {}) =>
		newDelivery({ subject: 'ann', orderKey: 'https://a.example ann', ...overrides });
	const superseding = (overrides: Partial<NewDelivery> = {}) =>
		ofAnn({ supersede: true, ...overrides });
	const claimed = async () =>
		(await store.claim(consumer, 10))?.deliveries.map(({ delivery }) => delivery.id) ?? [];
	const settle = async (lease: string, settlement: Settlement) =>
		await store.write(async (unit) => await settleDeliveries(unit, lease, [settlement]));
	const leaseOf = async (id: string) => (await rowOf(store, id)).lease ?? '';
	const deliver = async (id: string) =>
		await settle(await leaseOf(id), { id, status: 'delivered', attempt: 1, step: 0 });

	it('leases deliveries of one subject to one destination one after the other, oldest first', async () => {
		const [first, second, third] = [ofAnn(), ofAnn(), ofAnn()];
		await store.insert([first, second]);
		await store.insert([third]);
		for (const { id } of [first, second, third]) {
			expect(await claimed()).toEqual([id]);
			expect(await claimed()).toEqual([]);
			await deliver(id);
		}
	});

	it('does not hold up other subjects', async () => {
		const bob = newDelivery({ orderKey: 'https://a.example bob' });
		const ann = ofAnn();
		await store.insert([ann, ofAnn(), bob]);
		expect(await claimed()).toEqual([ann.id, bob.id]);
	});

	it('keeps a newer one back while an older one waits for its retry', async () => {
		const [older, newer] = [ofAnn(), ofAnn()];
		await store.insert([older, newer]);
		await claimed();
		const dueAt = clock.now() + 60_000;
		await settle(await leaseOf(older.id), {
			id: older.id,
			status: 'retrying',
			attempt: 1,
			step: 1,
			dueAt,
		});
		expect(await claimed()).toEqual([]);
		expect(await store.nextReadyAt(consumer)).toBe(dueAt);
		clock.setWall(dueAt);
		expect(await claimed()).toEqual([older.id]);
	});

	it('frees the next when the older one ends in any way', async () => {
		const [dead, cancelled, last] = [ofAnn(), ofAnn(), ofAnn()];
		await store.insert([dead, cancelled, last]);
		await claimed();
		const settlement: Settlement = { id: dead.id, status: 'dead', attempt: 1, step: 0 };
		await settle(await leaseOf(dead.id), settlement);
		await store.write(async (unit) => await cancelDeliveries(unit, { ids: [cancelled.id] }));
		expect(await claimed()).toEqual([last.id]);
	});

	it('keeps order when a lease lapses or is given back', async () => {
		const [older, newer] = [ofAnn(), ofAnn()];
		await store.insert([older, newer]);
		await claimed();
		clock.setWall(clock.now() + LEASE_MS);
		await sweepAll(store);
		expect(await claimed()).toEqual([older.id]);
		const lease = await leaseOf(older.id);
		await store.write(async (unit) => await releaseDeliveries(unit, lease));
		expect(await store.claim(consumer, 10)).toMatchObject({
			line: 'alone',
			deliveries: [{ delivery: { id: older.id } }],
		});
		await deliver(older.id);
		expect(await claimed()).toEqual([newer.id]);
	});

	it('stores what a sender has in hand unleased, if an older one goes first', async () => {
		const older = ofAnn();
		await store.insert([older]);
		await claimed();
		const inHand = [1, 2].map((place) => ofAnn({ lease: { id: 'sender', place } }));
		const result = await store.insert(inHand);
		expect([...result.held]).toEqual(inHand.map((d) => d.id));
		expect(await rowsOf(store, [...result.held])).toMatchObject([
			{ lease: null, line: null, claims: 0 },
			{ lease: null, line: null, claims: 0 },
		]);
		await deliver(older.id);
		expect(await claimed()).toEqual([inHand[0].id]);
	});

	it('leaves what is stored already as it is when it comes in again', async () => {
		const [older, newer] = [ofAnn(), ofAnn()];
		await store.insert([older, newer]);
		await claimed();
		await deliver(older.id);
		await claimed();
		const lease = await leaseOf(newer.id);
		await store.insert([ofAnn(), { ...newer, lease: { id: 'other', place: 1 } }]);
		expect(await leaseOf(newer.id)).toBe(lease);
	});

	it('closes an older one that waits when a newer one supersedes it', async () => {
		const [older, newer] = [superseding(), superseding()];
		await store.insert([older]);
		await store.insert([newer]);
		expect(await rowOf(store, older.id)).toMatchObject({ status: 'closed', reason: 'superseded' });
		expect(await claimed()).toEqual([newer.id]);
	});

	it('does not close an older one that is leased; the newer one waits for it', async () => {
		const [older, newer] = [superseding(), superseding()];
		await store.insert([older]);
		await claimed();
		await store.insert([newer]);
		expect((await rowOf(store, older.id)).status).toBe('pending');
		expect(await claimed()).toEqual([]);
		await settle(await leaseOf(older.id), {
			id: older.id,
			status: 'retrying',
			attempt: 1,
			step: 1,
			dueAt: clock.now() + 60_000,
		});
		expect(await rowOf(store, older.id)).toMatchObject({ status: 'closed', reason: 'superseded' });
		expect(await claimed()).toEqual([newer.id]);
	});

	it('supersedes only where the newer one is set to', async () => {
		const [older, newer] = [ofAnn(), ofAnn()];
		await store.insert([older]);
		await store.insert([newer]);
		expect((await rowOf(store, older.id)).status).toBe('pending');
	});

	it('sends only the last of a subject within a batch, when they supersede', async () => {
		const batch = [1, 2, 3].map((place) => superseding({ lease: { id: 'sender', place } }));
		const result = await store.insert(batch);
		expect([...result.superseded]).toEqual([batch[0].id, batch[1].id]);
		expect((await rowsOf(store)).map(({ status, lease }) => [status, lease])).toEqual([
			['closed', null],
			['closed', null],
			['pending', 'sender'],
		]);
	});

	it('takes no longer for a subject with thousands that wait', async () => {
		await store.insert(Array.from({ length: 3_000 }, () => ofAnn()));
		for (let i = 0; i < 20; i++) {
			const [id] = await claimed();
			await deliver(id);
		}
		expect((await rowsOf(store)).filter((row) => row.status === 'delivered')).toHaveLength(20);
	});
});
