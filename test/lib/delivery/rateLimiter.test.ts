import { systemClock, type Clock } from '../../../lib/clock';
import { createRateLimiter } from '../../../lib/delivery/rateLimiter';
import { FakeClock, settleDown } from '../../support/fakeClock';

test('lets a full bucket pass at once, without a promise', () => {
	const limiter = createRateLimiter({ requestsPerSecond: 50, clock: new FakeClock() });
	const first = Array.from({ length: 5 }, () => limiter.take());
	expect(first).toEqual([true, true, true, true, true]);
	expect(limiter.take()).toBeInstanceOf(Promise);
});

test('lets no more pass in a second than the rate and what had piled up', async () => {
	const clock = new FakeClock();
	const limiter = createRateLimiter({ requestsPerSecond: 100, burst: 10, clock });
	let passed = 0;
	for (let at = 0; at < 1_000; at++) void Promise.resolve(limiter.take()).then(() => passed++);
	const each: number[] = [];
	for (let second = 0; second < 3; second++) {
		const before = passed;
		await clock.advance(1_000);
		each.push(passed - before);
	}
	expect(each).toEqual([110, 100, 100]);
});

test('serves those who wait in the order in which they came', async () => {
	const clock = new FakeClock();
	const limiter = createRateLimiter({ requestsPerSecond: 10, burst: 1, clock });
	const order: number[] = [];
	for (let at = 0; at < 20; at++) void Promise.resolve(limiter.take()).then(() => order.push(at));
	await clock.advance(3_000);
	expect(order).toEqual(Array.from({ length: 20 }, (_, at) => at));
});

test('nobody overtakes those who wait, even when a permit has just come free', async () => {
	const clock = new FakeClock();
	const limiter = createRateLimiter({ requestsPerSecond: 10, burst: 1, clock });
	limiter.take();
	const waiting = limiter.take();
	expect(waiting).toBeInstanceOf(Promise);
	expect(limiter.take()).toBeInstanceOf(Promise);
	await clock.advance(100);
	expect(await waiting).toBe(true);
});

test('what is not used piles up no further than the burst', async () => {
	const clock = new FakeClock();
	const limiter = createRateLimiter({ requestsPerSecond: 10, burst: 3, clock });
	await clock.advance(60_000);
	const taken = Array.from({ length: 4 }, () => limiter.take());
	expect(taken.slice(0, 3)).toEqual([true, true, true]);
	expect(taken[3]).toBeInstanceOf(Promise);
});

test('a rate below one a second is kept', async () => {
	const clock = new FakeClock();
	const limiter = createRateLimiter({ requestsPerSecond: 0.5, clock });
	let passed = 0;
	for (let at = 0; at < 5; at++) void Promise.resolve(limiter.take()).then(() => passed++);
	await clock.advance(1_999);
	expect(passed).toBe(1);
	await clock.advance(1);
	expect(passed).toBe(2);
	await clock.advance(2_000);
	expect(passed).toBe(3);
});

test('an aborted one gets no permit and takes none from the rest', async () => {
	const clock = new FakeClock();
	const limiter = createRateLimiter({ requestsPerSecond: 10, burst: 1, clock });
	limiter.take();
	const stop = new AbortController();
	const stopped = [limiter.take(stop.signal), limiter.take(stop.signal)];
	const patient = limiter.take();
	stop.abort();
	expect(await Promise.all(stopped)).toEqual([false, false]);
	let passed = false;
	void Promise.resolve(patient).then(() => (passed = true));
	await clock.advance(99);
	expect(passed).toBe(false);
	await clock.advance(1);
	expect(passed).toBe(true);
});

test('refuses one that was aborted before, and spends nothing on it', async () => {
	const limiter = createRateLimiter({ requestsPerSecond: 1, burst: 1, clock: new FakeClock() });
	expect(await limiter.take(AbortSignal.abort())).toBe(false);
	expect(limiter.take()).toBe(true);
});

test('goes on after everybody who waited was aborted', async () => {
	const clock = new FakeClock();
	const limiter = createRateLimiter({ requestsPerSecond: 10, burst: 1, clock });
	limiter.take();
	const stop = new AbortController();
	const stopped = limiter.take(stop.signal);
	stop.abort();
	expect(await stopped).toBe(false);
	expect(limiter.waiting).toBe(0);
	await clock.advance(100);
	expect(limiter.take()).toBe(true);
	const next = limiter.take();
	await clock.advance(100);
	expect(await next).toBe(true);
});

test('thousands wait under one timer and one listener', async () => {
	let sleepers = 0;
	let most = 0;
	const clock = new FakeClock();
	const counting: Clock = {
		now: () => clock.now(),
		monotonic: () => clock.monotonic(),
		sleep: async (ms, signal) => {
			most = Math.max(most, ++sleepers);
			await clock.sleep(ms, signal);
			sleepers--;
		},
	};
	const limiter = createRateLimiter({ requestsPerSecond: 1_000, clock: counting });
	const stop = new AbortController();
	const listen = jest.spyOn(stop.signal, 'addEventListener');
	const all = Array.from({ length: 5_000 }, () => limiter.take(stop.signal));
	await settleDown();
	expect(limiter.waiting).toBe(4_900);
	expect(most).toBe(1);
	expect(listen).toHaveBeenCalledTimes(1);
	await clock.advance(50);
	expect(limiter.waiting).toBe(4_850);
	stop.abort();
	const permits = await Promise.all(all);
	expect(permits).toEqual(Array.from({ length: 5_000 }, (_, at) => at < 150));
});

test('0 and Infinity mean no limit', () => {
	for (const requestsPerSecond of [0, Infinity]) {
		const limiter = createRateLimiter({ requestsPerSecond, clock: new FakeClock() });
		const taken = Array.from({ length: 100_000 }, () => limiter.take());
		expect(taken.every((permit) => permit === true)).toBe(true);
	}
});

test.each([-1, NaN])('refuses the rate %d', (requestsPerSecond) => {
	expect(() => createRateLimiter({ requestsPerSecond, clock: systemClock })).toThrow(RangeError);
});

test("keeps its rate by the machine's own clock", async () => {
	const limiter = createRateLimiter({ requestsPerSecond: 2_000, burst: 1, clock: systemClock });
	const started = performance.now();
	await Promise.all(Array.from({ length: 600 }, () => limiter.take()));
	const seconds = (performance.now() - started) / 1_000;
	expect(seconds).toBeGreaterThan(0.28);
});
