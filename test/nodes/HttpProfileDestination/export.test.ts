import type { IDataObject } from 'n8n-workflow';
import { answers, Receiver } from '../../../scripts/receiver.ts';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { findDelivery } from '../../../lib/store/look';
import { SAMPLE, SAMPLE_ATTRIBUTES, profileOf } from '../../lib/profiles/make';
import {
	counts,
	DEAD,
	deliveriesAt,
	DELIVERED,
	DESTINATION,
	emitted,
	jsonAt,
	NOT_EXPORTED,
	RETRY,
	runDestination,
	serveQueue,
	type DestinationRun,
} from './support';

let receiver: Receiver;
let store: DeliveryStore;
let workflowId: string;
let workflows = 0;

beforeAll(async () => (receiver = await Receiver.start()));
beforeEach(async () => {
	workflowId = `export-${++workflows}`;
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
const keys = () =>
	bodies().flatMap((body) => [...body.matchAll(/"ecid":\[\{"id":"(\w+)"/g)].map((m) => m[1]));

describe('a profile that qualified', () => {
	test('is sent as documented, and stands at Delivered with why it was exported', async () => {
		const done = await run({
			items: [SAMPLE],
			parameters: {
				destinationName: 'CRM',
				audiences: { audience: [{ id: '5114d758-ce71-43ba-b53e-e2a91d67b67f' }] },
				attributes: SAMPLE_ATTRIBUTES,
			},
		});
		expect(counts(done)).toEqual([1, 0, 0, 0]);
		const [request] = receiver.requests('/profiles');
		expect(request.method).toBe('POST');
		expect(request.headers['content-type']).toBe('application/json');
		expect(JSON.parse(request.body.toString())).toEqual(SAMPLE);
		const [{ delivery, profiles }] = jsonAt(done, DELIVERED);
		expect(delivery).toMatchObject({
			kind: 'profile',
			name: 'CRM',
			subject: '14575006536349286404619648085736425115',
			queue: workflowId,
			attempt: 1,
			status: 'delivered',
			source: { type: 'destination', id: `${workflowId}/id of ${DESTINATION}` },
		});
		expect(profiles).toEqual([
			{
				item: 0,
				key: '14575006536349286404619648085736425115',
				triggers: [
					{
						kind: 'audience',
						namespace: 'ups',
						audience: '5114d758-ce71-43ba-b53e-e2a91d67b67f',
						from: 'none',
						to: 'realized',
					},
				],
			},
		]);
		expect(request.headers['webhook-id']).toBe((delivery as IDataObject).id);
	});

	test('is stored with its outcome', async () => {
		const done = await run({ items: [member('ann')] });
		const [{ id }] = deliveriesAt(done, DELIVERED);
		const stored = await store.read(async (unit) => await findDelivery(unit, id));
		expect(stored).toMatchObject({ stored: 'delivered' });
	});

	test('leaves its body out of Delivered, unless it is asked for', async () => {
		const plain = await run({ items: [member('ann')] });
		expect(deliveriesAt(plain, DELIVERED)[0].request).not.toHaveProperty('body');
		const kept = await run({ items: [member('bob')], options: { keepBody: true } });
		expect(deliveriesAt(kept, DELIVERED)[0].request.body).toBe(bodies()[1]);
	});

	test('is exported with names and timestamps, those of the mapping recorded', async () => {
		const audience = {
			id: 'x',
			name: 'The X',
			created: '2022-03-29T11:28:45Z',
			updated: 1648553330000,
		};
		await run({
			items: [member('ann')],
			parameters: {
				audiences: { audience: [audience] },
				includeNames: true,
				includeTimestamps: true,
			},
		});
		const told = JSON.parse(bodies()[0]) as { segmentMembership: { ups: { x: IDataObject } } };
		const { x } = told.segmentMembership.ups;
		expect(x).toMatchObject({
			createdAt: 1648553325000,
			updatedAt: 1648553330000,
			name: 'The X',
			status: 'realized',
		});
		expect(Math.abs(Number(x.mappingCreatedAt) - Date.now())).toBeLessThan(10_000);
		expect(x.mappingUpdatedAt).toBe(x.mappingCreatedAt);
	});
});

describe('incremental export', () => {
	test('of a hundred members with five newly qualified, five are exported', async () => {
		await run({ items: members(95) });
		receiver.clear();
		const done = await run({ items: members(100) });
		expect(counts(done)).toEqual([5, 0, 0, 95]);
		expect(keys().sort()).toEqual(['p95', 'p96', 'p97', 'p98', 'p99']);
		expect(jsonAt(done, NOT_EXPORTED)[0]).toEqual({
			...member('p0'),
			notExported: { key: 'p0', reason: 'no relevant change' },
		});
	});

	test('a profile outside the mapped audiences is not exported, and the reason says so', async () => {
		const done = await run({ items: [profileOf('ann', { other: 'realized' })] });
		expect(jsonAt(done, NOT_EXPORTED)[0].notExported).toEqual({
			key: 'ann',
			reason: 'no mapped audience',
		});
	});

	test('change events say what was updated, also to the same value', async () => {
		const event = (changed: unknown) => ({ profile: member('ann'), changed });
		const parameters = { input: 'events', profileField: 'profile' };
		await run({ items: [event(['segmentMembership'])], parameters });
		const done = await run({
			items: [event(['person.name']), event(['address']), event(undefined)],
			parameters: { ...parameters },
			options: { supersede: false },
		});
		expect(counts(done)).toEqual([1, 0, 1, 1]);
		expect(deliveriesAt(done, DEAD)[0].error?.message).toContain('does not say what changed');
	});

	test('always export exports everything, without a key where order is off', async () => {
		const parameters = { input: 'always', profileKey: '', keepOrder: false, audiences: {} };
		await run({ items: [member('ann'), member('ann')], parameters });
		expect(keys()).toEqual(['ann', 'ann']);
	});
});

describe('order', () => {
	test('a second export of a profile waits for the first, at Retrying', async () => {
		const done = await run({
			items: [member('ann', 'A'), member('bob'), member('ann', 'B')],
			options: { supersede: false },
		});
		expect(counts(done)).toEqual([2, 1, 0, 0]);
		expect(deliveriesAt(done, RETRY)[0]).toMatchObject({
			subject: 'ann',
			status: 'pending',
			reason: 'waits for an older export of its profile',
		});
		const later = await run({ items: await emitted(store, workflowId) });
		expect(counts(later)).toEqual([1, 0, 0, 0]);
		expect(bodies().at(-1)).toContain('"name":"B"');
	});

	test('a newer export takes the place of an older one, which is told at Not Exported', async () => {
		const done = await run({ items: [member('ann', 'A'), member('ann', 'B')] });
		expect(bodies()).toEqual([expect.stringContaining('"name":"B"')]);
		expect(jsonAt(done, NOT_EXPORTED)[0].notExported).toEqual({ key: 'ann', reason: 'superseded' });
	});

	test('an older one that waits for its retry gives way to a newer one', async () => {
		receiver.on('/profiles', answers.status(503), answers.ok());
		const first = await run({ items: [member('ann', 'A')] });
		expect(deliveriesAt(first, RETRY)[0]).toMatchObject({ status: 'retrying', attempt: 1 });
		await run({ items: [member('ann', 'B')] });
		const old = deliveriesAt(first, RETRY)[0].id;
		expect(await store.read(async (unit) => await findDelivery(unit, old))).toMatchObject({
			stored: 'closed',
			delivery: { reason: 'superseded' },
		});
	});

	test('a JSONata mapping never supersedes', async () => {
		const done = await run({
			items: [member('ann', 'A'), member('ann', 'B')],
			parameters: { payload: 'jsonata', jsonata: '{ "n": person.name }' },
		});
		expect(counts(done)).toEqual([1, 1, 0, 0]);
		expect(bodies()).toEqual(['{"n":"A"}']);
	});
});
