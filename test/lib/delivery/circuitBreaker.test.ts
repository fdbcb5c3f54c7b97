import fc from 'fast-check';
import {
	allowance,
	BREAKER_DEFAULTS,
	CLOSED,
	isPaused,
	onFailure,
	onSuccess,
	type BreakerState,
} from '../../../lib/delivery/circuitBreaker';

const { threshold, pauseMs, longestPauseMs } = BREAKER_DEFAULTS;

function fail(state: BreakerState, times: number, now = 0): BreakerState {
	for (let at = 0; at < times; at++) state = onFailure(state, now);
	return state;
}

function opened(now = 0): BreakerState {
	return fail(CLOSED, threshold, now);
}

test('stays closed below the threshold', () => {
	const state = fail(CLOSED, threshold - 1);
	expect(isPaused(state, 0)).toBe(false);
	expect(allowance(state, 0)).toBe(Infinity);
});

test('opens for 30 s at the threshold', () => {
	const state = opened(1_000);
	expect(state.pausedUntil).toBe(31_000);
	expect(allowance(state, 1_000)).toBe(0);
	expect(allowance(state, 30_999)).toBe(0);
});

test('an answer in between starts the count anew', () => {
	const state = fail(onSuccess(fail(CLOSED, threshold - 1), 0), threshold - 1);
	expect(isPaused(state, 0)).toBe(false);
});

test('lets one probe go when the pause is over', () => {
	expect(allowance(opened(), pauseMs)).toBe(1);
});

test('a failed probe doubles the pause, up to 5 minutes', () => {
	let state = opened();
	const pauses: number[] = [];
	for (let at = 0; at < 7; at++) {
		const now = state.pausedUntil ?? 0;
		state = onFailure(state, now);
		pauses.push((state.pausedUntil ?? 0) - now);
	}
	expect(pauses).toEqual([60_000, 120_000, 240_000, 300_000, 300_000, 300_000, 300_000]);
});

test('failures of what was sent before it opened do not lengthen the pause', () => {
	const state = opened();
	expect(onFailure(state, 100)).toBe(state);
});

test('after a probe the window doubles each time that it was filled: 1, 2, 4, 8 …', () => {
	let state = onSuccess(opened(), pauseMs);
	const windows: number[] = [];
	while (state !== CLOSED) {
		const window = allowance(state, pauseMs);
		windows.push(window);
		for (let at = 0; at < window; at++) state = onSuccess(state, pauseMs);
	}
	expect(windows).toEqual([1, 2, 4, 8, 16, 32]);
	expect(allowance(state, pauseMs)).toBe(Infinity);
});

test('a failure while recovering narrows the window to 1 without opening at once', () => {
	let state = onSuccess(opened(), pauseMs);
	for (let at = 0; at < 3; at++) state = onSuccess(state, pauseMs);
	expect(allowance(state, pauseMs)).toBe(4);
	expect(allowance(onFailure(state, pauseMs), pauseMs)).toBe(1);
});

test('opening again while recovering pauses for longer, and forgets that only once recovered', () => {
	const recovering = onSuccess(opened(), pauseMs);
	expect(fail(recovering, threshold, pauseMs).pausedUntil).toBe(pauseMs + 60_000);
	let state = recovering;
	for (let at = 0; at < 200; at++) state = onSuccess(state, pauseMs);
	expect(state).toBe(CLOSED);
	expect(fail(state, threshold, pauseMs).pausedUntil).toBe(pauseMs + 30_000);
});

test('a clock set back does not stretch a pause', () => {
	const state = opened(10_000_000);
	expect(isPaused(state, 9_000_000)).toBe(false);
	expect(allowance(state, 9_000_000)).toBe(1);
});

test('for every course of events a pause is at most 5 minutes and the window at least 1', () => {
	const events = fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 400_000 })), { maxLength: 200 });
	fc.assert(
		fc.property(events, (course) => {
			let state = CLOSED;
			let now = 0;
			for (const [answered, passed] of course) {
				now += passed;
				state = answered ? onSuccess(state, now) : onFailure(state, now);
				const until = state.pausedUntil ?? now;
				if (until - now > longestPauseMs) return false;
				if (!isPaused(state, now) && allowance(state, now) < 1) return false;
			}
			return true;
		}),
	);
});

test('values are never changed in place', () => {
	const states = [CLOSED, opened(), onSuccess(opened(), pauseMs)].map((state) =>
		Object.freeze(state),
	);
	for (const state of states) {
		expect(() => onFailure(state, pauseMs)).not.toThrow();
		expect(() => onSuccess(state, pauseMs)).not.toThrow();
	}
});
