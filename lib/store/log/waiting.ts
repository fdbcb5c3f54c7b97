import { sql } from 'kysely';
import type { DeliveryStore } from '../deliveryStore';
import { NO_ENDPOINT, REPORT } from '../lines';
import type { Unit } from '../unit';
import { entriesOf, type LogEntry } from './entries';
import { conditionOf, FILTERED, type LogFilter } from './filter';
import { LogWalk } from './walk';

/** What waits for one endpoint in one queue. Times in epoch milliseconds. */
export interface WaitingLine {
	/** null: no sender has had it yet. */
	queue: string | null;
	endpoint: string;
	pending: number;
	retrying: number;
	/** Of those, under a lease. */
	underWay: number;
	nextDueAt: number;
	/** When the one that waits longest was stored. */
	oldestAt: number;
}

export interface Waiting {
	lines: WaitingLine[];
	/** More waits than was counted. */
	isPart: boolean;
}

interface Row {
	queue: string | null;
	endpoint: string;
	status: 'pending' | 'retrying';
	count: number;
	under_way: number;
	next_due: number;
	oldest: number;
}

/**
 * Counts what waits and fits a filter, whenever it was stored, in short steps. What triggers hand to their
 * workflow as it is has no endpoint and is left out.
 * @param options `atMost`: so many are counted, the oldest first
 */
export async function gatherWaiting(
	store: DeliveryStore,
	{ filter, atMost, signal }: { filter: LogFilter; atMost: number; signal?: AbortSignal },
): Promise<Waiting> {
	const { since: _since, until: _until, ...rest } = filter;
	const walk = new LogWalk(store, {
		filter: { ...rest, states: ['pending', 'retrying'], tests: false },
		order: 'oldest',
		...(signal ? { signal } : {}),
	});
	const lines = new Map<string, WaitingLine>();
	let counted = 0;
	for (;;) {
		const rows = await walk.step(async (unit, fitting) => {
			const found = await sql<Row>`select queue, endpoint, status, count(*) as count,
					count(lease) as under_way, min(due_at) as next_due, min(created_at) as oldest
				from ${fitting} as f where endpoint <> ${NO_ENDPOINT}
				group by queue, endpoint, status`.execute(unit.db);
			return found.rows;
		});
		if (!rows) return { lines: sorted(lines), isPart: walk.isStopped };
		if (counted >= atMost && rows.length > 0) return { lines: sorted(lines), isPart: true };
		for (const row of rows) {
			add(lines, row);
			counted += Number(row.count);
		}
	}
}

function add(lines: Map<string, WaitingLine>, row: Row): void {
	// An endpoint has no space, so the first one ends it.
	const key = row.queue === null ? row.endpoint : `${row.endpoint} ${row.queue}`;
	const line = lines.get(key) ?? {
		queue: row.queue,
		endpoint: row.endpoint,
		pending: 0,
		retrying: 0,
		underWay: 0,
		nextDueAt: Number.MAX_SAFE_INTEGER,
		oldestAt: Number.MAX_SAFE_INTEGER,
	};
	lines.set(key, line);
	line[row.status] += Number(row.count);
	line.underWay += Number(row.under_way);
	line.nextDueAt = Math.min(line.nextDueAt, Number(row.next_due));
	line.oldestAt = Math.min(line.oldestAt, Number(row.oldest));
}

const sorted = (lines: ReadonlyMap<string, WaitingLine>) =>
	[...lines.values()].sort(
		(a, b) =>
			b.pending + b.retrying - (a.pending + a.retrying) || (a.endpoint < b.endpoint ? -1 : 1),
	);

/** Lanes that are looked at; nothing in others is due earlier. */
const LANES = 200;

/**
 * What waits and fits a filter, the next due first. Looks at few lanes and at the beginning of each, whatever
 * waits: what fits and stands behind many that do not is left out.
 */
export async function dueNext(unit: Unit, filter: LogFilter, limit: number): Promise<LogEntry[]> {
	const { since: _since, until: _until, ...rest } = filter;
	const condition = conditionOf(unit.dialect, { ...rest, states: ['pending', 'retrying'] });
	const lanes = await unit.db
		.selectFrom('lanes')
		.select(['line', 'endpoint'])
		.where('next_due_at', 'is not', null)
		.where('line', 'not like', `%${REPORT}`)
		.where('endpoint', '<>', NO_ENDPOINT)
		.$if(filter.endpoint !== undefined && !filter.endpoint.includes('*'), (query) =>
			query.where('endpoint', '=', filter.endpoint as string),
		)
		.orderBy('next_due_at')
		.limit(LANES)
		.execute();
	const found: { no: number; due: number }[] = [];
	for (const { line, endpoint } of lanes) {
		const { rows } = await sql<{ no: number; due_at: number }>`select no, due_at from
			(select ${FILTERED} from deliveries where line = ${line} and endpoint = ${endpoint}
				order by due_at limit ${limit * 5}) as f
			where ${condition} order by due_at limit ${limit}`.execute(unit.db);
		found.push(...rows.map(({ no, due_at }) => ({ no: Number(no), due: Number(due_at) })));
	}
	found.sort((a, b) => a.due - b.due || a.no - b.no);
	const numbers = found.slice(0, limit).map(({ no }) => no);
	return numbers.length === 0 ? [] : await entriesOf(unit, numbers);
}
