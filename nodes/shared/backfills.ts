import type { Logger } from 'n8n-workflow';
import { systemClock } from '../../lib/clock';
import {
	backfillsOf,
	exportOptionsOf,
	findDestination,
	previewMappings,
	readDestination,
	runBackfill,
	type Backfill,
	type DestinationSettings,
} from '../../lib/profiles';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { oncePerProcess, shutdownSignal } from './processScope';

interface Runner {
	/** With which it was started; JSON. */
	settings: string;
	stop: AbortController;
	done: Promise<void>;
}

const runners = () => oncePerProcess('backfillRunners', () => new Map<string, Runner>());

/** Whose backfills to go on with. */
export type BackfillsOf = { destination: string } | { queue: string };

/**
 * Goes on with the backfills that are not done, in the background, each once in this process: what they
 * export goes into the queue, and where they have got to is in the store. One whose destination was changed
 * goes on as that is now.
 * @returns those that run, as they stand
 */
export async function resumeBackfills(
	store: DeliveryStore,
	logger: Logger,
	of: BackfillsOf,
): Promise<Backfill[]> {
	const known = await store.read(async (unit) => {
		const destination = 'destination' in of ? of.destination : undefined;
		const backfills = await backfillsOf(unit, destination, 'running');
		return await Promise.all(
			backfills.map(async (backfill) => {
				const found = await findDestination(unit, backfill.destination);
				return { backfill, settings: found?.settings };
			}),
		);
	});
	const resumed: Backfill[] = [];
	for (const { backfill, settings } of known) {
		if (settings === undefined || !isOf(settings, of)) continue;
		await keepRunning(store, logger, backfill, settings);
		resumed.push(backfill);
	}
	return resumed;
}

function isOf(settings: string, of: BackfillsOf): boolean {
	if ('destination' in of) return true;
	return (JSON.parse(settings) as DestinationSettings).queue === of.queue;
}

async function keepRunning(
	store: DeliveryStore,
	logger: Logger,
	backfill: Backfill,
	settings: string,
): Promise<void> {
	const all = runners();
	const key = `${store.boot}/${backfill.id}`;
	const running = all.get(key);
	if (running?.settings === settings) return;
	if (running) {
		running.stop.abort();
		await running.done;
		// Another execution may have been faster.
		if (all.has(key)) return;
	}
	const stop = new AbortController();
	const signal = AbortSignal.any([stop.signal, shutdownSignal()]);
	const done = runOne(store, backfill, settings, signal, teller(logger))
		.catch((error: unknown) => {
			if (store.isClosed) return;
			const message = error instanceof Error ? error.message : String(error);
			logger.error(
				`The backfill of ${backfill.destination} stopped and goes on with the next execution: ${message}`,
			);
		})
		.finally(() => all.delete(key));
	all.set(key, { settings, stop, done });
}

async function runOne(
	store: DeliveryStore,
	{ id, destination: of }: Backfill,
	text: string,
	signal: AbortSignal,
	onStep: (backfill: Backfill) => void,
): Promise<void> {
	const settings = JSON.parse(text) as DestinationSettings;
	const destination = readDestination(of, settings, { clock: systemClock, random: Math.random });
	const recorded = await store.read(
		async (unit) => await previewMappings(unit, of, destination.mappings.audiences),
	);
	const options = exportOptionsOf(destination, recorded, {});
	const { requestsPerSecond } = settings;
	const means = { clock: systemClock, signal, onStep };
	await runBackfill(store, id, { ...options, requestsPerSecond }, means);
}

/** n8n's log is told so often how far a backfill is, and of its end if it took longer. */
const TOLD_EVERY_MS = 30_000;

/** Tells n8n's log how far a backfill is. */
export function teller(logger: Logger, now: () => number = Date.now): (backfill: Backfill) => void {
	let last = now();
	let isLong = false;
	return ({ destination, status, lookedAt, total, exported }) => {
		const isOver = status !== 'running';
		if (isOver ? !isLong : now() - last < TOLD_EVERY_MS) return;
		last = now();
		isLong = true;
		logger.info(
			`The backfill of ${destination} is ${isOver ? status : 'under way'}: ${lookedAt} of ${Math.max(total, lookedAt)} profiles looked at, ${exported} exports queued`,
		);
	};
}

/** Resolves when no backfill is under way in this process; for tests. */
export async function backfillsIdle(): Promise<void> {
	for (const all = runners(); all.size > 0; ) {
		await Promise.all([...all.values()].map(async ({ done }) => await done));
	}
}
