import type { IDataObject } from 'n8n-workflow';
import { Receiver } from '../../../scripts/receiver.ts';
import { DEAD, deliveriesAt, DELIVERED, runSender, SENDER } from './support';

let receiver: Receiver;

beforeAll(async () => (receiver = await Receiver.start()));
afterEach(() => receiver.clear());
afterAll(async () => await receiver.close());

async function sendFields(parameters: IDataObject, items: IDataObject[] = [{ id: 1, name: 'Ä' }]) {
	const run = await runSender({
		items,
		parameters: { source: 'fields', url: `${receiver.url}/hook`, ...parameters },
	});
	return { run, requests: receiver.requests() };
}

test("by default the item's JSON is posted as it came", async () => {
	const { run, requests } = await sendFields({});
	expect(run).toMatchObject({ status: 'success' });
	expect(requests).toHaveLength(1);
	expect(requests[0]).toMatchObject({ method: 'POST', url: '/hook' });
	expect(requests[0].headers['content-type']).toBe('application/json');
	expect(requests[0].body.toString()).toBe('{"id":1,"name":"Ä"}');
});

test.each([
	{ delivery: { id: 'parcel-1', status: 'retrying' } },
	{ delivery: { lease: 'mine', status: 'retrying' } },
	{ delivery: 'express' },
])('an event with a field of the name delivery is an event: %j', async (event) => {
	const { requests } = await sendFields({}, [event]);
	expect(requests.map(({ body }) => body.toString())).toEqual([JSON.stringify(event)]);
});

test.each(['DELETE', 'GET', 'PATCH', 'POST', 'PUT'])('the method %s', async (method) => {
	const { requests } = await sendFields({ method, bodyFrom: 'none' });
	expect(requests[0].method).toBe(method);
	expect(requests[0].body).toHaveLength(0);
	expect(requests[0].headers['content-type']).toBeUndefined();
});

test('one request for each item, expressions evaluated for each', async () => {
	const { run, requests } = await sendFields(
		{
			url: `=${receiver.url}/orders/{{ $json.id }}`,
			bodyFrom: 'text',
			body: '={{ JSON.stringify({ total: $json.total }) }}',
			headers: {
				header: [
					{ name: 'X-Order', value: '={{ $json.id }}' },
					{ name: 'X-Fixed', value: 'yes' },
					{ name: '', value: 'a row that was added and left empty' },
				],
			},
			messageName: '=Order {{ $json.id }}',
			contentType: 'application/vnd.order+json',
		},
		[
			{ id: 1, total: 10 },
			{ id: 2, total: 20 },
		],
	);
	const seen = requests.map(({ url, body, headers }) => [
		url,
		body.toString(),
		headers['x-order'],
		headers['x-fixed'],
		headers['content-type'],
	]);
	expect(seen.sort()).toEqual([
		['/orders/1', '{"total":10}', '1', 'yes', 'application/vnd.order+json'],
		['/orders/2', '{"total":20}', '2', 'yes', 'application/vnd.order+json'],
	]);
	expect(deliveriesAt(run, DELIVERED).map(({ name }) => name)).toEqual(['Order 1', 'Order 2']);
});

test('a body that an expression gives as an object is sent as JSON', async () => {
	const { requests } = await sendFields({ bodyFrom: 'text', body: '={{ $json }}' }, [{ a: [1] }]);
	expect(requests[0].body.toString()).toBe('{"a":[1]}');
});

test('a text that is empty is sent as no body', async () => {
	const { requests } = await sendFields({ bodyFrom: 'text', body: '={{ $json.missing }}' });
	expect(requests[0].body).toHaveLength(0);
	expect(requests[0].headers['content-type']).toBeUndefined();
});

test('a content type that is empty is not sent', async () => {
	const { requests } = await sendFields({ contentType: '' });
	expect(requests[0].headers['content-type']).toBeUndefined();
});

test("a message without a name is listed under the node's, and under the kind whose policy is strict", async () => {
	const { run } = await sendFields({});
	expect(deliveriesAt(run, DELIVERED)[0]).toMatchObject({
		name: SENDER,
		kind: 'callback',
		id: expect.stringMatching(/^msg_[0-9a-f]{32}$/) as string,
	});
});

test('ids differ from item to item', async () => {
	const { requests } = await sendFields({}, [{ a: 1 }, { a: 2 }]);
	const ids = requests.map(({ headers }) => headers['webhook-id']);
	expect(new Set(ids).size).toBe(2);
});

test('a URL is trimmed of the spaces that come with pasting', async () => {
	const { requests } = await sendFields({ url: `  ${receiver.url}/hook\n` });
	expect(requests[0].url).toBe('/hook');
});

describe('a request that cannot be', () => {
	const bad: [string, IDataObject, string, RegExp][] = [
		['without a URL', { url: '={{ $json.missing }}' }, '', /delivery\.request\.url/],
		['with a URL without a scheme', { url: 'a.example/x' }, 'a.example/x', /request\.url/],
		['with a host that is none', { url: 'https://[oops/x' }, 'https://[oops/x', /request\.url/],
		['with a port that is none', { url: 'https://a:99999/' }, 'https://a:99999/', /request\.url/],
	];

	test.each(bad)(
		'%s goes to Dead Letter, with what the fields gave',
		async (_n, fields, url, why) => {
			const { run, requests } = await sendFields({ ...fields, messageName: 'Order' });
			expect(run.status).toBe('success');
			expect(requests).toHaveLength(0);
			expect(deliveriesAt(run, DEAD)[0]).toMatchObject({
				kind: 'callback',
				name: 'Order',
				request: { method: 'POST', url },
				error: { code: 'INVALID_DELIVERY', message: expect.stringMatching(why) as string },
			});
		},
	);

	test('without a method goes to Dead Letter', async () => {
		const { run, requests } = await sendFields({ method: '={{ $json.missing }}' });
		expect(requests).toHaveLength(0);
		expect(deliveriesAt(run, DEAD)[0].error?.message).toContain('delivery.request.method');
	});

	test('for one item of many costs the others nothing', async () => {
		const { run, requests } = await sendFields({ url: '={{ $json.url }}' }, [
			{ url: `${receiver.url}/a` },
			{ url: 'nowhere' },
			{},
			{ url: `${receiver.url}/b` },
		]);
		expect(requests.map(({ path }) => path).sort()).toEqual(['/a', '/b']);
		const dead = run.outputs(SENDER)[DEAD];
		expect(dead.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 1 }, { item: 2 }]);
	});

	test('with a header of the sender itself goes to Dead Letter', async () => {
		const header = [{ name: 'Webhook-Id', value: 'mine' }];
		const { run, requests } = await sendFields({ headers: { header } });
		expect(requests).toHaveLength(0);
		expect(deliveriesAt(run, DEAD)[0].error?.message).toContain('set by the sender itself');
	});
});

test('an item that came back for its retry is sent as it was made, whatever the fields say', async () => {
	const made = { method: 'PUT', url: `${receiver.url}/made`, headers: {}, body: 'made' };
	const { requests } = await sendFields({}, [
		{
			delivery: {
				id: 'msg_1',
				kind: 'callback',
				name: 'n',
				request: made,
				attempt: 1,
				status: 'retrying',
				nextAttemptAt: new Date().toISOString(),
			},
		},
	]);
	expect(requests).toHaveLength(1);
	expect(requests[0]).toMatchObject({ method: 'PUT', url: '/made' });
	expect(requests[0].headers['webhook-id']).toBe('msg_1');
});
