import type { Look, LookBefore } from '../../delivery/look';
import type { DeliveryStore } from '../../store/deliveryStore';
import { INACTIVE, inactiveSources } from './states';

/** Known for so long without asking the store again. */
const FRESH_MS = 1_000;

/**
 * A look before a retry: a postback that was switched off or deleted meanwhile is not sent any more.
 */
export function postbackLook(store: DeliveryStore): LookBefore {
	const known = new Map<string, { inactive: boolean; at: number }>();
	const isInactive = async (id: string): Promise<boolean> => {
		const seen = known.get(id);
		if (seen && store.now() - seen.at <= FRESH_MS) return seen.inactive;
		const ids = await store.read(async (unit) => await inactiveSources(unit, [id]));
		known.set(id, { inactive: ids.has(id), at: store.now() });
		return ids.has(id);
	};
	return ({ kind, source, attempt }): Promise<Look> | Look => {
		if (attempt === 0 || kind !== 'postback' || source?.type !== 'postback') return { send: true };
		return isInactive(source.id).then((inactive) =>
			inactive ? { send: false, reason: INACTIVE } : { send: true },
		);
	};
}
