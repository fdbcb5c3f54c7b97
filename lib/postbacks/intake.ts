import type { Random } from '../clock';
import { newDeliveryId } from '../delivery/identifiers';
import type { DeliveryStore } from '../store/deliveryStore';
import { takeKeys } from '../store/deduplication';
import { jointWritesOf } from '../store/jointWrites';
import { insertDeliveries, type NewDelivery } from '../store/insert';
import { NO_ENDPOINT } from '../store/lines';
import type { Unit } from '../store/unit';
import type { ComposedPostback, PostbackEngine, SkippedPostback } from './engine';
import type { Hit } from './hit';
import { postbackSource } from './store/states';
import { takeVisitors } from './store/visitors';
import { takingTurns } from './turns';

export interface IntakeOptions {
	store: DeliveryStore;
	engine: PostbackEngine;
	/** The trigger's workflow and node. */
	scope: string;
	/** Who emits what is taken in. */
	consumer: string;
	/** Intake is refused from this size of the store on. */
	maxBytes?: number;
	/** Names a hit, so that it counts once; undefined: not named. */
	eventKeyOf?: (hit: Hit, index: number) => string | undefined;
	deduplicationMs: number;
	workflowId?: string;
	/** Wall clock, epoch milliseconds. */
	now: () => number;
	random: Random;
}

export interface IntakeReport {
	/** Hits that were looked at. */
	hits: number;
	/** Hits that at least one postback matched, or that were looked for. */
	matched: number;
	/** Deliveries that were stored to be sent, or events for the workflow. */
	queued: number;
	/** Hits that were known already. */
	duplicates: number;
	/** Postbacks that matched a hit and are not sent, or events that are not taken; with the hit's index. */
	skipped: (Partial<SkippedPostback> & { index: number; reason: string })[];
	/** Postbacks that could not be composed; they are dead letters. */
	failed: { index: number; name: string; reason: string }[];
}

interface Prepared {
	index: number;
	eventId: string;
	key?: string;
	composed: ComposedPostback[];
}

export const emptyReport = (hits: number): IntakeReport => ({
	hits,
	matched: 0,
	queued: 0,
	duplicates: 0,
	skipped: [],
	failed: [],
});

/**
 * Matches hits, composes what matches and stores it in one transaction, with its deduplication keys and
 * the visitors for whom it is sent once. When this resolves it is on disk; a hit without a match stores
 * nothing.
 * @throws StoreFullError when the store has no room
 */
export async function takeHits(
	hits: readonly { index: number; hit: Hit }[],
	options: IntakeOptions,
): Promise<IntakeReport> {
	await options.store.assertRoom(options.maxBytes);
	const report = emptyReport(hits.length);
	const prepared = await prepare(hits, options, report);
	if (prepared.length === 0) return report;
	const { stored, queued, duplicates } = await jointWritesOf(
		options.store,
		`hits of ${options.scope}`,
		storeParts,
	).add(
		{ prepared, options },
		prepared.reduce((sum, { composed }) => sum + composed.length, 0),
	);
	Object.assign(report, { queued, duplicates });
	if (stored > 0) options.store.wake(options.consumer, stored);
	return report;
}

interface Part {
	prepared: Prepared[];
	options: IntakeOptions;
}

interface Written {
	stored: number;
	queued: number;
	duplicates: number;
}

/** Stores what several requests to one trigger brought, as if each had come alone, in their order. */
async function storeParts(unit: Unit, parts: readonly Part[]): Promise<Written[]> {
	const fresh = await withoutKnown(unit, parts);
	const { scope } = parts[0].options;
	const isNew = await takeVisitors(unit, scope, fresh.flatMap(visitorsOf));
	const rows = parts.map(({ options }, at) =>
		fresh[at].flatMap((p) => toDeliveries(p, isNew, options)),
	);
	const all = rows.flat();
	if (all.length > 0) await insertDeliveries(unit, all);
	return parts.map(({ prepared }, at) => ({
		stored: rows[at].length,
		queued: rows[at].filter((row) => row.status !== 'dead').length,
		duplicates: prepared.length - fresh[at].length,
	}));
}

async function prepare(
	hits: readonly { index: number; hit: Hit }[],
	options: IntakeOptions,
	report: IntakeReport,
): Promise<Prepared[]> {
	const prepared: Prepared[] = [];
	const turn = takingTurns();
	for (const { index, hit } of hits) {
		const environment = { now: options.now(), random: options.random };
		const processed = options.engine.process(hit, environment);
		const { composed, skipped } = processed instanceof Promise ? await processed : processed;
		for (const one of skipped) report.skipped.push({ ...one, index });
		if (composed.length > 0 || skipped.length > 0) report.matched++;
		for (const one of composed) {
			if (one.error) report.failed.push({ index, name: one.name, reason: one.error.message });
		}
		if (composed.length > 0) {
			const key = options.eventKeyOf?.(hit, index);
			prepared.push({
				index,
				eventId: newDeliveryId().replace('msg_', 'evt_'),
				composed,
				...(key ? { key } : {}),
			});
		}
		await turn();
	}
	return prepared;
}

/** Of each part what was not known before. */
async function withoutKnown(unit: Unit, parts: readonly Part[]): Promise<Prepared[][]> {
	const keyed = parts.flatMap(({ prepared, options: { scope, deduplicationMs } }) =>
		prepared.flatMap(({ key, eventId }) =>
			key === undefined
				? []
				: [{ scope, key, expiresAt: unit.now + deduplicationMs, deliveryId: eventId }],
		),
	);
	if (keyed.length === 0) return parts.map(({ prepared }) => prepared);
	const first = await takeKeys(unit, keyed);
	return parts.map(({ prepared, options: { scope } }) =>
		prepared.filter(({ key, eventId }) => key === undefined || first({ scope, key }) === eventId),
	);
}

const visitorsOf = (prepared: readonly Prepared[]) =>
	prepared.flatMap(({ composed }) =>
		composed.flatMap(({ postbackId, once }) =>
			once ? [{ postbackId, visitor: once.visitor }] : [],
		),
	);

function toDeliveries(
	{ eventId, composed }: Prepared,
	isNew: (key: { postbackId: string; visitor: string }) => boolean,
	{ scope, consumer, workflowId }: IntakeOptions,
): NewDelivery[] {
	return composed.flatMap((one) => {
		const { postbackId, name, once } = one;
		if (once && !isNew({ postbackId, visitor: once.visitor })) return [];
		const head = {
			id: newDeliveryId(),
			kind: 'postback',
			name,
			sourceType: 'postback',
			sourceId: postbackSource(scope, postbackId),
			eventId,
			consumer,
			...(workflowId === undefined ? {} : { workflowId }),
		};
		if (one.error) {
			const request = JSON.stringify({ method: 'GET', url: '', headers: {} });
			return [
				{
					...head,
					endpoint: NO_ENDPOINT,
					request,
					status: 'dead' as const,
					reason: 'cannot be composed',
					error: one.error,
				},
			];
		}
		return [
			{ ...head, endpoint: new URL(one.request.url).origin, request: JSON.stringify(one.request) },
		];
	});
}
