import fc from 'fast-check';
import type { Outcome } from '../../../lib/delivery/channel';
import { EndpointGates } from '../../../lib/delivery/endpointGates';
import { PRESETS } from '../../../lib/delivery/presets';
import { createRateLimiter } from '../../../lib/delivery/rateLimiter';
import { send } from '../../../lib/delivery/sender';
import { sendOnce } from '../../../lib/delivery/sendOnce';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { troubledEndpoints } from '../../../lib/store/endpoints';
import { queueConsumer } from '../../../lib/store/lines';
import { joinQueue } from '../../../lib/store/queues';
import { FakeClock, settleDown } from '../../support/fakeClock';
import {
	batchInputs,
	freshDelivery,
	inputsOf,
	Latch,
	ScriptedChannel,
	sendAll,
	senderOptions,
	type Answer,
} from '../../support/senders';
import { openTestStore, rowsOf, testFolder, type TestFolder } from '../../support/stores';

const consumer = queueConsumer('q');
const MEND = 'the key is refused; check the key of the credential';
/** As a channel tells that nothing would be taken. */
const WRONG_KEY: Partial<Outcome> = {
	statusCode: 403,
	error: { code: 'InvalidProviderToken', message: MEND },
	reason: MEND,
	verdict: 'retry',
	configurationError: MEND,
};
const MINUTE = 60_000;

let folder: TestFolder;
let clock: FakeClock;
let store: DeliveryStore;

async function openStore(): Promise<void> {
	folder = testFolder();
	clock = new FakeClock();
	store = await openTestStore(folder.path, clock);
	await store.write(
		async (unit) =>
			await joinQueue(
				unit,
				{ queue: 'q', role: 'trigger', workflowId: 'w', nodeId: 'n', nodeName: 'N' },
				store.boot,
			),
	);
}

async function closeStore(): Promise<void> {
	await store.close();
	folder.remove();
}

beforeEach(openStore);
afterEach(closeStore);

const many = (count: number, host = 'a') =>
	Array.from({ length: count }, () =>
		freshDelivery({
			request: { method: 'POST', url: `https://${host}.example/`, headers: {}, body: '{}' },
		}),
	);
const hostOf = (url: string) => new URL(url).hostname[0];
const answering = (answer: (nth: number, host: string) => Answer | Promise<Answer>) =>
	new ScriptedChannel(clock, ({ request }, nth) => answer(nth, hostOf(request.url)));
const kinds = (report: { results: { kind: string }[] }) =>
	report.results.map(({ kind }) => kind).sort();
const claimAndSend = async (options: ReturnType<typeof senderOptions>) =>
	await send(batchInputs(await store.claim(consumer, 100)), options);
const paused = async () =>
	(await store.read(async (unit) => await troubledEndpoints(unit, 'q'))).map((state) => [
		state.endpoint,
		state.pausedUntil - clock.now(),
		state.reason,
	]);

