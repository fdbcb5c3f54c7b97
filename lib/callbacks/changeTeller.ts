import type { Clock } from '../clock';
import type { DeliveryStore } from '../store/deliveryStore';
import {
	advanceReader,
	CHANGES_CONSUMER,
	changesAfter,
	readerOf,
	type NumberedChange,
	type Reader,
} from './store/changes';

export interface TellerOptions {
	store: DeliveryStore;
	clock: Clock;
	/** The trigger's workflow and node. */
	reader: string;
	/** Most changes told at once. */
	batchSize: number;
	/** Whether changes of a property are told. */
	sees: (propertyId: string) => boolean;
	/** Tells of changes; resolves with whether that went well. */
	tell: (changes: readonly NumberedChange[], reader: Reader) => Promise<boolean>;
	onError: (error: unknown) => void;
}

/** Other processes change callbacks too, and wake nobody here. */
const LOOK_MS = 5_000;
/** What a workflow fails at is told again after these delays; then the next changes get their turn. */
const AGAIN_MS = [5_000, 60_000, 600_000];

/**
 * Tells of changes in their order, each at least once: what was told is noted only afterwards. Runs until it
 * is stopped or the store closes.
 */
export async function tellChanges(options: TellerOptions, stop: AbortSignal): Promise<void> {
	const { store, clock } = options;
	const bell = new Bell();
	const off = store.onWake(CHANGES_CONSUMER, bell.ring);
	try {
		await store.write(async (unit) => await readerOf(unit, options.reader));
		while (!stop.aborted && !store.isClosed) {
			const woken = bell.next();
			if (await tellNext(options, stop)) continue;
			const waited = new AbortController();
			const ends = AbortSignal.any([stop, waited.signal]);
			await Promise.race([woken, clock.sleep(LOOK_MS, ends)]);
			waited.abort();
		}
	} finally {
		off();
	}
}

/** Gives whether there may be more. */
async function tellNext(options: TellerOptions, stop: AbortSignal): Promise<boolean> {
	const { store, reader, batchSize, sees } = options;
	const at = await store.read(async (unit) => await readerOf(unit, reader));
	const changes = await store.read(
		async (unit) => await changesAfter(unit, at.position, batchSize),
	);
	if (changes.length === 0) return false;
	const told = changes.filter(({ propertyId }) => sees(propertyId));
	if (told.length > 0 && !(await tellUntilTaken(told, at, options, stop))) return false;
	const position = changes[changes.length - 1].no;
	await store.write(async (unit) => await advanceReader(unit, reader, position));
	return true;
}

async function tellUntilTaken(
	changes: readonly NumberedChange[],
	reader: Reader,
	{ tell, clock, store, onError }: TellerOptions,
	stop: AbortSignal,
): Promise<boolean> {
	for (const again of [...AGAIN_MS, undefined]) {
		if (await tell(changes, reader)) return true;
		// After a restart they are told again.
		if (stop.aborted || store.isClosed) return false;
		if (again !== undefined) await clock.sleep(again, stop);
		if (stop.aborted || store.isClosed) return false;
	}
	const numbers = changes.map(({ callbackId }) => callbackId).join(', ');
	onError(new Error(`The workflow failed at changes of ${numbers} each time; they are left out`));
	return true;
}

/** Something that one can wait for to ring; a ring that comes before the wait counts. */
class Bell {
	private rung = () => undefined as void;

	readonly ring = (): void => this.rung();

	next(): Promise<void> {
		return new Promise((resolve) => (this.rung = resolve));
	}
}
