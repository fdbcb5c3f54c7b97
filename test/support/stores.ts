import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import type { NewDelivery } from '../../lib/store/insert';
import { sweepLapsedLeases } from '../../lib/store/leases';
import { queueConsumer } from '../../lib/store/lines';
import { deliveriesMigration } from '../../lib/store/migrations/0001-deliveries';
import type { DeliveryRow } from '../../lib/store/rows';
import { openEmbeddedStore, type EmbeddedStoreOptions } from '../../lib/store/openEmbedded';
import { openPostgresStore, type PostgresStoreOptions } from '../../lib/store/openPostgres';
import { StoreClock } from '../../lib/store/storeClock';
import { FakeClock, settleDown } from './fakeClock';
import { takeSchema, type TestSchema } from './postgres/shared';
import { openInThisThread } from './sqliteInThisThread';

let ids = 0;

export interface TestFolder {
	path: string;
	remove: () => void;
}

/** A folder of its own for one test. */
export function testFolder(): TestFolder {
	const path = mkdtempSync(join(tmpdir(), 'postback-test-'));
	return {
		path,
		remove: () => {
			rmSync(path, { recursive: true, force: true });
			schemas.get(path)?.release();
			schemas.delete(path);
		},
	};
}

const DATABASES = ['SQLite', 'PostgreSQL'] as const;
let database: (typeof DATABASES)[number] = 'SQLite';

/** A mutation run asks one database: a mutant that is found there need not be looked for in the other. */
const ASKED = process.env.TEST_DATABASES?.split(',');

/** In PostgreSQL a test's folder is a schema. */
const schemas = new Map<string, TestSchema>();

/** As `describe`, for a store in SQLite and once more for one in PostgreSQL. */
export function describeStores(title: string, body: () => void): void {
	const asked = DATABASES.filter((name) => ASKED?.includes(name) ?? true);
	describe.each(asked)(`${title} (%s)`, (name) => {
		const choose = () => void (database = name);
		// While the tests are being declared too: some are for one of them alone.
		choose();
		beforeAll(choose);
		beforeEach(choose);
		body();
	});
}

/** A test of {@link describeStores} that is about SQLite alone; its name says why. */
export const itInSqlite = (title: string, body: () => Promise<void>) =>
	(isPostgres() ? it.skip : it)(title, body);

/** A test of {@link describeStores} that is about PostgreSQL alone; its name says why. */
export const itInPostgres = (title: string, body: () => Promise<void>, timeoutMs?: number) =>
	(isPostgres() ? it : it.skip)(title, body, timeoutMs);

/** Whether the store of this test is in PostgreSQL. */
export const isPostgres = () => database === 'PostgreSQL';

/** The schema of a test's folder, made when the first store is opened in it. */
export async function schemaOf(folder: string, migrations: object): Promise<TestSchema> {
	const known = schemas.get(folder);
	if (known) return known;
	const taken = await takeSchema(Object.keys(migrations).join());
	schemas.set(folder, taken);
	return taken;
}

const DELIVERIES = { '0001-deliveries': deliveriesMigration };

const events: EmbeddedStoreOptions['events'] = {
	onDeadLettersGoing: () => undefined,
	onError: (error) => {
		throw error;
	},
};

function timeOf(clock: FakeClock): () => number {
	const time = new StoreClock(clock);
	return () => time.now();
}

/** Opens a store as one boot of one process, in the database that this test is about. */
export async function openTestStore(
	folder: string,
	clock: Clock,
	overrides: Partial<EmbeddedStoreOptions & PostgresStoreOptions> = {},
): Promise<DeliveryStore> {
	const common = {
		clock,
		random: () => 0.5,
		newId: () => `id-${++ids}`,
		migrations: DELIVERIES,
		events,
	};
	const store = isPostgres()
		? await openPostgresStore({
				...common,
				settings: (await schemaOf(folder, overrides.migrations ?? DELIVERIES)).settings,
				applicationName: 'test',
				listens: false,
				...(clock instanceof FakeClock ? { time: timeOf(clock) } : {}),
				...overrides,
			})
		: await openEmbeddedStore({
				...common,
				path: join(folder, 'deliveries.sqlite'),
				process: { pid: process.pid, host: 'test', isAlive: () => true },
				openFile: openInThisThread,
				...overrides,
			});
	// The keeper's first look is over before a test begins.
	await settleDown(40);
	return store;
}

/** A delivery in a queue, due at once. */
export function newDelivery(overrides: Partial<NewDelivery> = {}): NewDelivery {
	const number = ++ids;
	return {
		id: `msg_${String(number).padStart(8, '0')}`,
		kind: 'postback',
		name: 'test',
		queue: 'q',
		consumer: queueConsumer('q'),
		endpoint: 'https://a.example',
		request: JSON.stringify({ method: 'GET', url: 'https://a.example/', headers: {} }),
		...overrides,
	};
}

/** A row of the deliveries table, and its request. */
export type TestRow = DeliveryRow & { request: string };

/** Every stored delivery, or those of some ids, in the order in which they were stored. */
export async function rowsOf(store: DeliveryStore, ids?: readonly string[]): Promise<TestRow[]> {
	return await store.read(async ({ db }) => {
		const all = db
			.selectFrom('deliveries')
			.innerJoin('requests', 'delivery_no', 'no')
			.selectAll('deliveries')
			.select('request')
			.orderBy('no');
		return await (ids ? all.where('id', 'in', ids) : all).execute();
	});
}

/** One stored delivery. */
export async function rowOf(store: DeliveryStore, id: string): Promise<TestRow> {
	const [row] = await rowsOf(store, [id]);
	if (!row) throw new Error(`${id} is not stored`);
	return row;
}

/** Frees all that stands under leases that have lapsed by now. Gives how many were freed. */
export async function sweepAll(store: DeliveryStore): Promise<number> {
	let total = 0;
	for (;;) {
		const freed = await store.write(
			async (unit) => await sweepLapsedLeases(unit, store.isShared ? undefined : store.boot),
		);
		if (freed === 0) return total;
		total += freed;
	}
}
