import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import type { NewDelivery } from '../../../lib/store/insert';
import { queueConsumer } from '../../../lib/store/lines';
import { findDelivery } from '../../../lib/store/look';
import { replayDeliveries } from '../../../lib/store/replay';
import { settleDeliveries, type Settlement } from '../../../lib/store/settle';
import { FakeClock } from '../../support/fakeClock';
import {
	describeStores,
	newDelivery,
	openTestStore,
	rowOf,
	testFolder,
	type TestFolder,
} from '../../support/stores';

const consumer = queueConsumer('q');

describeStores('rule 9: replay', () => {
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
		newDelivery({ orderKey: 'https://a.example ann', ...overrides });
	const replay = async (ids: string[], force = false) =>
		await store.write(
			async (unit) => await replayDeliveries(unit, ids, { force, expiresAt: unit.now + 1e9 }),
		);
	const claim = async () =>
		(await store.claim(consumer, 10))?.deliveries.map(({ delivery }) => delivery) ?? [];
	const settle = async (id: string, settlement: Omit<Settlement, 'id'>) => {
		const lease = (await rowOf(store, id)).lease ?? '';
		await store.write(async (unit) => await settleDeliveries(unit, lease, [{ id, ...settlement }]));
	};
	const made = () => ({ startedAt: clock.now(), durationMs: 7 });
	/** Stored, claimed and ended. */
	async function ended(delivery: NewDelivery, status: 'delivered' | 'dead', attempt = 1) {
		await store.insert([delivery]);
		await claim();
		await settle(delivery.id, {
			status,
			attempt,
			step: 3,
			made: made(),
			response: { statusCode: status === 'dead' ? 410 : 200, durationMs: 7 },
		});
		return delivery.id;
	}

	it('keeps the id and the bytes', async () => {
		const request = JSON.stringify({
			method: 'POST',
			url: 'https://a.example/ü?b=1&a=2',
			headers: { 'X-b': '1', 'x-A': '2' },
			body: '{"b":1, "a":"\\u00fc"}',
		});
		const id = await ended(newDelivery({ request }), 'dead');
		expect(await replay([id])).toEqual({ replayed: [id], refused: [] });
		const [again] = await claim();
		expect(again.id).toBe(id);
		expect(JSON.stringify(again.request)).toBe(request);
		expect((await rowOf(store, id)).request).toBe(request);
	});

	it('restarts the schedule, goes on numbering attempts and lives as long as it says', async () => {
		const id = await ended(newDelivery({ expiresAt: clock.now() + 1 }), 'dead', 8);
		await replay([id]);
		expect(await rowOf(store, id)).toMatchObject({
			status: 'retrying',
			step: 0,
			attempt: 8,
			claims: 0,
			settled_at: null,
			expires_at: clock.now() + 1e9,
			reported: 0,
		});
		await claim();
		await settle(id, { status: 'delivered', attempt: 9, step: 0, made: made() });
		const found = await store.read(async (unit) => await findDelivery(unit, id));
		expect(found?.attempts.map(({ number, verdict }) => [number, verdict])).toEqual([
			[8, 'dead'],
			[9, 'delivered'],
		]);
	});

	it('keeps the first attempt of what had arrived at once', async () => {
		const id = await ended(newDelivery(), 'delivered');
		await replay([id]);
		await claim();
		await settle(id, { status: 'dead', attempt: 2, step: 0, made: made() });
		const found = await store.read(async (unit) => await findDelivery(unit, id));
		expect(found?.attempts).toMatchObject([
			{ number: 1, verdict: 'delivered', status_code: 200, duration_ms: 7 },
			{ number: 2, verdict: 'dead' },
		]);
	});

	it('is refused for what still lives, what is unknown, and what no sender ever had', async () => {
		const waiting = newDelivery();
		await store.insert([waiting]);
		const { queue: _queue, ...unsent } = newDelivery({ status: 'dead' });
		await store.insert([unsent]);
		expect((await replay([waiting.id, 'msg_unknown', unsent.id])).refused).toEqual([
			{ id: waiting.id, reason: 'the delivery still lives' },
			{ id: 'msg_unknown', reason: 'unknown delivery' },
			{ id: unsent.id, reason: 'no sender ever took it, so it has no queue' },
		]);
		expect((await rowOf(store, waiting.id)).status).toBe('pending');
	});

	it('is refused for what still lives, even when forced', async () => {
		const waiting = newDelivery();
		await store.insert([waiting]);
		expect((await replay([waiting.id], true)).replayed).toEqual([]);
	});

	it('is refused where only a digest of the body was kept, even when forced', async () => {
		const id = await ended(newDelivery(), 'delivered');
		await store.write(
			async ({ db }) =>
				await db
					.updateTable('requests')
					.set({ request: '{"method":"POST","url":"u","headers":{},"bodyDigest":"sha-256=:x:"}' })
					.execute(),
		);
		expect((await replay([id], true)).refused).toEqual([
			{ id, reason: 'only a digest of its body was kept' },
		]);
	});

	it('is refused for what was superseded, unless forced', async () => {
		const older = ofAnn();
		const newer = ofAnn({ supersede: true });
		await store.insert([older]);
		await store.insert([newer]);
		expect((await replay([older.id])).refused).toEqual([
			{ id: older.id, reason: 'a newer delivery superseded it' },
		]);
		expect((await replay([older.id], true)).replayed).toEqual([older.id]);
		expect((await rowOf(store, older.id)).status).toBe('retrying');
	});

	it('is refused for what was superseded, though the newer one failed', async () => {
		const older = ofAnn();
		await store.insert([older]);
		await ended(ofAnn({ supersede: true }), 'dead');
		expect((await replay([older.id])).refused).toEqual([
			{ id: older.id, reason: 'a newer delivery superseded it' },
		]);
	});

	it('is refused when a newer one of its subject was delivered, unless forced', async () => {
		const older = await ended(ofAnn(), 'dead');
		await ended(ofAnn(), 'delivered');
		expect((await replay([older])).refused).toEqual([
			{ id: older, reason: 'a newer delivery of its subject was delivered' },
		]);
		expect((await replay([older], true)).replayed).toEqual([older]);
	});

	it('is refused when a newer one that supersedes it waits', async () => {
		const older = await ended(ofAnn(), 'dead');
		await store.insert([ofAnn({ supersede: true })]);
		expect((await replay([older])).refused).toEqual([
			{ id: older, reason: 'a newer delivery superseded it' },
		]);
	});

	it('goes before the newer ones of its subject, and never together with one', async () => {
		const older = await ended(ofAnn(), 'dead');
		const newer = ofAnn();
		await store.insert([newer]);
		await replay([older]);
		expect((await claim()).map(({ id }) => id)).toEqual([older]);
		expect(await claim()).toEqual([]);
		await settle(older, { status: 'delivered', attempt: 2, step: 0 });
		expect((await claim()).map(({ id }) => id)).toEqual([newer.id]);
	});

	it('waits for a newer one of its subject that is under way', async () => {
		const older = await ended(ofAnn(), 'dead');
		const newer = ofAnn();
		await store.insert([newer]);
		await claim();
		await replay([older]);
		expect(await claim()).toEqual([]);
		await settle(newer.id, { status: 'delivered', attempt: 1, step: 0 });
		expect((await claim()).map(({ id }) => id)).toEqual([older]);
	});

	it('takes a dead letter out of the line of those to be reported', async () => {
		const dead = newDelivery({ status: 'dead' });
		await store.insert([dead]);
		const report = await store.claim(consumer, 10);
		expect(report?.line).toBe('report');
		await replay([dead.id]);
		expect((await rowOf(store, dead.id)).lease).toBeNull();
		expect(await store.claim(consumer, 10)).toMatchObject({ line: 'plain' });
		expect(await store.claim(consumer, 10)).toBeUndefined();
	});

	it('says each delivery once, however often it is named', async () => {
		const id = await ended(newDelivery(), 'dead');
		expect(await replay([id, id])).toEqual({ replayed: [id], refused: [] });
	});
});
