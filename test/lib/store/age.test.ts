import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { cancelDeliveries, endSource, expireDeliveries } from '../../../lib/store/endings';
import { queueConsumer } from '../../../lib/store/lines';
import { settleDeliveries } from '../../../lib/store/settle';
import { FakeClock } from '../../support/fakeClock';
import {
	describeStores,
	newDelivery,
	openTestStore,
	rowOf,
	rowsOf,
	testFolder,
	type TestFolder,
} from '../../support/stores';

const consumer = queueConsumer('q');

describeStores('deliveries that end without an attempt', () => {
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

	const expire = async () => await store.write(expireDeliveries);

	describe('rule 8: age', () => {
		it('ends as expired, at its time and not before', async () => {
			const delivery = newDelivery({ expiresAt: clock.now() + 1_000 });
			await store.insert([delivery, newDelivery()]);
			clock.setWall(clock.now() + 999);
			expect(await expire()).toBe(0);
			clock.setWall(clock.now() + 1);
			expect(await expire()).toBe(1);
			expect(await rowOf(store, delivery.id)).toMatchObject({
				status: 'dead',
				reason: 'expired',
				settled_at: clock.now(),
			});
		});

		it('is told of as a dead letter', async () => {
			await store.insert([newDelivery({ expiresAt: clock.now() + 1 })]);
			clock.setWall(clock.now() + 1);
			await expire();
			const report = await store.claim(consumer, 10);
			expect(report).toMatchObject({
				line: 'report',
				deliveries: [{ delivery: { status: 'dead', reason: 'expired' } }],
			});
		});

		it('leaves alone what is under way', async () => {
			await store.insert([newDelivery({ expiresAt: clock.now() + 1 })]);
			await store.claim(consumer, 10);
			clock.setWall(clock.now() + 10);
			expect(await expire()).toBe(0);
		});

		it('ends what waits behind an older one of its subject as well', async () => {
			await store.insert([
				newDelivery({ orderKey: 'k' }),
				newDelivery({ orderKey: 'k', expiresAt: clock.now() + 1 }),
			]);
			clock.setWall(clock.now() + 1);
			expect(await expire()).toBe(1);
		});

		it('is looked after by itself within 5 s', async () => {
			const delivery = newDelivery({ expiresAt: clock.now() + 1_000 });
			await store.insert([delivery]);
			await clock.advance(6_000);
			await store.write(async () => undefined);
			expect((await rowOf(store, delivery.id)).reason).toBe('expired');
		});

		it('ends thousands in parts', async () => {
			await store.insert(
				Array.from({ length: 1_200 }, () => newDelivery({ expiresAt: clock.now() + 1 })),
			);
			clock.setWall(clock.now() + 1);
			expect([await expire(), await expire(), await expire(), await expire()]).toEqual([
				500, 500, 200, 0,
			]);
		});
	});

	it('ends the retries of a source, not what is new, under way or of another source', async () => {
		const deliveries = ['s/1', 's/1', 's/1', 's/2'].map((sourceId) =>
			newDelivery({ sourceType: 'postback', sourceId, endpoint: `https://${sourceId[2]}.example` }),
		);
		await store.insert(deliveries);
		const retrying = [deliveries[0], deliveries[1], deliveries[3]].map(({ id }) => id);
		const batch = await store.claim(consumer, 10);
		const lease = batch?.lease ?? '';
		await store.write(
			async (unit) =>
				await settleDeliveries(
					unit,
					lease,
					retrying.map((id) => ({
						id,
						status: 'retrying',
						attempt: 1,
						step: 1,
						dueAt: unit.now + 1e6,
					})),
				),
		);
		expect(
			await store.write(async (unit) => await endSource(unit, 's/1', 'postback inactive')),
		).toBe(2);
		expect((await rowsOf(store)).map(({ status, reason }) => [status, reason])).toEqual([
			['dead', 'postback inactive'],
			['dead', 'postback inactive'],
			['pending', null],
			['retrying', null],
		]);
	});

	describe('rule 6: cancel', () => {
		it('cancels what waits, by execution or by id, and nothing that is under way', async () => {
			const [a, b, c] = [
				newDelivery({ executionId: 'e1', workflowId: 'w' }),
				newDelivery({ executionId: 'e1' }),
				newDelivery({ executionId: 'e2' }),
			];
			await store.insert([a]);
			await store.claim(consumer, 10);
			await store.insert([b, c]);
			const byExecution = { executionId: 'e1' };
			expect(await store.write(async (unit) => await cancelDeliveries(unit, byExecution))).toBe(1);
			const byIds = { ids: [a.id, c.id] };
			expect(await store.write(async (unit) => await cancelDeliveries(unit, byIds))).toBe(1);
			expect((await rowsOf(store)).map(({ status, reason }) => [status, reason])).toEqual([
				['pending', null],
				['closed', 'cancelled'],
				['closed', 'cancelled'],
			]);
			expect(await store.nextReadyAt(consumer)).toBeUndefined();
		});

		it('rows carry the ids of their workflow and execution', async () => {
			const delivery = newDelivery({ executionId: 'e1', workflowId: 'w' });
			await store.insert([delivery]);
			expect(await rowOf(store, delivery.id)).toMatchObject({
				execution_id: 'e1',
				workflow_id: 'w',
			});
		});
	});
});
