import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { join } from 'node:path';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { endSource, cancelDeliveries, expireDeliveries } from '../../../lib/store/endings';
import {
	closeUnsent,
	createLease,
	releaseDeliveries,
	sweepLapsedLeases,
} from '../../../lib/store/leases';
import { queueConsumer } from '../../../lib/store/lines';
import { gatherTotals } from '../../../lib/store/log/totals';
import { dueNext } from '../../../lib/store/log/waiting';
import { LogWalk } from '../../../lib/store/log/walk';
import type { LogFilter } from '../../../lib/store/log/filter';
import { replayDeliveries } from '../../../lib/store/replay';
import { announceDeadLetters, DEFAULT_RETENTION, purgeExpired } from '../../../lib/store/retention';
import { settleDeliveries } from '../../../lib/store/settle';
import { takeOverDeliveries, takeReports } from '../../../lib/store/takeOver';
import { migrations } from './log/support';
import { FakeClock } from '../../support/fakeClock';
import { newDelivery, openTestStore, testFolder, type TestFolder } from '../../support/stores';

const consumer = queueConsumer('q');

/** Steps of a plan that read a whole table: they take longer the more is stored. */
const WHOLE_TABLE = /\bSCAN (deliveries|d|older|newer|oldest|leased|attempts|deduplication)\b/;

