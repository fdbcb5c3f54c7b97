import { ExpressionWrapper, RawNode, sql, type RawBuilder, type ValueNode } from 'kysely';
import { ParameterRows, runLater } from './sqliteDialect';
import { ROWS } from './sqliteSession';
import type { SqlRow, SqlValue, StoreDialect } from './unit';

/** So many rows go to the database's thread at once. */
const LARGEST_PORTION = 256;

function* portions<T>(rows: readonly T[]): Iterable<readonly T[]> {
	for (let at = 0; at < rows.length; at += LARGEST_PORTION) {
		yield rows.slice(at, at + LARGEST_PORTION);
	}
}

/** Values that all rows share, as columns, with a comma behind each but the last. */
function constants(row: SqlRow, names: readonly string[]): Expression {
	const comma = (at: number) => (at < names.length - 1 ? ', ' : '');
	const fragments = ['', ...names.map((name, at) => ` as ${name}${comma(at)}`)];
	const parameters = names.map((name): ValueNode => ({ kind: 'ValueNode', value: row[name] }));
	return new ExpressionWrapper(RawNode.create(fragments, parameters));
}

type Expression = ExpressionWrapper<unknown, never, unknown>;

/**
 * Rows beside the text: it is the same for any number of them, and neither built nor sent anew. Most columns of
 * a batch are the same in all of its rows, and every parameter costs.
 */
function rowsAsTable(rows: readonly SqlRow[], names: readonly string[]): RawBuilder<unknown> {
	const [first] = rows;
	if (rows.length === 1) return sql`(select ${constants(first, names)})`;
	const own = names.filter((name) => rows.some((row) => row[name] !== first[name]));
	if (own.length === 0) own.push(names[0]);
	const values: SqlValue[] = [];
	for (const row of rows) for (const name of own) values.push(row[name]);
	const shared = names.filter((name) => !own.includes(name));
	const fields = own.map((name, at) => `column${at + 1} as ${name}`).join(', ');
	const comma = sql.raw(shared.length > 0 ? ', ' : '');
	const given = new ExpressionWrapper(
		RawNode.create(
			[ROWS.slice(0, -1), ''],
			[{ kind: 'ValueNode', value: new ParameterRows(own.length, values) } as ValueNode],
		),
	);
	return sql`(select ${constants(first, shared)}${comma}${sql.raw(fields)} from (values ${given}))`;
}

/** SQLite. */
export const sqliteStoreDialect: StoreDialect = {
	name: 'sqlite',
	greatest: (a, b) => sql<number>`max(${a}, ${b})`,
	like: (column, pattern) => sql<boolean>`${column} like ${pattern} escape '!'`,
	portions,
	rows: (rows, columns) => rowsAsTable(rows, Object.keys(columns)),
	list: (listed) => sql`(select value from json_each(${JSON.stringify(listed)}))`,
	holding: () => sql``,
	later: runLater,
};
