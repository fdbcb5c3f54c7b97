import {
	chmodSync,
	mkdirSync,
	readdirSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Migration } from 'kysely';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { deliveriesMigration } from '../../../lib/store/migrations/0001-deliveries';
import { StoreSetupError } from '../../../lib/store/errors';
import { HEARTBEAT_MS } from '../../../lib/store/heartbeat';
import { FakeClock, settleDown } from '../../support/fakeClock';
import {
	newDelivery,
	openTestStore,
	rowsOf,
	testFolder,
	type TestFolder,
} from '../../support/stores';

describe('opening the embedded store', () => {
	let folder: TestFolder;
	let clock: FakeClock;
	let store: DeliveryStore | undefined;

	beforeEach(() => {
		folder = testFolder();
		clock = new FakeClock();
		store = undefined;
	});

	afterEach(async () => {
		await store?.close();
		folder.remove();
	});

	const QUIET = { onDeadLettersGoing: () => undefined, onError: () => undefined };
	const file = () => join(folder.path, 'deliveries.sqlite');
	const failure = async (path = folder.path): Promise<StoreSetupError> => {
		try {
			store = await openTestStore(path, clock);
		} catch (error) {
			if (error instanceof StoreSetupError) return error;
			throw error;
		}
		throw new Error('the store was opened');
	};

	it('makes the folder, for nobody else to read', async () => {
		const path = join(folder.path, 'a', 'b');
		store = await openTestStore(path, clock);
		expect(statSync(path).mode & 0o077).toBe(0);
	});

	it('keeps what was stored', async () => {
		const first = await openTestStore(folder.path, clock);
		const delivery = newDelivery();
		await first.insert([delivery]);
		await first.close();
		store = await openTestStore(folder.path, clock);
		expect((await rowsOf(store)).map((row) => row.id)).toEqual([delivery.id]);
	});

	it('runs in WAL mode and flushes every commit to the disk', async () => {
		store = await openTestStore(folder.path, clock);
		const pragma = async (name: string) =>
			await store?.read(async ({ db }) => {
				const { CompiledQuery } = await import('kysely');
				const { rows } = await db.executeQuery(CompiledQuery.raw(`pragma ${name}`));
				return Object.values(rows[0] as object)[0] as unknown;
			});
		expect(await pragma('journal_mode')).toBe('wal');
		expect(await pragma('synchronous')).toBe(2);
	});

	it('refuses a path under a file, and opens once that is gone', async () => {
		const blocked = join(folder.path, 'blocked');
		writeFileSync(blocked, '');
		const error = await failure(blocked);
		expect(error.code).toBe('UNREADABLE');
		expect(error.message).toMatch(/may write to this folder/);
		rmSync(blocked);
		store = await openTestStore(blocked, clock);
	});

	const asRoot = process.getuid?.() === 0;
	(asRoot ? it.skip : it)('refuses a folder that cannot be written, and opens later', async () => {
		chmodSync(folder.path, 0o500);
		const error = await failure();
		chmodSync(folder.path, 0o700);
		expect(error.code).toBe('UNREADABLE');
		store = await openTestStore(folder.path, clock);
	});

	it('refuses a file that is no database, leaves it alone and keeps no handle on it', async () => {
		const text = 'this is no database, '.repeat(100);
		writeFileSync(file(), text);
		const error = await failure();
		expect(error.code).toBe('UNREADABLE');
		expect(error.message).toMatch(/damaged/);
		expect(statSync(file()).size).toBe(text.length);
		rmSync(file());
		store = await openTestStore(folder.path, clock);
	});

	it('refuses a damaged database', async () => {
		const first = await openTestStore(folder.path, clock);
		await first.insert([newDelivery()]);
		await first.close();
		writeFileSync(file(), Buffer.alloc(8192, 0xa5), { flag: 'r+' });
		expect((await failure()).message).toMatch(/damaged/);
	});

	it('refuses a directory in the place of the file', async () => {
		mkdirSync(file());
		expect((await failure()).code).toBe('UNREADABLE');
	});

	it('refuses a store that a newer version has made, and gives it up again', async () => {
		const newer: Migration = { up: async () => undefined };
		const first = await openTestStore(folder.path, clock, {
			migrations: { '0001-deliveries': deliveriesMigration, '9999-newer': newer },
		});
		await first.close();
		const error = await failure();
		expect(error.code).toBe('NEWER_SCHEMA');
		expect(error.message).toMatch(/newer version/);
		store = await openTestStore(folder.path, clock, {
			process: { pid: 99, host: 'elsewhere', isAlive: () => true },
			migrations: { '0001-deliveries': deliveriesMigration, '9999-newer': newer },
		});
	});

	it('gives the file up when a migration fails, and runs it at the next opening', async () => {
		let broken = true;
		const migration: Migration = {
			up: async (db) => {
				await db.schema.createTable('extra').addColumn('a', 'text').execute();
				if (broken) throw new Error('broken migration');
			},
		};
		const migrations = { '0001-deliveries': deliveriesMigration, '0002-extra': migration };
		await expect(openTestStore(folder.path, clock, { migrations })).rejects.toMatchObject({
			code: 'UNREADABLE',
			message: expect.stringMatching(/broken migration/),
		});
		broken = false;
		store = await openTestStore(folder.path, clock, {
			migrations,
			process: { pid: 99, host: 'elsewhere', isAlive: () => true },
		});
	});

	describe('a file that another has taken the place of', () => {
		const putAside = () => {
			renameSync(folder.path, `${folder.path}-aside`);
			mkdirSync(folder.path);
		};
		afterEach(() => rmSync(`${folder.path}-aside`, { recursive: true, force: true }));

		it('takes nothing more in', async () => {
			store = await openTestStore(folder.path, clock, { events: QUIET });
			putAside();
			await expect(store.insert([newDelivery()])).rejects.toThrow(/moved, removed or replaced/);
			writeFileSync(file(), '');
			await expect(store.insert([newDelivery()])).rejects.toThrow(/moved, removed or replaced/);
		});

		it('is closed at the next heartbeat, so that the other is opened', async () => {
			const first = await openTestStore(folder.path, clock, { events: QUIET });
			putAside();
			await clock.advance(HEARTBEAT_MS);
			await settleDown();
			expect(first.isClosed).toBe(true);
			store = await openTestStore(folder.path, clock);
			await store.insert([newDelivery()]);
			expect(await rowsOf(store)).toHaveLength(1);
		});
	});

	it('closes after what was accepted is written', async () => {
		const first = await openTestStore(folder.path, clock);
		const writes = Array.from({ length: 200 }, async () => await first.insert([newDelivery()]));
		await first.close();
		await Promise.all(writes);
		await expect(first.insert([newDelivery()])).rejects.toMatchObject({ code: 'CLOSED' });
		store = await openTestStore(folder.path, clock);
		expect(await rowsOf(store)).toHaveLength(200);
		expect(readdirSync(folder.path)).toContain('deliveries.sqlite');
	});
});
