import type { DeliveryStore } from '../store/deliveryStore';
import type { Channel, Outcome } from './channel';
import type { Delivery } from './delivery';
import { FairLine } from './fairLine';
import { heldLease } from './heldLease';
import { judge } from './judge';
import type { LeaseHolder } from './leaseHolder';
import type { ChangedRequest, Look } from './look';
import { applyOutcome, configurationFault, settlementOf, type Why } from './outcomes';
import type { RetryPolicy } from './presets';
import { isRefusal } from './queueGate';
import type { SenderOptions } from './sender';
import type { SendJob, SenderResult } from './senderTypes';
import type { Settler } from './settler';

/** Spread over what a pause held back, so that its end is no burst. */
const PAUSE_JITTER_MS = 2_000;
/** What could not be sent for a fault of ours comes again after so long. */
const AFTER_FAULT_MS = 60_000;

const STOPPED = 'the execution was stopped';
const LOST = 'the lease was lost';
const CANCELLED = { reason: 'the attempt was cancelled' };

/** One run of a sender through the jobs of its lease. */
export class SenderRun {
	readonly results: SenderResult[] = [];
	/** Resolves when it is closed and every job has a result. */
	readonly finished: Promise<void>;
	stopped = 0;
	/** What somebody has to mend before all of it can be sent. */
	readonly configurationErrors = new Set<string>();
	/** The first error that was no outcome. */
	failure: unknown;
	private readonly line: FairLine<SendJob>;
	private inFlight = 0;
	private finish!: () => void;
	private pumping = false;
	private waitingForMark: SendJob | undefined;
	private pausesSeen = -1;
	private offRoom: (() => void) | undefined;
	private closed = false;
	private roomWanted: { most: number; then: () => void } | undefined;

	constructor(
		private readonly options: SenderOptions,
		private readonly signal: AbortSignal,
		private readonly holder: LeaseHolder,
		private readonly settler: Settler,
	) {
		this.line = new FairLine(options.concurrency);
		this.finished = new Promise((resolve) => (this.finish = resolve));
		signal.addEventListener('abort', this.pump, { once: true });
		this.offRoom = options.gates.onRoom(this.pump);
	}

	/** Begins with these jobs, beside those that it has. */
	add(jobs: readonly SendJob[]): void {
		for (const job of jobs) this.line.add(job);
		// Their endpoints may have been paused before they came.
		this.pausesSeen = -1;
		this.pump();
	}

	/** No more jobs will come. */
	close(): void {
		this.closed = true;
		this.pump();
	}

	/** Resolves when no more than so many jobs wait to be sent. For one at a time. */
	async room(most: number): Promise<void> {
		if (this.line.waiting <= most) return;
		await new Promise<void>((then) => (this.roomWanted = { most, then }));
	}

	/** Starts as many as may be under way; called whenever that could have changed. */
	private readonly pump = (): void => {
		if (this.pumping) return;
		this.pumping = true;
		try {
			while (this.hasPlace && this.startNext());
		} finally {
			this.pumping = false;
		}
		if (this.roomWanted && this.line.waiting <= this.roomWanted.most) {
			this.roomWanted.then();
			this.roomWanted = undefined;
		}
		if (this.closed && this.inFlight === 0 && this.line.waiting === 0) {
			this.signal.removeEventListener('abort', this.pump);
			this.offRoom?.();
			this.finish();
		}
	};

	private get hasPlace(): boolean {
		// One that waits to be marked has its place already, and so has nothing, when all has to be given up.
		return (
			this.waitingForMark !== undefined ||
			this.inFlight < this.options.concurrency ||
			this.signal.aborted
		);
	}

	private startNext(): boolean {
		const now = this.options.store.now();
		this.postponeUnsendable(now);
		const job = this.waitingForMark ?? this.takeJob(now);
		if (!job) return false;
		this.waitingForMark = undefined;
		if (this.isHeldUp(job, now)) return true;
		if (!this.holder.mayStart(job.place, this.pump)) {
			// It has its place already, so that the line does not hand out another meanwhile.
			if (!this.holder.isLost) this.waitingForMark = job;
			else this.giveUp(job, LOST);
			return this.holder.isLost;
		}
		const permit = this.options.limiter.take(this.signal);
		if (permit === true) void this.attempt(job);
		else void this.attemptAfter(job, permit);
		return true;
	}

