import type { ITriggerFunctions } from 'n8n-workflow';
import type { Delivery } from '../../lib/delivery/delivery';
import type { EmissionEnd } from '../../lib/delivery/emitter';
import { endTaken } from '../../lib/delivery/storedEvent';
import { receivedOf } from '../../lib/callbacks/intake';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { receivedItem } from '../shared/auditEventItems';
import { emitItems } from '../shared/serve';

/**
 * Hands received events to the workflow. There is no sender to take them over: what is in an execution that
 * succeeded, or that n8n keeps waiting, is taken.
 */
export async function emitEvents(
	context: ITriggerFunctions,
	events: Delivery[],
	store: DeliveryStore,
): Promise<EmissionEnd> {
	const [dead, alive] = [events.filter(isDead), events.filter((event) => !isDead(event))];
	for (const { eventId, name, reason } of dead) {
		context.logger.error(
			`${context.getNode().name}: the workflow failed on the event ${eventId ?? ''} (${name}) each time: ${reason ?? 'given up'}. It is among the dead letters.`,
		);
	}
	if (alive.length === 0) return 'success';
	const end = await emitItems(
		context,
		alive.map((event) => receivedItem(receivedOf(event))),
	);
	if (end === 'failed') return end;
	await endTaken(store, alive);
	return 'success';
}

/** Given up after it was handed over several times: it is told of, and not tried once more. */
const isDead = ({ status }: Delivery) => status === 'dead';
