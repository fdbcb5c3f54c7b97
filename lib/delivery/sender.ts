import type { Random } from '../clock';
import type { DeliveryStore } from '../store/deliveryStore';
import { queueState, troubledEndpoints } from '../store/endpoints';
import { createLease, dropLease, LONGEST_WAIT_MS, releaseDeliveries } from '../store/leases';
import { queueConsumer } from '../store/lines';
import type { Settlement } from '../store/settle';
import type { Channel, Outcome } from './channel';
import { bodyDigest } from './digest';
import type { Delivery } from './delivery';
import { EndpointGates } from './endpointGates';
import { FairLine } from './fairLine';
import { judge } from './judge';
import { LeaseHolder } from './leaseHolder';
import { applyOutcome, errorOf, responseOf } from './outcomes';
import type { RetryPolicy } from './presets';
import { QueueGate } from './queueGate';
import type { RateLimiter } from './rateLimiter';
import { endIntake, takeIn, type IntakeContext } from './senderIntake';
import type { SendJob, SenderInput, SenderResult } from './senderTypes';
import { Settler } from './settler';

/** What a look before an attempt says: go on, or end the delivery for a reason. */
export type Look = { send: true } | { send: false; reason: string };

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
	/** Asked before every attempt but the first. */
	beforeAttempt?: (delivery: Delivery) => Promise<Look> | Look;
	/** Keep only a digest of a body once it is delivered. */
	digestBodies?: boolean;
	/** Retries go back to the workflow, which waits for them; they stay leased to it. */
	holdRetries?: boolean;
}

export interface SenderReport {
	/** One for each input, in no particular order. */
	results: SenderResult[];
	/** Unsent when the run was ended; they stay queued. */
	stopped: number;
	/** Outcomes that came after the lease had lapsed. */
	late: number;
	/** Why the queue is paused, when it is. */
	queuePaused?: string;
	/** The store's error when outcomes could not be written. */
	storeFailure?: unknown;
}

/** A day beyond the schedule is long enough for pauses and downtimes (design 5, rule 8). */
export const AGE_BEYOND_SCHEDULE_MS = 24 * 3600_000;

/** Spread over what a pause held back, so that its end is no burst. */
const PAUSE_JITTER_MS = 2_000;

/**
 * Sends deliveries: stores them, attempts each once, writes what came of it. Gives results when
 * everything is settled or given back. Never throws for what a receiver or the network does.
 * @throws what the store throws when the input cannot be stored; nothing was sent then
 */
export async function send(
	inputs: readonly SenderInput[],
	options: SenderOptions,
): Promise<SenderReport> {
	const { store, queue, policyOf } = options;
	const [queueNow, endpoints] = await store.read(async (unit) => [
		await queueState(unit, queue),
		await troubledEndpoints(unit, queue),
	]);
	options.gates.load(endpoints);
	const queueGate = new QueueGate(queueNow);

	const intake = await takeIn(inputs, {
		...options,
		expiresAt: (delivery) =>
			delivery.expiresAt === undefined
				? store.now() + spanOf(policyOf(delivery)) + AGE_BEYOND_SCHEDULE_MS
				: Date.parse(delivery.expiresAt),
	});
	if (intake.jobs.length === 0) {
		await endIntake(store, intake.lease);
		return { results: intake.results, stopped: 0, late: 0 };
	}
	const holder = new LeaseHolder(store, intake.lease, options.clock, intake.acquiredAt, inputs.length);
	const settler = new Settler(store, intake.lease, queue, options.gates, queueGate, options.clock);
	const run = new SenderRun(options, intake.jobs, holder, settler, queueGate);
	try {
		if (options.holdRetries) await createHeldLease(options, intake.lease);
		run.start();
		await run.finished;
		await settler.flush();
	} finally {
		await holder.stop();
		await store
			.write(async (unit) => {
				await releaseDeliveries(unit, intake.lease);
				await dropLease(unit, intake.lease);
			})
			// The keeper frees what a lapsed lease covers.
			.catch(() => undefined);
		store.wakeAll([queueConsumer(queue)]);
	}
	const paused = queueGate.pausedUntil(store.now()) === undefined ? undefined : queueGate.reason;
	return {
		results: [...intake.results, ...run.results],
		stopped: run.stopped,
		late: settler.late.size,
		...(paused === undefined ? {} : { queuePaused: paused }),
		...(settler.failure === undefined ? {} : { storeFailure: settler.failure }),
	};
}

