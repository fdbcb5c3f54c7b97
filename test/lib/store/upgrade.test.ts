import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../lib/clock';
import { callbackMigrations } from '../../../lib/callbacks/store/migrations';
import { postbackMigrations } from '../../../lib/postbacks/store/migrations';
import { profileMigrations } from '../../../lib/profiles/store/migrations';
import { pushMigrations } from '../../../lib/push/store/migrations';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { insertDeliveries } from '../../../lib/store/insert';
import { queueConsumer } from '../../../lib/store/lines';
import { deliveriesMigration } from '../../../lib/store/migrations/0001-deliveries';
import { earlyStoresMigration } from '../../../lib/store/migrations/0007-early-stores';
import { writeFirstStore } from '../../support/firstStore';
import {
	newDelivery,
	openTestStore,
	rowsOf,
	testFolder,
	type TestFolder,
} from '../../support/stores';

const RECEIVER = 'http://127.0.0.1:9';
const consumer = queueConsumer('upgrade');

let folder: TestFolder;
let store: DeliveryStore;

async function open() {
	store = await openTestStore(folder.path, systemClock, {
		migrations: {
			'0001-deliveries': deliveriesMigration,
			...postbackMigrations,
			...profileMigrations,
			...callbackMigrations,
			...pushMigrations,
			'0007-early-stores': earlyStoresMigration,
		},
	});
}

beforeEach(() => {
	folder = testFolder();
});

afterEach(async () => {
	await store.close();
	folder.remove();
});

async function columnsOf(table: string): Promise<string[]> {
	const tables = await store.read(async ({ db }) => await db.introspection.getTables());
	const columns = tables.find(({ name }) => name === table)?.columns ?? [];
	return columns.map(({ name }) => name).sort();
}

describe('a store of the first version', () => {
	beforeEach(async () => {
		const dump = readFileSync(join(__dirname, '../../support/firstStore.sql'), 'utf8');
		writeFirstStore(join(folder.path, 'deliveries.sqlite'), dump, RECEIVER, Date.now());
		await open();
	});

	it('keeps every delivery with its state and its request', async () => {
		const rows = await rowsOf(store);
		const states = rows.map(({ status }) => status);
		expect(states).toEqual([
			...Array.from({ length: 10 }, () => 'delivered'),
			...Array.from({ length: 5 }, () => 'dead'),
			...Array.from({ length: 10 }, () => 'retrying'),
			...Array.from({ length: 35 }, () => 'pending'),
		]);
		const urls = rows.map(({ request }) => (JSON.parse(request) as { url: string }).url);
		expect(urls).toEqual(rows.map((_, n) => `${RECEIVER}/?n=${n}`));
	});

	it('gives out all that waits, the first of an order first, and what was in hand apart', async () => {
		const claimed: string[] = [];
		for (let batch = await store.claim(consumer, 100); batch; ) {
			const line = batch.line;
			claimed.push(...batch.deliveries.map(({ delivery }) => `${line} ${delivery.request.url}`));
			batch = await store.claim(consumer, 100);
		}
		const of = (line: string) =>
			claimed
				.filter((one) => one.startsWith(line))
				.map((one) => Number(one.split('=')[1]))
				.sort((a, b) => a - b);
		const range = (from: number, to: number) =>
			Array.from({ length: to - from }, (_, i) => from + i);
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

	it('has the tables of a new one', async () => {
		const early = new Map<string, string[]>();
		const names = ['deliveries', 'requests', 'endpoints', 'profile_destinations'];
		for (const name of names) early.set(name, await columnsOf(name));
		await store.close();
		folder.remove();
		folder = testFolder();
		await open();
		for (const name of names)
			expect([name, await columnsOf(name)]).toEqual([name, early.get(name)]);
	});

	it('opens again', async () => {
		await store.close();
		await open();
		expect(await rowsOf(store)).toHaveLength(60);
	});
});
