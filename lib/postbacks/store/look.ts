import type { Delivery } from '../../delivery/delivery';
import type { Look } from '../../delivery/sender';
import type { DeliveryStore } from '../../store/deliveryStore';
import { INACTIVE, inactiveSources } from './states';

/** Known for so long without asking the store again. */
const FRESH_MS = 1_000;

/**
 * A look before a retry: a postback that was switched off or deleted meanwhile is not sent any more.
 */
export function postbackLook(store: DeliveryStore): (delivery: Delivery) => Promise<Look> {
	const known = new Map<string, { inactive: boolean; at: number }>();
	return async ({ kind, source }) => {
		if (kind !== 'postback' || source?.type !== 'postback') return { send: true };
		const seen = known.get(source.id);
		let inactive = seen?.inactive;
		if (!seen || store.now() - seen.at > FRESH_MS) {
			inactive = (await store.read(async (unit) => await inactiveSources(unit, [source.id]))).has(
				source.id,
			);
			known.set(source.id, { inactive, at: store.now() });
		}
		return inactive ? { send: false, reason: INACTIVE } : { send: true };
	};
}
