import { sql } from 'kysely';
import type { DeliveryStore } from '../deliveryStore';
import { IS_EVENT } from './events';
import type { LogFilter } from './filter';
import { count, emptyLine, type CountedRow, type StatisticsLine } from './statistics';
import { LogWalk } from './walk';

export interface OverviewOptions {
	/** Its times are those of the periods. */
	filter: Omit<LogFilter, 'since' | 'until' | 'timeOf'>;
	/** The moments at which periods begin, the first one first, and the end of the last one; at least two. */
	periods: readonly number[];
	/** The newest that are counted; what is older is left out. */
	atMost: number;
	signal?: AbortSignal;
}

/** What became of what was stored in a time, told apart by period and by endpoint. */
export interface Overview {
	whole: StatisticsLine;
	/** One for each period. */
	periods: StatisticsLine[];
	endpoints: Map<string, StatisticsLine>;
	/** Older deliveries of that time are not counted; epoch milliseconds of the oldest one that is. */
	countedSince?: number;
}

type Row = CountedRow & { endpoint: string };

/** Counts what was stored in a time, once for all that the overview shows, in short steps. */
export async function gatherOverview(
	store: DeliveryStore,
	{ filter, periods, atMost, signal }: OverviewOptions,
): Promise<Overview> {
	const [since, until] = [periods[0], periods[periods.length - 1]];
	const walk = new LogWalk(store, {
		filter: { ...filter, since, until },
		order: 'newest',
		...(signal ? { signal } : {}),
	});
	const overview: Overview = {
		whole: emptyLine(),
		periods: periods.slice(1).map(emptyLine),
		endpoints: new Map(),
	};
	let counted = 0;
	let oldest = until;
	for (;;) {
		const rows = await walk.step(async (unit, part) => {
			const found = await sql<Row>`select endpoint, status, created_at, settled_at, attempt,
				${IS_EVENT} as event from ${part} as f`.execute(unit.db);
			return found.rows;
		});
		if (!rows) return overview;
		if (counted >= atMost && rows.length > 0) return { ...overview, countedSince: oldest };
		for (const row of rows) {
			note(overview, row, periods);
			oldest = Math.min(oldest, Number(row.created_at));
		}
		counted += rows.length;
	}
}

/** How many deliveries of a queue are for one endpoint. */
export interface EndpointCount {
	/** null: no sender has had them. */
	queue: string | null;
	endpoint: string;
	count: number;
}

/** Counts what fits a filter by queue and endpoint, in short steps, up to a number. */
export async function countByEndpoint(
	store: DeliveryStore,
	{ filter, atMost, signal }: { filter: LogFilter; atMost: number; signal?: AbortSignal },
): Promise<EndpointCount[]> {
	const walk = new LogWalk(store, { filter, order: 'newest', ...(signal ? { signal } : {}) });
	const counts = new Map<string, EndpointCount>();
	for (let counted = 0; counted < atMost; ) {
		const rows = await walk.step(async (unit, part) => {
			const found = await sql<EndpointCount>`select queue, endpoint, count(*) as count
				from ${part} as f where ${IS_EVENT} = 0 group by queue, endpoint`.execute(unit.db);
			return found.rows;
		});
		if (!rows) break;
		for (const { queue, endpoint, count: more } of rows) {
			const key = JSON.stringify([queue, endpoint]);
			const known = counts.get(key) ?? { queue, endpoint, count: 0 };
			counts.set(key, { ...known, count: known.count + Number(more) });
			counted += Number(more);
		}
	}
	return [...counts.values()];
}

/** Counts what fits a filter, in short steps, up to a number. */
export async function countFitting(
	store: DeliveryStore,
	{ filter, atMost, signal }: { filter: LogFilter; atMost: number; signal?: AbortSignal },
): Promise<{ count: number; isPart: boolean }> {
	const walk = new LogWalk(store, { filter, order: 'newest', ...(signal ? { signal } : {}) });
	let counted = 0;
	for (;;) {
		const rows = await walk.step(async (unit, part) => {
			const found = await sql<{ n: number }>`select count(*) as n from ${part} as f`.execute(
				unit.db,
			);
			return found.rows;
		});
		if (!rows) return { count: counted, isPart: walk.isStopped };
		counted += Number(rows[0].n);
		if (counted >= atMost) return { count: counted, isPart: true };
	}
}

function note(overview: Overview, row: Row, periods: readonly number[]): void {
	count(overview.whole, row);
	const createdAt = Number(row.created_at);
	const at = periods.findLastIndex((begin) => begin <= createdAt);
	count(overview.periods[at], row);
	if (row.event) return;
	let endpoint = overview.endpoints.get(row.endpoint);
	if (!endpoint) overview.endpoints.set(row.endpoint, (endpoint = emptyLine()));
	count(endpoint, row);
}