describe('a configuration error', () => {
	it('pauses its endpoint at once, with what to mend, and uses up no attempt', async () => {
		const channel = answering(() => WRONG_KEY);
		const options = senderOptions(store, clock, channel, { concurrency: 1 });
		const report = await sendAll(many(5), options);
		expect(channel.sent).toHaveLength(1);
		expect((await rowsOf(store)).map(({ attempt, status }) => [attempt, status])).toEqual(
			Array.from({ length: 5 }, () => [0, 'pending']),
		);
		expect(await paused()).toEqual([['https://a.example', 5 * MINUTE, MEND]]);
		expect(await store.nextReadyAt(consumer)).toBe(clock.now() + 5 * MINUTE);
		expect(report.configurationErrors).toEqual([MEND]);
	});

	it('stands on every item that waits for it, and what was answered on the one that was sent', async () => {
		const channel = answering(() => WRONG_KEY);
		const { results } = await sendAll(
			many(3),
			senderOptions(store, clock, channel, { concurrency: 1 }),
		);
		const due = new Date(clock.now() + 5 * MINUTE).toISOString();
		const held = {
			reason: MEND,
			error: { code: 'InvalidProviderToken', message: MEND },
			attempt: 0,
			nextAttemptAt: due,
		};
		expect(results).toMatchObject(
			Array.from({ length: 3 }, () => ({ kind: 'retrying', delivery: held })),
		);
		expect(results.filter(({ delivery }) => delivery.response?.statusCode === 403)).toHaveLength(1);
	});

	it('leaves the other endpoints of the queue alone', async () => {
		const channel = answering((_nth, host) => (host === 'a' ? WRONG_KEY : 200));
		const options = senderOptions(store, clock, channel, { concurrency: 1 });
		const report = await sendAll([...many(4, 'a'), ...many(4, 'b')], options);
		expect(kinds(report)).toEqual([
			...Array.from({ length: 4 }, () => 'delivered'),
			...Array.from({ length: 4 }, () => 'retrying'),
		]);
	});

	it('met by all that is under way counts once', async () => {
		const answer = new Latch();
		const channel = answering(async () => {
			await answer.opened;
			return WRONG_KEY;
		});
		const options = senderOptions(store, clock, channel, { concurrency: 10 });
		const running = sendAll(many(30), options);
		await settleDown();
		answer.open();
		await running;
		expect(channel.sent).toHaveLength(10);
		expect(await paused()).toEqual([['https://a.example', 5 * MINUTE, MEND]]);
		expect((await rowsOf(store)).every(({ attempt }) => attempt === 0)).toBe(true);
	});

	it('is tried by one probe after the pause, which doubles up to a quarter of an hour', async () => {
		const channel = answering(() => WRONG_KEY);
		const options = senderOptions(store, clock, channel);
		await sendAll(many(30), { ...options, concurrency: 1 });
		for (const [nth, minutes] of [10, 15, 15].entries()) {
			clock.setWall(clock.now() + 15 * MINUTE + 3_000);
			await claimAndSend({ ...options, concurrency: 50 });
			expect(channel.sent).toHaveLength(nth + 2);
			expect((await paused())[0]).toEqual(['https://a.example', minutes * MINUTE, MEND]);
		}
	});

	it('once mended ends with one probe, then twice as many each time', async () => {
		const widths: number[] = [];
		const channel = answering(async (nth) => {
			if (nth === 1) return WRONG_KEY;
			await settleDown(2);
			widths.push(channel.underWay);
			return 200;
		});
		const options = senderOptions(store, clock, channel);
		await sendAll(many(40), { ...options, concurrency: 1 });
		clock.setWall(clock.now() + 5 * MINUTE + 3_000);
		const first = await claimAndSend({ ...options, concurrency: 50 });
		expect(first.configurationErrors).toBeUndefined();
		for (let i = 0; i < 10; i++) await claimAndSend({ ...options, concurrency: 50 });
		expect(widths[0]).toBe(1);
		expect(Math.max(...widths.slice(0, 3))).toBeLessThanOrEqual(2);
		expect(Math.max(...widths)).toBeGreaterThan(2);
		expect((await rowsOf(store)).every(({ status }) => status === 'delivered')).toBe(true);
		expect((await rowsOf(store)).every(({ attempt }) => attempt === 1)).toBe(true);
	});

	it('is known after a restart', async () => {
		await sendAll(
			many(2),
			senderOptions(
				store,
				clock,
				answering(() => WRONG_KEY),
			),
		);
		const channel = answering(() => 200);
		const fresh = senderOptions(store, clock, channel, { gates: new EndpointGates(true) });
		const { results } = await sendAll(many(2), fresh);
		expect(channel.sent).toEqual([]);
		expect(results).toMatchObject([
			{ kind: 'retrying', delivery: { reason: MEND, attempt: 0 } },
			{ kind: 'retrying', delivery: { reason: MEND, attempt: 0 } },
		]);
	});

	it('stays the reason when a late answer asks for a longer pause', async () => {
		const answers: Answer[] = [WRONG_KEY, { statusCode: 429, retryAfter: '600' }];
		const channel = answering((nth) => answers[nth - 1]);
		const options = senderOptions(store, clock, channel, { concurrency: 2 });
		await sendAll(many(2), options);
		expect(await paused()).toEqual([['https://a.example', 10 * MINUTE, MEND]]);
	});

	it('keeps the rest of a batch from being sent where the workflow waits for retries itself', async () => {
		const channel = answering((_nth, host) => (host === 'a' ? WRONG_KEY : 200));
		const report = await sendOnce(inputsOf([...many(5, 'a'), ...many(2, 'b')]), {
			channel,
			policyOf: () => PRESETS.reactorCallback,
			concurrency: 1,
			limiter: createRateLimiter({ requestsPerSecond: 0, clock }),
			signal: new AbortController().signal,
			random: () => 0,
			now: () => clock.now(),
		});
		expect(channel.sent.map(({ request }) => hostOf(request.url)).sort()).toEqual(['a', 'b', 'b']);
		const waiting = report.results.filter(({ kind }) => kind === 'retrying');
		expect(waiting).toHaveLength(5);
		for (const { delivery } of waiting) {
			expect(delivery.error).toEqual({ code: 'InvalidProviderToken', message: MEND });
		}
		expect(report.configurationErrors).toEqual([MEND]);
	});
});

