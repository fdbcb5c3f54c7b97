import { endpointOf } from '../delivery/endpoint';
import { newDeliveryId } from '../delivery/identifiers';
import type { DeliveryStore } from '../store/deliveryStore';
import { compose, type Composition } from './compose';
import { loadKnown, nobodyKnown, planFor } from './plan';
import type { TakenPushes, TakeOptions } from './take';
import type { PushRequest } from './targets';

/**
 * Makes the deliveries of requests and stores nothing: for test runs, and where the workflow itself waits
 * for retries.
 * @param store which devices there are; undefined: only tokens in the requests are known
 * @param now epoch milliseconds
 */
export async function previewPushes(
	store: DeliveryStore | undefined,
	requests: readonly PushRequest<Composition>[],
	options: Pick<TakeOptions, 'configuration' | 'messageId' | 'queue' | 'expiresAt'>,
	now: number,
): Promise<TakenPushes> {
	const { configuration, messageId, queue, expiresAt } = options;
	const targets = requests.map(({ target }) => target);
	const known = store
		? await store.read(async (unit) => await loadKnown(unit, targets, configuration))
		: nobodyKnown;
	const taken: TakenPushes = { deliveries: [], excluded: [] };
	for (const { index, target, message } of requests) {
		const plan = planFor(target, known, configuration);
		const { made, excluded } = compose(plan, message, { configuration, messageId, now });
		for (const one of excluded) {
			taken.excluded.push({ ...one, index, executionId: newDeliveryId() });
		}
		for (const one of made) {
			taken.deliveries.push({
				...one,
				delivery: { ...one.delivery, queue },
				index,
				endpoint: endpointOf(one.delivery.request.url),
				expiresAt: one.delivery.expiresAt ? Date.parse(one.delivery.expiresAt) : expiresAt,
				place: 0,
				standing: 'ready',
			});
		}
	}
	return taken;
}
