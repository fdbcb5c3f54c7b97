import type { Random } from '../clock';
import { isPermanentErrorCode } from '../transport/networkErrors';
import type { Outcome, Verdict } from './channel';
import {
	exponentialSchedule,
	LONGEST_STEP_MS,
	PRESETS,
	retryAfterCap,
	type ExponentialSchedule,
	type PresetName,
	type RetryPolicy,
	type StatusRange,
} from './presets';

/** What an operator changes in a preset; what is absent stays as the preset has it. */
export interface PolicyOverrides {
	/** Such as `200-299, 304`. */
	successStatuses?: string;
	/** Such as `408, 429, 5xx`. */
	retryStatuses?: string;
	/** Milliseconds before each retry, each from the failure before it; empty means no retries. */
	scheduleMs?: readonly number[];
	/** Computes the schedule; not together with `scheduleMs`. */
	exponential?: ExponentialSchedule;
	/** 0 (exact) to 1 (up to twice the delay). */
	jitter?: number;
	timeoutMs?: number;
}

const FIELD_NAMES: Readonly<Record<keyof PolicyOverrides, string>> = {
	successStatuses: 'Success Statuses',
	retryStatuses: 'Retry Statuses',
	scheduleMs: 'Retry Schedule',
	exponential: 'Exponential Schedule',
	jitter: 'Jitter',
	timeoutMs: 'Timeout',
};

/** A policy that cannot be: a mistake in the node's settings, never in a delivery. */
export class PolicyError extends Error {
	override readonly name = 'PolicyError';
	readonly code = 'POLICY_INVALID';

	constructor(
		readonly field: keyof PolicyOverrides,
		problem: string,
	) {
		super(`${FIELD_NAMES[field]}: ${problem}`);
	}
}

/**
 * Reads a list of statuses: single ones, ranges, classes (`200-299, 304, 5xx`).
 * @param field named in the error.
 * @throws PolicyError when an entry is no status from 100 to 599.
 */
export function parseStatusList(
	list: string,
	field: keyof PolicyOverrides = 'successStatuses',
): StatusRange[] {
	const entries = list
		.split(',')
		.map((entry) => entry.trim())
		.filter((entry) => entry !== '');
	return entries.map((entry) => parseStatusEntry(entry, field));
}

function parseStatusEntry(entry: string, field: keyof PolicyOverrides): StatusRange {
	const statusClass = /^([1-5])xx$/i.exec(entry);
	if (statusClass) {
		const from = Number(statusClass[1]) * 100;
		return [from, from + 99];
	}
	const range = /^(\d{3})(?:\s*-\s*(\d{3}))?$/.exec(entry);
	if (!range) {
		throw new PolicyError(
			field,
			`"${entry}" is no status, range or class; write it like 200-299, 304, 5xx`,
		);
	}
	const from = Number(range[1]);
	const to = Number(range[2] ?? range[1]);
	if (from < 100 || to > 599) {
		throw new PolicyError(field, `"${entry}" is outside 100 to 599`);
	}
	if (from > to) throw new PolicyError(field, `"${entry}" ends before it begins`);
	return [from, to];
}

/**
 * A preset with an operator's changes.
 * @throws PolicyError that names the field and how to mend it.
 */
export function customizePolicy(preset: PresetName, overrides: PolicyOverrides): RetryPolicy {
	const base = PRESETS[preset];
	const success = customStatuses(overrides, 'successStatuses') ?? base.success;
	const retry = customStatuses(overrides, 'retryStatuses') ?? base.retry;
	if (success.length === 0) {
		throw new PolicyError('successStatuses', 'at least one status has to count as a success');
	}
	if (overrides.successStatuses !== undefined && overrides.retryStatuses !== undefined) {
		refuseOverlap(success, retry);
	}
	const scheduleMs = customSchedule(overrides) ?? base.scheduleMs;
	return {
		preset,
		scheduleMs,
		jitter: checkNumber('jitter', overrides.jitter ?? base.jitter, 0, 1),
		timeoutMs: checkNumber('timeoutMs', overrides.timeoutMs ?? base.timeoutMs, 1, 3_600_000),
		success,
		retry,
		retryAfterCapMs: retryAfterCap(scheduleMs),
	};
}

function customStatuses(
	overrides: PolicyOverrides,
	field: 'successStatuses' | 'retryStatuses',
): StatusRange[] | undefined {
	const list = overrides[field];
	return list === undefined ? undefined : parseStatusList(list, field);
}

/** Both lists written by the operator: a status in both has no class that one could guess. */
function refuseOverlap(success: readonly StatusRange[], retry: readonly StatusRange[]): void {
	for (const [from, to] of success) {
		const twice = retry.find(([retryFrom, retryTo]) => retryFrom <= to && from <= retryTo);
		if (twice) {
			const status = Math.max(from, twice[0]);
			throw new PolicyError('retryStatuses', `${status} stands in Success Statuses too`);
		}
	}
}

