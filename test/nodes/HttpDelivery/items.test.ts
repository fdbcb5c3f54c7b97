import type { IDataObject } from 'n8n-workflow';
import { answers, Receiver } from '../../../scripts/receiver.ts';
import { DEAD, deliveriesAt, DELIVERED, delivery, RETRY, runSender, SENDER } from './support';

let receiver: Receiver;

beforeAll(async () => {
	receiver = await Receiver.start();
	receiver.on('/503', answers.status(503, 'busy')).on('/410', answers.status(410, 'gone'));
});

afterEach(() => receiver.clear());
afterAll(async () => await receiver.close());

const at = (path: string, overrides = {}) => delivery(receiver.url + path, overrides);

describe('the three outputs', () => {
	test('each answer leads to its output, every item paired with its input and otherwise kept', async () => {
		const run = await runSender({
			items: [at('/410', { kind: 'postback' }), at('/ok'), at('/503'), { ...at('/ok'), order: 7 }],
		});
		expect(run).toMatchObject({ status: 'success' });
		const pairs = run
			.outputs(SENDER)
			.map((items) => items.map(({ pairedItem }) => (pairedItem as { item: number }).item));
		expect(pairs).toEqual([[1, 3], [2], [0]]);
		expect(run.outputs(SENDER)[DELIVERED][1].json.order).toBe(7);
	});

	test('a delivered item says what was answered, and nothing of an earlier failure', async () => {
		receiver.on('/answer', answers.status(201, 'made'));
		const earlier = { reason: 'HTTP 503', error: { code: 'HTTP_503', message: 'HTTP 503' } };
		const run = await runSender({ items: [at('/answer', { ...earlier, attempt: 2 })] });
		const [done] = deliveriesAt(run, DELIVERED);
		expect(done).toMatchObject({
			status: 'delivered',
			attempt: 3,
			response: { statusCode: 201, bodyExcerpt: 'made', durationMs: expect.any(Number) as number },
		});
		expect(done).not.toHaveProperty('reason');
		expect(done).not.toHaveProperty('error');
		expect(done).not.toHaveProperty('nextAttemptAt');
		expect(Date.parse(done.lastAttemptAt ?? '')).toBeCloseTo(Date.now(), -4);
	});

	test('a dead letter holds request, reason, error and the number of attempts', async () => {
		const request = {
			method: 'PUT',
			url: `${receiver.url}/410`,
			headers: { a: 'b' },
			body: 'text',
		};
		const run = await runSender({ items: [at('/410', { kind: 'postback', request })] });
		expect(deliveriesAt(run, DEAD)).toEqual([
			expect.objectContaining({
				status: 'dead',
				attempt: 1,
				request,
				reason: 'HTTP 410',
				error: { code: 'HTTP_410', message: 'HTTP 410' },
			}),
		]);
	});

	test('what has ended before is passed on to the output of its end and not sent again', async () => {
		const run = await runSender({
			items: [at('/a', { status: 'dead' }), at('/b', { status: 'delivered' }), at('/c')],
		});
		expect(receiver.requests().map(({ path }) => path)).toEqual(['/c']);
		expect(deliveriesAt(run, DEAD)).toHaveLength(1);
		expect(deliveriesAt(run, DELIVERED)).toHaveLength(2);
		expect(run.hints(SENDER)[0]).toContain('1 items were passed on'.replace('1', '2'));
	});

	test('no item gives no request and three empty outputs', async () => {
		const run = await runSender({ items: [] });
		expect(run).toMatchObject({ status: 'success' });
		expect(receiver.requests()).toHaveLength(0);
	});
});

