import type { DeliveryStore } from '../../../../lib/store/deliveryStore';
import type { NewDelivery } from '../../../../lib/store/insert';
import { aloneLine, queueConsumer, reportLine } from '../../../../lib/store/lines';
import { cancelFitting } from '../../../../lib/store/log/cancel';
import { readAttempts, readEntry, readPage } from '../../../../lib/store/log/entries';
import { moveFitting } from '../../../../lib/store/log/move';
import { purgeFitting } from '../../../../lib/store/log/purge';
import { replayFitting } from '../../../../lib/store/log/replay';
import { markReported } from '../../../../lib/store/log/reports';
import { replayDeliveries } from '../../../../lib/store/replay';
import { settleDeliveries } from '../../../../lib/store/settle';
import { FakeClock } from '../../../support/fakeClock';
import {
	describeStores,
	newDelivery,
	rowOf,
	rowsOf,
	testFolder,
	type TestFolder,
} from '../../../support/stores';
import { logRow, openLogStore, putRows } from './support';

const q = queueConsumer('q');

describeStores('work on all that fits a filter', () => {
	let folder: TestFolder;
	let clock: FakeClock;
	let store: DeliveryStore;

	beforeEach(async () => {
		folder = testFolder();
		clock = new FakeClock();
		store = await openLogStore(folder.path, clock);
	});

	afterEach(async () => {
		await store.close();
		folder.remove();
	});

	const many = (count: number, overrides: (at: number) => Partial<NewDelivery> = () => ({})) =>
		Array.from({ length: count }, (_, at) => newDelivery(overrides(at)));
	const claimed = async (consumer: string, limit = 1_000) =>
		(await store.claim(consumer, limit))?.deliveries.map(({ delivery }) => delivery.id) ?? [];
	const settle = async (id: string, status: 'delivered' | 'dead', attempt = 1) => {
		const lease = (await rowOf(store, id)).lease ?? '';
		await store.write(
			async (unit) =>
				await settleDeliveries(unit, lease, [
					{ id, status, attempt, step: 0, made: { startedAt: unit.now, durationMs: 5 } },
				]),
		);
	};
	const statuses = async (ids: string[]) => (await rowsOf(store, ids)).map(({ status }) => status);

	describe('cancelling', () => {
		it('ends what waits and fits, by workflow and execution too, and nothing else', async () => {
			const [mine, other, done] = many(3, (at) => ({
				workflowId: at === 1 ? 'w2' : 'w1',
				executionId: `e${at}`,
			}));
			await store.insert([mine, other, { ...done, status: 'dead' }]);
			const result = await cancelFitting(store, { filter: { workflowId: 'w1' } });
			expect(result).toEqual({ cancelled: 1, underWay: 0, stopped: false });
			expect(await rowOf(store, mine.id)).toMatchObject({
				status: 'closed',
				reason: 'cancelled',
				line: null,
			});
			expect(await statuses([other.id, done.id])).toEqual(['pending', 'dead']);
			expect(await cancelFitting(store, { filter: { executionId: 'e1' } })).toMatchObject({
				cancelled: 1,
			});
			expect(await store.nextReadyAt(q, { special: true })).toBeUndefined();
		});

		it('leaves what is under way, and counts it', async () => {
			const deliveries = many(3);
			await store.insert(deliveries);
			await claimed(q, 1);
			expect(await cancelFitting(store, { filter: {} })).toEqual({
				cancelled: 2,
				underWay: 1,
				stopped: false,
			});
		});

		it('goes in parts, tells how far it is, and stops between two of them', async () => {
			await store.insert(many(450));
			const stop = new AbortController();
			const told: number[] = [];
			const result = await cancelFitting(store, {
				filter: {},
				signal: stop.signal,
				onProgress: (done) => {
					told.push(done);
					if (done === 400) stop.abort();
				},
			});
			expect(told).toEqual([200, 400]);
			expect(result).toEqual({ cancelled: 400, underWay: 0, stopped: true });
			expect(await cancelFitting(store, { filter: {} })).toMatchObject({ cancelled: 50 });
		});

		it('lets the next of a subject go', async () => {
			const [first, second] = many(2, () => ({ orderKey: 'k' }));
			await store.insert([{ ...first, name: 'first' }]);
			await store.insert([second]);
			await cancelFitting(store, { filter: { name: 'first' } });
			expect(await claimed(q)).toEqual([second.id]);
		});
	});

	describe('moving to a queue', () => {
		it('brings what waits, with its time and its place in the order, and dead letters', async () => {
			const due = clock.now() + 60_000;
			const [plain, first, second, dead, elsewhere] = many(5, (at) => ({
				...(at === 0 ? { dueAt: due } : {}),
				...(at === 1 || at === 2 ? { orderKey: 'k' } : {}),
			}));
			await store.insert([plain, first, second, { ...dead, status: 'dead' }]);
			await store.insert([{ ...elsewhere, queue: 'x', consumer: queueConsumer('x') }]);
			const result = await moveFitting(store, { filter: { queue: 'q' }, to: 'new' });
			expect(result).toEqual({ moved: 3, deadLetters: 1, underWay: 0, stopped: false });
			expect(await rowOf(store, plain.id)).toMatchObject({ queue: 'new', due_at: due });
			expect(await rowOf(store, elsewhere.id)).toMatchObject({ queue: 'x' });
			expect(await claimed(q)).toEqual([]);
			expect(await store.nextReadyAt(q)).toBeUndefined();
			const report = await store.claim(queueConsumer('new'), 10);
			expect(report).toMatchObject({ line: 'report', deliveries: [{ delivery: { id: dead.id } }] });
			expect(await claimed(queueConsumer('new'))).toEqual([first.id]);
			await settle(first.id, 'delivered');
			expect(await claimed(queueConsumer('new'))).toEqual([second.id]);
			clock.setWall(due);
			expect(await claimed(queueConsumer('new'))).toEqual([plain.id]);
		});

		it('keeps alone what goes alone', async () => {
			await putRows(store, [
				logRow({ id: 'msg_a', status: 'pending', line: aloneLine(q), claims: 1 }),
			]);
			await moveFitting(store, { filter: {}, to: 'new' });
			expect((await rowOf(store, 'msg_a')).line).toBe(aloneLine(queueConsumer('new')));
		});

		it('leaves what is under way, what ended well, and what is there already', async () => {
			const [way, here] = many(2);
			await store.insert([way]);
			await claimed(q);
			await store.insert([{ ...here, queue: 'new', consumer: queueConsumer('new') }]);
			await putRows(store, [logRow({ id: 'msg_done', settled_at: 1 })]);
			expect(await moveFitting(store, { filter: {}, to: 'new' })).toEqual({
				moved: 0,
				deadLetters: 0,
				underWay: 1,
				stopped: false,
			});
			expect((await rowOf(store, 'msg_done')).queue).toBe('q');
		});

		it('brings what no sender has had only when told, and never an event', async () => {
			const hit = { consumer: 'trigger:w/n', workflow_id: 'w' };
			const rows = [
				logRow({ id: 'msg_hit', status: 'pending', line: 'trigger:w/n', ...hit, queue: null }),
				logRow({
					id: 'msg_event',
					status: 'pending',
					line: 'trigger:w/n',
					...hit,
					queue: null,
					endpoint: 'none',
				}),
			];
			await putRows(store, rows);
			const options = { filter: { workflowId: 'w' }, to: 'new' };
			expect(await moveFitting(store, options)).toMatchObject({ moved: 0 });
			expect(await moveFitting(store, { ...options, unsent: true })).toMatchObject({ moved: 1 });
			expect(await claimed(queueConsumer('new'))).toEqual(['msg_hit']);
			expect((await rowOf(store, 'msg_event')).consumer).toBe('trigger:w/n');
		});

		it('lets a dead letter be replayed where it is now', async () => {
			const dead = newDelivery({ status: 'dead' });
			await store.insert([dead]);
			await moveFitting(store, { filter: {}, to: 'new' });
			await replayFitting(store, {
				filter: {},
				replay: async (unit, ids) => await replayDeliveries(unit, ids, { expiresAt: 1e15 }),
			});
			expect((await rowOf(store, dead.id)).line).toBe(queueConsumer('new'));
		});
	});

	describe('replaying', () => {
		const replay = async (filter = {}) =>
			await replayFitting(store, {
				filter,
				replay: async (unit, ids) => await replayDeliveries(unit, ids, { expiresAt: 1e15 }),
			});

		it('takes dead letters unless told, and says which queues to wake', async () => {
			await putRows(store, [
				logRow({ id: 'msg_1', status: 'dead', settled_at: 1 }),
				logRow({ id: 'msg_2', status: 'dead', settled_at: 1, queue: 'x' }),
				logRow({ id: 'msg_3', status: 'delivered', settled_at: 1 }),
				logRow({ id: 'msg_4', status: 'dead', settled_at: 1, queue: null }),
			]);
			expect(await replay()).toEqual({
				replayed: 2,
				refused: [
					{ reason: 'no sender ever took it, so it has no queue', count: 1, ids: ['msg_4'] },
				],
				queues: new Map([
					['q', 1],
					['x', 1],
				]),
				stopped: false,
			});
			expect(await claimed(q)).toEqual(['msg_1']);
			expect(await replay({ states: ['delivered'] })).toMatchObject({ replayed: 1 });
		});

		it('goes through any number, each once', async () => {
			await store.insert(many(450, () => ({ status: 'dead' })));
			expect(await replay()).toMatchObject({ replayed: 450, refused: [] });
			expect(new Set(await claimed(q, 1_000)).size).toBe(450);
		});

		it('refuses the older of a subject of which a newer one waits that supersedes it', async () => {
			await putRows(store, [
				logRow({ id: 'msg_old', status: 'dead', settled_at: 1, order_key: 'k', supersede: 1 }),
				logRow({
					id: 'msg_new',
					status: 'pending',
					order_key: 'k',
					supersede: 1,
				}),
			]);
			expect(await replay()).toMatchObject({
				replayed: 0,
				refused: [{ reason: 'a newer delivery superseded it', count: 1 }],
			});
		});

		it('names twenty of those that it refuses for one reason', async () => {
			await putRows(
				store,
				Array.from({ length: 25 }, (_, at) =>
					logRow({ id: `msg_${at}`, status: 'dead', settled_at: 1, queue: null }),
				),
			);
			const { refused } = await replay();
			expect(refused).toMatchObject([{ count: 25 }]);
			expect(refused[0].ids).toHaveLength(20);
		});
	});

	describe('purging', () => {
		it('removes what has ended with all that belongs to it, and never what waits', async () => {
			const [waits, way] = many(2);
			await store.insert([way]);
			await claimed(q);
			await store.insert([waits]);
			await putRows(store, [
				logRow({ id: 'msg_1', status: 'delivered', settled_at: 5 }),
				logRow({ id: 'msg_2', status: 'closed', settled_at: 5 }),
				logRow({ id: 'msg_test', status: 'retrying', settled_at: 5, test: 1 }),
			]);
			const dead = newDelivery({ status: 'dead' });
			await store.insert([dead]);
			const no = Number((await rowOf(store, 'msg_1')).no);
			await store.write(
				async ({ db }) =>
					await db
						.insertInto('attempts')
						.values({
							delivery_no: no,
							number: 1,
							started_at: 1,
							duration_ms: 1,
							status_code: null,
							error_code: null,
							message: null,
							verdict: 'dead',
						})
						.execute(),
			);
			expect(await purgeFitting(store, { filter: {} })).toEqual({ purged: 3, stopped: false });
			expect((await rowsOf(store)).map(({ id }) => id)).toEqual([way.id, waits.id, 'msg_test']);
			const left = await store.read(async ({ db }) => ({
				attempts: await db.selectFrom('attempts').selectAll().execute(),
				requests: await db.selectFrom('requests').selectAll().execute(),
			}));
			expect(left.attempts).toEqual([]);
			expect(left.requests).toHaveLength(3);
			expect(await purgeFitting(store, { filter: { tests: true } })).toMatchObject({ purged: 1 });
			expect(await rowsOf(store)).toHaveLength(2);
		});

		it('takes a dead letter out of the line of those to be reported', async () => {
			await store.insert([newDelivery({ status: 'dead' })]);
			await purgeFitting(store, { filter: {} });
			expect(await store.nextReadyAt(q)).toBeUndefined();
		});

		it('removes no waiting delivery, though the filter names it', async () => {
			await store.insert(many(1));
			const filter = { states: ['pending', 'retrying'] as const };
			expect(await purgeFitting(store, { filter })).toMatchObject({ purged: 0 });
		});
	});

	describe('dead letters that nobody was told of', () => {
		it('are told of as long as they are not marked', async () => {
			const [first, second] = many(2, () => ({ status: 'dead' as const }));
			await store.insert([first, second]);
			const filter = { unreported: true };
			const page = async () =>
				(await readPage(store, { filter, order: 'newest', limit: 10 })).entries;
			expect(await page()).toHaveLength(2);
			const [{ no }] = await page();
			expect(await store.write(async (unit) => await markReported(unit, [no]))).toBe(1);
			expect((await page()).map(({ delivery }) => delivery.id)).toEqual([first.id]);
			const report = await store.claim(q, 10);
			expect(report?.deliveries.map(({ delivery }) => delivery.id)).toEqual([first.id]);
			expect((await rowOf(store, second.id)).reported).toBe(1);
		});

		it('are not marked while a trigger has them in hand, nor is what lives', async () => {
			const dead = newDelivery({ status: 'dead' });
			const alive = newDelivery();
			await store.insert([dead, alive]);
			await store.claim(q, 10);
			const numbers = (await rowsOf(store)).map(({ no }) => Number(no));
			expect(await store.write(async (unit) => await markReported(unit, numbers))).toBe(0);
		});

		it('leave nothing to wake for when all of them are marked', async () => {
			await store.insert([newDelivery({ status: 'dead' })]);
			const [{ no, line }] = await rowsOf(store);
			expect(line).toBe(reportLine(q));
			await store.write(async (unit) => await markReported(unit, [Number(no)]));
			expect(await store.nextReadyAt(q)).toBeUndefined();
		});
	});

	describe('one delivery', () => {
		it('is told with its times, and without the lease', async () => {
			const one = newDelivery({ workflowId: 'w', executionId: 'e' });
			await store.insert([one]);
			await claimed(q);
			const entry = await store.read(async (unit) => await readEntry(unit, one.id));
			expect(entry).toMatchObject({
				state: 'pending',
				isUnderWay: true,
				isReported: false,
				workflowId: 'w',
				executionId: 'e',
				createdAt: clock.now(),
			});
			expect(entry?.settledAt).toBeUndefined();
			expect(entry?.delivery).not.toHaveProperty('lease');
		});

		it('tells its attempts, the only one of what arrived at once too', async () => {
			const one = newDelivery();
			await store.insert([one]);
			await claimed(q);
			await settle(one.id, 'delivered');
			expect(await store.read(async (unit) => await readAttempts(unit, one.id))).toEqual([
				{ number: 1, startedAt: clock.now(), durationMs: 0, verdict: 'delivered' },
			]);
			expect(await store.read(async (unit) => await readAttempts(unit, 'msg_no'))).toBeUndefined();
		});
	});
});
