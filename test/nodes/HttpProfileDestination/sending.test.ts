import type { IDataObject } from 'n8n-workflow';
import { answers, Receiver } from '../../../scripts/receiver.ts';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { profileOf } from '../../lib/profiles/make';
import {
	counts,
	DEAD,
	deliveriesAt,
	DELIVERED,
	DESTINATION,
	emitted,
	jsonAt,
	RETRY,
	runDestination,
	serveQueue,
	startDestination,
	type DestinationRun,
} from './support';

let receiver: Receiver;
let store: DeliveryStore;
let workflowId: string;
let workflows = 0;

beforeAll(async () => (receiver = await Receiver.start()));
beforeEach(async () => {
	workflowId = `sending-${++workflows}`;
	store = await serveQueue(workflowId);
	receiver.on('/profiles', answers.ok());
});
afterEach(() => receiver.clear());
afterAll(async () => await receiver.close());

const run = async (options: DestinationRun) =>
	await runDestination({ url: `${receiver.url}/profiles`, workflowId, ...options });

const member = (key: string, name = 'n', status = 'realized') =>
	profileOf(key, { x: status }, { person: { name } });

const members = (count: number, from = 0) =>
	Array.from({ length: count }, (_, i) => member(`p${from + i}`));

const bodies = () => receiver.requests('/profiles').map(({ body }) => body.toString());
describe('several profiles in one request', () => {
	const parameters = { profilesPerRequest: 3 };

	test('are an array and one delivery, paired with all of them', async () => {
		const done = await run({ items: members(7), parameters });
		expect(bodies().map((body) => (JSON.parse(body) as unknown[]).length)).toEqual([3, 3, 1]);
		const items = done.outputs(DESTINATION)[DELIVERED];
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([
			[{ item: 0 }, { item: 1 }, { item: 2 }],
			[{ item: 3 }, { item: 4 }, { item: 5 }],
			{ item: 6 },
		]);
		expect((items[0].json.profiles as IDataObject[]).map(({ key }) => key)).toEqual([
			'p0',
			'p1',
			'p2',
		]);
	});

	test('are cut in two when the receiver finds them too large, and no one is lost', async () => {
		receiver.on('/profiles', ({ body }) =>
			(JSON.parse(body.toString()) as unknown[]).length > 1 ? answers.status(413) : answers.ok(),
		);
		let done = await run({ items: members(3), parameters });
		expect(counts(done)).toEqual([0, 1, 0, 0]);
		const [first] = jsonAt(done, RETRY);
		expect(first).toMatchObject({
			delivery: { reason: 'HTTP 413: goes on in smaller requests', status: 'retrying' },
			splitInto: [expect.any(String), expect.any(String)],
		});
		const arrived: number[] = [];
		for (
			let left = await emitted(store, workflowId);
			left.length > 0;
			left = await emitted(store, workflowId)
		) {
			done = await run({ items: left });
			expect(counts(done)[DEAD]).toBe(0);
			arrived.push(...deliveriesAt(done, DELIVERED).map(() => 1));
		}
		expect(arrived).toHaveLength(3);
		const again = await run({ items: members(3) });
		expect(counts(again)).toEqual([0, 0, 0, 3]);
	});

	test('one alone that is too large is a dead letter', async () => {
		receiver.on('/profiles', answers.status(413));
		const done = await run({ items: members(1), parameters });
		expect(counts(done)).toEqual([0, 0, 1, 0]);
	});
});

describe('an export that died', () => {
	test('is a dead letter with its body, and owed the next time', async () => {
		receiver.on('/profiles', answers.status(400), answers.ok());
		const done = await run({ items: [member('ann')] });
		expect(counts(done)).toEqual([0, 0, 1, 0]);
		const [dead] = jsonAt(done, DEAD);
		expect(dead).toMatchObject({
			delivery: { status: 'dead', reason: 'HTTP 400', request: { body: bodies()[0] } },
			profiles: [{ item: 0, key: 'ann' }],
		});
		const again = await run({ items: [member('ann')] });
		expect(jsonAt(again, DELIVERED)[0].profiles).toMatchObject([
			{ triggers: [{ kind: 'owed', reason: 'HTTP 400' }] },
		]);
	});
});

