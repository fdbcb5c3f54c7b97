import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../lib/clock';
import type { ClaimedBatch, DeliveryStore } from '../../../lib/store/deliveryStore';
import { noteEndpoints, noteQueue } from '../../../lib/store/endpoints';
import { createLease, LEASE_MS, renewLease } from '../../../lib/store/leases';
import { queueConsumer } from '../../../lib/store/lines';
import { joinQueue } from '../../../lib/store/queues';
import { settleDeliveries } from '../../../lib/store/settle';
import { takeKeys } from '../../../lib/store/deduplication';
import { takeOverDeliveries } from '../../../lib/store/takeOver';
import {
	describeStores,
	isPostgres,
	itInPostgres,
	newDelivery,
	openTestStore,
	rowsOf,
	sweepAll,
	testFolder,
	type TestFolder,
} from '../../support/stores';

const consumer = queueConsumer('q');
const ENDPOINTS = ['https://a.example', 'https://b.example', 'https://c.example'];

/** Each with a pool of its own, as processes have. */
const PROCESSES = 3;

describeStores('several processes on one store', () => {
	let folder: TestFolder;
	let stores: DeliveryStore[];

	beforeEach(async () => {
		folder = testFolder();
		stores = [];
		if (!isPostgres()) return;
		for (let i = 0; i < PROCESSES; i++) {
			stores.push(await openTestStore(folder.path, systemClock, { random: Math.random }));
		}
	});

	afterEach(async () => {
		await Promise.all(stores.map(async (store) => await store.close()));
		folder.remove();
	});

	/** Takes a batch over and settles it, as a sender does. */
	async function send(
		store: DeliveryStore,
		batch: ClaimedBatch,
		beforeSettling: () => void,
	): Promise<void> {
		const lease = `sender-${store.boot}-${batch.lease}`;
		const taken = await store.write(async (unit) => {
			await createLease(unit, {
				id: lease,
				boot: store.boot,
				until: unit.now + LEASE_MS,
				consumer,
				kind: 'sending',
			});
			const wanted = batch.deliveries.map(({ delivery }, at) => ({
				id: delivery.id,
				lease: batch.lease,
				place: at + 1,
				request: JSON.stringify(delivery.request),
				endpoint: ENDPOINTS[0],
			}));
			return await takeOverDeliveries(unit, wanted, {
				lease,
				queue: 'q',
				consumer,
				expiresAt: () => unit.now + 1e9,
			});
		});
		expect(taken.size).toBe(batch.deliveries.length);
		await sleep(Math.random() * 5);
		beforeSettling();
		const done = await store.write(
			async (unit) =>
				await settleDeliveries(
					unit,
					lease,
					[...taken.values()].map(({ id, attempt }) => {
						const again = attempt === 0 && Math.random() < 0.3;
						const status = again ? 'retrying' : 'delivered';
						return { id, status, attempt: attempt + 1, step: 0, dueAt: unit.now };
					}),
				),
		);
		expect(done.size).toBe(taken.size);
	}

	itInPostgres(
		'claims nothing twice at a time, loses nothing, keeps subjects in order',
		async () => {
			const TOTAL = 360;
			const underWay = new Set<string>();
			let inserted = 0;
			const inserting = stores.map(async (store, at) => {
				while (inserted < TOTAL) {
					const some = Array.from({ length: 1 + Math.floor(Math.random() * 8) }, (_, n) =>
						newDelivery({
							endpoint: ENDPOINTS[(at + n) % 3],
							...(n % 2 ? { orderKey: `subject ${Math.floor(Math.random() * 4)}` } : {}),
						}),
					);
					inserted += some.length;
					await store.insert(some);
				}
			});
			const isOver = async () => {
				const rows = await rowsOf(stores[0]);
				return inserted >= TOTAL && rows.length >= inserted && rows.every((row) => row.settled_at);
			};
			const lastOfKey = new Map<string, number>();
			const sending = stores.flatMap((store) =>
				[1, 2].map(async () => {
					while (!(await isOver())) {
						const batch = await store.claim(consumer, 1 + Math.floor(Math.random() * 20));
						if (!batch) {
							await sleep(2);
							continue;
						}
						const names = batch.deliveries.flatMap(({ delivery: { id }, orderKey }) =>
							orderKey === undefined ? [id] : [id, orderKey],
						);
						for (const name of names) {
							expect(underWay).not.toContain(name);
							underWay.add(name);
						}
						for (const { orderKey, no } of batch.deliveries) {
							if (orderKey === undefined) continue;
							expect(no).toBeGreaterThanOrEqual(lastOfKey.get(orderKey) ?? 0);
							lastOfKey.set(orderKey, no);
						}
						await send(store, batch, () => {
							for (const name of names) underWay.delete(name);
						});
					}
				}),
			);
			await Promise.all([...inserting, ...sending]);
			const rows = await rowsOf(stores[0]);
			expect(rows).toHaveLength(inserted);
			expect(rows.filter(({ status }) => status !== 'delivered')).toEqual([]);
			const lanes = await stores[0].read(
				async ({ db }) => await db.selectFrom('lanes').selectAll().execute(),
			);
			expect(lanes.filter(({ next_due_at: due }) => due !== null)).toEqual([]);
		},
	);

	itInPostgres('wakes who waits in another process', async () => {
		const listening = await openTestStore(folder.path, systemClock, { listens: true });
		stores.push(listening);
		const woken = new Promise<number>((resolve) => listening.onWake(consumer, resolve));
		const channels = async () =>
			await stores[0].read(async ({ db }) => {
				const rows = await db
					.selectFrom('pg_stat_activity' as never)
					.select('query' as never)
					.execute();
				return rows.filter(({ query }) => /^listen/.test(String(query))).length;
			});
		while ((await channels()) === 0) await sleep(20);
		await stores[0].insert([newDelivery(), newDelivery()]);
		expect(await woken).toBe(2);
		const everyone = new Promise((resolve) => listening.onWake('queue:other', resolve));
		stores[1].wakeEveryone();
		await everyone;
	});

	itInPostgres('gives an event to the one whose deduplication key came first', async () => {
		for (let round = 0; round < 10; round++) {
			const owners = await Promise.all(
				stores.map(async (store, at) => {
					const keys = ['b', 'a', 'c'].map((name) => ({
						scope: 's',
						key: `${name}${round}`,
						expiresAt: store.now() + 1e6,
						deliveryId: `of ${at}`,
					}));
					const first = await store.write(async (unit) => await takeKeys(unit, keys));
					return keys.map((key) => first(key));
				}),
			);
			for (const at of [0, 1, 2]) {
				expect(new Set(owners.map((one) => one[at])).size).toBe(1);
				expect(owners[0][at]).toMatch(/^of \d$/);
			}
		}
	});

	itInPostgres('gives a part in a queue to one of those who come at the same time', async () => {
		const answers = await Promise.all(
			stores.map(async (store, at) => {
				const member = { queue: 'q', role: 'trigger', workflowId: 'w', nodeName: `Node ${at}` };
				return await store.write(
					async (unit) => await joinQueue(unit, { ...member, nodeId: `n${at}` }, store.boot),
				);
			}),
		);
		expect(answers.filter((conflict) => conflict === undefined)).toHaveLength(1);
		expect(answers.filter((conflict) => conflict?.reason === 'other node')).toHaveLength(2);
	});

	itInPostgres('sees the pause of a queue that is noted while others store', async () => {
		await stores[0].write(async (unit) => {
			await joinQueue(
				unit,
				{ queue: 'q', role: 'trigger', workflowId: 'w', nodeId: 'n', nodeName: 'N' },
				stores[0].boot,
			);
		});
		for (let round = 0; round < 10; round++) {
			const endpoint = `https://new-${round}.example`;
			const pausedUntil = stores[0].now() + 600_000;
			await Promise.all([
				stores[0].insert([newDelivery({ endpoint })]),
				stores[1].write(async (unit) => {
					await noteQueue(unit, 'q', { pausedUntil, pauses: 1, refusals: 3 });
				}),
				stores[2].insert([newDelivery({ endpoint }), newDelivery()]),
				stores[2].write(async (unit) => {
					const state = { endpoint, pausedUntil: 0, pauses: 1, probeWindow: 2 };
					await noteEndpoints(unit, 'q', [state]);
				}),
			]);
			expect(await stores[0].claim(consumer, 10)).toBeUndefined();
		}
	});

	itInPostgres(
		'frees what a process had that is gone, when its leases lapse and not before',
		async () => {
			await stores[0].insert([newDelivery()]);
			const batch = await stores[0].claim(consumer, 10);
			expect(batch?.deliveries).toHaveLength(1);
			await stores[0].close();
			expect(await sweepAll(stores[1])).toBe(0);
			await stores[1].write(async ({ db, now }) => {
				await db.updateTable('leases').set({ until: now }).execute();
			});
			expect(await sweepAll(stores[1])).toBe(1);
			expect((await stores[1].claim(consumer, 10))?.line).toBe('alone');
		},
	);

	itInPostgres('lets nobody renew a lease that another has begun to sweep', async () => {
		for (let round = 0; round < 10; round++) {
			await stores[0].insert([newDelivery()]);
			const batch = await stores[0].claim(consumer, 1);
			const lease = batch?.lease ?? '';
			await stores[0].write(async ({ db, now }) => {
				await db.updateTable('leases').set({ until: now }).where('id', '=', lease).execute();
			});
			const [renewed] = await Promise.all([
				stores[0].write(async (unit) => await renewLease(unit, lease)),
				sweepAll(stores[1]),
				sweepAll(stores[2]),
			]);
			const mine = (await rowsOf(stores[0])).filter((row) => row.lease === lease);
			expect(mine).toHaveLength(renewed ? 1 : 0);
			if (renewed) {
				const ids = mine.map(
					({ id }) => ({ id, status: 'delivered', attempt: 1, step: 0 }) as const,
				);
				await stores[0].write(async (unit) => await settleDeliveries(unit, lease, ids));
			}
			await stores[0].write(async ({ db }) => void (await db.deleteFrom('deliveries').execute()));
		}
	});
});
