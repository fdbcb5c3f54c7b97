import { NodeOperationError, type INode } from 'n8n-workflow';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { joinQueue } from '../../../lib/store/queues';
import {
	assertServed,
	forgetSeat,
	queueNameOf,
	takeSeat,
	type QueueSeat,
} from '../../../nodes/shared/queue';
import { testNode } from '../harness/contexts';
import { FakeClock } from '../../support/fakeClock';
import { openTestStore, testFolder } from '../../support/stores';

const folder = testFolder();
let clock: FakeClock;
let store: DeliveryStore;
let files = 0;

beforeEach(async () => {
	clock = new FakeClock();
	store = await openTestStore(`${folder.path}/${++files}`, clock);
});
afterEach(async () => await store.close());
afterAll(() => folder.remove());

const node = (id: string, name = `Node ${id}`): INode => testNode({ id, name });
const seat = (overrides: Partial<QueueSeat> = {}): QueueSeat => ({
	queue: 'q',
	role: 'trigger',
	workflowId: 'w1',
	...overrides,
});

async function refusal(promise: Promise<void>): Promise<{ message: string; description: string }> {
	const error = await promise.then(
		() => undefined,
		(one: unknown) => one,
	);
	if (!(error instanceof NodeOperationError)) throw new Error('was not refused');
	return { message: error.message, description: error.description ?? '' };
}

describe("a queue's name", () => {
	test.each([[''], ['  '], [undefined], [null], [5]])(
		"is the workflow's own where none is given (%j)",
		(named) => {
			expect(queueNameOf(node('1'), 'w1', named)).toBe('w1');
		},
	);

	test('is a word of its own for a workflow that was never saved', () => {
		expect(queueNameOf(node('1'), undefined, '')).toBe('unsaved');
	});

	test.each(['orders', 'Orders-2.eu_west', 'x'.repeat(64)])('can be %s', (name) => {
		expect(queueNameOf(node('1'), 'w1', ` ${name} `)).toBe(name);
	});

	test.each(['two words', 'a/b', 'a!alone', 'a:b', 'ä', 'x'.repeat(65)])('refused: %s', (name) => {
		expect(() => queueNameOf(node('1'), 'w1', name)).toThrow(
			`Options › Queue: "${name}" cannot be a queue's name`,
		);
	});
});

describe('a part in a queue', () => {
	test('is kept by the node that has it, and by its copies after an edit', async () => {
		await takeSeat(node('1'), store, seat());
		await takeSeat(node('1', 'Renamed'), store, seat());
	});

	test('is another for each role', async () => {
		await takeSeat(node('1'), store, seat());
		await takeSeat(node('2'), store, seat({ role: 'sender:http' }));
		await takeSeat(node('3'), store, seat({ role: 'sender:push' }));
	});

	test('refused: to a second node, which is told who has it and what to do', async () => {
		await takeSeat(node('1', 'First'), store, seat());
		const { message, description } = await refusal(takeSeat(node('2'), store, seat()));
		expect(message).toBe('The queue "q" is used by the node "First" already');
		expect(description).toContain('Give this node a queue of its own under Options › Queue');
		expect(description).toContain('try again in two minutes');
	});

	test('refused: to another workflow', async () => {
		await takeSeat(node('1'), store, seat());
		const other = takeSeat(node('2'), store, seat({ workflowId: 'w2', role: 'sender:http' }));
		const { message, description } = await refusal(other);
		expect(message).toBe('The queue "q" is used by workflow w1 already');
		expect(description).toContain('A queue belongs to one workflow');
	});

	test('is free again two minutes after its node was last seen', async () => {
		await takeSeat(node('1'), store, seat({ role: 'sender:http' }));
		await clock.advance(120_000);
		await takeSeat(node('2'), store, seat({ role: 'sender:http' }));
	});

	test('is noted again after half a minute, not at every execution', async () => {
		const seenAt = async () =>
			await store.read(
				async (unit) =>
					(await unit.db.selectFrom('queue_members').select('seen_at').executeTakeFirst())?.seen_at,
			);
		const one = seat({ role: 'sender:http' });
		await takeSeat(node('1'), store, one);
		const first = await seenAt();
		await clock.advance(29_000);
		await takeSeat(node('1'), store, one);
		expect(await seenAt()).toBe(first);
		await clock.advance(2_000);
		await takeSeat(node('1'), store, one);
		expect(Number(await seenAt())).toBe(Number(first) + 31_000);
	});

	test('a node that was refused asks again and gets it once it is free', async () => {
		await takeSeat(node('1'), store, seat({ role: 'sender:http' }));
		await refusal(takeSeat(node('2'), store, seat({ role: 'sender:http' })));
		await clock.advance(120_000);
		await takeSeat(node('2'), store, seat({ role: 'sender:http' }));
		await refusal(takeSeat(node('1'), store, seat({ role: 'sender:http' })));
	});

	test('is taken anew after it was forgotten', async () => {
		await takeSeat(node('1'), store, seat());
		await store.write(async (unit) => await unit.db.deleteFrom('queue_members').execute());
		await takeSeat(node('1'), store, seat());
		expect(await members()).toBe(0);
		forgetSeat(node('1'), store, seat());
		await takeSeat(node('1'), store, seat());
		expect(await members()).toBe(1);
	});

	const members = async () =>
		await store.read(
			async (unit) => (await unit.db.selectFrom('queue_members').selectAll().execute()).length,
		);
});

describe('a queue that a sender relies on', () => {
	test('is served while its trigger is there', async () => {
		await takeSeat(node('1'), store, seat());
		await assertServed(node('2'), store, 'q');
	});

	test('refused: one that nobody serves, with the node to add and the setting to change', async () => {
		const { message, description } = await refusal(assertServed(node('2'), store, 'q'));
		expect(message).toBe('No active Delivery Queue Trigger serves the queue "q"');
		expect(description).toContain('Add a Delivery Queue Trigger to this workflow');
		expect(description).toContain('"Route to the Retry Output"');
	});

	test('refused: one that has a sender only', async () => {
		await takeSeat(node('1'), store, seat({ role: 'sender:http' }));
		await refusal(assertServed(node('2'), store, 'q'));
	});

	test('refused: one whose trigger has left', async () => {
		await takeSeat(node('1'), store, seat());
		await store.write(async (unit) => await unit.db.deleteFrom('queue_members').execute());
		await refusal(assertServed(node('2'), store, 'q'));
	});

	test('of an earlier boot is waited for, but not for ever', async () => {
		const member = { ...seat(), nodeId: '1', nodeName: 'Trigger' };
		await store.write(async (unit) => await joinQueue(unit, member, 'an earlier boot'));
		await assertServed(node('2'), store, 'q');
		await clock.advance(119_000);
		await assertServed(node('2'), store, 'q');
		await clock.advance(2_000);
		await refusal(assertServed(node('2'), store, 'q'));
	});
});