function customSchedule(overrides: PolicyOverrides): readonly number[] | undefined {
	const { scheduleMs, exponential } = overrides;
	if (scheduleMs && exponential) {
		throw new PolicyError('exponential', 'give either a schedule or an exponential one, not both');
	}
	if (scheduleMs) {
		if (scheduleMs.length > 1_000) {
			throw new PolicyError(
				'scheduleMs',
				`${scheduleMs.length} retries; at most 1000 are possible`,
			);
		}
		return scheduleMs.map((step) => checkNumber('scheduleMs', step, 0, LONGEST_STEP_MS));
	}
	if (!exponential) return undefined;
	checkNumber('exponential', exponential.baseMs, 1, LONGEST_STEP_MS, 'first delay in milliseconds');
	checkNumber('exponential', exponential.factor, 1, 100, 'factor');
	checkNumber(
		'exponential',
		exponential.capMs,
		1,
		LONGEST_STEP_MS,
		'longest delay in milliseconds',
	);
	checkNumber('exponential', exponential.tries, 0, 1_000, 'number of retries');
	if (!Number.isInteger(exponential.tries)) {
		throw new PolicyError('exponential', `the number of retries has to be whole`);
	}
	return exponentialSchedule(exponential);
}

function checkNumber(
	field: keyof PolicyOverrides,
	value: number,
	least: number,
	most: number,
	what = 'value',
): number {
	if (typeof value === 'number' && value >= least && value <= most) return value;
	throw new PolicyError(
		field,
		`the ${what} is ${String(value)}, not a number from ${least} to ${most}`,
	);
}

function contains(ranges: readonly StatusRange[], status: number): boolean {
	for (const range of ranges) if (status >= range[0] && status <= range[1]) return true;
	return false;
}

/**
 * What a status means: a success first, then what is retried; the rest ends the delivery.
 * @param status any number; outside 100 to 599 it counts as 500 (RFC 9110 section 15).
 */
export function classifyStatus(policy: RetryPolicy, status: number): Verdict {
	const known = status >= 100 && status <= 599 ? status : 500;
	if (contains(policy.success, known)) return 'delivered';
	return contains(policy.retry, known) ? 'retry' : 'dead';
}

/**
 * What a failure without a status means. The network may recover; what a request itself makes
 * impossible (a blocked address, a credential not meant for this host) ends the delivery.
 */
export function classifyErrorCode(code: string): Verdict {
	return isPermanentErrorCode(code) ? 'dead' : 'retry';
}

/**
 * What an attempt means. A channel that knows better decides; an attempt without any answer is
 * retried, since nothing is known of its effect.
 */
export function classify(policy: RetryPolicy, outcome: Outcome): Verdict {
	if (outcome.verdict) return outcome.verdict;
	if (outcome.statusCode !== undefined) return classifyStatus(policy, outcome.statusCode);
	return outcome.error ? classifyErrorCode(outcome.error.code) : 'retry';
}

export interface RetryHint {
	/** From Retry-After, in milliseconds; may lengthen the delay, never shorten it. */
	retryAfterMs?: number;
	random: Random;
}

/**
 * Milliseconds from a failure to the next attempt.
 * @param step how many retries were scheduled before this failure; 0 after the first.
 * @returns undefined when the schedule is exhausted.
 */
export function nextDelayMs(
	policy: RetryPolicy,
	step: number,
	{ retryAfterMs, random }: RetryHint,
): number | undefined {
	const planned = policy.scheduleMs[step];
	if (planned === undefined) return undefined;
	const delay = policy.jitter > 0 ? Math.round(planned * (1 + random() * policy.jitter)) : planned;
	if (retryAfterMs === undefined || !(retryAfterMs > delay)) return delay;
	return Math.max(delay, Math.min(retryAfterMs, policy.retryAfterCapMs));
}

/**
 * The same policy with its delays multiplied, for demos and tests; timeouts stay as they are,
 * since the network does not run faster.
 * @param timeScale such as 0.001 for seconds in place of milliseconds.
 */
export function scalePolicy(policy: RetryPolicy, timeScale: number): RetryPolicy {
	if (timeScale === 1) return policy;
	return {
		...policy,
		scheduleMs: policy.scheduleMs.map((step) => Math.round(step * timeScale)),
		retryAfterCapMs: Math.round(policy.retryAfterCapMs * timeScale),
	};
}

/** The longest time in milliseconds from the first failure to the last retry, jitter included. */
export function scheduleSpanMs(policy: RetryPolicy): number {
	const sum = policy.scheduleMs.reduce((total, step) => total + step, 0);
	return Math.round(sum * (1 + policy.jitter));
}
