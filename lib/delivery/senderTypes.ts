import type { Delivery } from './delivery';
import type { Standing } from './judge';
import type { ChangedRequest } from './look';

/** One delivery handed to a sender. */
export interface SenderInput {
	/** The item's place in the node's input. */
	index: number;
	delivery: Delivery;
	/** Scheme, host and port of the request. */
	endpoint: string;
	/** Names the event, so that it is sent once. */
	deduplicationKey?: string;
}

/** One delivery that a sender has in hand. */
export interface SendJob {
	index: number;
	/** Its place in the order of sending, from 1. */
	place: number;
	endpoint: string;
	delivery: Delivery;
	standing: Standing;
	/** Set by a look before the attempt. */
	changed?: ChangedRequest;
}

/** What a {@link JobFeed} works with. */
export interface FeedMeans {
	/** The sender's lease; it is open. */
	lease: string;
	/** The first place of the lease that is free. */
	firstPlace: number;
	/** Aborts when nothing more will be sent; what comes then stays queued. */
	signal: AbortSignal;
	/** Resolves when the sender has little left to do. */
	room: () => Promise<void>;
}

/**
 * Stores deliveries under a sender's lease while it sends already, and gives them as jobs, at the places
 * under which they stand there. What it throws ends the run.
 */
export type JobFeed = (means: FeedMeans) => AsyncIterable<readonly SendJob[]>;

/**
 * What became of an input. `retrying`: it is stored and will be tried again; `passed`: not sent, since it
 * was not due or not leased to this sender; `duplicate`: its event was sent before; `dropped`: passed on
 * before, and not again.
 */
export interface SenderResult {
	index: number;
	kind: 'delivered' | 'retrying' | 'dead' | 'passed' | 'duplicate' | 'dropped';
	delivery: Delivery;
	hint?: string;
	/** Of `retrying`: a pause held it back, and no attempt was made. */
	isHeld?: true;
}
