import type { Delivery } from './delivery';

/** What the sender does with a delivery after an attempt. */
export type Verdict = 'delivered' | 'retry' | 'dead';

/** What came of one attempt. A channel reports; the retry policy decides, unless the channel knows better. */
export interface Outcome {
	/** Epoch milliseconds. */
	startedAt: number;
	durationMs: number;
	/** The receiver's status; absent when no complete answer came. */
	statusCode?: number;
	/** At most 2,000 characters, scrubbed of the secrets that were applied. */
	bodyExcerpt?: string;
	/** The Retry-After header as it came. */
	retryAfter?: string;
	/** Set when no complete answer came, or the request could not be made. */
	error?: { code: string; message: string };
	/** Set by a channel whose provider says more than a status; overrides the policy. */
	verdict?: Verdict;
	/** Why, in words, where the code alone does not tell. */
	reason?: string;
	/**
	 * A configuration error, such as a wrong key: nothing for this endpoint would be taken before somebody has
	 * mended it. What it is, for people.
	 */
	configurationError?: string;
	/** The wait that a 429 or Retry-After asks for is about this delivery alone; its endpoint goes on. */
	onlyThisDelivery?: boolean;
	/** The attempt was cancelled before an answer came; nothing is known of its effect. */
	cancelled?: boolean;
}

/** Carries one attempt to one provider (design, layers): HTTP here, APNs and FCM in push. */
export interface Channel {
	/** Never throws for what the receiver or the network does: that is an {@link Outcome}. */
	attempt(delivery: Delivery, signal: AbortSignal): Promise<Outcome>;
}
