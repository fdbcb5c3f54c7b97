import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { randomUUID } from 'node:crypto';
import { systemClock } from '../../../../lib/clock';
import type { DeliveryStore } from '../../../../lib/store/deliveryStore';
import { queueConsumer } from '../../../../lib/store/lines';
import { cancelMove, moveStore, type MoveOptions } from '../../../../lib/store/moving/moveStore';
import { openPostgresStore } from '../../../../lib/store/openPostgres';
import { storeMigrations } from '../../../../nodes/shared/storeMigrations';
import { writeFirstStore } from '../../../support/firstStore';
import { PostgresServer, TEST_PASSWORD, TEST_USER } from '../../../support/postgres/server';
import { openInThisThread } from '../../../support/sqliteInThisThread';
import {
	newDelivery,
	openTestStore,
	rowsOf,
	testFolder,
	type TestFolder,
} from '../../../support/stores';

const dump = readFileSync(join(__dirname, '../../../support/firstStore.sql'), 'utf8');
const consumer = queueConsumer('upgrade');

let server: PostgresServer;
let serverFolder: TestFolder;
let folder: TestFolder;
let path: string;
let schemas = 0;
let schema: string;

beforeAll(async () => {
	serverFolder = testFolder();
	server = await PostgresServer.start({ folder: serverFolder.path });
}, 60_000);

afterAll(async () => {
	await server.stop();
	serverFolder.remove();
});

beforeEach(() => {
	folder = testFolder();
	path = join(folder.path, 'deliveries.sqlite');
	schema = `store_${++schemas}`;
	writeFirstStore(path, dump, 'http://127.0.0.1:9', Date.now());
});

afterEach(() => folder.remove());

const settings = () => ({
	host: '127.0.0.1',
	port: server.port,
	database: 'postgres',
	user: TEST_USER,
	password: TEST_PASSWORD,
	schema,
	ssl: 'off' as const,
	maxConnections: 4,
});

const options = (overrides: Partial<MoveOptions> = {}): MoveOptions => ({
	path,
	settings: settings(),
	clock: systemClock,
	random: () => 0.5,
	newId: randomUUID,
	process: { pid: process.pid, host: 'test', isAlive: () => false },
	migrations: storeMigrations,
	openFile: openInThisThread,
	...overrides,
});

const embedded = async (isAlive = false) =>
	await openTestStore(folder.path, systemClock, {
		migrations: storeMigrations,
		process: { pid: process.pid, host: 'test', isAlive: () => isAlive },
	});

const moved = async () =>
	await openPostgresStore({
		settings: settings(),
		applicationName: 'test',
		clock: systemClock,
		random: () => 0.5,
		newId: randomUUID,
		migrations: storeMigrations,
		events: { onDeadLettersGoing: () => undefined, onError: () => undefined },
	});

/** Does something with a store and closes it. */
async function using<T>(
	opening: Promise<DeliveryStore>,
	job: (store: DeliveryStore) => Promise<T>,
) {
	const store = await opening;
	try {
		return await job(store);
	} finally {
		await store.close();
	}
}

/** Changes the file behind everybody's back. */
function alter(statement: string): void {
	const database = new DatabaseSync(path);
	database.exec(statement);
	database.close();
}

const tablesThere = async () =>
	await server.query(`select 1 from "${schema}".deliveries`).then(
		(rows) => rows.length,
		() => 'no table',
	);

describe('a moved store', () => {
	it('has every row of every table', async () => {
		const tables = new Map<string, number>();
		const { outcome, rows } = await moveStore(
			options({ onTable: (name, digest) => tables.set(name, digest.rows) }),
		);
		expect(outcome).toBe('moved');
		expect(tables.get('deliveries')).toBe(60);
		expect(tables.get('requests')).toBe(60);
		expect(tables.get('deduplication')).toBe(60);
		expect(rows).toBe([...tables.values()].reduce((sum, count) => sum + count, 0));
		const before = await using(
			openTestStore(folder.path, systemClock, { migrations: storeMigrations, evenIfMoved: true }),
			async (store) => await rowsOf(store),
		);
		const after = await using(moved(), async (store) => await rowsOf(store));
		const content = (row: (typeof after)[number]) => [row.no, row.id, row.status, row.request];
		expect(after.map(content)).toEqual(before.map(content));
	}, 60_000);

	it('gives out what waited, and counts on from where the file stood', async () => {
		await moveStore(options());
		await using(moved(), async (store) => {
			const batch = await store.claim(consumer, 100);
			expect(batch?.deliveries.length).toBeGreaterThan(0);
			const { stored } = await store.insert([newDelivery({ id: 'msg_new' })]);
			expect([...stored]).toEqual(['msg_new']);
			expect((await rowsOf(store, ['msg_new']))[0].no).toBe(61);
		});
	}, 60_000);

	it('keeps characters that PostgreSQL has no way to write', async () => {
		alter(`update deliveries set reason = 'a' || char(0) || 'b' || char(65535) where no = 11`);
		await moveStore(options());
		const [row] = await using(moved(), async (store) => (await rowsOf(store)).slice(10));
		expect(row.reason).toBe('a\0b\uFFFF');
	}, 60_000);

	it('is not opened any more where it was', async () => {
		await moveStore(options());
		await expect(embedded()).rejects.toMatchObject({ code: 'MOVED' });
	}, 60_000);

	it('is not moved a second time', async () => {
		await moveStore(options());
		expect((await moveStore(options())).outcome).toBe('already');
		expect(await tablesThere()).toBe(60);
	}, 60_000);

	it('cannot be taken back', async () => {
		await moveStore(options());
		await expect(cancelMove(options())).rejects.toMatchObject({ code: 'MOVED' });
	}, 60_000);
});

