import { newDeliveryId } from '../delivery/identifiers';
import type { Delivery } from '../delivery/delivery';
import type { ChannelConfiguration } from './configuration';
import { pushDelivery, type Addressee } from './deliveries';
import { exclusion } from './exclusions';
import { MessageError, mergeMessage, problemsOf, type PushMessage } from './message/message';
import { personalise, type Variables } from './message/personalise';
import type { Excluded, Plan } from './plan';

/** A message with what it is personalised with. */
export interface Composition {
	message: PushMessage;
	variables: Variables;
}

/** A delivery that was made, and whom it is for. */
export interface MadeDelivery {
	delivery: Delivery;
	to: Addressee;
	collapseKey?: string;
}

/** What became of a plan: a delivery for each device that can be sent to. */
export interface Composed {
	made: MadeDelivery[];
	excluded: Excluded[];
}

/**
 * Makes the deliveries of a plan: preset, personalisation, payload and size, in this order. What cannot
 * be made is excluded as a rendering error, for the device that it cannot be made for.
 */
export function compose(
	plan: Plan,
	{ message, variables }: Composition,
	context: { configuration: ChannelConfiguration; messageId: string; now: number },
): Composed {
	const composed: Composed = { made: [], excluded: [...plan.excluded] };
	if (plan.send.length === 0) return composed;
	const rendered = render(mergeMessage(context.configuration.defaults, message), variables);
	for (const to of plan.send) {
		const made = 'problem' in rendered ? rendered : deliveryTo(to, rendered.message, context);
		if ('problem' in made) {
			composed.excluded.push({
				device: to,
				...(to.profileKey === undefined ? {} : { profileKey: to.profileKey }),
				exclusion: exclusion('RuntimeRenderingError', made.problem),
			});
		} else composed.made.push(made);
	}
	return composed;
}

function render(
	message: PushMessage,
	variables: Variables,
): { message: PushMessage } | { problem: string } {
	return caught(() => {
		const personal = personalise(message, variables);
		const problems = problemsOf(personal);
		if (problems.length > 0) throw new MessageError(problems.join('; '));
		return { message: personal };
	});
}

function deliveryTo(
	to: Addressee,
	message: PushMessage,
	context: { configuration: ChannelConfiguration; messageId: string; now: number },
): MadeDelivery | { problem: string } {
	return caught(() => ({
		delivery: pushDelivery(newDeliveryId(), message, to, context),
		to,
		...(message.collapseKey ? { collapseKey: message.collapseKey } : {}),
	}));
}

function caught<T>(make: () => T): T | { problem: string } {
	try {
		return make();
	} catch (error) {
		if (error instanceof MessageError) return { problem: error.message };
		throw error;
	}
}
