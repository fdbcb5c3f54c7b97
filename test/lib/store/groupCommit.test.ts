import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { insertDeliveries } from '../../../lib/store/insert';
import { FakeClock } from '../../support/fakeClock';
import {
	describeStores,
	itInSqlite,
	newDelivery,
	openTestStore,
	rowsOf,
	testFolder,
	type TestFolder,
} from '../../support/stores';

describeStores('group commit', () => {
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

	it('undoes a job that fails, and only that one', async () => {
		const [before, failing, after] = [newDelivery(), newDelivery(), newDelivery()];
		const outcomes = await Promise.allSettled([
			store.insert([before]),
			store.write(async (unit) => {
				await insertDeliveries(unit, [failing]);
				throw new Error('after writing');
			}),
			store.insert([after]),
		]);
		expect(outcomes.map((outcome) => outcome.status)).toEqual([
			'fulfilled',
			'rejected',
			'fulfilled',
		]);
		expect((await rowsOf(store)).map((row) => row.id)).toEqual([before.id, after.id]);
	});

	it('undoes a job that fails alone in its transaction', async () => {
		await expect(
			store.write(async (unit) => {
				await insertDeliveries(unit, [newDelivery()]);
				throw new Error('after writing');
			}),
		).rejects.toThrow('after writing');
		expect(await rowsOf(store)).toEqual([]);
	});

	itInSqlite(
		'runs jobs in the order in which they came (SQLite: one transaction at a time)',
		async () => {
			const order: number[] = [];
			await Promise.all(
				Array.from({ length: 300 }, async (_, n) => {
					await store.write(async () => {
						order.push(n);
						await Promise.resolve();
					});
				}),
			);
			expect(order).toEqual(Array.from({ length: 300 }, (_, n) => n));
		},
	);

	itInSqlite(
		'lets no further job join a transaction that has taken long (SQLite: it goes to another)',
		async () => {
			const order: string[] = [];
			const slow = store.write(async () => {
				const end = performance.now() + 30;
				while (performance.now() < end);
			});
			const late = store.write(async () => void order.push('late'));
			await slow.then(() => order.push('slow is on disk'));
			await late;
			expect(order).toEqual(['slow is on disk', 'late']);
		},
	);
});
