import type { IDataObject } from 'n8n-workflow';
import type { Delivery } from '../../lib/delivery/delivery';
import { maskRequest } from '../../lib/delivery/masking';
import type { LogEntry } from '../../lib/store/log/entries';

const iso = (at: number) => new Date(at).toISOString();

/**
 * An entry of the log as an item: the delivery as it goes between nodes, secrets masked, and beside it what
 * only the store knows.
 * @param bodies show the request's body and the excerpt of the answer too
 */
export function toItem(entry: LogEntry, bodies: boolean): IDataObject {
	const { settledAt, workflowId, executionId } = entry;
	const waits = settledAt === undefined;
	return {
		delivery: toShown(entry.delivery, bodies) as unknown as IDataObject,
		stored: {
			state: entry.state,
			endpoint: entry.endpoint,
			createdAt: iso(entry.createdAt),
			...(waits ? { dueAt: iso(entry.dueAt) } : { endedAt: iso(settledAt) }),
			...(entry.isUnderWay ? { underWay: true } : {}),
			...(entry.state === 'dead' ? { reported: entry.isReported } : {}),
			...(workflowId === undefined ? {} : { workflowId }),
			...(executionId === undefined ? {} : { executionId }),
			cursor: String(entry.no),
		},
	};
}

function toShown({ request, response, ...delivery }: Delivery, bodies: boolean): Delivery {
	const { body, ...head } = maskRequest(request);
	const { bodyExcerpt, ...answer } = response ?? {};
	return {
		...delivery,
		request: bodies && body !== undefined ? { ...head, body } : head,
		...(response
			? { response: bodies && bodyExcerpt !== undefined ? { ...answer, bodyExcerpt } : answer }
			: {}),
	};
}
