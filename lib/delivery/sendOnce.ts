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
	const report: SendOnceReport = { results: [], stopped: 0 };

	const worker = async () => {
		for (let input = line.take(() => Infinity); input; input = line.take(() => Infinity)) {
			const permitted = options.signal.aborted ? false : await options.limiter.take(options.signal);
			if (permitted) {
				report.results.push(await attempt(input, options));
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
	return report;
}

async function attempt(input: SenderInput, options: SendOnceOptions): Promise<SenderResult> {
	const { channel, policyOf, random, now } = options;
	const { delivery, index } = input;
	let outcome: Outcome;
	try {
		outcome = await channel.attempt(delivery, NEVER);
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		outcome = { startedAt: now(), durationMs: 0, error: { code: 'CHANNEL_FAILED', message } };
	}
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
