import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../lib/clock';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { insertDeliveries } from '../../../lib/store/insert';
import { queueConsumer } from '../../../lib/store/lines';
import { openPostgresStore } from '../../../lib/store/openPostgres';
import { storeMigrations } from '../../../nodes/shared/storeMigrations';
import { writeFirstPostgresStore, writeFirstStore } from '../../support/firstStore';
import { PostgresServer, TEST_PASSWORD, TEST_USER } from '../../support/postgres/server';
import {
	newDelivery,
	openTestStore,
	rowsOf,
	testFolder,
	type TestFolder,
} from '../../support/stores';

const RECEIVER = 'http://127.0.0.1:9';
const consumer = queueConsumer('upgrade');

const read = (name: string) => readFileSync(join(__dirname, '../../support', name), 'utf8');
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** Puts a store of the first version in place, and gives what opens it as one boot of one process. */
type Dialect = () => Promise<() => Promise<DeliveryStore>>;

let folder: TestFolder;
let serverFolder: TestFolder;
let server: PostgresServer;
let databases = 0;

const sqlite: Dialect = async () => {
	const dump = read('firstStore.sql');
	writeFirstStore(join(folder.path, 'deliveries.sqlite'), dump, RECEIVER, Date.now());
	return openSqlite;
};

const openSqlite = async () =>
	await openTestStore(folder.path, systemClock, { migrations: storeMigrations });

const postgres: Dialect = async () => {
	const database = `upgrade_${++databases}`;
	await server.query(`create database ${database}`);
	const query = async (text: string) => await server.query(text, database);
	// Of the leases of another process nobody can say before they lapse that it has died.
	const longAgo = Date.now() - 10 * 60_000;
	await writeFirstPostgresStore(query, read('firstPostgresStore.sql'), RECEIVER, longAgo);
	return async () =>
		await openPostgresStore({
			settings: {
				host: '127.0.0.1',
				port: server.port,
				database,
				user: TEST_USER,
				password: TEST_PASSWORD,
				schema: 'postback',
				ssl: 'off',
				maxConnections: 4,
			},
			applicationName: 'test',
			clock: systemClock,
			random: () => 0,
			newId: randomUUID,
			migrations: storeMigrations,
			events: { onDeadLettersGoing: () => undefined, onError: () => undefined },
		});
};

beforeAll(async () => {
	serverFolder = testFolder();
	server = await PostgresServer.start({ folder: serverFolder.path });
}, 60_000);

afterAll(async () => {
	await server.stop();
	serverFolder.remove();
});

describe.each([
	['SQLite', sqlite],
	['PostgreSQL', postgres],
])('a store of the first version in %s', (_name, dialect) => {
	let store: DeliveryStore;
	let open: () => Promise<DeliveryStore>;

	beforeEach(async () => {
		folder = testFolder();
		open = await dialect();
		store = await open();
	}, 60_000);

	afterEach(async () => {
		await store.close();
		folder.remove();
	});

	it('keeps every delivery with its state and its request', async () => {
		const rows = await rowsOf(store);
		const states = rows.map(({ status }) => status);
		expect(states).toEqual([
			...range(0, 10).map(() => 'delivered'),
			...range(10, 15).map(() => 'dead'),
			...range(15, 25).map(() => 'retrying'),
			...range(25, 60).map(() => 'pending'),
		]);
		const urls = rows.map(({ request }) => (JSON.parse(request) as { url: string }).url);
		expect(urls).toEqual(rows.map((_, n) => `${RECEIVER}/?n=${n}`));
	});

	it('gives out all that waits, the first of an order first, and what was in hand apart', async () => {
		const claimed = new Map<string, number[]>();
		for (let batch = await store.claim(consumer, 100); batch; ) {
			const numbers = batch.deliveries.map(({ no }) => no - 1);
			claimed.set(batch.line, [...(claimed.get(batch.line) ?? []), ...numbers]);
			batch = await store.claim(consumer, 100);
		}
		const of = (line: string) => (claimed.get(line) ?? []).sort((a, b) => a - b);
		expect(of('report')).toEqual([]);
		expect(of('alone')).toEqual([...range(25, 30), ...range(35, 40)]);
		expect(of('plain').filter((n) => n >= 25)).toEqual([...range(30, 35), 40, ...range(44, 60)]);
	});

	it('still knows the keys of what it took in', async () => {
		const again = newDelivery({
			deduplication: { scope: 'wf/node', key: 'key-3', expiresAt: Date.now() + 1e6 },
		});
		const { duplicates } = await store.write(async (unit) => await insertDeliveries(unit, [again]));
		expect(duplicates).toHaveLength(1);
	});

	it('counts on', async () => {
		await store.insert([newDelivery({ id: 'msg_new' })]);
		expect((await rowsOf(store, ['msg_new']))[0].no).toBe(61);
	});

	it('opens again', async () => {
		await store.close();
		store = await open();
		expect(await rowsOf(store)).toHaveLength(60);
	});
});

describe('a store of the first version in SQLite', () => {
	const columnsOf = async (store: DeliveryStore, names: readonly string[]) => {
		const tables = await store.read(async ({ db }) => await db.introspection.getTables());
		return tables
			.filter(({ name }) => names.includes(name))
			.map(({ name, columns }) => [name, columns.map((column) => column.name).sort()])
			.sort();
	};

	it('has the tables of a new one', async () => {
		const names = ['deliveries', 'requests', 'endpoints', 'profile_destinations'];
		folder = testFolder();
		const early = await (await sqlite())();
		const columns = await columnsOf(early, names);
		await early.close();
		folder.remove();
		folder = testFolder();
		const store = await openSqlite();
		expect(columns).toEqual(await columnsOf(store, names));
		await store.close();
		folder.remove();
	});
});
