import {
	ExpressionWrapper,
	RawNode,
	sql,
	type Kysely,
	type RawBuilder,
	type ValueNode,
} from 'kysely';
import type { StoreSchema } from './schema';

export type ColumnTypes = Readonly<Record<string, 'text' | 'bigint'>>;
export type SqlValue = string | number | null;

/** What differs between the databases, so that one set of queries serves them. */
export interface StoreDialect {
	readonly name: 'sqlite' | 'postgres';
	/** The larger of two values that are not null. */
	greatest(a: RawBuilder<unknown>, b: RawBuilder<unknown>): RawBuilder<number>;
	/**
	 * A table expression of these rows, at least one. Its text depends on their number: use it with
	 * {@link inPortions}, so that few statements have to be prepared.
	 */
	rows<C extends ColumnTypes>(
		rows: readonly Readonly<Record<keyof C, SqlValue>>[],
		columns: C,
	): RawBuilder<unknown>;
	/** Values of a list, for use after IN. */
	list(values: readonly (string | number)[]): RawBuilder<unknown>;
}

/** One transaction at one moment of the store's clock (epoch milliseconds). */
export interface Unit {
	readonly db: Kysely<StoreSchema>;
	readonly now: number;
	readonly dialect: StoreDialect;
}

const PORTIONS = [64, 8, 1];
const MOST_UNDER_WAY = 4;

/**
 * Runs a statement for rows in portions of a few fixed sizes, so that each text is prepared once. The
 * portions run in their order, a few without waiting for one another's answers. Gives all that they gave.
 */
export async function inPortions<T, R>(
	rows: readonly T[],
	run: (portion: readonly T[]) => Promise<{ rows: R[] }>,
): Promise<R[]> {
	const running: Promise<{ rows: R[] }>[] = [];
	let at = 0;
	for (const size of PORTIONS) {
		for (; at + size <= rows.length; at += size) {
			// Making a statement takes time too, in which others wait.
			await running.at(-MOST_UNDER_WAY);
			const portion = run(rows.slice(at, at + size));
			// Where several fail, the first one is told.
			portion.catch(() => undefined);
			running.push(portion);
		}
	}
	const results = await Promise.all(running);
	return results.flatMap((result) => result.rows);
}

/** Rows as parameters: five times faster than as JSON, which SQLite reads again for every column. */
function values(
	rows: readonly Readonly<Record<string, SqlValue>>[],
	names: readonly string[],
): ExpressionWrapper<unknown, never, unknown> {
	const fragments: string[] = [];
	const parameters: ValueNode[] = [];
	rows.forEach((row, at) => {
		names.forEach((name, column) => {
			fragments.push(column > 0 ? ', ' : at > 0 ? '), (' : '(');
			parameters.push({ kind: 'ValueNode', value: row[name] });
		});
	});
	fragments.push(')');
	return new ExpressionWrapper(RawNode.create(fragments, parameters));
}

/** Values that all rows share, as columns, with a comma behind each. */
function constants(
	row: Readonly<Record<string, SqlValue>>,
	names: readonly string[],
): ExpressionWrapper<unknown, never, unknown> {
	const fragments = ['', ...names.map((name) => ` as ${name}, `)];
	const parameters = names.map((name): ValueNode => ({ kind: 'ValueNode', value: row[name] }));
	return new ExpressionWrapper(RawNode.create(fragments, parameters));
}

/** SQLite. */
export const sqliteStoreDialect: StoreDialect = {
	name: 'sqlite',
	greatest: (a, b) => sql<number>`max(${a}, ${b})`,
	// Most columns of a batch are the same in all of its rows, and every parameter costs.
	rows: (rows, columns) => {
		const names = Object.keys(columns);
		const [first] = rows;
		const differs = (name: string) => rows.some((row) => row[name] !== first[name]);
		const own = rows.length === 1 ? names : names.filter(differs);
		if (own.length === 0) own.push(names[0]);
		const fields = sql.raw(own.map((name, at) => `column${at + 1} as ${name}`).join(', '));
		const shared = names.filter((name) => !own.includes(name));
		return sql`(select ${constants(first, shared)}${fields} from (values ${values(rows, own)}))`;
	},
	list: (listed) => sql`(select value from json_each(${JSON.stringify(listed)}))`,
};
