import type { Logger } from 'n8n-workflow';
import { systemClock, type Clock } from '../../lib/clock';
import { oncePerProcess, shutdownSignal } from '../shared/processScope';
import type { Removal } from './registrar';

/**
 * Publishing a changed workflow deactivates its old version just before it activates the new one. A
 * callback that is removed in between would lose events, so it stays for this long.
 */
export const GRACE_MS = 5_000;

interface Pending {
	removal: Removal;
	cancelled: AbortController;
	done: Promise<void>;
}

const pending = () => oncePerProcess('callbackRemovals', () => new Map<string, Pending>());

/** Ends a registration when nobody has activated the trigger again within the grace. */
export function removeLater(
	registration: string,
	removal: Removal,
	logger: Pick<Logger, 'warn'>,
	clock: Pick<Clock, 'sleep'> = systemClock,
): void {
	pending().get(registration)?.cancelled.abort();
	const cancelled = new AbortController();
	const entry: Pending = { removal, cancelled, done: Promise.resolve() };
	entry.done = (async () => {
		// What is not removed before the process ends stays at the other side.
		await clock.sleep(GRACE_MS, AbortSignal.any([cancelled.signal, shutdownSignal()]));
		if (!cancelled.signal.aborted) await removeNow(removal, logger);
		if (pending().get(registration) === entry) pending().delete(registration);
	})();
	pending().set(registration, entry);
}

/**
 * Called when a trigger is activated: what is about to be removed stays where it is wanted again, and goes
 * at once where another takes its place.
 * @param target see {@link Removal}
 */
export async function keepInstead(
	registration: string,
	target: string,
	logger: Pick<Logger, 'warn'>,
): Promise<void> {
	const entry = pending().get(registration);
	if (!entry) return;
	entry.cancelled.abort();
	// One that has begun is over then.
	await entry.done;
	if (entry.removal.target !== target) await removeNow(entry.removal, logger);
}

/** A removal that fails is told: nobody comes back to it. */
export async function removeNow(removal: Removal, logger: Pick<Logger, 'warn'>): Promise<void> {
	try {
		await removal.run();
	} catch (error) {
		logger.warn(
			`Callback Trigger: the callback ${removal.callbackId} could not be removed: ${(error as Error).message}. It is adopted when the workflow is published again; else remove it with Callback Subscribe.`,
		);
	}
}

/** Waits until nothing is about to be removed; for tests. */
export async function removalsDone(): Promise<void> {
	await Promise.all([...pending().values()].map(async ({ done }) => await done));
}
