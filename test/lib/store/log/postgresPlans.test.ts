import type { DeliveryStore } from '../../../../lib/store/deliveryStore';
import { cancelFitting } from '../../../../lib/store/log/cancel';
import { readPage } from '../../../../lib/store/log/entries';
import type { LogFilter } from '../../../../lib/store/log/filter';
import { moveFitting } from '../../../../lib/store/log/move';
import { purgeFitting } from '../../../../lib/store/log/purge';
import { replayFitting } from '../../../../lib/store/log/replay';
import { gatherStatistics } from '../../../../lib/store/log/statistics';
import { replayDeliveries } from '../../../../lib/store/replay';
import { FakeClock } from '../../../support/fakeClock';
import {
	describeStores,
	isPostgres,
	itInPostgres,
	schemaOf,
	testFolder,
	type TestFolder,
} from '../../../support/stores';
import { migrations, openLogStore } from './support';

const ROWS = Number(process.env.PLAN_ROWS ?? 60_000);

describeStores('the log among many rows', () => {
	let folder: TestFolder;
	let clock: FakeClock;
	let store: DeliveryStore;

	beforeEach(async () => {
		folder = testFolder();
		clock = new FakeClock();
		if (isPostgres()) store = await openLogStore(folder.path, clock);
	});

	afterEach(async () => {
		await store?.close();
		folder.remove();
	});

	const ask = async (text: string) => await (await schemaOf(folder.path, migrations)).query(text);

	/** One of a hundred is dead, one of fifty waits, the others arrived. */
	async function fill(): Promise<void> {
		await ask(`insert into deliveries (id, kind, name, queue, consumer, line, endpoint, status, attempt,
				step, claims, due_at, created_at, settled_at, supersede)
			select 'msg_' || n, 'postback', 'name' || n % 7, 'q', 'queue:q',
				case when n % 50 = 1 then 'queue:q' end, 'https://e' || n % 20 || '.example',
				case when n % 100 = 0 then 'dead' when n % 50 = 1 then 'retrying' else 'delivered' end,
				1, 0, 0, ${clock.now()}, ${clock.now()} - 1000 * (${ROWS} - n),
				case when n % 50 <> 1 then ${clock.now()} end, 0
			from generate_series(1, ${ROWS}) as g(n)`);
		await ask(`insert into requests select no, '{"method":"GET","url":"https://a.example/","headers":{}}'
			from deliveries`);
		await ask('analyze');
	}

	const scans = async () =>
		await ask(`select relname as name, seq_scan as scans from pg_stat_user_tables
			where schemaname = current_schema() and relname in ('deliveries', 'requests') order by 1`);

	itInPostgres(
		'is read, replayed, moved, cancelled and purged by index (PostgreSQL)',
		async () => {
			await fill();
			await store.close();
			const before = await scans();
			store = await openLogStore(folder.path, clock);
			const page = async (filter: LogFilter) =>
				(await readPage(store, { filter, order: 'newest', limit: 10 })).entries.length;
			expect(await page({})).toBe(10);
			expect(await page({ states: ['dead'], endpoint: '*E0*' })).toBe(10);
			expect(await page({ states: ['retrying'], timeOf: 'ended', since: 1 })).toBe(0);
			expect(await page({ states: ['delivered'], until: clock.now() - 60_000 })).toBe(10);
			const { lines } = await gatherStatistics(store, {
				filter: { since: clock.now() - 3_600_000 },
				period: 'hour',
			});
			expect(lines.length).toBeGreaterThan(0);
			const few = { since: clock.now() - 600_000 };
			const replayed = await replayFitting(store, {
				filter: few,
				replay: async (unit, ids) => await replayDeliveries(unit, ids, { expiresAt: 1e15 }),
			});
			expect(replayed.replayed).toBeGreaterThan(0);
			expect((await moveFitting(store, { filter: few, to: 'x' })).moved).toBeGreaterThan(0);
			expect((await cancelFitting(store, { filter: few })).cancelled).toBeGreaterThan(0);
			expect((await purgeFitting(store, { filter: few })).purged).toBeGreaterThan(0);
			// What a connection has counted is told when it ends.
			await store.close();
			await new Promise((resolve) => setTimeout(resolve, 200));
			expect(await scans()).toEqual(before);
		},
		120_000,
	);
});
