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
import { settleDown } from './fakeClock';
import { openInThisThread } from './sqliteInThisThread';

let ids = 0;

export interface TestFolder {
	path: string;
	remove: () => void;
}

/** A folder of its own for one test. */
export function testFolder(): TestFolder {
	const path = mkdtempSync(join(tmpdir(), 'postback-test-'));
	return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Opens an embedded store as one boot of one process. */
export async function openTestStore(
	folder: string,
	clock: Clock,
	overrides: Partial<EmbeddedStoreOptions> = {},
): Promise<DeliveryStore> {
	const store = await openEmbeddedStore({
		path: join(folder, 'deliveries.sqlite'),
		clock,
		random: () => 0.5,
		newId: () => `id-${++ids}`,
		process: { pid: process.pid, host: 'test', isAlive: () => true },
		migrations: { '0001-deliveries': deliveriesMigration },
		openFile: openInThisThread,
		events: {
			onDeadLettersGoing: () => undefined,
			onError: (error) => {
				throw error;
			},
		},
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
		const freed = await store.write(async (unit) => await sweepLapsedLeases(unit, store.boot));
		if (freed === 0) return total;
		total += freed;
	}
}
