import { HIDDEN, hideHeader, hideUrl, showBody, type ShownDelivery } from '../../../lib/dashboard';
import { maskRequest } from '../../../lib/delivery/masking';
import type { LogEntry } from '../../../lib/store/log/entries';

/** Makes the token of a form that does something to a delivery. */
export type Sign = (action: 'replay' | 'cancel', id: string) => string;

/**
 * An entry of the log as the page shows it. Secrets are masked.
 * @param personal show what may be personal too: values of bodies, addresses and headers, and the subject
 * @param sign undefined: nothing can be done with it
 */
export function toShown(entry: LogEntry, personal: boolean, sign: Sign | undefined): ShownDelivery {
	const { delivery, settledAt, state, isUnderWay } = entry;
	const { response, error, queue, reason, subject, eventId } = delivery;
	const { method, url, headers, body } = maskRequest(delivery.request);
	const mayReplay = settledAt !== undefined && queue !== undefined && !delivery.test;
	const mayCancel = settledAt === undefined && !isUnderWay;
	return {
		id: delivery.id,
		name: delivery.name,
		kind: delivery.kind,
		endpoint: entry.endpoint,
		queue,
		state,
		isUnderWay,
		attempt: delivery.attempt,
		createdAt: entry.createdAt,
		dueAt: entry.dueAt,
		endedAt: settledAt,
		reason,
		error: error && `${error.code}: ${error.message}`,
		statusCode: response?.statusCode,
		method,
		url: personal ? url : hideUrl(url),
		headers: Object.entries(headers).map(([name, value]) => [
			name,
			personal ? value : hideHeader(name, value),
		]),
		body: body === undefined ? undefined : showBody(body, personal),
		answer:
			response?.bodyExcerpt === undefined ? undefined : showBody(response.bodyExcerpt, personal),
		subject: subject === undefined || personal ? subject : HIDDEN,
		eventId,
		workflowId: entry.workflowId,
		executionId: entry.executionId,
		isTest: delivery.test === true,
		replay: mayReplay ? sign?.('replay', delivery.id) : undefined,
		cancel: mayCancel ? sign?.('cancel', delivery.id) : undefined,
	};
}
