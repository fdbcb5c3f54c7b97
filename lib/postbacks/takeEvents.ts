import { carriesDelivery } from '../delivery/deliverySchema';
import type { Delivery } from '../delivery/delivery';
import { newDeliveryId } from '../delivery/identifiers';
import { eventRequest } from '../delivery/storedEvent';
import { insertDeliveries, type NewDelivery } from '../store/insert';
import { jointWritesOf } from '../store/jointWrites';
import { NO_ENDPOINT } from '../store/lines';
import type { Unit } from '../store/unit';
import { HitError } from './errors';
import type { EventFilter } from './eventFilter';
import type { Hit } from './hit';
import { emptyReport, type IntakeOptions, type IntakeReport } from './intake';
import type { ParsedHits } from './parseHits';
import { takingTurns } from './turns';

/** The source of events that go to the workflow as they are. */
const EVENT = 'event';

/** Whether a stored delivery is such an event. */
export const isEvent = ({ source }: Delivery): boolean => source?.type === EVENT;

/** What becomes of a request's events. */
export type EventIntakeOptions = Omit<IntakeOptions, 'engine' | 'random'> & { filter: EventFilter };

/**
 * Stores events for the workflow, as they came, in one transaction with their deduplication keys. When this
 * resolves they are on disk; an event that is not looked for stores nothing.
 * @throws StoreFullError when the store has no room
 */
export async function takeEvents(
	hits: readonly { index: number; hit: Hit }[],
	options: EventIntakeOptions,
): Promise<IntakeReport> {
	const { store, consumer } = options;
	await store.assertRoom(options.maxBytes);
	const report = emptyReport(hits.length);
	const wanted = await filtered(hits, options, report);
	if (wanted.length === 0) return report;
	const written = jointWritesOf(store, `events of ${options.scope}`, storeParts);
	const { queued, duplicates } = await written.add({ wanted, options }, wanted.length);
	Object.assign(report, { queued, duplicates });
	if (queued > 0) store.wake(consumer, queued);
	return report;
}

interface Part {
	wanted: Wanted[];
	options: EventIntakeOptions;
}

/** Stores what several requests to one trigger brought, as if each had come alone, in their order. */
async function storeParts(
	unit: Unit,
	parts: readonly Part[],
): Promise<Pick<IntakeReport, 'queued' | 'duplicates'>[]> {
	const rows = parts.map(({ wanted, options }) =>
		wanted.map((one) => toRow(one, unit.now, options)),
	);
	const { stored } = await insertDeliveries(unit, rows.flat());
	return rows.map((own) => {
		const queued = own.filter(({ id }) => stored.has(id)).length;
		return { queued, duplicates: own.length - queued };
	});
}

interface Wanted {
	request: string;
	key?: string;
}

async function filtered(
	hits: readonly { index: number; hit: Hit }[],
	{ filter, eventKeyOf, now }: EventIntakeOptions,
	report: IntakeReport,
): Promise<Wanted[]> {
	const wanted: Wanted[] = [];
	const turn = takingTurns();
	for (const { index, hit } of hits) {
		const verdict = filter(hit, now());
		if (verdict === 'taken') {
			wanted.push({ request: eventRequest(hit.source), key: eventKeyOf?.(hit, index) });
		} else if (verdict !== 'other') {
			report.skipped.push({ index, reason: verdict.skipped });
		}
		if (verdict !== 'other') report.matched++;
		await turn();
	}
	return wanted;
}

function toRow({ request, key }: Wanted, now: number, options: EventIntakeOptions): NewDelivery {
	const { scope, consumer, workflowId, deduplicationMs } = options;
	const id = newDeliveryId();
	return {
		id,
		kind: 'postback',
		name: 'event',
		sourceType: EVENT,
		sourceId: scope,
		eventId: id.replace('msg_', 'evt_'),
		consumer,
		endpoint: NO_ENDPOINT,
		request,
		...(key ? { deduplication: { scope, key, expiresAt: now + deduplicationMs } } : {}),
		...(workflowId === undefined ? {} : { workflowId }),
	};
}

/**
 * Takes out what would be read as a delivery further on: whoever may send events must not be able to have
 * requests of their own sent.
 * @throws HitError when nothing is left
 */
export function withoutDeliveries({ hits, rejected }: ParsedHits): ParsedHits {
	const bad = hits.filter(({ hit }) => carriesDelivery(hit.source));
	if (bad.length === 0) return { hits, rejected };
	if (bad.length === hits.length) {
		throw new HitError(400, `Hit ${bad[0].index}: ${LOOKS_LIKE_DELIVERY}`, bad[0].index);
	}
	const told = bad.map(({ index }) => ({ index, reason: LOOKS_LIKE_DELIVERY }));
	return {
		hits: hits.filter(({ hit }) => !carriesDelivery(hit.source)),
		rejected: [...rejected, ...told].sort((a, b) => a.index - b.index),
	};
}

const LOOKS_LIKE_DELIVERY =
	'its field "delivery" looks like a message of this package (id and request), which no event may bring: name the field otherwise';
