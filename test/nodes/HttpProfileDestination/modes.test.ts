import { answers, Receiver } from '../../../scripts/receiver.ts';
import { sql } from 'kysely';
import { embeddedStore } from '../harness/contexts';
import { withEnvironment } from '../harness/environment';
import { profileOf } from '../../lib/profiles/make';
import {
	counts,
	DEAD,
	deliveriesAt,
	DELIVERED,
	DESTINATION,
	RETRY,
	runDestination,
	serveQueue,
	type DestinationRun,
} from './support';

let receiver: Receiver;
let workflowId: string;
let workflows = 0;

beforeAll(async () => (receiver = await Receiver.start()));
beforeEach(() => {
	workflowId = `modes-${++workflows}`;
	receiver.on('/profiles', answers.ok());
});
afterEach(() => receiver.clear());
afterAll(async () => await receiver.close());

const run = async (options: DestinationRun) =>
	await runDestination({ url: `${receiver.url}/profiles`, workflowId, ...options });

const member = (key: string) => profileOf(key, { x: 'realized' }, { person: { name: 'n' } });

async function tables(): Promise<Record<string, number>> {
	const store = await embeddedStore();
	const names = ['profile_states', 'profile_destinations', 'profile_audiences', 'leases'];
	const found: Record<string, number> = {};
	for (const name of names) {
		const { rows } = await store.read(
			async ({ db }) =>
				await sql<{ n: number }>`select count(*) as n from ${sql.table(name)}`.execute(db),
		);
		found[name] = rows[0].n;
	}
	return found;
}

describe('a test run in the editor', () => {
	const manually = async (options: DestinationRun) => await run({ mode: 'manual', ...options });

	test('sends once without any queue, marks it as a test, and remembers nothing', async () => {
		const before = await tables();
		for (let time = 0; time < 2; time++) {
			const done = await manually({ items: [member('ann'), member('bob')] });
			expect(counts(done)).toEqual([2, 0, 0, 0]);
			expect(deliveriesAt(done, DELIVERED)[0]).toMatchObject({ test: true, attempt: 1 });
			expect(done.hints(DESTINATION).join()).toContain('remembers nothing');
		}
		expect(receiver.requests('/profiles')).toHaveLength(4);
		expect(await tables()).toEqual(before);
	});

	test('decides by what production has stored', async () => {
		await serveQueue(workflowId);
		await run({ items: [member('ann')] });
		const done = await manually({ items: [member('ann'), member('bob')] });
		expect(counts(done)).toEqual([1, 0, 0, 1]);
	});

	test('tells of a failure at Retrying, and nothing waits', async () => {
		receiver.on('/profiles', answers.status(503));
		const done = await manually({ items: [member('ann')] });
		expect(deliveriesAt(done, RETRY)[0]).toMatchObject({ test: true, status: 'retrying' });
		const store = await embeddedStore();
		expect(await store.claim(`queue:${workflowId}`, 10)).toBeUndefined();
	});

	test('tells of what is no profile', async () => {
		const done = await manually({ items: [{ no: 'profile' }] });
		expect(deliveriesAt(done, DEAD)[0].error?.code).toBe('INVALID_PROFILE');
	});
});

describe('a destination whose queue nobody serves', () => {
	test('stops before anything is stored or sent, and names the node to add', async () => {
		const before = await tables();
		const done = await run({ items: [member('ann')] });
		expect(done.error?.message).toBe(
			`No active Delivery Queue Trigger serves the queue "${workflowId}"`,
		);
		expect(done.error?.description).toContain('Add a Delivery Queue Trigger');
		expect(receiver.requests()).toEqual([]);
		expect(await tables()).toEqual(before);
	});
});

describe('a second destination in a workflow', () => {
	test('is refused the queue of the first', async () => {
		await serveQueue(workflowId);
		await run({ items: [member('ann')] });
		const done = await run({ items: [member('ann')], node: { id: 'another' } });
		expect(done.error?.message).toContain('is used by the node');
		expect(done.error?.description).toContain('Options › Queue');
	});

	test('with a queue of its own has profiles of its own', async () => {
		await serveQueue(workflowId);
		await serveQueue(workflowId, `${workflowId}.b`);
		await run({ items: [member('ann')] });
		const other = await run({
			items: [member('ann')],
			node: { id: 'another' },
			options: { queue: `${workflowId}.b` },
		});
		expect(counts(other)).toEqual([1, 0, 0, 0]);
	});
});

describe('retries routed to the output', () => {
	withEnvironment({ N8N_POSTBACK_TIME_SCALE: '0.001' });

	const stateless = { input: 'always', keepOrder: false, retries: 'output' };

	test('store nothing, and are sent again when a Wait node brings them back', async () => {
		const before = await tables();
		receiver.on('/profiles', answers.status(503), answers.ok());
		const done = await run({
			items: [member('ann'), member('bob')],
			options: { concurrency: 1 },
			parameters: stateless,
			nodes: [{ name: 'Wait', type: 'test.wait' }],
			wires: [
				[DESTINATION, 'Wait', RETRY],
				['Wait', DESTINATION],
			],
		});
		expect(done.status).toBe('success');
		const requests = receiver.requests('/profiles');
		expect(requests).toHaveLength(3);
		expect(requests[2].body.equals(requests[0].body)).toBe(true);
		expect(deliveriesAt(done, DELIVERED)).toEqual([
			expect.objectContaining({ attempt: 2, status: 'delivered' }),
		]);
		expect(await tables()).toEqual(before);
	});

	test.each([
		['snapshots', { input: 'snapshots' }],
		['events', { input: 'events' }],
		['order', { keepOrder: true }],
	])('are refused with %s, since a state moves with its stored delivery', async (_name, change) => {
		const done = await run({ items: [member('ann')], parameters: { ...stateless, ...change } });
		expect(done.error?.message).toBe('Retries cannot be routed to the Retry output here');
		expect(done.error?.description).toContain('"Automatic (Delivery Queue Trigger)"');
		expect(receiver.requests()).toEqual([]);
	});

	test('tell since when audiences are mapped, where timestamps are included', async () => {
		await run({
			items: [member('ann')],
			parameters: { ...stateless, includeTimestamps: true },
		});
		expect(receiver.requests('/profiles')[0].body.toString()).toContain('"mappingCreatedAt":');
	});
});
