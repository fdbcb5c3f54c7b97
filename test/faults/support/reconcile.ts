import type { Tally } from './fault.ts';

/** What the receiver remembers of a message. */
export interface Arrivals {
	/** How often it was answered with a success. */
	taken: number;
	/** The values of `webhook-id` that it came with. */
	ids: ReadonlySet<string>;
	/** The statuses that it was answered with. */
	answers: ReadonlySet<number>;
}

/** What the store says of a message. */
export interface Stored {
	id: string;
	message: number;
	status: string;
	reason: string | null;
	settled: boolean;
}

export interface Reconciled {
	tally: Tally;
	/** What must not be, beside lost messages. */
	problems: string[];
}

/** Ends that a crash may bring, without the receiver having refused anything. */
const OWN_ENDS = /^(poison|never reached a sender|retries exhausted|expired)/;

/**
 * Compares the messages that are owed with the receiver's record and with the store. The receiver decides
 * about what arrived; the store is only asked about what did not.
 */
export function reconcile(
	owed: readonly number[],
	arrivals: ReadonlyMap<number, Arrivals>,
	stored: readonly Stored[],
): Reconciled {
	const rows = new Map<number, Stored[]>();
	for (const row of stored) rows.set(row.message, [...(rows.get(row.message) ?? []), row]);
	const tally: Tally = { sent: 0, delivered: 0, dead: 0, queued: 0, lost: 0, duplicates: 0 };
	const problems: string[] = [];
	for (const message of owed) {
		const arrived = arrivals.get(message);
		const own = rows.get(message) ?? [];
		tally.sent++;
		if (arrived && arrived.taken > 0) {
			tally.delivered++;
			tally.duplicates += arrived.taken - 1;
		} else if (own.some((row) => row.status === 'dead')) tally.dead++;
		else if (own.some((row) => !row.settled)) tally.queued++;
		else {
			tally.lost++;
			problems.push(`message ${message} is lost: ${JSON.stringify(own)}`);
		}
		if (arrived && arrived.ids.size > 1) {
			problems.push(`message ${message} came under several ids: ${[...arrived.ids].join(', ')}`);
		}
		if (own.length > 1) problems.push(`message ${message} is stored ${own.length} times`);
		const unexplained = own.find((row) => row.status === 'dead' && !isExplained(row, arrived));
		if (unexplained) {
			problems.push(`message ${message} is dead without a cause: ${unexplained.reason}`);
		}
	}
	return { tally, problems };
}

function isExplained({ reason }: Stored, arrived: Arrivals | undefined): boolean {
	if (reason === null) return false;
	const status = /^HTTP (\d{3})/.exec(reason)?.[1];
	return status === undefined ? OWN_ENDS.test(reason) : !!arrived?.answers.has(Number(status));
}