describe('items that are no deliveries', () => {
	const broken: [string, IDataObject, RegExp][] = [
		['one without a delivery', { order: 1 }, /Item 1 is no delivery: delivery is missing/],
		[
			'one without a request',
			{ delivery: { id: 'x', kind: 'callback', name: 'n', attempt: 0, status: 'pending' } },
			/Item 1 .*delivery\.request is missing/,
		],
		['one whose URL is none', at0('ftp://a.example/'), /Item 1 .*delivery\.request\.url/],
		['one with a header of HTTP itself', withHeaders({ Host: 'x' }), /headers\["Host"\]/],
		['one whose headers are null', withHeaders(null), /delivery\.request\.headers/],
		['one whose request is a text', { delivery: { request: 'GET /' } }, /delivery\.request/],
		['one whose delivery is a text', { delivery: 'x' }, /delivery is missing/],
	];

	function at0(url: string): IDataObject {
		return delivery(url);
	}

	function withHeaders(headers: IDataObject | null): IDataObject {
		const { delivery: made } = delivery('https://a.example/') as { delivery: IDataObject };
		return { delivery: { ...made, request: { ...(made.request as IDataObject), headers } } };
	}

	test.each(broken)(
		'%s goes to Dead Letter with its index and what is missing; the others are sent',
		async (_name, item, expected) => {
			const run = await runSender({ items: [at('/before'), item, at('/after')] });
			expect(run).toMatchObject({ status: 'success' });
			expect(deliveriesAt(run, DELIVERED)).toHaveLength(2);
			const [dead] = run.outputs(SENDER)[DEAD];
			expect(dead.pairedItem).toEqual({ item: 1 });
			expect(dead.json.delivery).toMatchObject({
				id: expect.stringMatching(/./) as string,
				status: 'dead',
				attempt: 0,
				reason: 'invalid delivery',
				error: { code: 'INVALID_DELIVERY', message: expect.stringMatching(expected) as string },
			});
			expect(receiver.requests()).toHaveLength(2);
		},
	);

	test('what an invalid delivery has of use is kept, so that it can be found', async () => {
		const request = { method: 'PUT', url: 'a.example', headers: { a: 'b', c: 5 }, body: 'text' };
		const run = await runSender({
			items: [at('/ok'), { delivery: { id: 'msg_1', name: 'Order', kind: 'profile', request } }],
		});
		expect(deliveriesAt(run, DEAD)[0]).toMatchObject({
			id: 'msg_1',
			name: 'Order',
			kind: 'profile',
			request: { method: 'PUT', url: 'a.example', headers: { a: 'b' }, body: 'text' },
		});
		expect(deliveriesAt(run, DEAD)[0].request.headers).not.toHaveProperty('c');
	});

	test('what it has not is filled in, so that it is a delivery like any other', async () => {
		const run = await runSender({ items: [at('/ok'), { delivery: {} }] });
		expect(deliveriesAt(run, DEAD)[0]).toEqual({
			id: expect.stringMatching(/^msg_[0-9a-f]{32}$/) as string,
			kind: 'postback',
			name: '',
			request: { method: 'GET', url: '', headers: {} },
			attempt: 0,
			status: 'dead',
			reason: 'invalid delivery',
			error: expect.objectContaining({ code: 'INVALID_DELIVERY' }) as object,
		});
	});

	test('the message never repeats a value, which may be a secret', async () => {
		const run = await runSender({ items: [at('/ok'), withHeaders({ 'x-key': 'se\ncret' })] });
		expect(deliveriesAt(run, DEAD)[0].error?.message).not.toContain('cret');
	});

	test('nothing but items that are no deliveries is an error that says how to mend the workflow', async () => {
		const run = await runSender({ items: [{ order: 1 }, { order: 2 }] });
		expect(run.status).toBe('error');
		expect(run.error?.message).toBe('No item is a delivery');
		expect(run.error?.description).toMatch(/Item 0: .*delivery is missing/);
		expect(run.error?.description).toContain('A Request From the Fields Below');
		expect(run.error?.context).toMatchObject({ itemIndex: 0 });
	});
});

test('Retry On Fail is refused, and nothing is sent', async () => {
	const run = await runSender({
		items: [at('/ok')],
		node: { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 },
	});
	expect(run.status).toBe('error');
	expect(run.error?.message).toContain('Switch "Retry On Fail" off');
	expect(receiver.requests()).toHaveLength(0);
});

describe('a node that is set to continue on errors', () => {
	test.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
		'%s: what was not sent for a wrong setting is never shown as delivered',
		async (onError) => {
			const run = await runSender({
				items: [at('/ok')],
				options: { allowedHosts: 'not a host' },
				node: { onError },
			});
			expect(receiver.requests()).toHaveLength(0);
			expect(run.outputs(SENDER)[DELIVERED]).toEqual([]);
			const last = run.outputs(SENDER).at(-1) ?? [];
			expect(last).toHaveLength(1);
			expect(JSON.stringify(last[0].json)).toContain('Allowed Private Hosts');
			expect(last[0].pairedItem).toMatchObject({ item: 0 });
			expect(run.hints(SENDER)).toEqual([
				'Nothing was sent: Options › Allowed Private Hosts cannot be read',
			]);
		},
	);
});

describe('what the outputs show', () => {
	const request = () => ({
		method: 'GET',
		url: `${receiver.url}/ok?api_key=s3cret&zip=90210`,
		headers: { 'X-Api-Key': 's3cret', 'X-Zip': '90210' },
	});
	const masked = () => ({
		url: `${receiver.url}/ok?api_key=***&zip=90210`,
		headers: { 'X-Api-Key': '***', 'X-Zip': '90210' },
	});

	test('values named like keys are masked in URL and headers of what has ended, and sent as they are', async () => {
		receiver.on('/dead', answers.status(400));
		const dead = { ...request(), url: request().url.replace('/ok', '/dead') };
		const run = await runSender({
			items: [at('', { request: request() }), at('', { kind: 'postback', request: dead })],
		});
		expect(deliveriesAt(run, DELIVERED)[0].request).toMatchObject(masked());
		expect(deliveriesAt(run, DEAD)[0].request.headers['X-Api-Key']).toBe('***');
		expect(receiver.requests()[0].url).toBe('/ok?api_key=s3cret&zip=90210');
		expect(receiver.requests()[0].headers['x-api-key']).toBe('s3cret');
	});

	test('an item that comes back for its retry keeps its request as it is', async () => {
		const url = `${receiver.url}/503?api_key=s3cret`;
		const run = await runSender({ items: [at('', { request: { ...request(), url } })] });
		expect(deliveriesAt(run, RETRY)[0].request).toEqual({ ...request(), url });
	});
});