const spanOf = (policy: RetryPolicy) =>
	policy.scheduleMs.reduce((sum, step) => sum + step * (1 + policy.jitter), 0);

const STOPPED = 'the execution was stopped';
const LOST = 'the lease was lost';

/** One run through the jobs of a lease. */
class SenderRun {
	readonly results: SenderResult[] = [];
	readonly finished: Promise<void>;
	stopped = 0;
	private readonly line: FairLine<SendJob>;
	private inFlight = 0;
	private finish!: () => void;
	private pumping = false;

	constructor(
		private readonly options: SenderOptions,
		jobs: readonly SendJob[],
		private readonly holder: LeaseHolder,
		private readonly settler: Settler,
		private readonly queueGate: QueueGate,
	) {
		this.line = new FairLine(options.concurrency);
		for (const job of jobs) this.line.add(job);
		this.finished = new Promise((resolve) => (this.finish = resolve));
	}

	start(): void {
		this.options.signal.addEventListener('abort', this.pump, { once: true });
		this.pump();
	}

	/** Starts as many as may be under way; called whenever that could have changed. */
	private readonly pump = (): void => {
		if (this.pumping) return;
		this.pumping = true;
		try {
			while ((this.waitingForMark !== undefined || this.inFlight < this.options.concurrency) && this.startNext());
		} finally {
			this.pumping = false;
		}
		if (this.inFlight === 0 && this.line.waiting === 0) {
			this.options.signal.removeEventListener('abort', this.pump);
			this.finish();
		}
	};

	private waitingForMark: SendJob | undefined;

	private startNext(): boolean {
		const now = this.options.store.now();
		this.postponeUnsendable(now);
		const job = this.waitingForMark ?? this.takeJob(now);
		if (!job) return false;
		this.waitingForMark = undefined;
		if (this.options.signal.aborted) {
			this.giveUp(job, STOPPED);
			return true;
		}
		if (!this.holder.mayStart(job.place, this.pump)) {
			if (this.holder.isLost) {
				this.giveUp(job, LOST);
				return true;
			}
			// It has its place already, so that the line does not hand out another meanwhile.
			this.waitingForMark = job;
			return false;
		}
		const permit = this.options.limiter.take(this.options.signal);
		if (permit === true) void this.attempt(job);
		else void this.attemptAfter(job, permit);
		return true;
	}

	private takeJob(now: number): SendJob | undefined {
		if (this.inFlight >= this.queueGate.allowance(now)) return undefined;
		const job = this.line.take((endpoint) => this.options.gates.allowance(endpoint, now));
		if (job) this.inFlight++;
		return job;
	}

	/** Gives back what cannot be sent in this run: stopped, a paused queue, a paused endpoint. */
	private postponeUnsendable(now: number): void {
		if (this.line.waiting === 0) return;
		if (this.options.signal.aborted || this.holder.isLost) {
			const jobs = this.line.drainAll();
			this.stopped += jobs.length;
			this.postpone(jobs, undefined, this.holder.isLost ? LOST : STOPPED);
			return;
		}
		const queueUntil = this.queueGate.pausedUntil(now);
		if (queueUntil !== undefined) {
			this.postpone(this.line.drainAll(), queueUntil, this.queueGate.reason ?? 'the queue is paused');
			return;
		}
		if (this.options.gates.allClear) return;
		for (const endpoint of [...this.line.endpoints()]) {
			const until = this.options.gates.pausedUntil(endpoint, now);
			if (until !== undefined) {
				this.postpone(this.line.drain(endpoint), until, this.options.gates.reason(endpoint));
			}
		}
	}

	private postpone(jobs: readonly SendJob[], until: number | undefined, reason: string): void {
		const postponed = jobs.map((job) => {
			const dueAt =
				until === undefined ? undefined : until + Math.floor(this.options.random() * PAUSE_JITTER_MS);
			const delivery = { ...job.delivery, reason };
			if (dueAt !== undefined) delivery.nextAttemptAt = new Date(dueAt).toISOString();
			this.results.push({ index: job.index, kind: 'retrying', delivery });
			return dueAt === undefined ? { id: delivery.id } : { id: delivery.id, dueAt };
		});
		this.settler.postpone(postponed);
	}

