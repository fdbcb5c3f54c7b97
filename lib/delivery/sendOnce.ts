import type { Random } from '../clock';
import type { Channel, Outcome } from './channel';
import type { Delivery } from './delivery';
import { FairLine } from './fairLine';
import { judge } from './judge';
import { applyOutcome } from './outcomes';
import type { RetryPolicy } from './presets';
import type { RateLimiter } from './rateLimiter';
import type { SenderInput, SenderResult } from './senderTypes';

export interface SendOnceOptions {
	channel: Channel;
	policyOf: (delivery: Delivery) => RetryPolicy;
	concurrency: number;
	limiter: RateLimiter;
	signal: AbortSignal;
	random: Random;
	/** Epoch milliseconds. */
	now: () => number;
}

export interface SendOnceReport {
	results: SenderResult[];
	/** Not sent, since the run was ended. */
	stopped: number;
	/** What somebody has to mend before all of it can be sent, for people. */
	configurationErrors: string[];
}

/**
 * Sends each delivery once and keeps nothing: for manual runs, and where the workflow itself waits for
 * retries. The delivery's own `attempt` tells how far its schedule is used up.
 */
export async function sendOnce(
	inputs: readonly SenderInput[],
	options: SendOnceOptions,
): Promise<SendOnceReport> {
	const line = new FairLine<SenderInput>(options.concurrency);
	for (const input of inputs) line.add(input);
	const report: SendOnceReport = { results: [], stopped: 0, configurationErrors: [] };
	const refused = new Map<string, Outcome>();

	const worker = async () => {
		for (let input = line.take(() => Infinity); input; input = line.take(() => Infinity)) {
			const refusal = refused.get(input.endpoint);
			if (refusal) {
				report.results.push(resultOf(input, unsent(refusal, options.now()), options));
				line.done(input);
				continue;
			}
			const permitted = options.signal.aborted ? false : await options.limiter.take(options.signal);
			if (permitted) {
				const outcome = await attempt(input, options);
				if (outcome.configurationError !== undefined) refused.set(input.endpoint, outcome);
				report.results.push(resultOf(input, outcome, options));
			} else {
				report.stopped++;
				const reason = 'the execution was stopped';
				report.results.push({
					index: input.index,
					kind: 'retrying',
					delivery: { ...input.delivery, reason },
				});
			}
			line.done(input);
		}
	};
	const workers = Math.max(1, Math.min(options.concurrency, inputs.length));
	await Promise.all(Array.from({ length: workers }, worker));
	const errors = [...refused.values()].map(({ configurationError = '' }) => configurationError);
	report.configurationErrors.push(...new Set(errors));
	return report;
}

/**
 * The rest of a batch of which nothing would be taken. It uses up a step of the schedule without being sent:
 * no store counts its age, and a workflow would wait and try for ever.
 */
function unsent({ error, reason, configurationError }: Outcome, now: number): Outcome {
	return { startedAt: now, durationMs: 0, error, reason, configurationError, verdict: 'retry' };
}

async function attempt({ delivery }: SenderInput, { channel, now }: SendOnceOptions) {
	try {
		return await channel.attempt(delivery, NEVER);
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		const failure: Outcome = {
			startedAt: now(),
			durationMs: 0,
			error: { code: 'CHANNEL_FAILED', message },
		};
		return failure;
	}
}

function resultOf(
	{ delivery, index }: SenderInput,
	outcome: Outcome,
	{ policyOf, random, now }: SendOnceOptions,
): SenderResult {
	const standing = {
		attempt: delivery.attempt,
		step: delivery.attempt,
		...(delivery.expiresAt === undefined ? {} : { expiresAt: Date.parse(delivery.expiresAt) }),
	};
	const judged = judge(policyOf(delivery), standing, outcome, now(), random);
	return { index, kind: judged.status, delivery: applyOutcome(delivery, judged, outcome) };
}

/** Requests under way are let finish; only their own timeout ends them. */
const NEVER = new AbortController().signal;
