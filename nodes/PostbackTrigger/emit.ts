import type { IDataObject, ITriggerFunctions } from 'n8n-workflow';
import type { Delivery } from '../../lib/delivery/delivery';
import type { EmissionEnd } from '../../lib/delivery/emitter';
import { endTaken, storedEvent } from '../../lib/delivery/storedEvent';
import { isEvent } from '../../lib/postbacks/takeEvents';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { emitItems } from '../shared/serve';

/**
 * Hands a batch to the workflow: deliveries for a sender, and events as they came. Both may stand in the line,
 * when Emit was changed while something waited. No sender takes an event over: one in an execution that
 * succeeded, or that n8n keeps waiting, is taken.
 */
export async function emitTaken(
	context: ITriggerFunctions,
	batch: Delivery[],
	store: DeliveryStore,
): Promise<EmissionEnd> {
	const events = batch.filter(isEvent);
	const given = new Set(batch.filter((one) => !isEvent(one) || one.status !== 'dead'));
	for (const { id, reason } of events.filter((event) => !given.has(event))) {
		context.logger.error(
			`${context.getNode().name}: the workflow failed on the event ${id} each time: ${reason ?? 'given up'}. It is among the dead letters.`,
		);
	}
	if (given.size === 0) return 'success';
	const items = [...given].map((one) =>
		isEvent(one) ? (storedEvent(one) as IDataObject) : ({ delivery: one } as never),
	);
	const end = await emitItems(context, items);
	if (end === 'failed') return end;
	const taken = events.filter((event) => given.has(event));
	if (taken.length > 0) await endTaken(store, taken);
	// What a waiting execution has is the sender's to take; events are done, and need no lease any more.
	return taken.length === given.size ? 'success' : end;
}
