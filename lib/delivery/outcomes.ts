import type { Outcome } from './channel';
import type { Delivery } from './delivery';
import { describeFailure, type Judgement } from './judge';

/** What the receiver answered, as a delivery shows it. */
export function responseOf(outcome: Outcome): Delivery['response'] {
	if (outcome.statusCode === undefined) return undefined;
	return {
		statusCode: outcome.statusCode,
		...(outcome.bodyExcerpt ? { bodyExcerpt: outcome.bodyExcerpt } : {}),
		durationMs: Math.round(outcome.durationMs),
	};
}

/** What went wrong, as a delivery shows it. */
export function errorOf(status: Delivery['status'], outcome: Outcome): Delivery['error'] {
	if (outcome.error) return outcome.error;
	if (status === 'delivered') return undefined;
	return { code: `HTTP_${outcome.statusCode}`, message: describeFailure(outcome) };
}

/** A delivery after an attempt: only what this attempt says stays of response, error and reason. */
export function applyOutcome(delivery: Delivery, judged: Judgement, outcome: Outcome): Delivery {
	const { response: _r, error: _e, reason: _why, nextAttemptAt: _next, ...rest } = delivery;
	const response = responseOf(outcome);
	const error = errorOf(judged.status, outcome);
	const result: Delivery = {
		...rest,
		attempt: judged.attempt,
		status: judged.status,
		lastAttemptAt: new Date(outcome.startedAt).toISOString(),
	};
	if (judged.dueAt !== undefined) result.nextAttemptAt = new Date(judged.dueAt).toISOString();
	if (response) result.response = response;
	if (error) result.error = error;
	if (judged.reason !== undefined) result.reason = judged.reason;
	return result;
}