describe('retries', () => {
	test('come from the queue and are sent as they were stored, whatever the fields say now', async () => {
		receiver.on('/profiles', answers.status(503), answers.ok());
		const done = await run({
			items: [member('ann')],
			parameters: { retryPolicy: 'fixedList', retrySettings: { scheduleSeconds: '0.001' } },
		});
		expect(counts(done)).toEqual([0, 1, 0, 0]);
		await new Promise((resolve) => setTimeout(resolve, 20));
		const [item] = await emitted(store, workflowId);
		const retried = await run({ items: [item], url: `${receiver.url}/elsewhere` });
		expect(deliveriesAt(retried, DELIVERED)).toEqual([
			expect.objectContaining({ attempt: 2, status: 'delivered' }),
		]);
		expect(receiver.requests('/elsewhere')).toEqual([]);
		expect(new Set(bodies()).size).toBe(1);
		const ids = receiver.requests('/profiles').map(({ headers }) => headers['webhook-id']);
		expect(ids).toHaveLength(2);
		expect(new Set(ids).size).toBe(1);
	});

	test('beside profiles go out in the same run', async () => {
		receiver.on('/profiles', answers.status(503), answers.ok());
		await run({
			items: [member('ann')],
			parameters: { retryPolicy: 'fixedList', retrySettings: { scheduleSeconds: '0.001' } },
		});
		await new Promise((resolve) => setTimeout(resolve, 20));
		const items = [...(await emitted(store, workflowId)), member('bob')];
		const done = await run({ items });
		expect(deliveriesAt(done, DELIVERED).map(({ subject }) => subject)).toEqual(['ann', 'bob']);
		expect(done.outputs(DESTINATION)[DELIVERED].map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 1 },
		]);
	});

	test('deliveries of other kinds are left alone, with a hint', async () => {
		const delivery = {
			id: 'msg_1',
			kind: 'postback',
			name: 'other',
			request: { method: 'GET', url: `${receiver.url}/other`, headers: {} },
			attempt: 0,
			status: 'pending',
		};
		const done = await run({ items: [{ delivery }] });
		expect(receiver.requests()).toEqual([]);
		expect(done.hints(DESTINATION).join()).toContain('are no exports of profiles');
	});
});

test('stopped in the middle, what is unsent stays queued', async () => {
	receiver.on('/profiles', answers.ok());
	const started = startDestination({
		items: members(400),
		url: `${receiver.url}/profiles`,
		workflowId,
		options: { concurrency: 1, requestsPerSecond: 50 },
	});
	while (receiver.requests('/profiles').length < 3) await new Promise((r) => setTimeout(r, 10));
	started.cancel();
	await started.done.catch(() => undefined);
	await new Promise((resolve) => setTimeout(resolve, 300));
	const sent = receiver.requests('/profiles').length;
	const left = await emitted(store, workflowId);
	expect(left.length + sent).toBe(400);
	expect(left.length).toBeGreaterThan(300);
});

test('each parameter is read once, whatever the number of items, and the credential too', async () => {
	const token = { postbackBearerTokenApi: { token: 'secret-token' } };
	const started = startDestination({
		items: members(50),
		url: `${receiver.url}/profiles`,
		workflowId,
		parameters: { authentication: 'bearerToken' },
		credentials: token,
	});
	const done = await started.done;
	expect(counts(done)).toEqual([50, 0, 0, 0]);
	expect(started.credentialReads()).toBe(1);
	expect(receiver.requests('/profiles')[7].headers.authorization).toBe('Bearer secret-token');
});
