import { sql } from 'kysely';
import type { SqlValue, StoreDialect } from '../unit';

/** So many rows in one statement; its text is the same for any number. */
const LARGEST_PORTION = 2_000;

function* portions<T>(rows: readonly T[]): Iterable<readonly T[]> {
	for (let at = 0; at < rows.length; at += LARGEST_PORTION) {
		yield rows.slice(at, at + LARGEST_PORTION);
	}
}

/** A column of rows as an array. */
const arrayOf = (values: readonly SqlValue[], type: 'text' | 'bigint') =>
	type === 'text' ? sql`${values}::text[]` : sql`${values}::bigint[]`;

/** PostgreSQL. */
export const postgresStoreDialect: StoreDialect = {
	name: 'postgres',
	greatest: (a, b) => sql<number>`greatest(${a}, ${b})`,
	like: (column, pattern) =>
		sql<boolean>`lower(${column}) like lower(${pattern}::text collate "C") escape '!'`,
	portions,
	rows: (rows, columns) => {
		const names = Object.keys(columns);
		const arrays = names.map((name) =>
			arrayOf(
				rows.map((row) => row[name]),
				columns[name],
			),
		);
		return sql`(select * from unnest(${sql.join(arrays)}) as u(${sql.raw(names.join(', '))}))`;
	},
	list: (listed) => {
		const type = typeof listed[0] === 'number' ? 'bigint' : 'text';
		return sql`(select value from unnest(${arrayOf(listed, type)}) as u(value))`;
	},
	later: (query) => query,
	holding: (others, of) => {
		const which = of === undefined ? sql`` : sql`of ${sql.ref(of)}`;
		return others === 'wait' ? sql`for update ${which}` : sql`for update ${which} skip locked`;
	},
};
