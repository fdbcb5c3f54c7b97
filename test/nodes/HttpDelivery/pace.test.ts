import { setTimeout as sleep } from 'node:timers/promises';
import { Receiver } from '../../../scripts/receiver.ts';
import {
	DEAD,
	deliveriesAt,
	DELIVERED,
	delivery,
	RETRY,
	runSender,
	SENDER,
	startSender,
} from './support';

let receiver: Receiver;

beforeAll(async () => (receiver = await Receiver.start()));
afterEach(() => receiver.clear());
afterAll(async () => await receiver.close());

const many = (path: string, count: number) =>
	Array.from({ length: count }, () => delivery(receiver.url + path));

test.each([
	['Concurrency (1)', 1, { concurrency: 1 }],
	['Concurrency (3)', 3, { concurrency: 3 }],
	['fifty, unless it is set,', 50, {}],
])('never more than %s requests are under way', async (_name, most, options) => {
	let release = () => {};
	const released = new Promise<void>((resolve) => (release = resolve));
	receiver.on('/under-way', async () => {
		await released;
		return { status: 200 };
	});
	const started = startSender({ items: many('/under-way', most + 5), options });
	await receiver.waitFor(most, { path: '/under-way' });
	await sleep(50);
	expect(receiver.requests('/under-way')).toHaveLength(most);
	release();
	expect(deliveriesAt(await started.done, DELIVERED)).toHaveLength(most + 5);
});

test('Requests per Second spreads them', async () => {
	const run = await runSender({ items: many('/rate', 9), options: { requestsPerSecond: 20 } });
	expect(deliveriesAt(run, DELIVERED)).toHaveLength(9);
	const times = receiver.requests('/rate').map(({ time }) => time);
	// Two at once (what a tenth of a second brings), then one each 50 ms.
	expect(Math.max(...times) - Math.min(...times)).toBeGreaterThanOrEqual(300);
});

test('executions of one queue share its rate', async () => {
	const run = async () =>
		await runSender({
			items: many('/shared', 4),
			options: { requestsPerSecond: 16, queue: 'shared' },
		});
	await Promise.all([run(), run()]);
	const times = receiver.requests('/shared').map(({ time }) => time);
	expect(Math.max(...times) - Math.min(...times)).toBeGreaterThanOrEqual(350);
});

describe('numbers that are none are refused, with the field, before anything is sent', () => {
	test.each([
		['concurrency', 'Options › Concurrency'],
		['requestsPerSecond', 'Options › Requests per Second'],
		['timeoutSeconds', 'Options › Timeout (Seconds)'],
		['deduplicationDays', 'Options › Deduplication Days'],
	])('%s', async (option, field) => {
		const run = await runSender({ items: many('/nan', 1), options: { [option]: 'many' } });
		expect(run.error?.message).toBe(`${field}: "many" is no number`);
		expect(receiver.requests()).toHaveLength(0);
	});
});

test('Timeout (Seconds) ends an attempt; a delivery that brings its own goes by that', async () => {
	receiver.on('/slow', { hang: true });
	const own = delivery('', {
		request: { method: 'GET', url: `${receiver.url}/slow`, headers: {}, timeoutMs: 60 },
	});
	const started = Date.now();
	const run = await runSender({
		items: [own, delivery(`${receiver.url}/slow`)],
		options: { timeoutSeconds: 0.2 },
	});
	expect(Date.now() - started).toBeLessThan(1_500);
	const [first, second] = deliveriesAt(run, RETRY);
	expect([first.error?.code, second.error?.code]).toEqual(['TIMEOUT', 'TIMEOUT']);
	const took = ({
		lastAttemptAt,
		nextAttemptAt,
	}: {
		lastAttemptAt?: string;
		nextAttemptAt?: string;
	}) => Date.parse(nextAttemptAt ?? '') - 60_000 - Date.parse(lastAttemptAt ?? '');
	expect(took(first)).toBeLessThan(190);
	expect(took(second)).toBeGreaterThanOrEqual(190);
});

test('Stop lets what is under way finish and sends no more', async () => {
	receiver.on('/stop', { afterMs: 100 });
	const started = startSender({ items: many('/stop', 5), options: { concurrency: 1 } });
	await receiver.waitFor(1, { path: '/stop' });
	started.cancel();
	await started.done;
	await sleep(300);
	expect(receiver.requests('/stop')).toHaveLength(1);
});

describe('the retry policy of each kind of delivery', () => {
	test.each([
		['postback', 500, DEAD],
		['callback', 400, RETRY],
		['callback', 202, RETRY],
		['profile', 403, RETRY],
		['profile', 401, DEAD],
		['push', 429, RETRY],
		['push', 404, DEAD],
	] as const)('%s, answered %d', async (kind, status, output) => {
		receiver.on('/kind', { status });
		const run = await runSender({ items: [delivery(`${receiver.url}/kind`, { kind })] });
		expect(deliveriesAt(run, output)).toHaveLength(1);
	});

	test('a chosen policy goes for all kinds', async () => {
		receiver.on('/any', { status: 404 });
		const items = (['postback', 'push'] as const).map((kind) =>
			delivery(`${receiver.url}/any`, { kind }),
		);
		const run = await runSender({ items, parameters: { retryPolicy: 'standardWebhooks' } });
		expect(deliveriesAt(run, RETRY)).toHaveLength(2);
	});

	test('a setting that is wrong is told although no delivery would need it', async () => {
		const run = await runSender({
			items: many('/policy', 1),
			parameters: { retrySettings: { retryStatuses: 'all' } },
		});
		expect(run.error?.message).toContain('Retry Statuses');
		expect(run.outputs(SENDER)).toEqual([]);
		expect(receiver.requests()).toHaveLength(0);
	});
});