describe('what the store asks is answered by index, whatever is stored', () => {
	let folder: TestFolder;
	let clock: FakeClock;
	let store: DeliveryStore;
	let reader: DatabaseSync;
	let prepared: Set<string>;
	let spy: jest.SpyInstance;

	beforeEach(async () => {
		folder = testFolder();
		clock = new FakeClock();
		prepared = new Set();
		const prepare = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, 'prepare')
			?.value as DatabaseSync['prepare'];
		spy = jest.spyOn(DatabaseSync.prototype, 'prepare').mockImplementation(function (
			this: DatabaseSync,
			text: string,
		): StatementSync {
			prepared.add(text);
			return prepare.call(this, text);
		});
		store = await openTestStore(folder.path, clock);
		reader = new DatabaseSync(join(folder.path, 'deliveries.sqlite'), { readOnly: true });
		prepared.clear();
	});

	afterEach(async () => {
		spy.mockRestore();
		reader.close();
		await store.close();
		folder.remove();
	});

	/** The plans of all statements that were used for the first time since the last call. */
	function plans(): { text: string; steps: string[] }[] {
		const texts = [...prepared].filter((text) =>
			/^\s*(select|insert|update|delete|with)/.test(text),
		);
		prepared.clear();
		spy.mockRestore();
		return texts.map((text) => {
			const parameters = (text.match(/\?/g) ?? []).map(() => null);
			const rows = reader.prepare(`explain query plan ${text}`).all(...parameters);
			return { text, steps: rows.map((row) => String(row.detail)) };
		});
	}

	function expectIndexed(...indexes: string[]) {
		const found = plans();
		expect(found).not.toEqual([]);
		for (const { text, steps } of found) {
			const whole = steps.filter((step) => WHOLE_TABLE.test(step));
			expect({ text, whole }).toEqual({ text, whole: [] });
		}
		const steps = found.flatMap((plan) => plan.steps).join('\n');
		for (const index of indexes) expect(steps).toContain(index);
	}

	const ordered = () => newDelivery({ orderKey: 'k', supersede: true });
	const lease = async (id: string) =>
		await store.write(
			async (unit) =>
				await createLease(unit, {
					id,
					boot: store.boot,
					until: unit.now + 1,
					consumer,
					kind: 'sending',
				}),
		);

	it('claiming', async () => {
		await store.insert([newDelivery()]);
		prepared.clear();
		await store.claim(consumer, 10);
		expectIndexed('lanes_ready', 'deliveries_line');
	});

	it('the next time to look', async () => {
		await store.nextReadyAt(consumer);
		expectIndexed('COVERING INDEX lanes_ready');
	});

	it('storing, with order', async () => {
		await store.insert([
			ordered(),
			newDelivery({ deduplication: { scope: 's', key: 'k', expiresAt: clock.now() + 1 } }),
		]);
		expectIndexed('deliveries_order', 'deliveries_superseding', 'deliveries_under_way');
	});

	it('taking over, settling and giving back: by id, not through all of a lease', async () => {
		await lease('to');
		prepared.clear();
		await store.write(async (unit) => {
			await takeOverDeliveries(
				unit,
				[{ id: 'a', lease: 'from', place: 1, request: '{}', endpoint: 'e' }],
				{ lease: 'to', queue: 'q', consumer, expiresAt: () => 1 },
			);
			await takeReports(unit, [{ id: 'a', lease: 'from' }]);
			const made = { startedAt: 1, durationMs: 1 };
			await settleDeliveries(unit, 'to', [
				{ id: 'a', status: 'retrying', attempt: 1, step: 1, dueAt: 1, made },
			]);
			await releaseDeliveries(unit, 'to', [{ id: 'a' }]);
		});
		const updates = plans().filter(({ text }) => text.startsWith('update deliveries'));
		expect(updates).toHaveLength(4);
		for (const { steps } of updates) {
			expect(steps.join('\n')).toContain('sqlite_autoindex_deliveries_1 (id=?)');
			expect(steps.join('\n')).not.toContain('deliveries_lease');
		}
	});

	it('sweeping a lapsed lease, closing what was not sent', async () => {
		await lease('lapsed');
		clock.setWall(clock.now() + 2);
		prepared.clear();
		await store.write(async (unit) => {
			await sweepLapsedLeases(unit, store.boot);
			await closeUnsent(unit, 'x');
			await releaseDeliveries(unit, 'x');
		});
		expectIndexed('deliveries_lease');
	});

	it('age, cancelling and the end of a source', async () => {
		spy.mockClear();
		await store.write(expireDeliveries);
		await store.write(async (unit) => {
			await endSource(unit, 's', 'off');
			await cancelDeliveries(unit, { executionId: 'e' });
			await cancelDeliveries(unit, { ids: ['a'] });
		});
		expectIndexed('deliveries_source (source_id=? AND status=?)', 'deliveries_execution');
		const expiry = `explain query plan select no from deliveries where expires_at is not null
			and expires_at <= 1 and settled_at is null and lease is null and test = 0 limit 500`;
		expect(JSON.stringify(reader.prepare(expiry).all())).toContain('deliveries_expiry');
	});

	it('replay', async () => {
		await store.write(async (unit) => await replayDeliveries(unit, ['a'], { expiresAt: unit.now }));
		expectIndexed('deliveries_arrived', 'deliveries_superseding');
	});

	it('retention', async () => {
		await store.close();
		store = await openTestStore(folder.path, clock);
		await store.write(async (unit) => {
			await announceDeadLetters(unit, DEFAULT_RETENTION);
			await purgeExpired(unit, DEFAULT_RETENTION);
		});
		expectIndexed('COVERING INDEX deliveries_settled', 'deduplication_expiry');
	});

	it.each<[string, LogFilter, string]>([
		['dead letters', { states: ['dead'], timeOf: 'ended', since: 5 }, 'deliveries_dead'],
		['dead letters to be told of', { unreported: true }, 'deliveries_dead'],
		['what waits', { states: ['retrying'], executionId: 'e' }, 'deliveries_waiting'],
		['all', { states: ['delivered'], sourceId: 's', since: 5, until: 9 }, 'PRIMARY KEY'],
	])('the log: %s', async (_what, filter, index) => {
		await store.close();
		store = await openTestStore(folder.path, clock, { migrations });
		reader.close();
		reader = new DatabaseSync(join(folder.path, 'deliveries.sqlite'), { readOnly: true });
		await store.insert([newDelivery({ status: 'dead', sourceId: 's' }), newDelivery()]);
		prepared.clear();
		for (const order of ['newest', 'oldest'] as const) {
			const walk = new LogWalk(store, { filter, order, lookAt: 1 });
			while (await walk.numbers());
		}
		const found = plans().filter(({ text }) => text.includes('from (select'));
		expect(found.length).toBeGreaterThanOrEqual(3);
		for (const { text, steps } of found) {
			const ways = steps.filter((step) => /\bdeliveries\b/.test(step));
			expect({ text, ways }).toEqual({ text, ways: [expect.stringContaining(index)] });
			expect(ways.join()).toMatch(/SEARCH/);
		}
	});

	it('what is due next, whatever waits', async () => {
		await store.insert([newDelivery()]);
		prepared.clear();
		await store.read(async (unit) => await dueNext(unit, { name: '*x*' }, 10));
		expectIndexed('deliveries_line');
	});

	it('what has ended since a moment', async () => {
		prepared.clear();
		await gatherTotals(store, { atMost: 1 });
		const found = plans().filter(({ text }) => text.includes('settled_at'));
		expect(found).toHaveLength(3);
		for (const { steps } of found) {
			expect(steps).toEqual([
				expect.stringMatching(/SEARCH deliveries USING INDEX deliveries_settled/),
			]);
		}
	});
});
