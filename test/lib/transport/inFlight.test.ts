import { stat } from 'node:fs';
import { systemClock, type Clock } from '../../../lib/clock';
import { InFlight, Timed } from '../../../lib/transport/inFlight';
import { FakeClock, settleDown } from '../../support/fakeClock';

class Job extends Timed {
	constructor(
		readonly name: string,
		private readonly log: string[],
		signal = new AbortController().signal,
	) {
		super(signal);
	}

	expire(): void {
		this.log.push(`${this.name} expired`);
	}

	cancel(): void {
		this.log.push(`${this.name} cancelled`);
		this.release();
	}

	finish(): void {
		this.release();
	}
}

/** Counts who sleeps, since each sleeper is a timer of the host. */
function counting(clock: FakeClock): Clock & { sleeping: number; slept: number } {
	const counts = {
		sleeping: 0,
		slept: 0,
		now: () => clock.now(),
		monotonic: () => clock.monotonic(),
		sleep: async (ms: number, signal?: AbortSignal) => {
			counts.sleeping++;
			counts.slept++;
			await clock.sleep(ms, signal);
			counts.sleeping--;
		},
	};
	return counts;
}

test('each expires at its time, the lengths independent of each other', async () => {
	const clock = new FakeClock();
	const inFlight = new InFlight(clock);
	const log: string[] = [];
	inFlight.add(new Job('a', log), 100);
	await clock.advance(50);
	inFlight.add(new Job('b', log), 100);
	inFlight.add(new Job('c', log), 10);
	await clock.advance(49);
	expect(log).toEqual(['c expired']);
	await clock.advance(1);
	expect(log).toEqual(['c expired', 'a expired']);
	await clock.advance(50);
	expect(log).toEqual(['c expired', 'a expired', 'b expired']);
});

test('what has ended does not expire, whichever of the line it was', async () => {
	for (const ended of [0, 1, 2]) {
		const clock = new FakeClock();
		const inFlight = new InFlight(clock);
		const log: string[] = [];
		const jobs = ['a', 'b', 'c'].map((name) => new Job(name, log));
		jobs.forEach((job) => inFlight.add(job, 100));
		jobs[ended].finish();
		jobs[ended].finish();
		await clock.advance(200);
		expect(log).toEqual(
			['a', 'b', 'c'].filter((_, at) => at !== ended).map((name) => `${name} expired`),
		);
	}
});

test('thousands of one length share one timer, which ends with the last of them', async () => {
	const clock = new FakeClock();
	const counted = counting(clock);
	const inFlight = new InFlight(counted);
	const jobs = Array.from({ length: 5_000 }, (_, at) => new Job(`${at}`, []));
	jobs.forEach((job) => inFlight.add(job, 1_000));
	expect(counted.sleeping).toBe(1);
	jobs.forEach((job) => job.finish());
	await settleDown();
	expect(counted.sleeping).toBe(0);
});

test('no timer is left behind, however often the line runs empty', async () => {
	const clock = new FakeClock();
	const counted = counting(clock);
	const inFlight = new InFlight(counted);
	for (let at = 0; at < 3; at++) {
		const job = new Job('x', []);
		inFlight.add(job, 1_000);
		expect(counted.sleeping).toBe(1);
		job.finish();
		await settleDown();
		expect(counted.sleeping).toBe(0);
	}
});

test('one after the other makes no timer for each', async () => {
	const clock = new FakeClock();
	const counted = counting(clock);
	const inFlight = new InFlight(counted);
	for (let at = 0; at < 1_000; at++) {
		const job = new Job('x', []);
		inFlight.add(job, 1_000);
		job.finish();
		await Promise.resolve();
	}
	expect(counted.slept).toBe(1);
});

test('one that comes just as the line runs empty expires at its own time', async () => {
	const clock = new FakeClock();
	const counted = counting(clock);
	const inFlight = new InFlight(counted);
	const log: string[] = [];
	const first = new Job('first', log);
	inFlight.add(first, 100);
	first.finish();
	// After the immediate that ends the sleep, before the sleeper has noticed.
	setImmediate(() => inFlight.add(new Job('second', log), 100));
	await settleDown();
	expect(counted.slept).toBeLessThanOrEqual(3);
	await clock.advance(99);
	expect(log).toEqual([]);
	await clock.advance(1);
	expect(log).toEqual(['second expired']);
});

test('one that comes and goes just as the line runs empty leaves no timer behind', async () => {
	const counted = counting(new FakeClock());
	const inFlight = new InFlight(counted);
	const first = new Job('first', []);
	const second = new Job('second', []);
	inFlight.add(first, 100);
	first.finish();
	setImmediate(() => inFlight.add(second, 100));
	await settleDown();
	expect(counted.sleeping).toBe(1);
	second.finish();
	await settleDown();
	expect(counted.sleeping).toBe(0);
});

test('a signal cancels what runs under it, and nothing else, with one listener', async () => {
	const clock = new FakeClock();
	const inFlight = new InFlight(clock);
	const log: string[] = [];
	const stop = new AbortController();
	const listen = jest.spyOn(stop.signal, 'addEventListener');
	const jobs = ['a', 'b', 'c', 'd'].map((name) => new Job(name, log, stop.signal));
	const other = new Job('other', log);
	inFlight.add(jobs[0], 100);
	inFlight.add(other, 100);
	inFlight.add(jobs[1], 100);
	inFlight.add(jobs[2], 200);
	inFlight.add(jobs[3], 100);
	jobs[3].finish();
	stop.abort();
	expect(log).toEqual(['a cancelled', 'b cancelled', 'c cancelled']);
	expect(listen).toHaveBeenCalledTimes(1);
	await clock.advance(500);
	expect(log.slice(3)).toEqual(['other expired']);
});

describe('while somebody holds the event loop', () => {
	const holdUp = (ms: number) => {
		for (const until = performance.now() + ms; performance.now() < until; );
	};

	test('what was over in time does not expire, though nobody could look', async () => {
		const log: string[] = [];
		const inFlight = new InFlight(systemClock);
		const jobs = ['a', 'b'].map((name) => new Job(name, log));
		const over = new Promise<void>((resolve) => {
			for (const job of jobs) inFlight.add(job, 30);
			stat(__filename, () => {
				for (const job of jobs) job.finish();
				resolve();
			});
		});
		holdUp(120);
		await over;
		await new Promise((resolve) => setTimeout(resolve, 50));
		expect(log).toEqual([]);
	});

	test('what was not over expires all the same', async () => {
		const log: string[] = [];
		const inFlight = new InFlight(systemClock);
		for (const name of ['a', 'b']) inFlight.add(new Job(name, log), 30);
		holdUp(120);
		await new Promise((resolve) => setTimeout(resolve, 50));
		expect(log).toEqual(['a expired', 'b expired']);
	});
});
