import fc from 'fast-check';
import { FakeClock } from '../../support/fakeClock';
import { StoreModel, type Step } from '../../support/storeModel';
import { describeStores, isPostgres, openTestStore, testFolder } from '../../support/stores';

const TABLES = ['deliveries', 'attempts', 'leases', 'lanes', 'endpoints'] as const;

const step: fc.Arbitrary<Step> = fc.record({
	do: fc.oneof(
		{ weight: 4, arbitrary: fc.constantFrom<Step['do']>('insert', 'insertLeased') },
		{ weight: 5, arbitrary: fc.constantFrom<Step['do']>('claim', 'takeOver', 'settle') },
		{ weight: 3, arbitrary: fc.constantFrom<Step['do']>('release', 'lapse', 'pass', 'replay') },
		{
			weight: 1,
			arbitrary: fc.constantFrom<Step['do']>('renew', 'expire', 'closeUnsent', 'cancel', 'pause'),
		},
	),
	a: fc.nat(1_000),
	b: fc.nat(1_000),
});

describeStores('the store', () => {
	test('whatever the order of events: no delivery under two leases, none lost, subjects in order, lanes right', async () => {
		const folder = testFolder();
		const clock = new FakeClock();
		const store = await openTestStore(folder.path, clock);
		try {
			await fc.assert(
				fc
					.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
						const model = new StoreModel(store, clock);
						for (const one of steps) {
							await model.run(one);
							await model.check();
						}
						await model.drain();
					})
					.afterEach(async () => {
						await store.write(async ({ db }) => {
							for (const table of TABLES) await db.deleteFrom(table).execute();
						});
					}),
				{ numRuns: Number(process.env.MODEL_RUNS ?? (isPostgres() ? 12 : 60)) },
			);
		} finally {
			await store.close();
			folder.remove();
		}
	}, 90_000);
});