	private takeJob(now: number): SendJob | undefined {
		const { gates, concurrency } = this.options;
		if (this.inFlight >= concurrency || !gates.hasRoom(now)) return undefined;
		const job = this.line.take((endpoint) => gates.room(endpoint, now));
		if (!job) return undefined;
		this.inFlight++;
		gates.started(job.endpoint);
		return job;
	}

	/** Gives back what cannot be sent in this run: stopped, a paused queue, a paused endpoint. */
	private postponeUnsendable(now: number): void {
		if (this.line.waiting === 0) return;
		const { gates } = this.options;
		if (this.signal.aborted || this.holder.isLost) {
			const jobs = this.line.drainAll();
			this.stopped += jobs.length;
			this.postpone(jobs, undefined, { reason: this.holder.isLost ? LOST : STOPPED });
			return;
		}
		const queueUntil = gates.queue.pausedUntil(now);
		if (queueUntil !== undefined) {
			this.postpone(this.line.drainAll(), queueUntil, { reason: gates.queue.reason });
			return;
		}
		if (this.pausesSeen === gates.pausesSeen) return;
		this.pausesSeen = gates.pausesSeen;
		for (const endpoint of [...this.line.endpoints()]) {
			const until = gates.pausedUntil(endpoint, now);
			if (until === undefined) continue;
			this.postpone(this.line.drain(endpoint), until, this.whyPaused(endpoint, now));
		}
	}

	/** Gives back a job that has its place, when a stop or a pause came since it got it. */
	private isHeldUp(job: SendJob, now: number): boolean {
		const { gates } = this.options;
		if (this.signal.aborted) {
			this.giveUp(job, STOPPED);
			return true;
		}
		const queueUntil = gates.queue.pausedUntil(now);
		const until = queueUntil ?? gates.pausedUntil(job.endpoint, now);
		if (until === undefined) return false;
		const why =
			queueUntil === undefined ? this.whyPaused(job.endpoint, now) : { reason: gates.queue.reason };
		this.postpone([job], until, why);
		this.over(job);
		return true;
	}

	private whyPaused(endpoint: string, now: number): Why {
		const { gates } = this.options;
		const error = gates.configurationError(endpoint, now);
		if (error) this.configurationErrors.add(error.message);
		return { reason: gates.reason(endpoint), ...(error ? { error } : {}) };
	}

	private postpone(jobs: readonly SendJob[], until: number | undefined, why: Why): void {
		const { random, holdRetries } = this.options;
		const { reason } = why;
		for (const { index, delivery, standing } of jobs) {
			const { id } = delivery;
			if (until === undefined) {
				this.settler.postpone([{ id }]);
				// A workflow that waits for retries gets it again from the store; it must not have it twice.
				const kind = holdRetries ? 'dropped' : 'retrying';
				this.tell({ index, kind, delivery: { ...delivery, ...why } });
				continue;
			}
			const dueAt = until + Math.floor(random() * PAUSE_JITTER_MS);
			const postponed: Delivery = {
				...delivery,
				...why,
				nextAttemptAt: new Date(dueAt).toISOString(),
			};
			if (holdRetries) {
				const { attempt, step } = standing;
				const heldBy = { lease: heldLease(this.holder.id) };
				this.settler.settle({ id, status: 'retrying', reason, attempt, step, dueAt, heldBy });
				Object.assign(postponed, { status: 'retrying', lease: heldBy.lease });
			} else {
				this.settler.postpone([{ id, dueAt }]);
			}
			this.tell({ index, kind: 'retrying', delivery: postponed, isHeld: true });
		}
	}

	private giveUp(job: SendJob, reason: string): void {
		this.stopped++;
		this.postpone([job], undefined, { reason });
		this.over(job);
	}

	private tell(result: SenderResult): void {
		if (this.options.onResult) this.options.onResult(result);
		else this.results.push(result);
	}

