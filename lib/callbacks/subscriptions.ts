import { isEventType } from './auditEvent';
import { CallbackFieldError } from './errors';
import { isKnownEventType, isKnownResource, resourceNameOf } from './eventTypes';

export const MOST_SUBSCRIPTIONS = 200;
const LONGEST_SUBSCRIPTION = 200;

/** What was asked for, each once, and what the asker should know about it. */
export interface ReadSubscriptions {
	subscriptions: string[];
	warnings: string[];
}

/**
 * Reads the subscriptions of a callback: event types, `rule.*`, and `*`. A type that is not in the catalog is
 * accepted with a warning, since a service has events of its own.
 * @throws CallbackFieldError
 */
export function readSubscriptions(value: unknown): ReadSubscriptions {
	const refuse = (at: string, problem: string): never => {
		throw new CallbackFieldError(at, problem);
	};
	if (!Array.isArray(value)) {
		return refuse('subscriptions', 'has to be a list of event types, such as ["rule.created"]');
	}
	if (value.length === 0) return refuse('subscriptions', 'has to hold at least one event type');
	if (value.length > MOST_SUBSCRIPTIONS) {
		return refuse('subscriptions', `has more than ${MOST_SUBSCRIPTIONS} entries: use "rule.*"`);
	}
	value.forEach((entry, index) => {
		if (isSubscription(entry)) return;
		refuse(
			`subscriptions/${index}`,
			'has to be an event type such as "rule.created", or "rule.*", or "*"',
		);
	});
	const subscriptions = [...new Set(value as string[])];
	const unknown = subscriptions.filter((entry) => !isKnown(entry));
	return {
		subscriptions,
		warnings: unknown.map((entry) => `"${entry}" is not among the event types of the Reactor API`),
	};
}

function isSubscription(entry: unknown): entry is string {
	if (typeof entry !== 'string' || entry.length > LONGEST_SUBSCRIPTION) return false;
	if (entry === '*') return true;
	return isEventType(entry.endsWith('.*') ? `${entry.slice(0, -1)}x` : entry);
}

function isKnown(subscription: string): boolean {
	if (subscription === '*' || isKnownEventType(subscription)) return true;
	return (
		subscription === `${resourceNameOf(subscription)}.*` &&
		isKnownResource(resourceNameOf(subscription))
	);
}

/**
 * All subscriptions that an event of this type answers: `a.b.c` itself, `a.b.*`, `a.*` and `*`. An index by
 * them finds an event's callbacks, however many there are.
 */
export function subscriptionsFor(eventType: string): string[] {
	const words = eventType.split('.');
	const wildcards = words.slice(1).map((_, at) => `${words.slice(0, at + 1).join('.')}.*`);
	return [eventType, ...wildcards.reverse(), '*'];
}

/** Whether one of these subscriptions holds an event type. */
export function holdsType(subscriptions: readonly string[], eventType: string): boolean {
	const answered = new Set(subscriptionsFor(eventType));
	return subscriptions.some((subscription) => answered.has(subscription));
}
