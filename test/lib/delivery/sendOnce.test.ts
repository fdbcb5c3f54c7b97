import { PRESETS } from '../../../lib/delivery/presets';
import { createRateLimiter } from '../../../lib/delivery/rateLimiter';
import { sendOnce, type SendOnceOptions } from '../../../lib/delivery/sendOnce';
import { FakeClock, settleDown } from '../../support/fakeClock';
import { freshDelivery, inputsOf, Latch, ScriptedChannel } from '../../support/senders';

describe('sending once, without a store', () => {
	const clock = new FakeClock();
	const options = (
		channel: ScriptedChannel,
		overrides: Partial<SendOnceOptions> = {},
	): SendOnceOptions => ({
		channel,
		policyOf: () => PRESETS.reactorCallback,
		concurrency: 4,
		limiter: createRateLimiter({ requestsPerSecond: 0, clock }),
		signal: new AbortController().signal,
		random: () => 0,
		now: () => clock.now(),
		...overrides,
	});
	const many = (count: number) => inputsOf(Array.from({ length: count }, () => freshDelivery()));

	it('gives each its outcome, and the time of the next attempt for the workflow to wait', async () => {
		const answers = [200, 500];
		const channel = new ScriptedChannel(clock, (_delivery, nth) => answers[nth - 1]);
		const { results } = await sendOnce(many(2), options(channel));
		expect(results).toMatchObject([
			{ kind: 'delivered', delivery: { attempt: 1 } },
			{
				kind: 'retrying',
				delivery: { attempt: 1, nextAttemptAt: new Date(clock.now() + 60_000).toISOString() },
			},
		]);
	});

	it('goes by the attempts that the delivery itself tells of', async () => {
		const channel = new ScriptedChannel(clock, () => 500);
		const last = freshDelivery({ attempt: 7, status: 'retrying' });
		expect((await sendOnce(inputsOf([last]), options(channel))).results).toMatchObject([
			{ kind: 'dead', delivery: { attempt: 8 } },
		]);
	});

	it('has no more under way than it may', async () => {
		const channel = new ScriptedChannel(clock, async () => {
			await settleDown(1);
			return 200;
		});
		const { results } = await sendOnce(many(30), options(channel));
		expect([results.length, channel.mostUnderWay]).toEqual([30, 4]);
	});

	it('lets what is under way finish when it is stopped, and names the rest', async () => {
		const stop = new AbortController();
		const answer = new Latch();
		const channel = new ScriptedChannel(clock, async () => {
			await answer.opened;
			return 200;
		});
		const running = sendOnce(many(10), options(channel, { signal: stop.signal }));
		await settleDown();
		stop.abort();
		answer.open();
		const report = await running;
		expect(report.stopped).toBe(6);
		expect(report.results.filter(({ kind }) => kind === 'delivered')).toHaveLength(4);
		expect(report.results).toHaveLength(10);
	});

	it('takes an error that a channel throws for a failed attempt', async () => {
		const channel = new ScriptedChannel(clock, () => {
			throw new Error('fault');
		});
		expect((await sendOnce(many(1), options(channel))).results).toMatchObject([
			{ kind: 'retrying', delivery: { error: { code: 'CHANNEL_FAILED', message: 'fault' } } },
		]);
	});
});
