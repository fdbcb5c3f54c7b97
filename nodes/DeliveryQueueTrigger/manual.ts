import type { IDataObject, ITriggerFunctions } from 'n8n-workflow';
import type { Delivery } from '../../lib/delivery/delivery';
import { newDeliveryId } from '../../lib/delivery/identifiers';
import { waitingDeliveries } from '../../lib/store/look';
import { storeOf } from '../shared/stores';

/** Shown at once in the editor. */
const SHOWN = 20;

/** A manual run: shows copies of what is due next, or a sample; nothing leaves the queue. */
export async function showWaiting(context: ITriggerFunctions, queue: string): Promise<void> {
	const { store } = await storeOf(context);
	const waiting = await store.read(async (unit) => await waitingDeliveries(unit, queue, SHOWN));
	const shown = waiting.length > 0 ? waiting.map(asTest) : [sample(queue)];
	context.emit([shown.map((delivery) => ({ json: { delivery } as unknown as IDataObject }))]);
}

/** A copy with an id of its own, so that the receiver does not take it for the delivery itself. */
function asTest(delivery: Delivery): Delivery {
	const { lease: _lease, ...rest } = delivery;
	return { ...rest, id: newDeliveryId(), status: 'pending', test: true };
}

/** Its host is one that there never is (RFC 2606): a test run really sends. */
function sample(queue: string): Delivery {
	return {
		id: newDeliveryId(),
		kind: 'postback',
		name: 'Sample: nothing is waiting in this queue',
		queue,
		test: true,
		request: {
			method: 'POST',
			url: 'https://receiver.example/?user=bob&zip=90210',
			headers: { 'content-type': 'application/json' },
			body: '{"sample":true}',
		},
		attempt: 1,
		status: 'pending',
		reason: 'HTTP 503',
	};
}