	private giveUp(job: SendJob, reason: string): void {
		this.over(job);
		this.stopped++;
		this.postpone([job], undefined, reason);
	}

	private over(job: SendJob): void {
		this.inFlight--;
		this.line.done(job);
	}

	private async attemptAfter(job: SendJob, permit: Promise<boolean>): Promise<void> {
		if ((await permit) && !this.holder.isLost) {
			await this.attempt(job);
			return;
		}
		this.giveUp(job, this.holder.isLost ? LOST : STOPPED);
		this.pump();
	}

	private async attempt(job: SendJob): Promise<void> {
		const ended = await this.lookBefore(job);
		if (ended) {
			this.settleEnded(job, ended);
		} else {
			const outcome = await attemptSafely(this.options.channel, job.delivery, this.options.store);
			if (outcome.cancelled) this.postpone([job], undefined, 'the attempt was cancelled');
			else this.settle(job, outcome);
		}
		this.over(job);
		this.pump();
	}

	private async lookBefore(job: SendJob): Promise<string | undefined> {
		const { standing, delivery } = job;
		if (standing.expiresAt !== undefined && standing.expiresAt <= this.options.store.now()) return 'expired';
		if (!this.options.beforeAttempt || standing.attempt === 0) return undefined;
		const look = await this.options.beforeAttempt(delivery);
		return look.send ? undefined : look.reason;
	}

	private settleEnded(job: SendJob, reason: string): void {
		const { delivery, standing } = job;
		this.settler.settle({ id: delivery.id, status: 'dead', reason, attempt: standing.attempt, step: standing.step });
		this.results.push({ index: job.index, kind: 'dead', delivery: { ...delivery, status: 'dead', reason } });
	}

	private settle(job: SendJob, outcome: Outcome): void {
		const { gates, store, policyOf, random, credentialName } = this.options;
		const now = store.now();
		const judged = judge(policyOf(job.delivery), job.standing, outcome, now, random);
		if (credentialName !== undefined) this.queueGate.note(outcome.statusCode, credentialName, now);
		gates.note(job.endpoint, outcome, now, judged.pauseUntil);

		const response = responseOf(outcome);
		const error = errorOf(judged.status, outcome);
		const settlement: Settlement = {
			id: job.delivery.id,
			status: judged.status,
			attempt: judged.attempt,
			step: judged.step,
			made: { startedAt: outcome.startedAt, durationMs: Math.round(outcome.durationMs) },
		};
		if (judged.reason !== undefined) settlement.reason = judged.reason;
		if (judged.dueAt !== undefined) settlement.dueAt = judged.dueAt;
		const held = judged.status === 'retrying' && this.options.holdRetries;
		if (held) settlement.heldBy = { lease: heldLease(this.holder.id) };
		if (response) settlement.response = response;
		if (error) settlement.error = error;
		if (this.options.digestBodies && judged.status === 'delivered' && job.delivery.request.body) {
			settlement.request = JSON.stringify(bodyDigest(job.delivery.request));
		}
		this.settler.settle(settlement);
		this.results.push({
			index: job.index,
			kind: judged.status,
			delivery: {
				...applyOutcome(job.delivery, judged, outcome),
				...(held ? { lease: heldLease(this.holder.id) } : {}),
			},
		});
	}
}

const heldLease = (lease: string) => `${lease}-held`;

/** n8n keeps the execution that waits, so its deliveries stay with it beyond a restart. */
async function createHeldLease(options: SenderOptions, lease: string): Promise<void> {
	const { store, queue } = options;
	await store.write(
		async (unit) =>
			await createLease(unit, {
				id: heldLease(lease),
				boot: store.boot,
				until: unit.now + LONGEST_WAIT_MS,
				consumer: queueConsumer(queue),
				kind: 'waiting',
			}),
	);
}

/** A channel that throws has a fault of its own; the delivery must not be lost for it. */
async function attemptSafely(
	channel: Channel,
	delivery: Delivery,
	store: DeliveryStore,
): Promise<Outcome> {
	const startedAt = store.now();
	try {
		return await channel.attempt(delivery, NEVER);
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		return { startedAt, durationMs: 0, error: { code: 'CHANNEL_FAILED', message } };
	}
}

/** Requests under way are let finish; only their own timeout ends them. */
const NEVER = new AbortController().signal;
