import { randomUUID } from 'node:crypto';
import type { IExecuteFunctions } from 'n8n-workflow';
import {
	backfillHint,
	beginBackfill,
	type Backfill,
	type Destination,
	type RecordedMappings,
} from '../../lib/profiles';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { resumeBackfills } from '../shared/backfills';

/**
 * Begins what "Backfill Automatically" asks for and goes on with what is not done. Tells of both by hints.
 * @param recorded undefined where no profile came in
 * @returns whether profiles that come in are to be exported for audiences that await their backfill
 */
export async function startBackfills(
	context: IExecuteFunctions,
	store: DeliveryStore,
	{ id: destination }: Destination,
	recorded: RecordedMappings | undefined,
): Promise<boolean> {
	const automatic = context.getNodeParameter('backfillAutomatically', 0, false) === true;
	const audiences = recorded?.awaitingBackfill ?? [];
	if (automatic && audiences.length > 0) {
		const wanted = { id: randomUUID(), destination, audiences, settings: '' };
		await store.write(async (unit) => await beginBackfill(unit, wanted));
	}
	const running = await resumeBackfills(store, context.logger, { destination });
	const hint = (message: string) =>
		context.addExecutionHints({ message, type: 'info', location: 'outputPane' });
	for (const backfill of running) hint(progressOf(backfill));
	const hinted = recorded && running.length === 0 ? backfillHint(recorded) : undefined;
	if (hinted !== undefined) hint(hinted);
	return automatic || running.length > 0;
}

/** How far a backfill is, in words. */
export function progressOf({ audiences, lookedAt, total, exported }: Backfill): string {
	const names = audiences.map(({ id, name }) => `"${name ?? id}"`).join(', ');
	const all = Math.max(total, lookedAt);
	return `A backfill of ${names} is under way: ${lookedAt} of ${all} profiles looked at, ${exported} exports queued`;
}
