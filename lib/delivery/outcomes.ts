import type { ChangedRequest } from './look';
import type { Settlement } from '../store/settle';
import type { Outcome } from './channel';
import type { Delivery } from './delivery';
import { bodyDigest } from './digest';
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

/** Why a delivery was not sent, or is not to blame for its failure, as its item shows it. */
export type Why = Partial<Pick<Delivery, 'error' | 'response' | 'lastAttemptAt'>> & {
	reason: string;
};

/** Why a delivery that met a configuration error waits: what was answered, and what to mend. */
export function configurationFault(
	outcome: Outcome,
): Why & { error: NonNullable<Delivery['error']> } {
	const { configurationError: reason = '', startedAt, statusCode } = outcome;
	const response = responseOf(outcome);
	return {
		reason,
		error: { code: outcome.error?.code ?? `HTTP_${statusCode}`, message: reason },
		lastAttemptAt: isoTime(startedAt),
		...(response ? { response } : {}),
	};
}

/** A delivery after an attempt: only what this attempt says stays of response, error and reason. */
export function applyOutcome(delivery: Delivery, judged: Judgement, outcome: Outcome): Delivery {
	const response = responseOf(outcome);
	const error = errorOf(judged.status, outcome);
	const result: Delivery = {
		...(isUntried(delivery) ? delivery : withoutLastAttempt(delivery)),
		attempt: judged.attempt,
		status: judged.status,
		lastAttemptAt: isoTime(outcome.startedAt),
	};
	if (judged.dueAt !== undefined) result.nextAttemptAt = new Date(judged.dueAt).toISOString();
	if (response) result.response = response;
	if (error) result.error = error;
	if (judged.reason !== undefined) result.reason = judged.reason;
	return result;
}

const isUntried = ({ response, error, reason, nextAttemptAt }: Delivery) =>
	(response ?? error ?? reason ?? nextAttemptAt) === undefined;

function withoutLastAttempt(delivery: Delivery): Delivery {
	const { response: _r, error: _e, reason: _why, nextAttemptAt: _next, ...rest } = delivery;
	return rest;
}

let lastTime: { at: number; text: string } | undefined;

/** Dozens of attempts start within one millisecond, and writing it out costs more than the rest. */
function isoTime(at: number): string {
	if (lastTime?.at !== at) lastTime = { at, text: new Date(at).toISOString() };
	return lastTime.text;
}

/**
 * What the store notes of an attempt.
 * @param how whether only a digest of a delivered body is kept, who holds it while it is to be retried, and
 * what a look before the attempt changed
 */
export function settlementOf(
	{ id, request }: Delivery,
	judged: Judgement,
	outcome: Outcome,
	how: { digestBodies?: boolean; heldBy?: { lease: string }; changed?: ChangedRequest },
): Settlement {
	const { status, attempt, step } = judged;
	const response = responseOf(outcome);
	const error = errorOf(status, outcome);
	const settlement: Settlement = {
		id,
		status,
		attempt,
		step,
		made: { startedAt: outcome.startedAt, durationMs: Math.round(outcome.durationMs) },
	};
	if (judged.reason !== undefined) settlement.reason = judged.reason;
	if (judged.dueAt !== undefined) settlement.dueAt = judged.dueAt;
	if (response) settlement.response = response;
	if (error) settlement.error = error;
	if (status === 'retrying' && how.heldBy) settlement.heldBy = how.heldBy;
	if (how.changed) {
		settlement.request = JSON.stringify(request);
		settlement.endpoint = how.changed.endpoint;
	}
	if (how.digestBodies && status === 'delivered' && request.body) {
		settlement.request = JSON.stringify(bodyDigest(request));
	}
	return settlement;
}
