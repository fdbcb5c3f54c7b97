import { CallbackStates } from '../../lib/callbacks/store/states';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { oncePerProcess } from './processScope';

/** What is known of a store's callbacks, for all senders of this process and for who changes them. */
export function callbackStatesOf(store: DeliveryStore): CallbackStates {
	const all = oncePerProcess('callbackStates', () => new WeakMap<DeliveryStore, CallbackStates>());
	let states = all.get(store);
	if (!states) all.set(store, (states = new CallbackStates(store)));
	return states;
}
