import type { IDataObject } from 'n8n-workflow';
import { joinQueue } from '../../../lib/store/queues';
import { queueConsumer } from '../../../lib/store/lines';
import { forgetTokens } from '../../../lib/transport/oauth2/tokenStates';
import { failure, give, locator, run, type RunOptions } from './support';
import { embeddedStore } from '../harness/contexts';
import { closeServers } from '../../lib/transport/support/servers';
import { startReactorDouble, type ReactorDouble } from '../../support/reactorDouble';
import { rowsOf } from '../../support/stores';

afterEach(async () => {
	forgetTokens();
	await closeServers();
});

let used = 0;
const newProperty = () => `PR${String(++used).padStart(32, 'c')}`;

interface Message {
	id: string;
	kind: string;
	name: string;
	source: { type: string; id: string };
	eventId: string;
	test?: boolean;
	request: { method: string; url: string; headers: Record<string, string>; body: string };
}

async function messages(parameters: IDataObject, options: RunOptions): Promise<Message[]> {
	const given = await give({ operation: 'matchEvent', ...parameters }, options);
	return given.map(({ delivery }) => delivery as unknown as Message);
}

/** The same from either: a double of Adobe's API, and the store. */
describe.each(['Adobe', 'the store'])('subscribers of %s', (name) => {
	let double: ReactorDouble | undefined;
	let events: ReactorDouble;
	let property: string;

	beforeEach(async () => {
		property = newProperty();
		events = await startReactorDouble();
		double = name === 'Adobe' ? events : undefined;
		double?.properties.set(property, 'Own');
	});

	const subscribe = async (url: string, otherEventTypes: string, more: IDataObject = {}) => {
		const parameters = { operation: 'create', propertyId: locator(property), url, otherEventTypes };
		const [{ id }] = await give({ ...parameters, ...more }, { double });
		return String(id);
	};
	const event = (type = 'rule.created', of: string | null = property) =>
		events.event(type, { property: of }) as { data: { id: string } } & IDataObject;

	test('get one message each, for HTTP Delivery', async () => {
		const own = await subscribe('https://a.example/hook', 'rule.created');
		await subscribe('https://b.example/hook', 'rule.deleted');
		const document = event();
		const found = await messages({}, { double, items: [document] });
		expect(found).toEqual([
			expect.objectContaining({
				id: expect.stringMatching(/^msg_/) as string,
				kind: 'callback',
				name: own,
				source: { type: 'callback', id: own },
				eventId: document.data.id,
				attempt: 0,
				status: 'pending',
				request: {
					method: 'POST',
					url: 'https://a.example/hook',
					headers: { 'content-type': 'application/json' },
					body: JSON.stringify(document),
				},
			}),
		]);
	});

	test('are found by whole types, by rule.* and by *', async () => {
		for (const [at, types] of ['rule.created', 'rule.*', '*', 'build.*, *', 'build.*'].entries()) {
			await subscribe(`https://a.example/${at}`, types);
		}
		const found = await messages({}, { double, items: [event()] });
		expect(found.map(({ request }) => request.url).sort()).toEqual(
			[0, 1, 2, 3].map((at) => `https://a.example/${at}`),
		);
	});

	test('of another property get nothing', async () => {
		await subscribe('https://a.example/hook', '*');
		const other = newProperty();
		double?.properties.set(other, 'Other');
		expect(await messages({}, { double, items: [event('rule.created', other)] })).toEqual([]);
	});

	test('get nothing of an event without a property', async () => {
		await subscribe('https://a.example/hook', '*');
		expect(await messages({}, { double, items: [event('rule.created', null)] })).toEqual([]);
	});

	test('of each item follow from that item', async () => {
		await subscribe('https://a.example/hook', 'rule.created');
		await subscribe('https://b.example/hook', 'rule.*');
		const items = [event('rule.deleted'), event('build.created'), event('rule.created')];
		const result = await run({ operation: 'matchEvent' }, { double, items });
		expect(result.outputs('Subscribe')[0].map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 2 },
			{ item: 2 },
		]);
	});

	test('get what Callback Trigger has received', async () => {
		await subscribe('https://a.example/hook', '*');
		const document = event();
		const [message] = await messages({}, { double, items: [{ event: document, entity: {} }] });
		expect(JSON.parse(message.request.body)).toEqual(document);
	});

	test('get a bare event in the documented shape', async () => {
		await subscribe('https://a.example/hook', 'order.*');
		const bare = { type_of: 'order.placed', entity: { id: '42', total: 7 }, property };
		const [message] = await messages({}, { double, items: [bare] });
		expect(JSON.parse(message.request.body)).toMatchObject({
			data: {
				id: expect.stringMatching(/^AE[0-9a-f]{32}$/) as string,
				type: 'audit_events',
				attributes: {
					type_of: 'order.placed',
					entity: '{"data":{"id":"42","type":"orders","attributes":{"total":7}}}',
				},
				relationships: { property: { data: { id: property, type: 'properties' } } },
			},
		});
	});

	test('get an event of the fields, with the property of the node', async () => {
		await subscribe('https://a.example/hook', '*');
		const fields = {
			eventFrom: 'fields',
			eventType: 'order.placed',
			entity: '={{ $json }}',
			eventDetails: { display_name: 'Order 7', attributed_to_email: 'a@example.com' },
			propertyId: locator(property),
		};
		const [message] = await messages(fields, { double, items: [{ id: '7' }] });
		expect(JSON.parse(message.request.body)).toMatchObject({
			data: {
				attributes: {
					type_of: 'order.placed',
					display_name: 'Order 7',
					attributed_to_email: 'a@example.com',
				},
			},
		});
	});

	test('get the same event for the same key, and another for another', async () => {
		await subscribe('https://a.example/hook', '*');
		const idFor = async (eventKey: string) => {
			const fields = { eventFrom: 'fields', eventType: 'order.placed', entity: '{}' };
			const more = { eventDetails: { eventKey }, propertyId: locator(property) };
			return (await messages({ ...fields, ...more }, { double }))[0].eventId;
		};
		const first = await idFor('order 7');
		expect(await idFor('order 7')).toBe(first);
		expect(await idFor('order 8')).not.toBe(first);
	});

	test('get JSON:API and a time limit, where the options say so', async () => {
		await subscribe('https://a.example/hook', '*');
		const options = { contentType: 'jsonApi', timeoutSeconds: 3 };
		const [{ request }] = await messages({ options }, { double, items: [event()] });
		expect(request).toMatchObject({
			headers: { 'content-type': 'application/vnd.api+json' },
			timeoutMs: 3_000,
		});
	});

	test('get messages marked as a test in a manual run', async () => {
		await subscribe('https://a.example/hook', '*');
		const [message] = await messages({}, { double, items: [event()], mode: 'manual' });
		expect(message.test).toBe(true);
	});

	test.each<[string, IDataObject, RegExp]>([
		['nothing', {}, /^The event cannot be used: \/type_of has to be an event type/],
		['another resource', { data: { type: 'rules' } }, /\/data\/type has to be "audit_events"/],
		[
			'an entity that is none',
			{ type_of: 'a.b', entity: 'x{' },
			/\/entity is a text that is no JSON/,
		],
		[
			'a document whose entity is no JSON',
			{
				data: {
					type: 'audit_events',
					id: `AE${'0'.repeat(32)}`,
					attributes: { type_of: 'a.b', entity: 'x{' },
				},
			},
			/\/data\/attributes\/entity is a text that is no JSON/,
		],
		['a bad property', { type_of: 'a.b', entity: {}, property: 'x' }, /\/property has to be "PR"/],
	])('cannot be found for %s', async (_name, item, expected) => {
		expect(await failure({ operation: 'matchEvent' }, { double, items: [item] })).toMatch(expected);
	});
});

