import type { Random } from '../clock';
import type { Outcome } from './channel';
import { classify, nextDelayMs } from './policy';
import type { RetryPolicy } from './presets';
import { parseRetryAfter } from './retryAfter';

/** Where a delivery stands before an attempt. Times in epoch milliseconds. */
export interface Standing {
	/** Attempts made so far. */
	attempt: number;
	/** Delays of the schedule used up. */
	step: number;
	expiresAt?: number;
}

/** What becomes of a delivery after an attempt. Times in epoch milliseconds. */
export interface Judgement {
	status: 'delivered' | 'retrying' | 'dead';
	/** Why it ended, or why it has to wait; for people. */
	reason?: string;
	attempt: number;
	step: number;
	/** When it is tried again; for `retrying`. */
	dueAt?: number;
	/** The receiver asks for a pause of everything that is meant for it, until then. */
	pauseUntil?: number;
}

/** A 429 without a time asks for a pause that it does not measure; no longer than this. */
const LONGEST_UNASKED_PAUSE_MS = 60_000;

/**
 * Decides after an attempt, by the retry policy: delivered, tried again after the next delay of its
 * schedule (counted from this failure), or dead.
 * @param now epoch milliseconds, when the attempt ended
 */
export function judge(
	policy: RetryPolicy,
	standing: Standing,
	outcome: Outcome,
	now: number,
	random: Random,
): Judgement {
	const attempt = standing.attempt + 1;
	const verdict = classify(policy, outcome);
	if (verdict === 'delivered') return { status: 'delivered', attempt, step: standing.step };

	const failure = describeFailure(outcome);
	if (verdict === 'dead') {
		return { status: 'dead', reason: outcome.reason ?? failure, attempt, step: standing.step };
	}

	const retryAfterMs = parseRetryAfter(outcome.retryAfter, now);
	const delay = nextDelayMs(policy, standing.step, { retryAfterMs, random });
	const pauseUntil = pauseAsked(policy, outcome, retryAfterMs, delay, now);
	const paused = pauseUntil === undefined ? {} : { pauseUntil };
	if (delay === undefined) {
		const reason = `retries exhausted after ${attempt} attempts: ${failure}`;
		return { status: 'dead', reason, attempt, step: standing.step, ...paused };
	}
	const dueAt = now + delay;
	if (standing.expiresAt !== undefined && dueAt > standing.expiresAt) {
		return { status: 'dead', reason: 'expired', attempt, step: standing.step, ...paused };
	}
	return {
		status: 'retrying',
		reason: failure,
		attempt,
		step: standing.step + 1,
		dueAt,
		...paused,
	};
}

/** A failed attempt in a few words. */
export function describeFailure(outcome: Outcome): string {
	if (outcome.statusCode !== undefined) return `HTTP ${outcome.statusCode}`;
	return outcome.error?.message ?? 'no answer';
}

/** Design 5, rule 5: 429, and 503 with Retry-After, are about the endpoint and not about the delivery. */
function pauseAsked(
	policy: RetryPolicy,
	outcome: Outcome,
	retryAfterMs: number | undefined,
	delay: number | undefined,
	now: number,
): number | undefined {
	if (outcome.onlyThisDelivery) return undefined;
	if (outcome.statusCode !== 429 && outcome.statusCode !== 503) return undefined;
	if (retryAfterMs !== undefined) return now + Math.min(retryAfterMs, policy.retryAfterCapMs);
	if (outcome.statusCode === 503) return undefined;
	return now + Math.min(delay ?? LONGEST_UNASKED_PAUSE_MS, LONGEST_UNASKED_PAUSE_MS);
}
