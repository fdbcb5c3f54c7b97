import { RawNode, sql, ValueNode, type Kysely, type RawBuilder } from 'kysely';
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
	 * {@link portions}, so that few statements have to be prepared.
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

/** Cuts rows into portions of a few fixed sizes, each for one statement. */
export function* portions<T>(rows: readonly T[]): Iterable<readonly T[]> {
	let at = 0;
	for (const size of PORTIONS) {
		for (; at + size <= rows.length; at += size) yield rows.slice(at, at + size);
	}
}

/** Rows as parameters: five times faster than as JSON, which SQLite reads again for every column. */
function values(
	rows: readonly Readonly<Record<string, SqlValue>>[],
	names: readonly string[],
): RawBuilder<unknown> {
	const fragments: string[] = [];
	const parameters: ValueNode[] = [];
	rows.forEach((row, at) => {
		names.forEach((name, column) => {
			fragments.push(column > 0 ? ', ' : at > 0 ? '), (' : '(');
			parameters.push(ValueNode.create(row[name]));
		});
	});
	fragments.push(')');
	return sql`${{ isRawBuilder: true, toOperationNode: () => RawNode.create(fragments, parameters) } as never}`;
}

export const sqliteStoreDialect: StoreDialect = {
	name: 'sqlite',
	greatest: (a, b) => sql<number>`max(${a}, ${b})`,
	rows: (rows, columns) => {
		const names = Object.keys(columns);
		const fields = sql.raw(names.map((name, at) => `column${at + 1} as ${name}`).join(', '));
		return sql`(select ${fields} from (values ${values(rows, names)}))`;
	},
	list: (listed) => sql`(select value from json_each(${JSON.stringify(listed)}))`,
};
