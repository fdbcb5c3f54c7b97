import { sql, type RawBuilder } from 'kysely';
import type { StoredStatus } from '../schema';
import type { StoreDialect } from '../unit';

/** Which deliveries of the log are meant; what is left out does not matter. */
export interface LogFilter {
	/** Any of these; at least one. */
	states?: readonly StoredStatus[];
	/** Any of these; at least one. */
	kinds?: readonly string[];
	/** Exact, or with `*` for any text; then the case of ASCII letters does not matter. */
	queue?: string;
	name?: string;
	endpoint?: string;
	reason?: string;
	/** Exact. */
	subject?: string;
	eventId?: string;
	sourceId?: string;
	workflowId?: string;
	executionId?: string;
	/** Epoch milliseconds, from this moment on. */
	since?: number;
	/** Epoch milliseconds, before this moment. */
	until?: number;
	/** Which moment of a delivery `since` and `until` mean; when it was stored unless told. */
	timeOf?: 'stored' | 'ended';
	/** Epoch milliseconds: what ended before this moment. */
	endedBefore?: number;
	/** Dead letters that no workflow has been handed. */
	unreported?: boolean;
	/** Test runs of the editor too; they are left out otherwise. */
	tests?: boolean;
}

/** Columns that a filter looks at. */
export const FILTERED = sql.raw(
	`no, id, kind, name, source_id, subject, event_id, queue, consumer, endpoint, status, reason,
		attempt, due_at, created_at, settled_at, lease, test, reported, workflow_id, execution_id`,
);

const PATTERNS = ['queue', 'name', 'endpoint', 'reason'] as const;

const EXACT = {
	subject: 'subject',
	eventId: 'event_id',
	sourceId: 'source_id',
	workflowId: 'workflow_id',
	executionId: 'execution_id',
} as const;

/** The condition that a row fits a filter. */
export function conditionOf(dialect: StoreDialect, filter: LogFilter): RawBuilder<unknown> {
	const all: RawBuilder<unknown>[] = [filter.tests ? sql`1 = 1` : sql`test = 0`];
	if (filter.states) all.push(sql`status in ${dialect.list(filter.states)}`);
	if (filter.kinds) all.push(sql`kind in ${dialect.list(filter.kinds)}`);
	for (const column of PATTERNS) {
		const text = filter[column];
		if (text !== undefined) all.push(fits(dialect, sql.ref(column), text));
	}
	for (const [name, column] of Object.entries(EXACT)) {
		const text = filter[name as keyof typeof EXACT];
		if (text !== undefined) all.push(sql`${sql.ref(column)} = ${text}`);
	}
	const time = sql.ref(filter.timeOf === 'ended' ? 'settled_at' : 'created_at');
	if (filter.since !== undefined) all.push(sql`${time} >= ${filter.since}`);
	if (filter.until !== undefined) all.push(sql`${time} < ${filter.until}`);
	if (filter.endedBefore !== undefined) all.push(sql`settled_at < ${filter.endedBefore}`);
	if (filter.unreported) all.push(sql`status = 'dead' and reported = 0`);
	return sql.join(all, sql` and `);
}

function fits(dialect: StoreDialect, column: RawBuilder<unknown>, text: string) {
	if (!text.includes('*')) return sql`${column} = ${text}`;
	const pattern = text.replace(/[!%_]/g, '!$&').replaceAll('*', '%');
	return dialect.like(column, pattern);
}

/** Whether a text fits one of a filter's patterns, as the store's condition has it. */
export function fitsPattern(pattern: string | undefined, text: string | null): boolean {
	if (pattern === undefined) return true;
	if (text === null || !pattern.includes('*')) return text === pattern;
	const asciiLower = (one: string) => one.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
	const [first, ...rest] = asciiLower(pattern).split('*');
	const last = rest.pop() ?? '';
	const whole = asciiLower(text);
	if (!whole.startsWith(first) || !whole.endsWith(last)) return false;
	let at = first.length;
	for (const part of rest) {
		const found = whole.indexOf(part, at);
		if (found < 0) return false;
		at = found + part.length;
	}
	return at <= whole.length - last.length;
}

const WAITING: readonly StoredStatus[] = ['pending', 'retrying'];

/**
 * What the log looks through for a filter: the smallest part of the deliveries that an index leads to and
 * that holds all that fits.
 */
export function partOf(filter: LogFilter): RawBuilder<unknown> {
	const { states } = filter;
	const only = (known: readonly StoredStatus[]) => states?.every((state) => known.includes(state));
	// Literals, since SQLite takes a partial index only for what stands in the statement's text.
	if (filter.unreported || only(['dead'])) return sql`status = 'dead'`;
	// A test run is over whatever its state.
	if (only(WAITING) && !filter.tests) return sql`settled_at is null`;
	return sql`1 = 1`;
}
