import { CompiledQuery } from 'kysely';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { queueConsumer } from '../../../lib/store/lines';
import { findDelivery } from '../../../lib/store/look';
import {
	announceDeadLetters,
	DEFAULT_RETENTION,
	purgeExpired,
	type Retention,
} from '../../../lib/store/retention';
import { settleDeliveries } from '../../../lib/store/settle';
import { noteTestRun } from '../../../lib/store/testRuns';
import { FakeClock } from '../../support/fakeClock';
import { freshDelivery } from '../../support/senders';
import {
	describeStores,
	itInSqlite,
	newDelivery,
	openTestStore,
	rowsOf,
	testFolder,
	type TestFolder,
} from '../../support/stores';

const consumer = queueConsumer('q');
const DAY = 24 * 3600_000;
/** The store's own keeper is kept from purging, so that a test says when. */
const NEVER: Retention = { deliveredMs: 1e13, deadMs: 1e13, warnMs: 1 };

describeStores('rule 13: bounds', () => {
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

	const pass = (ms: number) => clock.setWall(clock.now() + ms);
	const announce = async (retention = DEFAULT_RETENTION) =>
		await store.write(async (unit) => await announceDeadLetters(unit, retention));
	const purge = async (retention = DEFAULT_RETENTION) => {
		let gone = 0;
		for (let n = -1; n !== 0; gone += n) {
			n = await store.write(async (unit) => await purgeExpired(unit, retention));
		}
		return gone;
	};
	const statuses = async () => (await rowsOf(store)).map((row) => row.status).sort();

	async function oneOfEach() {
		const [delivered, dead, retrying] = [newDelivery(), newDelivery(), newDelivery()];
		await store.insert([delivered, dead, retrying]);
		const lease = (await store.claim(consumer, 10))?.lease ?? '';
		const made = { startedAt: clock.now(), durationMs: 1 };
		await store.write(
			async (unit) =>
				await settleDeliveries(unit, lease, [
					{ id: delivered.id, status: 'delivered', attempt: 2, step: 1, made },
					{ id: dead.id, status: 'dead', attempt: 1, step: 0, made },
					{ id: retrying.id, status: 'retrying', attempt: 1, step: 1, made, dueAt: 1e15 },
				]),
		);
		await store.insert([newDelivery({ dueAt: 1e15 })]);
		return { delivered, dead, retrying };
	}

	it('keeps delivered ones for 7 days, dead letters for 30, what waits for ever', async () => {
		await oneOfEach();
		const at = clock.now();
		for (let day = 1; day <= 6; day++) {
			pass(DAY);
			await announce();
			await purge();
		}
		expect(await statuses()).toEqual(['dead', 'delivered', 'pending', 'retrying']);
		for (let day = 7; day <= 29; day++) {
			pass(DAY);
			await announce();
			await purge();
		}
		expect(await statuses()).toEqual(['dead', 'pending', 'retrying']);
		clock.setWall(at + 30 * DAY + 1);
		await purge();
		expect(await statuses()).toEqual(['pending', 'retrying']);
		pass(1_000 * DAY);
		await announce();
		pass(30 * DAY);
		await purge();
		expect(await statuses()).toEqual(['pending', 'retrying']);
	});

	it('removes the attempts with their delivery', async () => {
		const { delivered } = await oneOfEach();
		const found = await store.read(async (unit) => await findDelivery(unit, delivered.id));
		expect(found?.attempts).toHaveLength(1);
		pass(8 * DAY);
		await purge();
		const { rows } = await store.read(
			async ({ db }) =>
				await db.executeQuery<{ delivery_no: number }>(
					CompiledQuery.raw('select delivery_no from attempts'),
				),
		);
		expect(rows.map((row) => row.delivery_no)).not.toContain(found?.no);
	});

	it('warns a week before dead letters go, once for each', async () => {
		await oneOfEach();
		const settledAt = clock.now();
		const notices: { day: number; count: number; firstGoesAt: number }[] = [];
		for (let day = 0; day <= 30; day++) {
			clock.setWall(settledAt + day * DAY);
			const notice = await announce();
			if (notice) notices.push({ day, ...notice });
		}
		expect(notices).toHaveLength(1);
		expect(notices[0].day).toBeLessThanOrEqual(23);
		expect(notices[0].day).toBeGreaterThanOrEqual(21);
		expect(notices[0]).toMatchObject({ count: 1, firstGoesAt: settledAt + 30 * DAY });
	});

	it('removes no dead letter that was not announced', async () => {
		await oneOfEach();
		pass(100 * DAY);
		await purge();
		expect(await statuses()).toContain('dead');
	});

	it('keeps dead letters for the whole warning after a downtime', async () => {
		await oneOfEach();
		pass(40 * DAY);
		const notice = await announce();
		expect(notice).toEqual({ count: 1, firstGoesAt: clock.now() + 7 * DAY });
		await purge();
		pass(7 * DAY - 1);
		await announce();
		await purge();
		expect(await statuses()).toContain('dead');
		pass(1);
		await purge();
		expect(await statuses()).not.toContain('dead');
	});

	it('warns in good time where dead letters are kept for less than the warning', async () => {
		await oneOfEach();
		const short = { ...DEFAULT_RETENTION, deadMs: 2 * DAY };
		const at = clock.now();
		for (let hour = 0; hour <= 47; hour++) {
			clock.setWall(at + hour * 3600_000);
			await announce(short);
			await purge(short);
		}
		expect(await statuses()).toContain('dead');
		clock.setWall(at + 2 * DAY + 1);
		await purge(short);
		expect(await statuses()).not.toContain('dead');
	});

	it('removes test runs of any outcome with the delivered ones', async () => {
		const runs = (['delivered', 'retrying', 'dead', 'pending'] as const).map((status) => ({
			delivery: freshDelivery({ status, test: true }),
			endpoint: 'https://a.example',
		}));
		await store.write(async (unit) => await noteTestRun(unit, runs));
		pass(8 * DAY);
		await purge();
		expect(await statuses()).toEqual(['dead']);
	});

	it('forgets deduplication keys, idle lanes and endpoints that are well again', async () => {
		const expiresAt = clock.now() + DAY;
		await store.insert([newDelivery({ deduplication: { scope: 's', key: 'k', expiresAt } })]);
		await store.claim(consumer, 10);
		pass(2 * DAY);
		await purge();
		const count = async (table: 'deduplication' | 'lanes') =>
			(await store.read(async ({ db }) => await db.selectFrom(table).selectAll().execute())).length;
		expect([await count('deduplication'), await count('lanes')]).toEqual([0, 0]);
	});

	it('removes thousands, in small parts', async () => {
		await store.insert(Array.from({ length: 1_000 }, () => newDelivery({ status: 'closed' })));
		pass(8 * DAY);
		expect(await store.write(async (unit) => await purgeExpired(unit, DEFAULT_RETENTION))).toBe(
			200,
		);
		await purge();
		expect(await rowsOf(store)).toEqual([]);
	});

	it('is looked after by itself', async () => {
		await store.close();
		const notices: number[] = [];
		store = await openTestStore(folder.path, clock, {
			events: {
				onDeadLettersGoing: ({ count }) => notices.push(count),
				onError: (error) => {
					throw error;
				},
			},
		});
		await oneOfEach();
		clock.setWall(clock.now() + 25 * DAY);
		await clock.advance(120_000);
		await store.write(async () => undefined);
		expect(notices).toEqual([1]);
		expect(await statuses()).toEqual(['dead', 'pending', 'retrying']);
	});

	it('refuses intake over the size that the operator set, and not below it', async () => {
		await store.insert([newDelivery()]);
		const size = await store.sizeBytes();
		expect(size).toBeGreaterThan(10_000);
		await expect(store.assertRoom(size)).rejects.toMatchObject({
			name: 'StoreFullError',
			decision: 'retry',
			sizeBytes: size,
		});
		await expect(store.assertRoom(size + 1)).resolves.toBeUndefined();
		await expect(store.assertRoom(undefined)).resolves.toBeUndefined();
	});

	itInSqlite('counts room that can be used again as free (SQLite: it knows at once)', async () => {
		const request = JSON.stringify({ url: 'x'.repeat(100_000) });
		await store.insert(
			Array.from({ length: 30 }, () => newDelivery({ request, status: 'closed' })),
		);
		clock.setWall(clock.now() + 1_000);
		await clock.advance(1_000);
		const full = await store.sizeBytes();
		pass(8 * DAY);
		await purge();
		await clock.advance(1_000);
		expect(await store.sizeBytes()).toBeLessThan(full - 2_000_000);
	});
});
