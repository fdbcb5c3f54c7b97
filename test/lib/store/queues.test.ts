import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { noteQueue, queueState } from '../../../lib/store/endpoints';
import { queueConsumer } from '../../../lib/store/lines';
import { HEARTBEAT_MS } from '../../../lib/store/heartbeat';
import { joinQueue, leaveQueue, queueService, type QueueMember } from '../../../lib/store/queues';
import { FakeClock, settleDown } from '../../support/fakeClock';
import {
	describeStores,
	itInPostgres,
	itInSqlite,
	newDelivery,
	openTestStore,
	testFolder,
	type TestFolder,
} from '../../support/stores';

describeStores('queues', () => {
	let folder: TestFolder;
	let clock: FakeClock;
	let store: DeliveryStore;

	beforeEach(async () => {
		folder = testFolder();
		clock = new FakeClock();
		store = await openTestStore(folder.path, clock);
	});

	afterEach(async () => {
		await store.close();
		folder.remove();
	});

	const member = (overrides: Partial<QueueMember> = {}): QueueMember => ({
		queue: 'q',
		role: 'trigger',
		workflowId: 'w1',
		nodeId: 'n1',
		nodeName: 'Node 1',
		...overrides,
	});
	const join = async (overrides: Partial<QueueMember> = {}) =>
		await store.write(async (unit) => await joinQueue(unit, member(overrides), store.boot));
	const leave = async () => await store.write(async (unit) => await leaveQueue(unit, member()));
	const service = async () =>
		await store.read(async (unit) => await queueService(unit, 'q', store.boot));
	const pass = (ms: number) => clock.setWall(clock.now() + ms);

	describe('rule 11: one queue, one workflow, one sender for each kind', () => {
		it('takes a trigger and a sender of each kind of one workflow', async () => {
			expect(await join()).toBeUndefined();
			expect(await join({ role: 'sender:http', nodeId: 'n2' })).toBeUndefined();
			expect(await join({ role: 'sender:push', nodeId: 'n3' })).toBeUndefined();
		});

		it('takes the same node again', async () => {
			await join();
			expect(await join()).toBeUndefined();
		});

		it('refuses a second node of the same kind, and names the first', async () => {
			await join({ role: 'sender:http' });
			expect(await join({ role: 'sender:http', nodeId: 'n2' })).toEqual({
				reason: 'other node',
				workflowId: 'w1',
				nodeName: 'Node 1',
			});
		});

		it('refuses another workflow, and names the first', async () => {
			await join();
			expect(await join({ workflowId: 'w2', role: 'sender:http', nodeId: 'n2' })).toEqual({
				reason: 'other workflow',
				workflowId: 'w1',
				nodeName: 'Node 1',
			});
		});

		it('refuses another workflow while anything waits, even if nobody serves the queue', async () => {
			await join();
			await leave();
			await store.insert([newDelivery()]);
			expect(await join({ workflowId: 'w2' })).toMatchObject({ reason: 'other workflow' });
		});

		it('gives a queue that was left and is empty to another workflow, without its pause', async () => {
			await join();
			const paused = { pausedUntil: clock.now() + 1e6, pauses: 1, refusals: 3 };
			await store.write(async (unit) => await noteQueue(unit, 'q', paused));
			await leave();
			expect(await join({ workflowId: 'w2' })).toBeUndefined();
			expect(await store.read(async (unit) => await queueState(unit, 'q'))).toEqual({
				pausedUntil: 0,
				pauses: 0,
				refusals: 0,
			});
			expect(await join()).toMatchObject({ reason: 'other workflow', workflowId: 'w2' });
		});

		it('lets another node have its part once it has left', async () => {
			await join();
			await leave();
			expect(await join({ nodeId: 'n2' })).toBeUndefined();
		});

		it('lets another node have its part when it was not seen for 90 s', async () => {
			await join({ role: 'sender:http' });
			pass(89_999);
			expect(await join({ role: 'sender:http', nodeId: 'n2' })).toBeDefined();
			pass(1);
			expect(await join({ role: 'sender:http', nodeId: 'n2' })).toBeUndefined();
		});

		itInSqlite(
			'lets another node of the workflow have its part after a restart (SQLite: there is one process)',
			async () => {
				await join();
				await store.close();
				store = await openTestStore(folder.path, clock);
				expect(await join({ nodeId: 'n2' })).toBeUndefined();
			},
		);
	});

	describe('whether a queue is served', () => {
		it('is not, without a trigger', async () => {
			await join({ role: 'sender:http' });
			expect(await service()).toEqual({ state: 'unserved' });
		});

		it('is, as long as the trigger and its process live', async () => {
			await join();
			expect(await service()).toEqual({ state: 'served', nodeName: 'Node 1', workflowId: 'w1' });
			for (let i = 0; i < 40; i++) {
				await clock.advance(HEARTBEAT_MS);
				await settleDown(20);
			}
			expect((await service()).state).toBe('served');
			await leave();
			expect((await service()).state).toBe('unserved');
		});

		itInPostgres(
			'keeps the part of a node for 90 s after its process (PostgreSQL: it may live on)',
			async () => {
				await join();
				await store.close();
				store = await openTestStore(folder.path, clock);
				expect(await join({ nodeId: 'n2' })).toMatchObject({ reason: 'other node' });
				pass(90_000);
				expect(await join({ nodeId: 'n2' })).toBeUndefined();
			},
		);

		itInPostgres('is, by a trigger in another process (PostgreSQL)', async () => {
			await join();
			const other = await openTestStore(folder.path, clock);
			const seen = await other.read(async (unit) => await queueService(unit, 'q', other.boot));
			expect(seen.state).toBe('served');
			await other.close();
		});

		itInPostgres(
			'is unknown when the trigger was not heard of for 90 s (PostgreSQL: it may be on its way up)',
			async () => {
				await join();
				const { boot } = store;
				await store.close();
				store = await openTestStore(folder.path, clock);
				expect(store.boot).not.toBe(boot);
				pass(90_000);
				expect((await service()).state).toBe('unknown');
			},
		);

		itInSqlite(
			'is unknown after a restart, until the trigger is back (SQLite: there is one process)',
			async () => {
				await join();
				await store.close();
				store = await openTestStore(folder.path, clock);
				expect((await service()).state).toBe('unknown');
				await join();
				expect((await service()).state).toBe('served');
			},
		);
	});

	describe('rule 5: a paused queue', () => {
		it('is not claimed from until its pause is over', async () => {
			await join();
			await store.insert([newDelivery()]);
			const until = clock.now() + 60_000;
			const paused = { pausedUntil: until, pauses: 1, refusals: 3, reason: 'refused' };
			await store.write(async (unit) => await noteQueue(unit, 'q', paused));
			expect(await store.claim(queueConsumer('q'), 10)).toBeUndefined();
			expect(await store.nextReadyAt(queueConsumer('q'))).toBe(until);
			await store.insert([newDelivery({ endpoint: 'https://b.example' })]);
			expect(await store.claim(queueConsumer('q'), 10)).toBeUndefined();
			clock.setWall(until);
			expect((await store.claim(queueConsumer('q'), 10))?.deliveries).toHaveLength(2);
		});

		it('does not touch a queue whose name begins the same', async () => {
			await join();
			const other = newDelivery({ queue: 'q2', consumer: queueConsumer('q2') });
			await store.insert([other]);
			const paused = { pausedUntil: clock.now() + 60_000, pauses: 1, refusals: 3 };
			await store.write(async (unit) => await noteQueue(unit, 'q', paused));
			expect((await store.claim(queueConsumer('q2'), 10))?.deliveries).toHaveLength(1);
		});
	});
});
