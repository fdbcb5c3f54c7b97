import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { sql } from 'kysely';
import { systemClock } from '../../../lib/clock';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { queueConsumer } from '../../../lib/store/lines';
import { SqliteThread } from '../../../lib/store/sqliteThread';
import { later } from '../../../lib/store/unit';
import {
	newDelivery,
	openTestStore,
	rowsOf,
	testFolder,
	type TestFolder,
} from '../../support/stores';

const call = (sql: string, ...parameters: (string | number | null | Uint8Array)[]) => ({
	before: [],
	sql,
	parameters,
});

const SLOW =
	'with recursive n(i) as (select 1 union all select i + 1 from n where i < 1e6) select max(i) from n';

/** Ends a thread from outside, as a crash of the database's own code would. */
async function endThread(thread: SqliteThread): Promise<void> {
	await (thread as unknown as { worker: Worker }).worker.terminate();
}

/** Counts the turns of the event loop until something is done. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
	let turns = 0;
	let done = false;
	const count = () => {
		turns++;
		if (!done) setImmediate(count);
	};
	setImmediate(count);
	await work;
	done = true;
	return turns;
}

describe('a database file in a thread of its own', () => {
	let folder: TestFolder;
	let thread: SqliteThread;

	beforeEach(async () => {
		folder = testFolder();
		thread = await SqliteThread.open(join(folder.path, 'test.sqlite'));
	});

	afterEach(async () => {
		await thread.close();
		folder.remove();
	});

	it('gives rows as they were written, whatever their kind', async () => {
		await thread.run(call('create table t (a, b, c, d, e)'));
		const long = 'ä'.repeat(200_000);
		const bytes = new Uint8Array([0, 255]);
		await thread.run(call('insert into t values (?, ?, ?, ?, ?)', 1, 1.5, null, long, bytes));
		const answer = await thread.run(call('select * from t'));
		expect(answer).toEqual({
			columns: ['a', 'b', 'c', 'd', 'e'],
			rows: [[1, 1.5, null, long, bytes]],
		});
	});

	it('tells how many rows a statement changed', async () => {
		await thread.run(call('create table t (a integer primary key)'));
		const answer = await thread.run(call('insert into t values (7), (9)'));
		expect(answer).toEqual({ changes: 2, lastInsertRowid: 9 });
	});

	it('runs what is asked at once in the order in which it was asked', async () => {
		await thread.run(call('create table t (a)'));
		const asked = Array.from(
			{ length: 50 },
			async (_, n) =>
				await thread.run(
					call('insert into t select ? from (select count(*) as n from t) where n = ?', n, n),
				),
		);
		const answers = await Promise.all(asked);
		expect(answers.every((answer) => 'changes' in answer && answer.changes === 1)).toBe(true);
	});

	it('runs what goes along before its statement', async () => {
		await thread.run(call('create table t (a)'));
		await thread.run({ ...call('insert into t values (1)'), before: [{ sql: 'begin immediate' }] });
		await thread.rollback();
		expect(await thread.run(call('select count(*) from t'))).toMatchObject({ rows: [[0]] });
	});

	it('rolls back nothing where there is no transaction', async () => {
		await expect(thread.rollback()).resolves.toBeUndefined();
	});

	it('names what SQLite refused, with its code', async () => {
		await thread.run(call('create table t (a unique)'));
		await thread.run(call('insert into t values (1)'));
		await expect(thread.run(call('insert into t values (1)'))).rejects.toMatchObject({
			message: expect.stringContaining('UNIQUE constraint failed: t.a'),
			errcode: 2067,
		});
	});

	it('leaves the event loop to others while a statement runs', async () => {
		const slow = thread.run(call(SLOW));
		expect(await turnsDuring(slow)).toBeGreaterThan(20);
	});

	it('refuses what is asked after it was closed', async () => {
		await thread.close();
		await expect(thread.run(call('select 1'))).rejects.toThrow('The delivery store is closed');
	});

	it('leaves nobody without an answer who asks while it is being closed', async () => {
		const asked = Array.from({ length: 20 }, async () => await thread.run(call('select 1')));
		const closing = thread.close();
		const late = thread.run(call('select 1'));
		await expect(late).rejects.toThrow('The delivery store is closed');
		expect(await Promise.all(asked)).toHaveLength(20);
		await closing;
	});

	it('fails what waits for an answer when the thread ends', async () => {
		const waiting = thread.run(call(SLOW));
		const failed = expect(waiting).rejects.toThrow('The thread of the delivery store has ended');
		void endThread(thread);
		await failed;
		await expect(thread.broken).resolves.toBeInstanceOf(Error);
	});

	it('leaves no log behind when it is closed', async () => {
		await thread.run(call('create table t (a)'));
		await thread.close();
		expect(readdirSync(folder.path)).toEqual(['test.sqlite']);
	});

	it('does not open what is no database', async () => {
		await expect(SqliteThread.open(folder.path)).rejects.toMatchObject({ errcode: 14 });
	});
});

describe('the store over a thread', () => {
	let folder: TestFolder;
	let store: DeliveryStore;
	let errors: unknown[];

	const open = async () =>
		await openTestStore(folder.path, systemClock, {
			openFile: async (path) => (thread = await SqliteThread.open(path)),
			events: { onDeadLettersGoing: () => undefined, onError: (error) => errors.push(error) },
		});
	let thread: SqliteThread;

	beforeEach(async () => {
		folder = testFolder();
		errors = [];
		store = await open();
	});

	afterEach(async () => {
		await store.close();
		folder.remove();
	});

	it('stores, claims, and has it all when it is opened again', async () => {
		const deliveries = Array.from({ length: 1_000 }, () => newDelivery());
		await store.insert(deliveries);
		const batch = await store.claim(queueConsumer('q'), 600);
		expect(batch?.deliveries.map(({ delivery }) => delivery.id)).toEqual(
			deliveries.slice(0, 600).map(({ id }) => id),
		);
		await store.close();
		store = await open();
		expect((await rowsOf(store)).map(({ id }) => id)).toEqual(deliveries.map(({ id }) => id));
	});

	it('undoes what failed and keeps the rest of its group', async () => {
		const kept = newDelivery();
		const failing = store.write(async ({ db }) => {
			await db.deleteFrom('deliveries').execute();
			throw new Error('no');
		});
		const [, failed] = await Promise.allSettled([store.insert([kept]), failing]);
		expect(failed.status).toBe('rejected');
		expect(await rowsOf(store)).toHaveLength(1);
	});

	it('does not call good what was sent along and failed, and keeps the rest of its group', async () => {
		const before = newDelivery();
		const behind = newDelivery();
		const [first, failed, last] = await Promise.allSettled([
			store.insert([before]),
			store.write(async (unit) => {
				const twice = sql`insert into meta (key, value) values ('owner', 'x')`;
				await later(unit, twice);
				return 'good';
			}),
			store.insert([behind]),
		]);
		expect([first.status, failed.status, last.status]).toEqual([
			'fulfilled',
			'rejected',
			'fulfilled',
		]);
		const ids = (await rowsOf(store)).map(({ id }) => id);
		expect(ids).toEqual(expect.arrayContaining([before.id, behind.id]));
	});

	it('leaves nothing to go along where no transaction is to end', async () => {
		await store.read(
			async (unit) => await later(unit, sql`insert into meta (key, value) values ('told', 'x')`),
		);
		const told = await store.read(
			async ({ db }) => await sql`select value from meta where key = 'told'`.execute(db),
		);
		expect(told.rows).toEqual([{ value: 'x' }]);
	});

	it('lets others have the event loop while a large write is under way', async () => {
		const write = store.insert(Array.from({ length: 5_000 }, () => newDelivery()));
		expect(await turnsDuring(write)).toBeGreaterThan(20);
	});

	it('is closed when its thread ends, so that whoever needs it opens it anew', async () => {
		await endThread(thread);
		await new Promise((resolve) => setTimeout(resolve, 20));
		expect(store.isClosed).toBe(true);
		expect(errors).toEqual([
			expect.objectContaining({ message: expect.stringContaining('ended') }),
		]);
		store = await open();
		await store.insert([newDelivery()]);
		expect(await rowsOf(store)).toHaveLength(1);
	});
});
