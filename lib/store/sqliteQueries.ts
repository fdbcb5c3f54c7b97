import { ExpressionWrapper, RawNode, sql, type ValueNode } from 'kysely';
import type { SqlRow, StoreDialect } from './unit';

const PORTIONS = [64, 8, 1];

/** In a few fixed sizes, so that each text is prepared once. */
function* portions<T>(rows: readonly T[]): Iterable<readonly T[]> {
	let at = 0;
	for (const size of PORTIONS) {
		for (; at + size <= rows.length; at += size) yield rows.slice(at, at + size);
	}
}

/** Rows as parameters: five times faster than as JSON, which SQLite reads again for every column. */
function values(
	rows: readonly SqlRow[],
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
	row: SqlRow,
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
	like: (column, pattern) => sql<boolean>`${column} like ${pattern} escape '!'`,
	portions,
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
	holding: () => sql``,
};
