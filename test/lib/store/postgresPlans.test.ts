import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { cancelDeliveries, endSource, expireDeliveries } from '../../../lib/store/endings';
import { noteEndpoints } from '../../../lib/store/endpoints';
import { createLease, LEASE_MS, releaseDeliveries } from '../../../lib/store/leases';
import { queueConsumer } from '../../../lib/store/lines';
import { waitingDeliveries } from '../../../lib/store/look';
import { deliveriesMigration } from '../../../lib/store/migrations/0001-deliveries';
import { replayDeliveries } from '../../../lib/store/replay';
import { announceDeadLetters, DEFAULT_RETENTION, purgeExpired } from '../../../lib/store/retention';
import { settleDeliveries } from '../../../lib/store/settle';
import { FakeClock } from '../../support/fakeClock';
import {
	describeStores,
	isPostgres,
	itInPostgres,
	newDelivery,
	openTestStore,
	schemaOf,
	sweepAll,
	testFolder,
	type TestFolder,
} from '../../support/stores';

const consumer = queueConsumer('q');
const ROWS = Number(process.env.PLAN_ROWS ?? 150_000);

describeStores('what the store asks among many rows', () => {
	let folder: TestFolder;
	let clock: FakeClock;
	let store: DeliveryStore;

	beforeEach(async () => {
		folder = testFolder();
		clock = new FakeClock();
		if (isPostgres()) store = await openTestStore(folder.path, clock);
	});

	afterEach(async () => {
		await store?.close();
		folder.remove();
	});

	const ask = async (text: string) =>
		await (await schemaOf(folder.path, { '0001-deliveries': deliveriesMigration })).query(text);

	/** Half of it waits at a hundred endpoints, of the other half most arrived and some died. */
	async function fill(): Promise<void> {
		await ask(`insert into deliveries (id, kind, name, queue, consumer, line, endpoint, status, attempt,
				step, claims, due_at, created_at, settled_at, order_key, supersede, source_id, expires_at)
			select 'old_' || n, 'postback', 'test', 'q', 'queue:q',
				case when n % 2 = 0 then 'queue:q' end, 'https://' || n % 100 || '.example',
				case when n % 2 = 0 then 'pending' when n % 50 = 1 then 'dead' else 'delivered' end,
				0, 0, 0, ${clock.now()} - n, ${clock.now()}, case when n % 2 = 1 then ${clock.now()} - n end,
				case when n % 3 = 0 then 'key ' || n end, 0, 's' || n % 1000, ${clock.now() + 1e9} + n
			from generate_series(1, ${ROWS}) as g(n)`);
		await ask(`insert into requests select no, '{"method":"GET","url":"https://a.example/","headers":{}}'
			from deliveries`);
		await ask(`insert into lanes select line, endpoint, min(due_at), min(due_at), 0 from deliveries
			where line is not null group by 1, 2`);
		await ask('analyze');
	}

	const scans = async () =>
		await ask(`select relname as name, seq_scan as scans from pg_stat_user_tables
			where schemaname = current_schema()
			and relname in ('deliveries', 'requests') order by 1`);

	itInPostgres(
		'is found by index (PostgreSQL)',
		async () => {
			await fill();
			const { boot } = store;
			await store.close();
			const before = await scans();
			store = await openTestStore(folder.path, clock);
			const batch = await store.claim(consumer, 500);
			expect(batch?.deliveries).toHaveLength(500);
			await store.nextReadyAt(consumer);
			await store.insert([
				newDelivery({ orderKey: 'key 3', supersede: true }),
				newDelivery({ deduplication: { scope: 's', key: 'k', expiresAt: clock.now() + 1 } }),
			]);
			await store.write(async (unit) => {
				const made = { startedAt: 1, durationMs: 1 };
				const ends = (batch?.deliveries ?? []).slice(0, 300).map(({ delivery: { id } }, at) => ({
					id,
					status: at % 2 ? ('delivered' as const) : ('retrying' as const),
					attempt: 1,
					step: 1,
					dueAt: unit.now + 1,
					made,
				}));
				await settleDeliveries(unit, batch?.lease ?? '', ends);
				const id = batch?.deliveries.at(-1)?.delivery.id ?? '';
				await releaseDeliveries(unit, batch?.lease ?? '', [{ id }]);
				await createLease(unit, {
					id: 'lapsed',
					boot,
					until: unit.now - LEASE_MS,
					consumer,
					kind: 'sending',
				});
				await noteEndpoints(unit, 'q', [
					{ endpoint: 'https://7.example', pausedUntil: unit.now + 1_000, pauses: 1 },
				]);
			});
			clock.setWall(clock.now() + LEASE_MS);
			await sweepAll(store);
			await store.write(expireDeliveries);
			await store.write(async (unit) => {
				await endSource(unit, 's7', 'off');
				await cancelDeliveries(unit, { ids: ['old_2'] });
				await cancelDeliveries(unit, { executionId: 'e' });
				await replayDeliveries(unit, ['old_51', 'old_101'], { expiresAt: unit.now + 1 });
				await announceDeadLetters(unit, DEFAULT_RETENTION);
				await purgeExpired(unit, DEFAULT_RETENTION);
			});
			await store.read(async (unit) => await waitingDeliveries(unit, 'q', 20));
			// What a connection has counted is told when it ends.
			await store.close();
			await new Promise((resolve) => setTimeout(resolve, 200));
			expect(await scans()).toEqual(before);
		},
		120_000,
	);
});
