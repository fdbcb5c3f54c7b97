import { randomUUID } from 'node:crypto';
import {
	API_KEY,
	ORGANIZATION,
	PROPERTY,
	startReactorDouble,
	type ReactorDouble,
} from '../support/reactorDouble';
import { byId, eventOf } from './harness/callbacks.ts';
import { itemsOf, Receiver, startN8n, workflow, type Item, type N8n } from './harness/index.ts';
import { stored } from './harness/store.ts';

let n8n: N8n;
let double: ReactorDouble;
let receiver: Receiver;
let credentials: Record<string, { id: string; name: string }>;

beforeAll(async () => {
	double = await startReactorDouble();
	receiver = await Receiver.start();
	n8n = await startN8n({ env: { N8N_DISABLE_UI: 'true' } });
	const type = 'postbackReactorApi';
	const data = {
		clientId: API_KEY,
		clientSecret: 'a secret of the double',
		organizationId: ORGANIZATION,
		scope: 'AdobeID,openid',
		accessTokenUrl: `${double.origin}/ims/token/v3`,
		baseUrl: double.origin,
		allowedHosts: '127.0.0.1',
	};
	const { id, name } = await n8n.api.createCredential('Adobe', type, data);
	credentials = { [type]: { id, name } };
	const tested = await n8n.api.testCredential({ id, name, type, data });
	expect(tested).toEqual({ status: 'OK', message: expect.any(String) });
}, 300_000);

afterAll(async () => {
	await n8n?.remove();
	await receiver?.close();
	await double?.server.close();
});

beforeEach(() => void double.server.received.splice(0));

const subscribeNode = (parameters: Record<string, unknown>) => ({
	name: 'Callback Subscribe',
	type: 'n8n-nodes-postback.callbackSubscribe',
	parameters: { source: 'adobe', ...parameters },
	credentials,
});

