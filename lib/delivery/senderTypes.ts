import type { Delivery } from './delivery';
import type { Standing } from './judge';

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
}

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
}
