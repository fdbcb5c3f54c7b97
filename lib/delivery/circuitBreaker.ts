/**
 * A circuit breaker for one endpoint, as a value: every function takes a state and gives the next.
 * It counts failures of the connection (refused, reset, timed out), never HTTP statuses: a receiver
 * that answers 500 is there, and its retry schedule is enough.
 */
export interface BreakerState {
	/** Failures of the connection in a row. */
	readonly failures: number;
	/** How often it opened since it was last fully closed; each time doubles the pause. */
	readonly openings: number;
	/** Epoch milliseconds; nothing is sent before. Afterwards one probe may go. */
	readonly pausedUntil?: number;
	/** How many requests may be in flight while it recovers; absent when there is no limit. */
	readonly window?: number;
	/** Successes since the window was last widened. */
	readonly successes: number;
}

export interface BreakerSettings {
	/** Failures in a row that open it. */
	threshold: number;
	/** Length of the first pause, in milliseconds. */
	pauseMs: number;
	/** No pause is longer. */
	longestPauseMs: number;
	/** A window this wide means recovered. */
	recoveredWindow: number;
}

/** Design, endpoints: 30 s, doubling to 5 minutes. */
export const BREAKER_DEFAULTS: BreakerSettings = Object.freeze({
	threshold: 5,
	pauseMs: 30_000,
	longestPauseMs: 300_000,
	recoveredWindow: 64,
});

/** The state of an endpoint of which nothing bad is known. */
export const CLOSED: BreakerState = Object.freeze({ failures: 0, openings: 0, successes: 0 });

/** Whether nothing may be sent yet. A pause that a clock set back would stretch counts as over. */
export function isPaused(
	state: BreakerState,
	now: number,
	settings: BreakerSettings = BREAKER_DEFAULTS,
): boolean {
	if (state.pausedUntil === undefined) return false;
	const left = state.pausedUntil - now;
	return left > 0 && left <= settings.longestPauseMs;
}

/** How many requests may be in flight: none while paused, one as a probe, then the window. */
export function allowance(
	state: BreakerState,
	now: number,
	settings: BreakerSettings = BREAKER_DEFAULTS,
): number {
	if (state.pausedUntil !== undefined) return isPaused(state, now, settings) ? 0 : 1;
	return state.window ?? Infinity;
}

/**
 * After an answer, whatever its status. Any answer while open proves that the endpoint lives, so
 * it closes; the window then doubles each time that it was filled with successes.
 */
export function onSuccess(
	state: BreakerState,
	_now: number,
	settings: BreakerSettings = BREAKER_DEFAULTS,
): BreakerState {
	if (state === CLOSED) return state;
	if (state.pausedUntil !== undefined) {
		return { failures: 0, openings: state.openings, window: 1, successes: 0 };
	}
	if (state.window === undefined) return CLOSED;
	const successes = state.successes + 1;
	if (successes < state.window) return { ...state, failures: 0, successes };
	const window = state.window * 2;
	if (window >= settings.recoveredWindow) return CLOSED;
	return { failures: 0, openings: state.openings, window, successes: 0 };
}

/**
 * After a failure of the connection. A failed probe opens it again for twice as long; what was
 * sent before it opened and fails while it is open changes nothing.
 */
export function onFailure(
	state: BreakerState,
	now: number,
	settings: BreakerSettings = BREAKER_DEFAULTS,
): BreakerState {
	if (isPaused(state, now, settings)) return state;
	const failures = state.failures + 1;
	const probeFailed = state.pausedUntil !== undefined;
	if (!probeFailed && failures < settings.threshold) {
		const window = state.window === undefined ? undefined : 1;
		return { failures, openings: state.openings, window, successes: 0 };
	}
	const openings = state.openings + 1;
	const pause = Math.min(settings.longestPauseMs, settings.pauseMs * 2 ** (openings - 1));
	return { failures, openings, pausedUntil: now + pause, successes: 0 };
}