	private over(job: SendJob): void {
		this.inFlight--;
		this.line.done(job);
		this.options.gates.ended(job.endpoint);
	}

	private async attemptAfter(job: SendJob, permit: Promise<boolean>): Promise<void> {
		const permitted = await permit;
		if (!this.isHeldUp(job, this.options.store.now())) {
			if (permitted && this.holder.isHeld) return await this.attempt(job);
			this.giveUp(job, permitted ? LOST : STOPPED);
		}
		this.pump();
	}

	private async attempt(job: SendJob): Promise<void> {
		const { store, channel, policyOf } = this.options;
		try {
			const look = await this.lookBefore(job);
			if (!look.send) {
				this.settleEnded(job, look.reason);
			} else {
				if (look.changed) takeChange(job, look.changed);
				const policy = policyOf(job.delivery);
				const outcome = await attemptSafely(channel, job.delivery, store);
				if (outcome.cancelled) this.postpone([job], undefined, CANCELLED);
				else this.settle(job, policy, outcome);
			}
		} catch (error) {
			this.failure ??= error;
			const reason = `not sent: ${error instanceof Error ? error.message : String(error)}`;
			this.postpone([job], store.now() + AFTER_FAULT_MS, { reason });
		}
		this.over(job);
		this.pump();
	}

	private lookBefore({ standing, delivery }: SendJob): Promise<Look> | Look {
		const { store, beforeAttempt } = this.options;
		if (standing.expiresAt !== undefined && standing.expiresAt <= store.now()) {
			return { send: false, reason: 'expired' };
		}
		return beforeAttempt?.(delivery) ?? AS_IT_IS;
	}

	/** The set-up is at fault, not this delivery: it keeps its attempt number, and its endpoint is paused. */
	private holdBack(job: SendJob, outcome: Outcome, now: number): void {
		const { gates } = this.options;
		const why = configurationFault(outcome);
		const endpoint = job.changed?.endpoint ?? job.endpoint;
		const until = gates.noteConfigurationError(endpoint, why.error, now);
		this.configurationErrors.add(why.reason);
		this.postpone([job], until, why);
	}

	private settleEnded({ index, delivery, standing }: SendJob, reason: string): void {
		const { attempt, step } = standing;
		this.settler.settle({ id: delivery.id, status: 'dead', reason, attempt, step });
		this.tell({ index, kind: 'dead', delivery: { ...delivery, status: 'dead', reason } });
	}

	private settle(job: SendJob, policy: RetryPolicy, outcome: Outcome): void {
		const { gates, store, random, credentialName } = this.options;
		const now = store.now();
		if (outcome.configurationError !== undefined) return this.holdBack(job, outcome, now);
		const judged = judge(policy, job.standing, outcome, now, random);
		gates.note(job.changed?.endpoint ?? job.endpoint, outcome, now, judged.pauseUntil);
		if (credentialName !== undefined) {
			gates.queue.note(outcome.statusCode, credentialName, now);
			const until = isRefusal(outcome.statusCode) ? gates.queue.pausedUntil(now) : undefined;
			// The credential is at fault, not this delivery: it keeps its attempt number.
			if (until !== undefined) {
				return this.postpone([job], until, { reason: gates.queue.reason });
			}
		}
		const { digestBodies, holdRetries } = this.options;
		const settlement = settlementOf(job.delivery, judged, outcome, {
			digestBodies,
			...(job.changed ? { changed: job.changed } : {}),
			...(holdRetries ? { heldBy: { lease: heldLease(this.holder.id) } } : {}),
		});
		this.settler.settle(settlement);
		const delivery = applyOutcome(job.delivery, judged, outcome);
		if (settlement.heldBy) delivery.lease = settlement.heldBy.lease;
		this.tell({ index: job.index, kind: judged.status, delivery });
	}
}

const AS_IT_IS: Look = { send: true };

/** What is sent is what is told and, with the outcome, stored. */
function takeChange(job: SendJob, changed: ChangedRequest): void {
	job.changed = changed;
	job.delivery = { ...job.delivery, request: changed.request };
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
