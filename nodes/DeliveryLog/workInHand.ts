import type { WorkFigures } from '../../lib/dashboard';
import { backfillsOf, listDestinations, type Backfill } from '../../lib/profiles';
import type { DeliveryStore } from '../../lib/store/deliveryStore';
import { longWorks, type LongWork } from '../../lib/store/log/longWork';

/** Work that ended is told of for so long. */
const RECENT_MS = 24 * 3_600_000;

/** Backfills and work on many deliveries, how far each is; what runs first, then the newest. */
export interface WorkInHand {
	backfills: (Backfill & { name: string })[];
	works: LongWork[];
}

/** Everything that takes long and runs, or ran within a day. */
export async function workInHand(store: DeliveryStore): Promise<WorkInHand> {
	return await store.read(async (unit) => {
		const statuses = ['running', 'done', 'cancelled'] as const;
		const found = await Promise.all(
			statuses.map(async (status) => await backfillsOf(unit, undefined, status)),
		);
		const names = new Map((await listDestinations(unit)).map(({ id, name }) => [id, name]));
		const since = unit.now - RECENT_MS;
		const backfills = found
			.flat()
			.filter(({ status, updatedAt }) => status === 'running' || updatedAt >= since)
			.map((one) => ({ ...one, name: names.get(one.destination) ?? one.destination }));
		const works = await longWorks(unit);
		return { backfills, works: works.filter(({ updatedAt }) => updatedAt >= since) };
	});
}

/** A part of a whole; all of nothing. */
export const shareOf = (part: number, whole: number) =>
	whole === 0 ? 1 : Math.min(1, part / whole);

/** The same for the dashboard page. */
export async function workFigures(store: DeliveryStore): Promise<WorkFigures[]> {
	const { backfills, works } = await workInHand(store);
	const all = [...backfills.map(ofBackfill), ...works.map(ofWork)];
	return all.sort(
		(a, b) =>
			Number(b.status === 'running') - Number(a.status === 'running') || b.updatedAt - a.updatedAt,
	);
}

const told = (count: number) => count.toLocaleString('en-US');

const ofBackfill = (one: WorkInHand['backfills'][number]): WorkFigures => ({
	what: `Backfill: ${one.name}`,
	status: one.status,
	share: one.status === 'done' ? 1 : shareOf(one.lookedAt, one.total),
	told: `${told(one.lookedAt)} of ${told(one.total)} profiles looked at, ${told(one.exported)} exported`,
	startedAt: one.startedAt,
	updatedAt: one.updatedAt,
});

const ofWork = ({ what, status, share, done, startedAt, updatedAt }: LongWork): WorkFigures => ({
	what,
	status,
	share: status === 'done' ? 1 : share,
	told: `${told(done)} deliveries`,
	startedAt,
	updatedAt,
});