/** Runs an operation in the editor, and gives its items. */
async function run(parameters: Record<string, unknown>): Promise<Item[]> {
	const { id } = await n8n.api.createWorkflow(
		workflow(
			`Run ${randomUUID()}`,
			[{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' }, subscribeNode(parameters)],
			[['Start', 'Callback Subscribe']],
		),
	);
	const { executionId } = await n8n.api.runManually(id, { trigger: 'Start' });
	const execution = await n8n.api.waitForExecution(String(executionId));
	const { error } = execution.data.resultData;
	if (error) throw new Error(error.message);
	return itemsOf(execution, 'Callback Subscribe');
}

/** What was asked of the API: the line, the content type and the body as they came. */
const asked = () =>
	double.requests().map(({ method, target, headers, body }) => ({
		line: `${method} ${target}`,
		type: headers['content-type'],
		body: body.toString(),
	}));

test('makes a callback with the request of the documentation', async () => {
	const [item] = await run({
		operation: 'create',
		propertyId: byId(PROPERTY),
		url: 'https://www.example.com',
		eventTypes: ['rule.created'],
	});
	expect(asked()).toEqual([
		{
			line: `POST /properties/${PROPERTY}/callbacks`,
			type: 'application/json',
			body: '{"data":{"attributes":{"url":"https://www.example.com","subscriptions":["rule.created"]}}}',
		},
	]);
	expect([...double.callbacks.keys()]).toEqual([item.json.id]);
	expect(item.json).toMatchObject({
		type: 'callbacks',
		attributes: { subscriptions: ['rule.created'] },
	});
});

test.each([
	['the guide', 'guide', 'PUT', 'application/json'],
	['the OpenAPI document', 'openapi', 'PATCH', 'application/vnd.api+json'],
])('updates a callback as in %s', async (_name, writeForm, method, type) => {
	const { id } = double.put({});
	const [item] = await run({
		operation: 'update',
		callbackId: byId(id),
		changes: { eventTypes: ['rule.created', 'build.created'] },
		options: { writeForm },
	});
	const [{ line, type: sent, body }] = asked();
	expect([line, sent]).toEqual([`${method} /callbacks/${id}`, type]);
	expect(body).toBe(
		`{"data":{"attributes":{"subscriptions":["rule.created","build.created"]},"type":"callbacks","id":"${id}"}}`,
	);
	expect(item.json).toMatchObject({
		id,
		attributes: {
			url: 'https://www.example.com',
			subscriptions: ['rule.created', 'build.created'],
		},
	});
});

test('gets one, and many over several pages with filter and sort', async () => {
	double.callbacks.clear();
	const old = double.put({ createdAt: '2020-01-31T00:00:00.000Z' });
	const all = Array.from({ length: 120 }, () => double.put({}).id);
	const [one] = await run({ operation: 'get', callbackId: byId(old.id) });
	expect(one.json).toMatchObject({ id: old.id, attributes: { created_at: old.createdAt } });

	double.server.received.splice(0);
	const items = await run({
		operation: 'getMany',
		propertyId: byId(PROPERTY),
		returnAll: true,
		sort: '-created_at',
		filters: {
			filter: [{ attribute: 'created_at', operator: 'GT', value: '2020-12-31T00:00:00.000Z' }],
		},
	});
	expect(items.map(({ json }) => json.id)).toEqual(all);
	const queries = double
		.requests()
		.map(({ target }) => new URL(target, double.origin).searchParams);
	expect(queries.map((query) => query.get('page[number]'))).toEqual([null, '2']);
	expect(queries[0].get('filter[created_at]')).toBe('GT 2020-12-31T00:00:00.000Z');
	expect(queries[0].get('sort')).toBe('-created_at');
	const [{ headers }] = double.requests();
	expect(headers).toMatchObject({
		accept: 'application/vnd.api+json;revision=1',
		'x-api-key': API_KEY,
		'x-gw-ims-org-id': ORGANIZATION,
	});
});

test('deletes a callback, and says of one that is not there that it is not there', async () => {
	const { id } = double.put({});
	const [item] = await run({ operation: 'delete', callbackId: byId(id) });
	expect(item.json).toEqual({ id, deleted: true });
	expect(double.lines()).toEqual([`DELETE /callbacks/${id}`]);
	expect(double.requests()[0].body).toHaveLength(0);
	await expect(run({ operation: 'get', callbackId: byId(id) })).rejects.toThrow('answered 404');
});

test('sends an event to those who subscribe to it, with HTTP Delivery', async () => {
	double.callbacks.clear();
	const wanted = double.put({ url: `${receiver.url}/wanted` });
	double.put({ url: `${receiver.url}/other`, subscriptions: ['build.created'] });
	const event = double.event('rule.created');
	const json = workflow(
		'Sends events',
		[
			{
				name: 'Event',
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2,
				webhookId: randomUUID(),
				parameters: { path: 'adobe-events', httpMethod: 'POST' },
			},
			{
				name: 'Document',
				type: 'n8n-nodes-base.splitOut',
				parameters: { fieldToSplitOut: 'body.events' },
			},
			subscribeNode({ operation: 'matchEvent', eventFrom: 'item' }),
			{ name: 'Queue', type: 'n8n-nodes-postback.deliveryQueueTrigger' },
			{
				name: 'HTTP Delivery',
				type: 'n8n-nodes-postback.httpDelivery',
				parameters: { options: { allowedHosts: '127.0.0.1' } },
			},
		],
		[
			['Event', 'Document'],
			['Document', 'Callback Subscribe'],
			['Callback Subscribe', 'HTTP Delivery'],
			['Queue', 'HTTP Delivery'],
		],
	);
	const { id } = await n8n.api.createWorkflow(json);
	await n8n.api.activate(id);
	await fetch(n8n.webhookUrl('adobe-events'), {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ events: [event] }),
	});
	const [request] = await receiver.waitFor(1);
	expect(request.path).toBe('/wanted');
	expect(JSON.parse(request.body.toString())).toEqual(event);
	expect(eventOf(request.body).type).toBe('rule.created');
	const [row] = await stored.waitFor(n8n.userFolder, (rows) =>
		rows.some(({ settled_at }) => settled_at !== null),
	);
	expect(row).toMatchObject({ name: wanted.id, status: 'delivered', attempt: 1 });
	expect(receiver.requests()).toHaveLength(1);
});
