import { randomBytes } from 'node:crypto';
import { deduplicationKeyOf } from '../../lib/callbacks/deliveries';
import {
	callbackLook,
	callbackOf,
	callbackSigners,
	watchCallbacks,
} from '../../lib/callbacks/sending';
import type { Channel } from '../../lib/delivery/channel';
import type { Delivery } from '../../lib/delivery/delivery';
import type { SignerOf } from '../../lib/delivery/httpChannel';
import type { LookBefore } from '../../lib/delivery/look';
import { classify } from '../../lib/delivery/policy';
import type { RetryPolicy } from '../../lib/delivery/presets';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { StoreSetupError } from '../../lib/store/errors';
import { callbackStatesOf } from './callbackStates';
import { callbackSecrets } from './callbackStore';
import { oncePerProcess } from './processScope';
import { storeOf, type StoreContext } from './stores';

/** The signers of a store's callbacks, for all senders of this process. */
function signersOf(store: DeliveryStore): SignerOf {
	const all = oncePerProcess('callbackSigners', () => new WeakMap<DeliveryStore, SignerOf>());
	let signers = all.get(store);
	if (!signers) {
		signers = callbackSigners(callbackStatesOf(store), callbackSecrets);
		all.set(store, signers);
	}
	return signers;
}

/** The look before an attempt of a sender for callbacks; what is for none has another look, or none. */
export function lookForCallbacks(store: DeliveryStore, otherwise?: LookBefore): LookBefore {
	const look = callbackLook(callbackStatesOf(store));
	return (delivery) =>
		callbackOf(delivery) === undefined ? (otherwise?.(delivery) ?? { send: true }) : look(delivery);
}

/** Signs what is for callbacks with their own secrets. The store is opened when the first one comes. */
export function callbackSignerOf(context: StoreContext): SignerOf {
	const storeOfNode = storeGetter(context);
	return (delivery) => {
		if (callbackOf(delivery) === undefined) return undefined;
		return storeOfNode().then((store) => store && signersOf(store)(delivery));
	};
}

/** A sender's channel that notes how callbacks do, so that failing ones can be disabled. */
export function withCallbackHealth(
	context: StoreContext,
	{ channel, policyOf }: { channel: Channel; policyOf: (delivery: Delivery) => RetryPolicy },
): Channel {
	const storeOfNode = storeGetter(context);
	return watchCallbacks(channel, {
		statesOf: async () => {
			const store = await storeOfNode();
			return store && callbackStatesOf(store);
		},
		succeeded: (delivery, outcome) => classify(policyOf(delivery), outcome) === 'delivered',
		randomBytes,
		onError: (error) =>
			context.logger.warn(
				`${context.getNode().name}: how a callback does could not be noted: ${(error as Error).message}`,
			),
	});
}

/**
 * Gives the store of a node, asked for once: n8n decrypts a credential at every call. undefined where there
 * is none that could hold callbacks, since retries by the workflow itself do without one.
 */
function storeGetter(context: StoreContext): () => Promise<DeliveryStore | undefined> {
	let opening: Promise<DeliveryStore | undefined> | undefined;
	return async () => {
		const known = await opening;
		if (known && !known.isClosed) return known;
		opening = storeOf(context).then(
			({ store }) => store,
			async (error: unknown) => {
				if (error instanceof StoreSetupError && error.code === 'QUEUE_MODE') return undefined;
				opening = undefined;
				return await Promise.reject(error as Error);
			},
		);
		return await opening;
	};
}

/** Names an event for a callback, so that it goes there once; undefined for what is for none. */
export function callbackDeduplicationKey(delivery: Delivery): string | undefined {
	const id = callbackOf(delivery);
	if (id === undefined || delivery.eventId === undefined) return undefined;
	return deduplicationKeyOf(delivery.eventId, id);
}
