import type { ReceivedRequest } from '../receiver.ts';
import { messageOf } from './hits.ts';
import type { StoredDelivery } from './stored.ts';

/** What was promised, compared with what happened. */
export interface Reconciliation {
	/** Messages owed for hits that were answered with 202. */
	events: number;
	delivered: number;
	/** Dead letters that the receiver's own record explains, by their reason. */
	dead: Map<string, number>;
	lost: string[];
	/** Messages that the receiver took more than once, counted each time beyond the first. */
	duplicates: number;
	/** Dead letters that the receiver's record does not explain. */
	unexplained: string[];
	/** Messages that nobody asked for. */
	unexpected: string[];
}

interface Record {
	taken: number;
	ids: Set<string>;
	answers: (number | undefined)[];
}

/**
 * Compares the messages that are owed with the receiver's record and with the dead letters of the
 * store. A message counts as delivered when the receiver has answered it with 2xx.
 */
export function reconcile(
	owed: readonly string[],
	requests: readonly ReceivedRequest[],
	stored: readonly StoredDelivery[],
): Reconciliation {
	const records = recordsOf(requests);
	const deadById = new Map(stored.filter((d) => d.status === 'dead').map((d) => [d.id, d]));
	const result: Reconciliation = {
		events: owed.length,
		delivered: 0,
		dead: new Map(),
		lost: [],
		duplicates: 0,
		unexplained: [],
		unexpected: [...records.keys()].filter((message) => !owed.includes(message)),
	};
	const explainedIds = new Set<string>();
	for (const message of owed) {
		const record = records.get(message);
		if (record && record.taken > 0) {
			result.delivered++;
			result.duplicates += record.taken - 1;
			continue;
		}
		const id = [...(record?.ids ?? [])].find((one) => deadById.has(one));
		const dead = id === undefined ? undefined : deadById.get(id);
		const reason = record && dead && explain(dead, record);
		if (!dead || !reason) {
			result.lost.push(message);
			continue;
		}
		explainedIds.add(dead.id);
		result.dead.set(reason, (result.dead.get(reason) ?? 0) + 1);
	}
	for (const { id, reason } of deadById.values()) {
		if (!explainedIds.has(id)) result.unexplained.push(`${id}: ${reason}`);
	}
	return result;
}

function recordsOf(requests: readonly ReceivedRequest[]): Map<string, Record> {
	const records = new Map<string, Record>();
	for (const request of requests) {
		const message = messageOf(request) ?? `${request.method} ${request.url}`;
		const record = records.get(message) ?? { taken: 0, ids: new Set(), answers: [] };
		records.set(message, record);
		record.ids.add(String(request.headers['webhook-id']));
		record.answers.push(request.answered);
		if (request.answered !== undefined && request.answered < 300) record.taken++;
	}
	return records;
}

/** Why a dead letter is one, if the receiver remembers it so. */
function explain({ reason, attempt }: StoredDelivery, { answers }: Record): string | undefined {
	if (reason === 'HTTP 410' && answers.includes(410)) return 'refused with 410';
	const exhausted = reason?.startsWith('retries exhausted') === true;
	if (exhausted && answers.length >= attempt) return 'retries exhausted';
	return undefined;
}
