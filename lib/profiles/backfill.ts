import type { Clock } from '../clock';
import type { DeliveryStore } from '../store/deliveryStore';
import { insertDeliveries } from '../store/insert';
import { queueConsumer } from '../store/lines';
import type { Unit } from '../store/unit';
import { ExportBodies } from './bodies';
import { makeDeliveries } from './deliveries';
import type { ProfileExport } from './exporter';
import { isMember } from './membership';
import { composePayload } from './payload';
import { readSnapshot } from './snapshot';
import { isTold } from './state';
import { markBackfilled } from './store/audiences';
import {
	advanceBackfill,
	endBackfill,
	findBackfill,
	type Backfill,
	type BackfillAudience,
} from './store/backfills';
import { holdDestination } from './store/hold';
import { loadSnapshots, pageOfStates, saveStates, type StoredProfile } from './store/states';
import { lastDeliveries, type ExportOptions } from './take';

/** Profiles looked at by one step. */
const PAGE = 500;
/** Characters of snapshots read by one step; one profile alone may have more. */
const MOST_SNAPSHOTS = 4 * 1024 * 1024;

/** What one step of a backfill did. */
export interface BackfillStep {
	/** As it stands after the step; undefined when there is no such backfill. */
	backfill: Backfill | undefined;
	/** Profiles whose export was queued. */
	exported: number;
}

/**
 * Goes on with a backfill by one step: looks at the next profiles and queues those that belong to one of
 * its audiences and were not exported since it was mapped. Where it has got to moves in the transaction
 * that stores the deliveries, so that after a crash nobody is exported twice and nobody is missed.
 * @throws what the store throws; nothing of the step was done then
 */
export async function stepBackfill(
	store: DeliveryStore,
	id: string,
	options: ExportOptions,
): Promise<BackfillStep> {
	const bodies = new ExportBodies(options.mapping, options.profilesPerRequest > 1);
	for (;;) {
		const result = await store.write(async (unit) => await stepOnce(unit, id, options, bodies));
		if ('missing' in result) {
			await bodies.map(result.missing);
			continue;
		}
		const backfill = await store.read(async (unit) => await findBackfill(unit, id));
		if (result.exported > 0) store.wake(queueConsumer(options.queue), result.exported);
		return { backfill, exported: result.exported };
	}
}

async function stepOnce(
	unit: Unit,
	id: string,
	options: ExportOptions,
	bodies: ExportBodies,
): Promise<{ exported: number } | { missing: string[] }> {
	await holdDestination(unit, options.destination);
	const backfill = await findBackfill(unit, id);
	if (backfill?.status !== 'running') return { exported: 0 };
	const { profiles, more } = await pageOf(unit, backfill);
	const wanted = profiles.filter((profile) => isWanted(profile, backfill.audiences));
	const snapshots = await loadSnapshots(
		unit,
		backfill.destination,
		wanted.map(({ key }) => key),
	);
	const all = wanted.flatMap((profile) => {
		const snapshot = snapshots.get(profile.key);
		return snapshot === undefined ? [] : [toExport(profile, snapshot, unit.now, backfill, options)];
	});
	const missing = bodies.missing(all);
	if (missing.length > 0) return { missing };
	// What cannot be mapped is exported when it comes in again, and told then.
	const exports = all.filter((one) => bodies.problemOf(one) === undefined);
	await queue(unit, exports, wanted, options, bodies);
	const last = profiles.at(-1);
	if (last) {
		await advanceBackfill(unit, id, {
			cursor: last.key,
			lookedAt: profiles.length,
			exported: exports.length,
			withoutSnapshot: wanted.length - exports.length,
		});
	}
	if (!more) {
		await markBackfilled(unit, backfill.destination, backfill.audiences);
		await endBackfill(unit, id, 'done');
	}
	return { exported: exports.length };
}

/** The next profiles, fewer where their snapshots are long. */
async function pageOf(
	unit: Unit,
	{ destination, cursor }: Backfill,
): Promise<{ profiles: StoredProfile[]; more: boolean }> {
	const page = await pageOfStates(unit, destination, cursor, PAGE);
	let length = 0;
	const end = page.profiles.findIndex(({ snapshotLength }, at) => {
		length += snapshotLength ?? 0;
		return at > 0 && length > MOST_SNAPSHOTS;
	});
	const cut = end === -1 ? page.profiles : page.profiles.slice(0, end);
	return { profiles: cut.map(({ profile }) => profile), more: page.more || end !== -1 };
}

