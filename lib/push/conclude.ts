import type { Delivery } from '../delivery/delivery';
import { classifyAnswer, type Classified, type ProviderAnswer } from './errors';
import type { PushOutcome } from './pushOutcome';
import type { TokenKeeper } from './tokenKeeper';

/** Says whether an answer would give its token up if nothing spoke against it. */
const SUSPECTS = Object.freeze({ environmentKnown: true });

/**
 * What an answer means for a delivery; gives its token up where it has to be, before anybody else knows.
 */
export async function judgeAnswer(
	answer: ProviderAnswer,
	delivery: Delivery,
	keeper: TokenKeeper,
): Promise<Classified> {
	const first = classifyAnswer(answer, SUSPECTS);
	if (first.class !== 'forget') return first;
	const judged = classifyAnswer(answer, await keeper.factsOf(delivery));
	if (judged.class === 'forget') {
		await keeper.forget(delivery, { code: judged.code, reason: judged.reason });
	}
	return judged;
}

/** Writes what an answer means into an outcome. */
export function conclude(outcome: PushOutcome, judged: Classified): void {
	outcome.code = judged.code;
	if (judged.class === 'accepted') {
		outcome.verdict = 'delivered';
		return;
	}
	outcome.reason = judged.reason;
	outcome.error = { code: judged.code, message: judged.reason };
	outcome.verdict = judged.class === 'drop' || judged.class === 'forget' ? 'dead' : 'retry';
	if (judged.onlyThisDevice) outcome.onlyThisDelivery = true;
	if (judged.class === 'configuration') outcome.configurationError = judged.reason;
}

/** An outcome of which nothing is known yet; with every field from the start, since objects that grow are slow. */
export function emptyOutcome(startedAt: number): PushOutcome {
	return {
		startedAt,
		durationMs: 0,
		statusCode: undefined,
		bodyExcerpt: undefined,
		retryAfter: undefined,
		error: undefined,
		verdict: undefined,
		reason: undefined,
		cancelled: undefined,
		configurationError: undefined,
		onlyThisDelivery: undefined,
		code: undefined,
	};
}

/** Takes over what is known of an attempt without a complete answer. */
export function concludeFailure(
	outcome: PushOutcome,
	failure: { code: string; message: string },
	cancelled: boolean,
	isPermanent: boolean,
): void {
	outcome.error = failure;
	if (cancelled) outcome.cancelled = true;
	// Whether the provider acted on it is unknown; the id of the notification is kept, and so it is tried again.
	outcome.verdict = isPermanent ? 'dead' : 'retry';
}
