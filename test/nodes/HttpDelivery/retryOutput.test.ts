import { answers, Receiver } from '../../../scripts/receiver.ts';
import { withEnvironment } from '../harness/environment';
import {
	DEAD,
	deliveriesAt,
	DELIVERED,
	delivery,
	RETRY,
	runSender,
	SENDER,
	type SenderOptions,
} from './support';

let receiver: Receiver;

beforeAll(async () => (receiver = await Receiver.start()));
afterEach(() => receiver.clear());
afterAll(async () => await receiver.close());

const at = (path: string, overrides = {}) => delivery(receiver.url + path, overrides);

/** The loop that an operator draws: Retry, a Wait node, and back. */
const looped = (options: SenderOptions): SenderOptions => ({
	...options,
	nodes: [{ name: 'Wait', type: 'test.wait' }],
	wires: [
		[SENDER, 'Wait', RETRY],
		['Wait', SENDER],
	],
});

test('without a loop a failure goes to Retry, with the time of the next attempt by the policy', async () => {
	receiver.on('/busy', answers.status(503));
	const run = await runSender({
		items: [at('/busy')],
		parameters: { retryPolicy: 'reactorCallback' },
	});
	const [retry] = deliveriesAt(run, RETRY);
	expect(retry).toMatchObject({ status: 'retrying', attempt: 1, reason: 'HTTP 503' });
	const delay = Date.parse(retry.nextAttemptAt ?? '') - Date.parse(retry.lastAttemptAt ?? '');
	expect(delay).toBeGreaterThanOrEqual(60_000);
	expect(delay).toBeLessThan(61_000);
});

describe('with the loop, at a thousandth of the time', () => {
	withEnvironment({ N8N_POSTBACK_TIME_SCALE: '0.001' });

	test('it is sent again under the same id until it is taken, and the attempts are numbered', async () => {
		receiver.on('/twice', answers.status(503), answers.reset(), answers.ok());
		const run = await runSender(looped({ items: [at('/twice'), at('/at-once')] }));
		expect(run).toMatchObject({ status: 'success' });
		expect(run.runs(SENDER)).toBe(3);
		expect(deliveriesAt(run, RETRY, 0).map(({ attempt }) => attempt)).toEqual([1]);
		expect(deliveriesAt(run, RETRY, 1)).toEqual([
			expect.objectContaining({ attempt: 2, error: expect.objectContaining({}) as unknown }),
		]);
		expect(deliveriesAt(run, DELIVERED, 2)).toEqual([
			expect.objectContaining({ attempt: 3, status: 'delivered' }),
		]);
		const ids = receiver.requests('/twice').map(({ headers }) => headers['webhook-id']);
		expect(ids).toHaveLength(3);
		expect(new Set(ids).size).toBe(1);
	});

	test('it is dead when the schedule is used up', async () => {
		receiver.on('/never', answers.status(500, 'no'));
		const run = await runSender(
			looped({
				items: [at('/never')],
				parameters: { retryPolicy: 'fixedList', retrySettings: { scheduleSeconds: '1, 1' } },
			}),
		);
		expect(receiver.requests('/never')).toHaveLength(3);
		expect(deliveriesAt(run, DEAD)).toEqual([
			expect.objectContaining({
				attempt: 3,
				reason: 'retries exhausted after 3 attempts: HTTP 500',
			}),
		]);
	});

	test('a retry keeps what stands masked on the other outputs', async () => {
		receiver.on('/key', answers.status(503), answers.ok());
		const items = [at('/key?token=abcdef', { kind: 'postback' })];
		const run = await runSender(looped({ items }));
		expect(receiver.requests('/key').map(({ url }) => url)).toEqual([
			'/key?token=abcdef',
			'/key?token=abcdef',
		]);
		expect(deliveriesAt(run, DELIVERED)[0].request.url).toContain('token=***');
	});

	test('a request from the fields is retried as it was made', async () => {
		receiver.on('/fields', answers.status(503), answers.ok());
		const run = await runSender(
			looped({
				items: [{ order: 1 }],
				parameters: { source: 'fields', url: `${receiver.url}/fields` },
			}),
		);
		expect(run).toMatchObject({ status: 'success' });
		const [first, second] = receiver.requests('/fields');
		expect(second.body.toString()).toBe('{"order":1}');
		expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
		expect(deliveriesAt(run, DELIVERED)[0].attempt).toBe(2);
	});
});

describe('a retry that comes back before it is due', () => {
	const early = () =>
		at('/early', {
			status: 'retrying',
			attempt: 1,
			nextAttemptAt: new Date(Date.now() + 60_000).toISOString(),
		});

	test('is refused with the Wait node to add, and nothing is sent', async () => {
		const run = await runSender({ items: [at('/other'), early()] });
		expect(run.status).toBe('error');
		expect(run.error?.message).toBe('A retry came back before it is due');
		expect(run.error?.description).toContain('Put a Wait node between the Retry output');
		expect(run.error?.description).toContain('={{ $json.delivery.nextAttemptAt }}');
		expect(run.error?.context).toMatchObject({ itemIndex: 1 });
		expect(receiver.requests()).toHaveLength(0);
	});

	test('is let through within the second by which a Wait node may be early', async () => {
		const nextAttemptAt = new Date(Date.now() + 500).toISOString();
		await runSender({ items: [at('/now', { status: 'retrying', attempt: 1, nextAttemptAt })] });
		expect(receiver.requests('/now')).toHaveLength(1);
	});

	test('Retry wired straight back ends in that error, not in a storm of requests', async () => {
		receiver.on('/storm', answers.status(503));
		const run = await runSender({ items: [at('/storm')], wires: [[SENDER, SENDER, RETRY]] });
		expect(run.error?.message).toBe('A retry came back before it is due');
		expect(receiver.requests('/storm')).toHaveLength(1);
	});
});