describe('at Adobe', () => {
	test('the callbacks of a property are read once for an execution', async () => {
		const double = await startReactorDouble();
		double.put({});
		const items = [1, 2, 3].map(() => double.event('rule.created') as IDataObject);
		expect(await messages({}, { double, items })).toHaveLength(3);
		expect(double.lines()).toHaveLength(1);
	});

	test('a service that is down ends the run, and nothing counts as matched', async () => {
		const double = await startReactorDouble();
		const items = [double.event('rule.created') as IDataObject];
		double.instead(() => (_request, response) => void response.writeHead(403).end());
		expect(await failure({ operation: 'matchEvent' }, { double, items })).toMatch(/answered 403/);
	});
});

describe('of the store', () => {
	const subscribe = async (property: string, more: IDataObject = {}) =>
		await give({
			operation: 'create',
			propertyId: locator(property),
			url: 'https://a.example/hook',
			otherEventTypes: '*',
			...more,
		});
	const bare = (property: string | null, more: IDataObject = {}) => ({
		type_of: 'order.placed',
		entity: { id: '1', total: 7 },
		property,
		...more,
	});

	test('a condition decides; one that cannot be evaluated is hinted at', async () => {
		const property = newProperty();
		const conditions = [
			'entity.data.attributes.total > 5',
			'entity.data.attributes.total > 9',
			'1 + "a"',
		];
		for (const condition of conditions) await subscribe(property, { additional: { condition } });
		const result = await run({ operation: 'matchEvent' }, { items: [bare(property)] });
		expect(result.outputs('Subscribe')[0]).toHaveLength(1);
		expect(result.hints('Subscribe')).toEqual([
			expect.stringMatching(/^CB[0-9a-f]{32} was left out of an event: condition: /) as string,
		]);
	});

	test('events without a property go to everyone where the option says so', async () => {
		const property = newProperty();
		await subscribe(property);
		const options = { withoutProperty: 'everyone' };
		const found = await messages({ options, propertyId: locator('') }, { items: [bare(null)] });
		expect(found.length).toBeGreaterThan(0);
	});

	test('messages are put into the queue, once for an event', async () => {
		const property = newProperty();
		await subscribe(property);
		await subscribe(property, { url: 'https://b.example/hook' });
		const store = await embeddedStore();
		const seat = { queue: 'workflow-1', role: 'trigger', workflowId: 'workflow-1' };
		await store.write(
			async (unit) =>
				await joinQueue(unit, { ...seat, nodeId: 'q', nodeName: 'Queue' }, store.boot),
		);
		const queueing = {
			operation: 'matchEvent',
			messages: 'queue',
			eventFrom: 'fields',
			eventType: 'order.placed',
			entity: '{"id":"1"}',
			eventDetails: { eventKey: 'k' },
			propertyId: locator(property),
		};
		const [first] = await give(queueing);
		expect(first).toMatchObject({ matched: 2, queued: 2, duplicates: 0, skipped: [] });
		const [again] = await give(queueing);
		expect(again).toMatchObject({ eventId: first.eventId, queued: 0, duplicates: 2 });
		const rows = (await rowsOf(store)).filter(({ event_id }) => event_id === first.eventId);
		expect(rows.map(({ consumer, kind, status }) => [consumer, kind, status])).toEqual([
			[queueConsumer('workflow-1'), 'callback', 'pending'],
			[queueConsumer('workflow-1'), 'callback', 'pending'],
		]);
	});

	test('a queue that nobody serves is refused, and nothing is stored', async () => {
		const property = newProperty();
		await subscribe(property);
		const queueing = { messages: 'queue', options: { queue: 'nobodys' } };
		const store = await embeddedStore();
		const late = jest.spyOn(store, 'now').mockReturnValue(store.openedAt + 3_600_000);
		const items = [bare(property)];
		const told = await failure({ operation: 'matchEvent', ...queueing }, { items });
		late.mockRestore();
		expect(told).toMatch(/No active Delivery Queue Trigger serves the queue "nobodys"/);
	});

	test('a test run puts nothing into a queue, keeps nothing, and says so', async () => {
		const property = newProperty();
		await subscribe(property);
		const result = await run(
			{ operation: 'matchEvent', messages: 'queue' },
			{ items: [bare(property)], mode: 'manual' },
		);
		const [{ json }] = result.outputs('Subscribe')[0];
		expect(json).toMatchObject({ test: true, matched: 1, queued: 0 });
		expect(result.hints('Subscribe')).toEqual(['A test run puts nothing into the queue.']);
	});
});
