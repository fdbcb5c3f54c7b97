import type { FeedMeans, JobFeed, SendJob } from '../delivery/senderTypes';
import type { DeliveryStore } from '../store/deliveryStore';
import type { Composition } from './compose';
import { takePushes, type TakenDelivery, type TakenPushes, type TakeOptions } from './take';
import type { PushRequest } from './targets';

/**
 * Takes requests in while a sender sends those that came first. Taking in never waits for the sending: the
 * sooner all of them are stored, the less a crash can lose.
 * @param onTaken is told of each part that is stored, before the first of it is sent
 */
export function pushFeed(
	store: DeliveryStore,
	requests: readonly PushRequest<Composition>[],
	options: TakeOptions,
	onTaken: (taken: TakenPushes) => void,
): JobFeed {
	return async function* feed(means) {
		const line = new PartLine();
		const taking = takeAll(store, requests, options, means, onTaken, line);
		for (let jobs = await line.next(); jobs; jobs = await line.next()) {
			await means.room();
			yield jobs;
		}
		await taking;
	};
}

async function takeAll(
	store: DeliveryStore,
	requests: readonly PushRequest<Composition>[],
	options: TakeOptions,
	{ lease: id, firstPlace }: FeedMeans,
	onTaken: (taken: TakenPushes) => void,
	line: PartLine,
): Promise<void> {
	try {
		for await (const taken of takePushes(store, requests, options, { id, firstPlace })) {
			onTaken(taken);
			line.add(taken.deliveries.filter(({ standing }) => standing === 'ready').map(toJob));
		}
		line.end();
	} catch (error) {
		line.end({ error });
	}
}

/** Parts that are stored and wait for the sender. */
class PartLine {
	private readonly parts: SendJob[][] = [];
	private ended: { error?: unknown } | undefined;
	private wake: (() => void) | undefined;

	add(jobs: SendJob[]): void {
		if (jobs.length > 0) this.parts.push(jobs);
		this.wake?.();
	}

	/** No more parts come. */
	end(why: { error?: unknown } = {}): void {
		this.ended = why;
		this.wake?.();
	}

	/** The next part; undefined at the end. @throws what ended it too early, at once */
	async next(): Promise<SendJob[] | undefined> {
		for (;;) {
			if (this.ended && 'error' in this.ended) throw this.ended.error;
			const part = this.parts.shift();
			if (part || this.ended) return part;
			await new Promise<void>((wake) => (this.wake = wake));
		}
	}
}

function toJob({ index, place, endpoint, delivery, expiresAt }: TakenDelivery): SendJob {
	return { index, place, endpoint, delivery, standing: { attempt: 0, step: 0, expiresAt } };
}
