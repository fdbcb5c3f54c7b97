import { ExpressionWrapper, RawNode, sql, type ValueNode } from 'kysely';
import { ParameterRows, RowParameter, runLater } from './sqliteDialect';
import type { SqlRow, StoreDialect } from './unit';

/** So many rows go to the database's thread at once; it runs the statement for each of them. */
const LARGEST_PORTION = 256;

function* portions<T>(rows: readonly T[]): Iterable<readonly T[]> {
	for (let at = 0; at < rows.length; at += LARGEST_PORTION) {
		yield rows.slice(at, at + LARGEST_PORTION);
	}
}

/**
 * One row as columns. A statement that is run for each of the rows is as fast in SQLite as one for all of
 * them, its text is the same for any number, and of most columns there is but one value for all.
 */
function rowAsColumns(
	rows: readonly SqlRow[],
	names: readonly string[],
): ExpressionWrapper<unknown, never, unknown> {
	const [first] = rows;
	const own = names.filter((name) => rows.some((row) => row[name] !== first[name]));
	if (own.length === 0 && rows.length > 1) own.push(names[0]);
	const parameters = new ParameterRows(own.length);
	for (const row of rows) for (const name of own) parameters.values.push(row[name]);
	const nodes = names.map((name): ValueNode => {
		const at = own.indexOf(name);
		return { kind: 'ValueNode', value: at < 0 ? first[name] : new RowParameter(parameters, at) };
	});
	const fragments = [
		'(select ',
		...names.map((name, at) => ` as ${name}${at < names.length - 1 ? ', ' : ')'}`),
	];
	return new ExpressionWrapper(RawNode.create(fragments, nodes));
}

/** SQLite. */
export const sqliteStoreDialect: StoreDialect = {
	name: 'sqlite',
	greatest: (a, b) => sql<number>`max(${a}, ${b})`,
	like: (column, pattern) => sql<boolean>`${column} like ${pattern} escape '!'`,
	portions,
	rows: (rows, columns) => sql`${rowAsColumns(rows, Object.keys(columns))}`,
	list: (listed) => sql`(select value from json_each(${JSON.stringify(listed)}))`,
	holding: () => sql``,
	later: runLater,
};
