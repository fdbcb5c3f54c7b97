import type { Random } from '../clock';
import { queueState, troubledEndpoints } from '../store/endpoints';
import { countLeased, dropLease, releaseDeliveries } from '../store/leases';
import { queueConsumer } from '../store/lines';
import type { Channel } from './channel';
import type { Delivery } from './delivery';
import type { EndpointGates } from './endpointGates';
import { createHeldLease, heldLease } from './heldLease';
import { LeaseHolder } from './leaseHolder';
import { scheduleSpanMs } from './policy';
import type { RetryPolicy } from './presets';
import type { RateLimiter } from './rateLimiter';
import type { LookBefore } from './look';
import { endIntake, takeIn, type IntakeContext } from './senderIntake';
import { SenderRun } from './senderRun';
import type { FeedMeans, JobFeed, SenderInput, SenderResult } from './senderTypes';
import { Settler } from './settler';

export interface SenderOptions extends Omit<IntakeContext, 'expiresAt'> {
	channel: Channel;
	policyOf: (delivery: Delivery) => RetryPolicy;
	/** Under way at once. */
	concurrency: number;
	limiter: RateLimiter;
	/** Ends the run: what is under way is finished and settled, the rest stays queued. */
	signal: AbortSignal;
	random: Random;
	/** Shared by all that send for the queue in this process. */
	gates: EndpointGates;
	/** The node's own credential, by its name, when it has one. */
	credentialName?: string;
	beforeAttempt?: LookBefore;
	/** Keep only a digest of a body once it is delivered. */
	digestBodies?: boolean;
	/** Gets each result as it comes; the report has none then. */
	onResult?: (result: SenderResult) => void;
}

export interface SenderReport {
	/** One for each delivery, in no particular order. */
	results: SenderResult[];
	/** Unsent when the run was ended; they stay queued. */
	stopped: number;
	/** Outcomes that came after the lease had lapsed. */
	late: number;
	/** Why the queue is paused, when it is. */
	queuePaused?: string;
	/** What somebody has to mend before the rest can be sent, for people. */
	configurationErrors?: string[];
	/** The error of the store, or of a look into it, when not all went as it should. */
	storeFailure?: unknown;
}

/** A day beyond the schedule is long enough for pauses and downtimes (design 5, rule 8). */
export const AGE_BEYOND_SCHEDULE_MS = 24 * 3600_000;

/** A feed waits while more than so many jobs wait to be sent, so that memory holds few of them. */
const MOST_WAITING = 1_000;

/**
 * Sends deliveries: stores them, attempts each once, writes what came of it. Gives results when
 * everything is settled or given back. Never throws for what a receiver or the network does.
 * @throws what the store throws when the input cannot be stored; nothing was sent then
 * @throws what the feed throws; what it has stored is settled or left to the queue then
 */
export async function send(
	inputs: readonly SenderInput[],
	options: SenderOptions,
): Promise<SenderReport> {
	const { store, queue, gates, policyOf } = options;
	const [queueNow, endpoints] = await store.read(async (unit) => [
		await queueState(unit, queue),
		await troubledEndpoints(unit, queue),
	]);
	gates.load(endpoints, queueNow);

	const intake = await takeIn(inputs, {
		...options,
		expiresAt: (delivery) =>
			delivery.expiresAt === undefined
				? store.now() + scheduleSpanMs(policyOf(delivery)) + AGE_BEYOND_SCHEDULE_MS
				: Date.parse(delivery.expiresAt),
	});
	if (options.onResult) for (const result of intake.results.splice(0)) options.onResult(result);
	if (intake.jobs.length === 0 && !options.feed) {
		await endIntake(store, intake.lease);
		return { results: intake.results, stopped: 0, late: 0 };
	}
	const holder = new LeaseHolder(
		store,
		intake.lease,
		options.clock,
		intake.acquiredAt,
		inputs.length,
	);
	const settler = new Settler(store, intake.lease, queue, gates, options.clock);
	const failed = new AbortController();
	const signal = AbortSignal.any([options.signal, failed.signal]);
	const run = new SenderRun(options, signal, holder, settler);
	try {
		if (options.holdRetries) await createHeldLease(store, queue, intake.lease);
		run.add(intake.jobs);
		try {
			await feedAll(options.feed, run, holder, { firstPlace: inputs.length + 1, signal });
		} catch (error) {
			failed.abort();
			throw error;
		} finally {
			run.close();
			await run.finished;
			await settler.flush();
		}
	} finally {
		await holder.stop();
		await giveBack(options, intake.lease, settler.failure !== undefined);
	}
	const paused =
		gates.queue.pausedUntil(store.now()) === undefined ? undefined : gates.queue.reason;
	const storeFailure = settler.failure ?? run.failure;
	return {
		results: [...intake.results, ...run.results],
		stopped: run.stopped,
		late: settler.late.size,
		...(paused === undefined ? {} : { queuePaused: paused }),
		...(run.configurationErrors.size > 0
			? { configurationErrors: [...run.configurationErrors] }
			: {}),
		...(storeFailure === undefined ? {} : { storeFailure }),
	};
}

async function feedAll(
	feed: JobFeed | undefined,
	run: SenderRun,
	holder: LeaseHolder,
	means: Pick<FeedMeans, 'firstPlace' | 'signal'>,
): Promise<void> {
	if (!feed) return;
	const room = async () => await run.room(MOST_WAITING);
	for await (const jobs of feed({ ...means, lease: holder.id, room })) {
		holder.extend(jobs.reduce((last, { place }) => Math.max(last, place), 0));
		run.add(jobs);
	}
}

/** Ends a sender's lease. Where outcomes could not be written it has to lapse: what was sent must not look unsent. */
async function giveBack(
	{ store, queue, holdRetries }: SenderOptions,
	lease: string,
	outcomesLost: boolean,
): Promise<void> {
	if (!outcomesLost) {
		await store
			.write(async (unit) => {
				await releaseDeliveries(unit, lease);
				await dropLease(unit, lease);
				if (!holdRetries) return;
				const held = heldLease(lease);
				if ((await countLeased(unit, held)) === 0) await dropLease(unit, held);
			})
			// The keeper frees what a lapsed lease covers.
			.catch(() => undefined);
	}
	if (holdRetries) store.wakeEveryone();
	else store.wakeAll([queueConsumer(queue)]);
}
