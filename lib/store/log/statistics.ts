import { sql } from 'kysely';
import type { DeliveryStore } from '../deliveryStore';
import type { StoredStatus } from '../schema';
import { IS_EVENT } from './events';
import type { LogFilter } from './filter';
import { Spread } from './spread';
import { LogWalk } from './walk';

export const PERIODS = { hour: 3_600_000, day: 24 * 3_600_000 } as const;
export type Period = keyof typeof PERIODS | 'whole';

/** What lines of statistics may be told apart by. */
export const GROUPS = ['endpoint', 'name', 'queue', 'kind'] as const;
export type Group = (typeof GROUPS)[number];

/** Adobe's aim for its HTTP API destination: less than 10 minutes, 95 percent of the time. */
export const AIM_MS = 600_000;

export interface StatisticsOptions {
	filter: LogFilter;
	period: Period;
	by?: Group;
	signal?: AbortSignal;
	/** Told after each step: the deliveries counted, and how much of what may fit was looked at, 0 to 1. */
	onProgress?: (done: number, share: number) => void;
}

/** What became of what was stored in a period. Times in milliseconds. */
export interface StatisticsLine {
	/** Epoch milliseconds of its begin; absent for the whole. */
	period?: number;
	/** The endpoint, name, queue or kind; null where there is none, absent when not told apart. */
	group?: string | null;
	deliveries: Record<StoredStatus, number> & { stored: number };
	/** From the event to delivered. */
	latency: Spread;
	/** Of the delivered ones, those that took {@link AIM_MS} at most. */
	inTime: number;
	attempts: number;
	/** How many of the delivered ones needed so many attempts. */
	untilSuccess: Map<number, number>;
	/** What triggers hand to their workflow as it is. */
	events: { taken: number; handled: number; waiting: number; dead: number };
}

/** What counting needs of a delivery. */
export interface CountedRow {
	status: StoredStatus;
	created_at: number;
	settled_at: number | null;
	attempt: number;
	/** 1 for what is no message; see {@link IS_EVENT}. */
	event: number;
}

type Row = CountedRow & { grouped: string | null };

/** Counts what fits a filter, in short steps. Lines are sorted by period, then by how much they count. */
export async function gatherStatistics(
	store: DeliveryStore,
	{ filter, period, by, signal, onProgress }: StatisticsOptions,
): Promise<{ lines: StatisticsLine[]; stopped: boolean }> {
	const walk = new LogWalk(store, { filter, order: 'newest', ...(signal ? { signal } : {}) });
	const lines = new Map<string, StatisticsLine>();
	const grouped = by === undefined ? sql`null` : sql.ref(by);
	let done = 0;
	for (;;) {
		const rows = await walk.step(async (unit, fitting) => {
			const found = await sql<Row>`select ${grouped} as grouped, status, created_at, settled_at,
				attempt, ${IS_EVENT} as event from ${fitting} as f`.execute(unit.db);
			return found.rows;
		});
		if (!rows) {
			// A sum of nothing is a sum too.
			if (period === 'whole' && by === undefined && lines.size === 0) lines.set('', emptyLine());
			return { lines: sorted(lines), stopped: walk.isStopped };
		}
		for (const row of rows) count(lineOf(lines, row, period, by), row);
		done += rows.length;
		onProgress?.(done, walk.share);
	}
}

function lineOf(
	lines: Map<string, StatisticsLine>,
	row: Row,
	period: Period,
	by: Group | undefined,
): StatisticsLine {
	const length = period === 'whole' ? undefined : PERIODS[period];
	const begin =
		length === undefined ? undefined : Math.floor(Number(row.created_at) / length) * length;
	// A period is a number, so the first space ends it.
	const key = row.grouped === null ? String(begin) : `${begin} ${row.grouped}`;
	let line = lines.get(key);
	if (!line) {
		line = {
			...(begin === undefined ? {} : { period: begin }),
			...(by === undefined ? {} : { group: row.grouped }),
			...emptyLine(),
		};
		lines.set(key, line);
	}
	return line;
}

/** A line that has counted nothing yet. */
export const emptyLine = (): StatisticsLine => ({
	deliveries: { stored: 0, pending: 0, retrying: 0, delivered: 0, dead: 0, closed: 0 },
	latency: new Spread(),
	inTime: 0,
	attempts: 0,
	untilSuccess: new Map(),
	events: { taken: 0, handled: 0, waiting: 0, dead: 0 },
});

/** Counts a delivery. */
export function count(line: StatisticsLine, row: CountedRow): void {
	if (row.event) return countEvent(line.events, row);
	const { deliveries, latency, untilSuccess } = line;
	const attempts = Number(row.attempt);
	deliveries.stored++;
	deliveries[row.status]++;
	line.attempts += attempts;
	if (row.status !== 'delivered') return;
	const took = Math.max(0, Number(row.settled_at) - Number(row.created_at));
	latency.add(took);
	if (took <= AIM_MS) line.inTime++;
	untilSuccess.set(attempts, (untilSuccess.get(attempts) ?? 0) + 1);
}

function countEvent(events: StatisticsLine['events'], { status, settled_at }: CountedRow): void {
	events.taken++;
	if (settled_at === null) events.waiting++;
	else if (status === 'dead') events.dead++;
	else events.handled++;
}

function sorted(lines: ReadonlyMap<string, StatisticsLine>): StatisticsLine[] {
	const size = ({ deliveries, events }: StatisticsLine) => deliveries.stored + events.taken;
	return [...lines.values()].sort(
		(a, b) =>
			(a.period ?? 0) - (b.period ?? 0) ||
			size(b) - size(a) ||
			((a.group ?? '') < (b.group ?? '') ? -1 : 1),
	);
}
