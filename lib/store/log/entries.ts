import { sql } from 'kysely';
import type { DeliveryStore } from '../deliveryStore';
import { findDelivery } from '../look';
import { withRequests } from '../requests';
import type { DeliveryRow, StoredDelivery } from '../rows';
import type { StoredStatus } from '../schema';
import type { Unit } from '../unit';
import { conditionOf, type LogFilter } from './filter';
import { LogWalk } from './walk';

/** A delivery as the log tells of it. Times in epoch milliseconds. */
export interface LogEntry extends StoredDelivery {
	state: StoredStatus;
	settledAt?: number;
	/** Under a lease: on its way at this moment, or with a workflow that has it. */
	isUnderWay: boolean;
	/** Of dead letters: handed to a workflow. */
	isReported: boolean;
	workflowId?: string;
	executionId?: string;
}

/** One attempt of a delivery. Times in epoch milliseconds. */
export interface LogAttempt {
	number: number;
	startedAt: number;
	durationMs: number;
	statusCode?: number;
	error?: { code: string; message: string };
	verdict: string;
}

/** Entries read by one statement: their requests may be long. */
const CHUNK = 200;

/** Deliveries that fit a filter, and the number behind which the next page begins. */
export interface LogPage {
	entries: LogEntry[];
	/** undefined at the end. */
	next?: number;
}

/** @param after the `no` of the last entry of the page before */
export async function readPage(
	store: DeliveryStore,
	options: {
		filter: LogFilter;
		order: 'newest' | 'oldest';
		limit: number;
		after?: number;
		signal?: AbortSignal;
	},
): Promise<LogPage> {
	const walk = new LogWalk(store, options);
	const entries: LogEntry[] = [];
	while (entries.length < options.limit) {
		const numbers = await walk.numbers(options.limit - entries.length);
		if (!numbers) return { entries };
		for (let at = 0; at < numbers.length; at += CHUNK) {
			const chunk = numbers.slice(at, at + CHUNK);
			entries.push(...(await store.read(async (unit) => await entriesOf(unit, chunk))));
		}
	}
	const last = entries.at(-1);
	return { entries, ...(last ? { next: last.no } : {}) };
}

/** The entries of some numbers, in their order; what has gone meanwhile is left out. */
export async function entriesOf(unit: Unit, numbers: readonly number[]): Promise<LogEntry[]> {
	const rows = await unit.db
		.selectFrom('deliveries')
		.selectAll()
		.where('no', 'in', unit.dialect.list(numbers) as never)
		.execute();
	const place = new Map(numbers.map((no, at) => [no, at]));
	rows.sort((a, b) => Number(place.get(Number(a.no))) - Number(place.get(Number(b.no))));
	const stored = await withRequests(unit, rows);
	return stored.map((one, at) => toEntry(rows[at], one));
}

function toEntry(row: DeliveryRow, { delivery, ...stored }: StoredDelivery): LogEntry {
	const { lease: _lease, ...shown } = delivery;
	return {
		...stored,
		delivery: shown,
		state: row.status,
		isUnderWay: row.lease !== null && row.settled_at === null,
		isReported: row.reported === 1,
		...(row.settled_at === null ? {} : { settledAt: Number(row.settled_at) }),
		...(row.workflow_id === null ? {} : { workflowId: row.workflow_id }),
		...(row.execution_id === null ? {} : { executionId: row.execution_id }),
	};
}

/** One delivery; undefined when it is not stored. */
export async function readEntry(unit: Unit, id: string): Promise<LogEntry | undefined> {
	const row = await unit.db
		.selectFrom('deliveries')
		.select('no')
		.where('id', '=', id)
		.executeTakeFirst();
	return row && (await entriesOf(unit, [Number(row.no)])).at(0);
}

/** Whether a delivery is stored and fits a filter. */
export async function isFitting(unit: Unit, id: string, filter: LogFilter): Promise<boolean> {
	const { rows } = await sql`select no from deliveries
		where id = ${id} and ${conditionOf(unit.dialect, filter)}`.execute(unit.db);
	return rows.length > 0;
}

/** The attempts of a delivery, the first one first; undefined when it is not stored. */
export async function readAttempts(unit: Unit, id: string): Promise<LogAttempt[] | undefined> {
	const found = await findDelivery(unit, id);
	return found?.attempts.map((row) => ({
		number: Number(row.number),
		startedAt: Number(row.started_at),
		durationMs: Number(row.duration_ms),
		verdict: row.verdict,
		...(row.status_code === null ? {} : { statusCode: Number(row.status_code) }),
		...(row.error_code === null
			? {}
			: { error: { code: row.error_code, message: row.message ?? '' } }),
	}));
}
