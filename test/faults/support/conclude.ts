import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultContext, Tally } from './fault.ts';
import { reconcile, type Stored } from './reconcile.ts';
import type { FaultyReceiver } from './receiver.ts';

const LOOK_EVERY_MS = 500;
const TELL_EVERY_MS = 10_000;
const MOST_PROBLEMS_TOLD = 20;

export interface Ended {
	context: FaultContext;
	/** Each message goes to one of them. */
	receivers: readonly FaultyReceiver[];
	/** The messages that are owed. */
	owed: readonly number[];
	read: () => Promise<Stored[]> | Stored[];
	/** How long what waits may take; what waits then still counts as queued. */
	timeoutMs: number;
}

/** Waits until nothing waits in the store any more, and reconciles. */
export async function conclude(ended: Ended): Promise<Tally> {
	const { context, receivers, owed, read } = ended;
	await drain(ended);
	const arrivals = new Map(receivers.flatMap((receiver) => [...receiver.arrivals]));
	const { tally, problems } = reconcile(owed, arrivals, await read());
	for (const problem of problems.slice(0, MOST_PROBLEMS_TOLD)) context.tell(problem);
	context.check(problems.length === 0, `${problems.length} problems in the reconciliation`);
	const overlaps = receivers.flatMap((receiver) => receiver.overlaps);
	context.check(
		overlaps.length === 0,
		`${overlaps.length} messages were on their way twice at once`,
	);
	return tally;
}

async function drain({ context, read, timeoutMs }: Ended): Promise<void> {
	const end = Date.now() + timeoutMs;
	let told = Date.now();
	for (;;) {
		// A database that is just coming back is asked again.
		const rows = await Promise.resolve()
			.then(read)
			.catch(() => undefined);
		const waiting = rows?.filter((row) => !row.settled).length;
		if (waiting === 0 || Date.now() > end) return;
		if (Date.now() - told > TELL_EVERY_MS) {
			told = Date.now();
			context.tell(`${waiting ?? '?'} messages wait`);
		}
		await sleep(LOOK_EVERY_MS);
	}
}
