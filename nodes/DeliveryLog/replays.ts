import type { Unit } from '../../lib/store/unit';
import { replayExports } from '../../lib/profiles/store/replay';
import { queueConsumer } from '../../lib/store/lines';
import { queueService } from '../../lib/store/queues';
import type { ReplayResult } from '../../lib/store/replay';
import type { OperationContext } from './operation';

/** Replays deliveries of every kind; exports of profiles have a rule of their own. */
export const replayer =
	(options: { force: boolean; expiresAt: number }) =>
	async (unit: Unit, ids: readonly string[]): Promise<ReplayResult> =>
		await replayExports(unit, ids, options);

/** Wakes the triggers of queues, and says so where there is none to wake. */
export async function wakeQueues(
	{ store, hint }: OperationContext,
	queues: ReadonlyMap<string, number>,
): Promise<void> {
	for (const [queue, count] of queues) {
		if (count === 0) continue;
		store.wake(queueConsumer(queue), count);
		const { state } = await store.read(async (unit) => await queueService(unit, queue, store.boot));
		if (state !== 'unserved') continue;
		hint(
			`No active Delivery Queue Trigger serves the queue "${queue}", so its deliveries wait. Publish its workflow, or move them with Move to Queue.`,
		);
	}
}
