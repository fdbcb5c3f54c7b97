import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import {
	closeUnsent,
	createLease,
	handOverLease,
	LEASE_MS,
	LONGEST_WAIT_MS,
	MOST_SUSPECTS,
	markStarted,
	releaseDeliveries,
	renewLease,
	sweepLapsedLeases,
} from '../../../lib/store/leases';
import { queueConsumer } from '../../../lib/store/lines';
import { settleDeliveries, type Settlement } from '../../../lib/store/settle';
import { takeOverDeliveries } from '../../../lib/store/takeOver';
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

describeStores('leases', () => {
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

	const pass = (ms: number) => clock.setWall(clock.now() + ms);
	const delivered = (id: string): Settlement => ({ id, status: 'delivered', attempt: 1, step: 0 });

	async function insertAndClaim(count = 1, overrides = {}) {
		await store.insert(Array.from({ length: count }, () => newDelivery(overrides)));
		const batch = await store.claim(consumer, 1_000);
		if (!batch) throw new Error('nothing to claim');
		return { batch, ids: batch.deliveries.map(({ delivery }) => delivery.id) };
	}

	async function senderLease(id: string) {
		await store.write(
			async (unit) =>
				await createLease(unit, {
					id,
					boot: store.boot,
					until: unit.now + LEASE_MS,
					consumer,
					kind: 'sending',
				}),
		);
	}

	/** As a sender does it; places from 1. */
	async function takeOver(ids: string[], from: string, to: string) {
		await senderLease(to);
		return await store.write(
			async (unit) =>
				await takeOverDeliveries(
					unit,
					ids.map((id, at) => ({
						id,
						lease: from,
						place: at + 1,
						request: '{}',
						endpoint: 'https://a.example',
					})),
					{ lease: to, queue: 'q', consumer, expiresAt: () => unit.now + 1e9 },
				),
		);
	}

	const settle = async (lease: string, settlements: Settlement[]) =>
		await store.write(async (unit) => await settleDeliveries(unit, lease, settlements));

	describe('rule 1: leases', () => {
		it('last 60 s, and no longer when nobody renews them', async () => {
			const { ids } = await insertAndClaim();
			pass(LEASE_MS - 1);
			expect(await sweepAll(store)).toBe(0);
			pass(1);
			await sweepAll(store);
			expect((await rowOf(store, ids[0])).lease).toBeNull();
			expect(LEASE_MS).toBe(60_000);
		});

		it('last longer when they are renewed', async () => {
			const { batch, ids } = await insertAndClaim();
			pass(LEASE_MS - 1);
			expect(await store.write(async (unit) => await renewLease(unit, batch.lease))).toBe(true);
			pass(LEASE_MS - 1);
			await sweepAll(store);
			expect((await rowOf(store, ids[0])).lease).toBe(batch.lease);
		});

		it('cannot be renewed once they were swept', async () => {
			const { batch } = await insertAndClaim();
			pass(LEASE_MS);
			await sweepAll(store);
			expect(await store.write(async (unit) => await renewLease(unit, batch.lease))).toBe(false);
			expect(await store.write(async (unit) => await markStarted(unit, batch.lease, 1))).toBe(
				false,
			);
		});

		it('cannot be renewed while only a part of what they cover was swept', async () => {
			const { batch } = await insertAndClaim(600);
			pass(LEASE_MS);
			expect(await store.write(async (unit) => await sweepLapsedLeases(unit, store.boot))).toBe(
				500,
			);
			expect(await store.write(async (unit) => await renewLease(unit, batch.lease))).toBe(false);
			expect(await sweepAll(store)).toBe(100);
		});

		it('let a settlement in only with their own token', async () => {
			const { batch, ids } = await insertAndClaim(2);
			expect([...(await settle('another', [delivered(ids[0])]))]).toEqual([]);
			expect((await rowOf(store, ids[0])).status).toBe('pending');
			expect([...(await settle(batch.lease, [delivered(ids[0])]))]).toEqual([ids[0]]);
			expect((await rowOf(store, ids[0])).status).toBe('delivered');
		});

		it('refuse a settlement that comes after they lapsed', async () => {
			const { batch, ids } = await insertAndClaim();
			pass(LEASE_MS);
			await sweepAll(store);
			expect((await settle(batch.lease, [delivered(ids[0])])).size).toBe(0);
		});

		it('pass to one sender, whoever asks first', async () => {
			const { batch, ids } = await insertAndClaim(3);
			const first = await takeOver(ids.slice(0, 2), batch.lease, 'sender-1');
			const second = await takeOver(ids, batch.lease, 'sender-2');
			expect([...first.keys()]).toEqual(ids.slice(0, 2));
			expect([...second.keys()]).toEqual(ids.slice(2));
		});

		it('stay with the sender, whatever becomes of the execution that it was emitted into', async () => {
			const { batch, ids } = await insertAndClaim(2);
			await takeOver(ids.slice(0, 1), batch.lease, 'sender');
			expect(await store.write(async (unit) => await closeUnsent(unit, batch.lease))).toBe(1);
			expect(await rowOf(store, ids[0])).toMatchObject({ lease: 'sender', status: 'pending' });
			expect(await rowOf(store, ids[1])).toMatchObject({
				lease: null,
				status: 'closed',
				reason: 'not sent by the workflow',
			});
		});

		it('give back what was not started as if it had not been claimed', async () => {
			const { batch, ids } = await insertAndClaim(2);
			await store.write(async (unit) => await releaseDeliveries(unit, batch.lease));
			expect(await rowsOf(store, ids)).toMatchObject([
				{ lease: null, claims: 0, line: consumer },
				{ lease: null, claims: 0, line: consumer },
			]);
			expect((await store.claim(consumer, 10))?.deliveries).toHaveLength(2);
		});

		it('of waiting executions outlive 60 s and a restart, not 90 days', async () => {
			const { batch, ids } = await insertAndClaim();
			await store.write(async (unit) => await handOverLease(unit, batch.lease));
			pass(LEASE_MS * 2);
			await sweepAll(store);
			await store.close();
			store = await openTestStore(folder.path, clock);
			expect((await rowOf(store, ids[0])).lease).toBe(batch.lease);
			pass(LONGEST_WAIT_MS);
			await sweepAll(store);
			expect((await rowOf(store, ids[0])).lease).toBeNull();
		});

		it('that are named by a delivery and known to nobody are freed at the start', async () => {
			const { batch, ids } = await insertAndClaim();
			await store.write(
				async ({ db }) => await db.deleteFrom('leases').where('id', '=', batch.lease).execute(),
			);
			await store.close();
			store = await openTestStore(folder.path, clock);
			expect((await rowOf(store, ids[0])).lease).toBeNull();
			expect(await store.claim(consumer, 10)).toMatchObject({ line: 'alone' });
		});
	});

	describe('rule 3: poison', () => {
		async function lapse() {
			pass(LEASE_MS);
			await sweepAll(store);
		}

		async function claims(count: number) {
			const lines: [string | undefined, number | undefined][] = [];
			for (let i = 0; i < count; i++) {
				const batch = await store.claim(consumer, 100);
				lines.push([batch?.line, batch?.deliveries.length]);
			}
			return lines;
		}

		it('claims apart, few at once, what stood under a lease that lapsed', async () => {
			await insertAndClaim(MOST_SUSPECTS + 3);
			await lapse();
			await store.insert([newDelivery(), newDelivery()]);
			expect(await claims(3)).toEqual([
				['alone', MOST_SUSPECTS],
				['alone', 3],
				['plain', 2],
			]);
		});

		it('claims alone what has lapsed twice', async () => {
			await insertAndClaim(2);
			await lapse();
			expect(await claims(1)).toEqual([['alone', 2]]);
			await lapse();
			await store.insert([newDelivery(), newDelivery()]);
			await store.claim(consumer, 10, { special: true });
			await lapse();
			// Those that have lapsed once and those that have twice do not go together.
			expect((await claims(3)).sort()).toEqual([
				['alone', 1],
				['alone', 1],
				['alone', 2],
			]);
		});

		it('gives back as a suspect what was one and was not started in the second lapse', async () => {
			const { ids } = await insertAndClaim(2);
			await lapse();
			const batch = await store.claim(consumer, 10);
			await takeOver(ids, batch?.lease as string, 'sender');
			await store.write(async (unit) => await markStarted(unit, 'sender', 1));
			await lapse();
			expect((await rowsOf(store, ids)).map(({ claims, line }) => [claims, line])).toEqual([
				[2, `${consumer}!alone`],
				[1, `${consumer}!alone`],
			]);
		});

		it('lets the rest be claimed while those that go alone are left out', async () => {
			await insertAndClaim(1);
			await lapse();
			await store.insert([newDelivery({ dueAt: clock.now() + 5 })]);
			const leaveOut = { special: true };
			expect(await store.claim(consumer, 10, leaveOut)).toBeUndefined();
			expect(await store.nextReadyAt(consumer, leaveOut)).toBe(clock.now() + 5);
		});

		it('counts what was certainly not started as never claimed', async () => {
			const { batch, ids } = await insertAndClaim(3);
			await takeOver(ids, batch.lease, 'sender');
			await store.write(async (unit) => await markStarted(unit, 'sender', 2));
			await lapse();
			expect((await rowsOf(store, ids)).map(({ claims, line }) => [claims, line])).toEqual([
				[1, `${consumer}!alone`],
				[1, `${consumer}!alone`],
				[0, consumer],
			]);
		});

		it('counts what a sender stored itself as claimed only where it was started', async () => {
			const until = store.now() + LEASE_MS;
			await store.write(async (unit) => {
				const lease = { id: 'own', boot: store.boot, until, consumer };
				await createLease(unit, { ...lease, kind: 'sending' });
			});
			const rows = [1, 2, 3].map((place) => newDelivery({ lease: { id: 'own', place } }));
			await store.insert(rows);
			await store.write(async (unit) => await markStarted(unit, 'own', 1));
			await lapse();
			const ids = rows.map(({ id }) => id);
			expect((await rowsOf(store, ids)).map(({ claims, line }) => [claims, line])).toEqual([
				[1, `${consumer}!alone`],
				[0, consumer],
				[0, consumer],
			]);
		});

		it('ends as poison what was claimed three times by a sender and never settled', async () => {
			const first = await insertAndClaim();
			const { ids } = first;
			let { batch } = first;
			for (let claims = 1; ; claims++) {
				await takeOver(ids, batch.lease, `sender-${claims}`);
				await store.write(async (unit) => await markStarted(unit, `sender-${claims}`, 1));
				await lapse();
				if (claims === 3) break;
				expect(await rowOf(store, ids[0])).toMatchObject({ status: 'pending', claims });
				batch = (await store.claim(consumer, 10)) ?? batch;
			}
			expect(await rowOf(store, ids[0])).toMatchObject({ status: 'dead', reason: 'poison' });
			const report = await store.claim(consumer, 10);
			expect(report).toMatchObject({ line: 'report' });
			expect(report?.deliveries[0].delivery).toMatchObject({ id: ids[0], status: 'dead' });
		});

		it('ends what was emitted three times and reached no sender', async () => {
			const { ids } = await insertAndClaim();
			await lapse();
			for (let i = 0; i < 2; i++) {
				await store.claim(consumer, 10);
				await lapse();
			}
			expect(await rowOf(store, ids[0])).toMatchObject({
				status: 'dead',
				reason: 'never reached a sender',
				attempt: 0,
			});
		});

		it('counts claims apart from attempts and from the last settlement on', async () => {
			const { batch, ids } = await insertAndClaim();
			await settle(batch.lease, [
				{ id: ids[0], status: 'retrying', attempt: 1, step: 1, dueAt: clock.now() },
			]);
			expect(await rowOf(store, ids[0])).toMatchObject({ claims: 0, attempt: 1 });
			await store.claim(consumer, 10);
			expect(await rowOf(store, ids[0])).toMatchObject({ claims: 1, attempt: 1 });
		});

		it('tells of a dead letter at most three times, when each telling is lost', async () => {
			await store.insert([newDelivery({ status: 'dead', reason: 'cannot be composed' })]);
			for (let i = 0; i < 3; i++) {
				expect(await store.claim(consumer, 10)).toMatchObject({ line: 'report' });
				await lapse();
			}
			expect(await store.claim(consumer, 10)).toBeUndefined();
			expect((await rowsOf(store))[0]).toMatchObject({ status: 'dead', reported: 1 });
		});
	});
});