describe('a wait that is about one delivery', () => {
	const limited = (more: Partial<Outcome> = {}): Partial<Outcome> => ({
		statusCode: 429,
		verdict: 'retry',
		onlyThisDelivery: true,
		...more,
	});

	it.each([
		['429 with Retry-After', limited({ retryAfter: '120' }), 120_000],
		['429 without', limited(), 60_000],
		['503 with Retry-After', limited({ statusCode: 503, retryAfter: '120' }), 120_000],
	])('pauses no endpoint: %s', async (_name, answer, ms) => {
		const channel = answering((nth) => (nth === 1 ? answer : 200));
		const options = senderOptions(store, clock, channel, { concurrency: 1 });
		const report = await sendAll(many(4), options);
		expect(channel.sent).toHaveLength(4);
		expect(kinds(report)).toEqual(['delivered', 'delivered', 'delivered', 'retrying']);
		expect(await paused()).toEqual([]);
		expect(await store.nextReadyAt(consumer)).toBe(clock.now() + ms);
	});

	it('counts as an attempt', async () => {
		const options = senderOptions(
			store,
			clock,
			answering(() => limited()),
		);
		await sendAll(many(1), options);
		expect((await rowsOf(store)).map(({ attempt }) => attempt)).toEqual([1]);
	});
});

it('whatever comes, an attempt is counted for each answer but a configuration error, and nothing is lost', async () => {
	const anAnswer = fc.constantFrom<Answer>(
		200,
		500,
		WRONG_KEY,
		{ statusCode: 429, onlyThisDelivery: true, verdict: 'retry' },
		{ statusCode: 429, retryAfter: '30' },
	);
	await closeStore();
	await fc.assert(
		fc.asyncProperty(
			fc.array(anAnswer, { minLength: 1, maxLength: 12 }),
			fc.integer({ min: 1, max: 6 }),
			async (answers, concurrency) => {
				await openStore();
				let counted = 0;
				const channel = answering((nth) => {
					const answer = answers[(nth - 1) % answers.length];
					if (answer !== WRONG_KEY) counted++;
					return answer;
				});
				const options = senderOptions(store, clock, channel, { concurrency });
				const report = await sendAll(many(15), options);
				const rows = await rowsOf(store);
				expect(rows.reduce((sum, { attempt }) => sum + attempt, 0)).toBe(counted);
				expect(new Set(report.results.map(({ delivery }) => delivery.id)).size).toBe(15);
				// What was not delivered stands in line again.
				for (const { status, due_at } of rows)
					expect(status === 'delivered' || due_at).toBeTruthy();
				const first = answers.indexOf(WRONG_KEY);
				if (first >= 0 && first < 15) {
					expect(channel.sent.length).toBeLessThanOrEqual(first + concurrency);
				}
				await closeStore();
			},
		),
		{ numRuns: 25 },
	);
	await openStore();
}, 60_000);