function isWanted(
	{ state, exportedRevision }: StoredProfile,
	audiences: readonly BackfillAudience[],
): boolean {
	return state.audiences.some(
		(one) => isMember(one.status) && audiences.some((a) => matches(a, one, exportedRevision)),
	);
}

const matches = (
	{ namespace, id, revision }: BackfillAudience,
	one: { namespace: string; audience: string },
	exportedRevision: number,
) =>
	id === one.audience &&
	(namespace === undefined || namespace === one.namespace) &&
	exportedRevision < revision;

function toExport(
	{ key, state, exportedRevision, pending, orderKey }: StoredProfile,
	snapshot: string,
	now: number,
	{ audiences }: Backfill,
	{ mappings, recorded, payload }: ExportOptions,
): ProfileExport {
	const told = state.audiences.filter((one) => isTold(one, now));
	const parts = readSnapshot(snapshot, told);
	return {
		index: -1,
		key,
		payload: composePayload(parts, mappings, recorded.times, payload),
		triggers: state.audiences.flatMap((one) =>
			isMember(one.status) && audiences.some((a) => matches(a, one, exportedRevision))
				? [{ kind: 'backfill' as const, namespace: one.namespace, audience: one.audience }]
				: [],
		),
		...(pending && orderKey !== undefined ? { behind: orderKey } : {}),
	};
}

async function queue(
	unit: Unit,
	exports: readonly ProfileExport[],
	profiles: readonly StoredProfile[],
	options: ExportOptions,
	bodies: ExportBodies,
): Promise<void> {
	const made = makeDeliveries(exports, (one) => bodies.of(one), {
		...options,
		...(options.maxAgeMs === undefined ? {} : { expiresAt: unit.now + options.maxAgeMs }),
	});
	const last = lastDeliveries(made);
	const { revision: exportedRevision } = options.recorded;
	const byKey = new Map(profiles.map((profile) => [profile.key, profile]));
	const states = [...last].flatMap(([key, delivery]) => {
		const profile = byKey.get(key);
		if (!profile) return [];
		const { text, identity } = profile;
		return [{ key, text, identity, exportedRevision, ...delivery }];
	});
	await saveStates(unit, options.destination, states);
	await insertDeliveries(
		unit,
		made.map(({ delivery }) => delivery),
	);
}

/** HTTP API destination, historical data backfill: who has qualified before arrives within about an hour. */
export const BACKFILL_WITHIN_MS = 3600_000;
/** A part of the hour is left for the last of the deliveries to be sent. */
const QUEUED_WITHIN_MS = BACKFILL_WITHIN_MS * 0.9;

/**
 * How long to wait before the next step of a backfill, in milliseconds, so that its deliveries come into
 * the queue no faster than it sends them, but all of them within the hour.
 * @param exported by the last step
 * @param requestsPerSecond the queue's limit; 0: none
 * @param now of the store's clock, epoch milliseconds
 */
export function backfillPause(
	backfill: Backfill,
	exported: number,
	{
		requestsPerSecond,
		profilesPerRequest,
	}: { requestsPerSecond: number; profilesPerRequest: number },
	now: number,
): number {
	if (exported === 0 || requestsPerSecond <= 0) return 0;
	const asSent = (exported / Math.max(1, profilesPerRequest) / requestsPerSecond) * 1_000;
	const steps = Math.max(1, Math.ceil((backfill.total - backfill.lookedAt) / PAGE));
	const left = Math.max(0, backfill.startedAt + QUEUED_WITHIN_MS - now);
	return Math.floor(Math.min(asSent, left / steps));
}

/**
 * Goes on with a backfill until it is done, was cancelled, or the signal aborts: then whoever begins it
 * again goes on where it stopped.
 * @param onStep is told after each step
 * @returns how it stands; undefined when there is no such backfill
 */
export async function runBackfill(
	store: DeliveryStore,
	id: string,
	options: ExportOptions & { requestsPerSecond: number },
	means: { clock: Clock; signal: AbortSignal; onStep?: (backfill: Backfill) => void },
): Promise<Backfill | undefined> {
	for (;;) {
		const { backfill, exported } = await stepBackfill(store, id, options);
		if (backfill) means.onStep?.(backfill);
		if (backfill?.status !== 'running' || means.signal.aborted) return backfill;
		const pause = backfillPause(backfill, exported, options, store.now());
		if (pause > 0) await means.clock.sleep(pause, means.signal);
		else await new Promise((resolve) => setImmediate(resolve));
		if (means.signal.aborted) return backfill;
	}
}
