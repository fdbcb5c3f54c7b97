import type { DeliveryKind } from './delivery';

/** An inclusive range of HTTP statuses. */
export type StatusRange = readonly [from: number, to: number];

/**
 * When a delivery is sent again, and what each answer means. Plain data, so that it can be shown,
 * stored and compared. A status that is neither a success nor retried ends the delivery.
 */
export interface RetryPolicy {
	preset: PresetName;
	/** Delay before each retry, in milliseconds, each counted from the failure before it. */
	scheduleMs: readonly number[];
	/** Fraction by which a delay may be lengthened at random; 0 keeps the schedule exact. */
	jitter: number;
	/** Time for connecting, answer and body together, unless the delivery brings its own. */
	timeoutMs: number;
	/** Decides before {@link RetryPolicy.retry}. */
	success: readonly StatusRange[];
	retry: readonly StatusRange[];
	/** A Retry-After header lengthens a delay up to this. */
	retryAfterCapMs: number;
}

export const PRESET_NAMES = [
	'reactorCallback',
	'httpApiDestination',
	'mobilePostback',
	'standardWebhooks',
	'exponential',
	'fixedList',
] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

/** Growing delays: `baseMs`, then each `factor` times the one before, none over `capMs`. */
export interface ExponentialSchedule {
	baseMs: number;
	factor: number;
	capMs: number;
	/** Number of retries. */
	tries: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A receiver's hint may postpone a retry this long even where the schedule's steps are shorter. */
export const RETRY_AFTER_FLOOR_MS = HOUR;

/** The longest delay that a timer of the host keeps (2^31-1 ms, 24.8 days) bounds every step. */
export const LONGEST_STEP_MS = 2_147_483_647;

export const DEFAULT_EXPONENTIAL: ExponentialSchedule = {
	baseMs: 30 * SECOND,
	factor: 2,
	capMs: HOUR,
	tries: 10,
};

const ANY: readonly StatusRange[] = [[100, 599]];
const SUCCESSFUL: readonly StatusRange[] = [[200, 299]];
const ALL_BUT_GONE: readonly StatusRange[] = [
	[100, 409],
	[411, 599],
];
/** 501 and 505 say that the server will never understand this request. */
const SERVER_ERRORS: readonly StatusRange[] = [
	[500, 500],
	[502, 504],
	[506, 599],
];

/**
 * Delays of an exponential schedule in milliseconds.
 * @param schedule `tries` entries come back, each at most `capMs`.
 */
export function exponentialSchedule(schedule: ExponentialSchedule): number[] {
	const { baseMs, factor, capMs, tries } = schedule;
	return Array.from({ length: tries }, (_, step) =>
		Math.min(capMs, Math.round(baseMs * factor ** step)),
	);
}

function policy(base: Omit<RetryPolicy, 'retryAfterCapMs'>): RetryPolicy {
	return Object.freeze({ ...base, retryAfterCapMs: retryAfterCap(base.scheduleMs) });
}

/**
 * The longest that a Retry-After header may postpone a retry, in milliseconds: the longest step
 * of the schedule or one hour, whichever is more, so that no receiver parks a delivery for months.
 */
export function retryAfterCap(scheduleMs: readonly number[]): number {
	return scheduleMs.reduce((longest, step) => Math.max(longest, step), RETRY_AFTER_FLOOR_MS);
}

/** The retry policies as they come; each can be edited with `customizePolicy`. */
export const PRESETS: Readonly<Record<PresetName, RetryPolicy>> = Object.freeze({
	/** Reactor callbacks, retry intervals: 200 and 201 only; seven retries, each from the last failure. */
	reactorCallback: policy({
		preset: 'reactorCallback',
		scheduleMs: [MINUTE, 5 * MINUTE, 30 * MINUTE, HOUR, 12 * HOUR, DAY, 3 * DAY],
		jitter: 0,
		timeoutMs: 10 * SECOND,
		success: [[200, 201]],
		retry: ANY,
	}),
	/** HTTP API destination, limits and retry policy: a failed request is stored and tried twice more. */
	httpApiDestination: policy({
		preset: 'httpApiDestination',
		scheduleMs: [15 * SECOND, 30 * SECOND],
		jitter: 0,
		timeoutMs: 2 * SECOND,
		success: SUCCESSFUL,
		retry: [[403, 403], [408, 409], [429, 429], ...SERVER_ERRORS],
	}),
	/** Mobile postbacks: every 30 s; the original has no end, and lets one hit block those behind it. */
	mobilePostback: policy({
		preset: 'mobilePostback',
		scheduleMs: Array.from({ length: 20 }, () => 30 * SECOND),
		jitter: 0,
		timeoutMs: 2 * SECOND,
		success: SUCCESSFUL,
		retry: [
			[408, 408],
			[429, 429],
			[503, 504],
		],
	}),
	/** Standard Webhooks specification, example retry schedule; 410 Gone ends the delivery. */
	standardWebhooks: policy({
		preset: 'standardWebhooks',
		scheduleMs: [
			5 * SECOND,
			5 * MINUTE,
			30 * MINUTE,
			2 * HOUR,
			5 * HOUR,
			10 * HOUR,
			14 * HOUR,
			20 * HOUR,
			24 * HOUR,
		],
		jitter: 0,
		timeoutMs: 15 * SECOND,
		success: SUCCESSFUL,
		retry: ALL_BUT_GONE,
	}),
	exponential: policy({
		preset: 'exponential',
		scheduleMs: exponentialSchedule(DEFAULT_EXPONENTIAL),
		jitter: 0.2,
		timeoutMs: 10 * SECOND,
		success: SUCCESSFUL,
		retry: [[408, 409], [425, 425], [429, 429], ...SERVER_ERRORS],
	}),
	fixedList: policy({
		preset: 'fixedList',
		scheduleMs: [30 * SECOND, 5 * MINUTE, 30 * MINUTE],
		jitter: 0.2,
		timeoutMs: 10 * SECOND,
		success: SUCCESSFUL,
		retry: [[408, 409], [425, 425], [429, 429], ...SERVER_ERRORS],
	}),
});

const PRESET_OF_KIND: Readonly<Record<DeliveryKind, PresetName>> = {
	postback: 'mobilePostback',
	callback: 'reactorCallback',
	profile: 'httpApiDestination',
	// Its channels give their own verdicts; what is left to the policy is outages.
	push: 'exponential',
};

/** The preset that *Automatic* stands for, by the delivery's kind. */
export function presetForKind(kind: DeliveryKind): RetryPolicy {
	return PRESETS[PRESET_OF_KIND[kind]];
}