describe('a move', () => {
	it('is refused while n8n has the file open', async () => {
		await using(embedded(true), async () => {
			const other = { pid: process.pid + 1, host: 'test', isAlive: () => true };
			await expect(moveStore(options({ process: other }))).rejects.toMatchObject({
				code: 'OWNED',
			});
		});
		await using(embedded(), async (store) => expect(await rowsOf(store)).toHaveLength(60));
	}, 60_000);

	it('is refused into a store that is in use, which stays as it is', async () => {
		await using(moved(), async (store) => {
			await store.insert([newDelivery({ id: 'msg_theirs' })]);
		});
		await expect(moveStore(options())).rejects.toMatchObject({ code: 'IN_USE' });
		expect(await tablesThere()).toBe(1);
		await using(embedded(), async (store) => expect(await rowsOf(store)).toHaveLength(60));
	}, 60_000);

	it('is refused where another store was moved to', async () => {
		await moveStore(options());
		const elsewhere = testFolder();
		const second = join(elsewhere.path, 'deliveries.sqlite');
		writeFirstStore(second, dump, 'http://127.0.0.1:9', Date.now());
		await expect(moveStore(options({ path: second }))).rejects.toMatchObject({ code: 'IN_USE' });
		elsewhere.remove();
	}, 60_000);

	it('refuses a file that is not there, and makes none', async () => {
		const missing = join(folder.path, 'none', 'deliveries.sqlite');
		await expect(moveStore(options({ path: missing }))).rejects.toMatchObject({
			code: 'UNREADABLE',
		});
	});

	it('leaves the file to n8n when the server cannot be reached', async () => {
		const nowhere = { ...settings(), port: 1 };
		await expect(moveStore(options({ settings: nowhere }))).rejects.toMatchObject({
			code: 'UNREACHABLE',
		});
		await using(embedded(), async (store) => expect(await rowsOf(store)).toHaveLength(60));
	}, 60_000);

	it('that cannot be read back as it was written leaves nothing there', async () => {
		await using(moved(), async () => undefined);
		await server.query(
			`create function "${schema}".spoil() returns trigger language plpgsql as
				'begin new.name := ''other''; return new; end';
			create trigger spoil before insert on "${schema}".deliveries
				for each row execute function "${schema}".spoil()`,
		);
		await expect(moveStore(options())).rejects.toThrow(/"deliveries" was read back/);
		expect(await tablesThere()).toBe(0);
		await using(embedded(), async (store) => expect(await rowsOf(store)).toHaveLength(60));
	}, 60_000);

	it('whose commit fails keeps n8n from the file until a further run knows more', async () => {
		await using(moved(), async () => undefined);
		await server.query(
			`create function "${schema}".fail() returns trigger language plpgsql as
				'begin raise ''the disk is full''; end';
			create constraint trigger fail after insert on "${schema}".deliveries
				deferrable initially deferred for each row execute function "${schema}".fail()`,
		);
		await expect(moveStore(options())).rejects.toThrow(/the disk is full/);
		await expect(embedded()).rejects.toMatchObject({ code: 'MOVED' });
		await server.query(`drop trigger fail on "${schema}".deliveries`);
		expect((await moveStore(options())).outcome).toBe('moved');
		expect(await tablesThere()).toBe(60);
	}, 60_000);

	it('that was broken off is refused by n8n, and comes to its end when it is run again', async () => {
		const mark = JSON.stringify({ id: 'move-1', state: 'begun', at: Date.now() });
		alter(`insert into meta values ('moved', '${mark}')`);
		await expect(embedded()).rejects.toThrow(/being moved/);
		expect((await moveStore(options())).outcome).toBe('moved');
		expect(await tablesThere()).toBe(60);
	}, 60_000);

	it('that was broken off after its commit is only noted as done', async () => {
		await moveStore(options());
		alter(`update meta set value = replace(value, '"done"', '"begun"') where key = 'moved'`);
		await expect(cancelMove(options())).rejects.toMatchObject({ code: 'MOVED' });
		expect((await moveStore(options())).outcome).toBe('already');
		expect(await tablesThere()).toBe(60);
	}, 60_000);

	it.each([
		['before the tables were there', async () => undefined],
		['before it was committed', async () => await using(moved(), async () => undefined)],
	])(
		'that was broken off %s can be taken back',
		async (_when, prepare) => {
			await prepare();
			const mark = JSON.stringify({ id: 'move-1', state: 'begun', at: Date.now() });
			alter(`insert into meta values ('moved', '${mark}')`);
			await cancelMove(options());
			await using(embedded(), async (store) => expect(await rowsOf(store)).toHaveLength(60));
		},
		60_000,
	);
});
