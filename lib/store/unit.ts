import type { Compilable, CompiledQuery, Kysely, RawBuilder } from 'kysely';
import type { StoreSchema } from './schema';

export type ColumnTypes = Readonly<Record<string, 'text' | 'bigint'>>;
export type SqlValue = string | number | null;
export type SqlRow<C extends ColumnTypes = ColumnTypes> = Readonly<Record<keyof C, SqlValue>>;

/** What differs between the databases, so that one set of queries serves them. */
export interface StoreDialect {
	readonly name: 'sqlite' | 'postgres';
	/** The larger of two values that are not null. */
	greatest(a: RawBuilder<unknown>, b: RawBuilder<unknown>): RawBuilder<number>;
	/** Whether a column holds a pattern of LIKE with `!` as its escape, whatever the case of ASCII letters. */
	like(column: RawBuilder<unknown>, pattern: string): RawBuilder<boolean>;
	/**
	 * A table expression of these rows, at least one, for use with {@link inPortions}. The statement may be run
	 * for a few of them at a time, so it must not matter whether they come together. One to a statement.
	 */
	rows<C extends ColumnTypes>(rows: readonly SqlRow<C>[], columns: C): RawBuilder<unknown>;
	/** Cuts rows into portions for one statement each. */
	portions<T>(rows: readonly T[]): Iterable<readonly T[]>;
	/** Values of a list, for use after IN. Of numbers at least one. */
	list(values: readonly (string | number)[]): RawBuilder<unknown>;
	/**
	 * At the end of a SELECT whose rows are changed next: holds them until the transaction ends, as they are
	 * then. Where one process writes at a time it is nothing.
	 * @param others `wait` for those who hold some of them, or `pass` over those
	 * @param of the table whose rows are meant, where several are joined
	 */
	holding(others: 'wait' | 'pass', of?: string): RawBuilder<unknown>;
	/** The statement as one that need not be waited for. See {@link later}. */
	later(query: CompiledQuery): CompiledQuery;
}

export interface LaneKey {
	line: string;
	endpoint: string;
}

/** What a transaction needs where others write at the same time. */
export interface SharedTransaction {
	/**
	 * Holds names until the transaction ends, so that whoever else wants one of them waits. A statement
	 * begun afterwards sees what those wrote who held it before.
	 * @param kind what is named
	 */
	lock(kind: LockKind, names: Iterable<string>, mode?: 'shared'): Promise<void>;
	/**
	 * What is computed from what others may change at this moment. It is done when the transaction ends, for
	 * all of its jobs together, and in one order for everyone, so that no two wait for each other.
	 */
	readonly later: {
		lanes(lanes: Iterable<LaneKey>, served: boolean): void;
		order(keys: Iterable<string>): void;
		queue(queue: string): void;
	};
	/** Does now what is to be done later; call it last. */
	settle(): Promise<void>;
}

export type LockKind =
	| 'order'
	| 'queue'
	| 'member'
	| 'profiles'
	| 'devices'
	| 'changes'
	| 'retention'
	| 'log';

/** One transaction at one moment of the store's clock (epoch milliseconds). */
export interface Unit {
	readonly db: Kysely<StoreSchema>;
	readonly now: number;
	readonly dialect: StoreDialect;
	/** undefined where one process owns the store and its transactions come one after the other. */
	readonly shared?: SharedTransaction;
}

/**
 * Runs a statement within a transaction, of which nothing that it gives is looked at. It may be sent along with
 * the next one, or with the commit; when it fails then, the whole transaction does.
 */
export async function later(
	{ db, dialect }: Unit,
	query: RawBuilder<unknown> | Compilable,
): Promise<{ rows: never[] }> {
	await db.executeQuery(dialect.later(query.compile(db)));
	return NOTHING;
}

const NOTHING = { rows: [] };

const MOST_UNDER_WAY = 4;

/**
 * Runs a statement for rows in portions, so that none holds others up for long. The portions run in their
 * order, a few without waiting for one another's answers. Gives all that they gave.
 */
export async function inPortions<T, R>(
	{ dialect }: Unit,
	rows: readonly T[],
	run: (portion: readonly T[]) => Promise<{ rows: R[] }>,
): Promise<R[]> {
	const running: Promise<{ rows: R[] }>[] = [];
	for (const rowsOfOne of dialect.portions(rows)) {
		// Making a statement takes time too, in which others wait.
		await running.at(-MOST_UNDER_WAY);
		const portion = run(rowsOfOne);
		// Where several fail, the first one is told.
		portion.catch(() => undefined);
		running.push(portion);
	}
	const results = await Promise.all(running);
	return results.flatMap((result) => result.rows);
}
