import { sql, type Kysely } from 'kysely';
import type { StoreSchema } from '../schema';

/** A table of the embedded store. */
export interface SourceTable {
	name: string;
	/** In the order of their names. */
	columns: string[];
	/** The column that SQLite counts up, and the last number that it gave. */
	counter?: { column: string; last: number };
}

export type Value = string | number | null;

type Db = Kysely<StoreSchema>;

/** What is no content of the store: who owns it, which migrations were run. */
const LEFT_OUT = ['meta', 'kysely_migration', 'kysely_migration_lock'];
const PAGE = 500;

/** Every table that has content of the store, whichever system it belongs to. */
export async function sourceTables(db: Db): Promise<SourceTable[]> {
	const { rows } = await sql<{ name: string }>`select name from sqlite_master
		where type = 'table' and name not like 'sqlite_%' order by name`.execute(db);
	const counters = await sql<{ name: string; seq: number }>`select name, seq from sqlite_sequence`
		.execute(db)
		.then((found) => new Map(found.rows.map(({ name, seq }) => [name, seq])));
	const tables: SourceTable[] = [];
	for (const { name } of rows) {
		if (LEFT_OUT.includes(name)) continue;
		const info = await sql<{ name: string; pk: number }>`select name, pk
			from pragma_table_info(${name}) order by name`.execute(db);
		const last = counters.get(name);
		const key = info.rows.find(({ pk }) => pk > 0)?.name;
		tables.push({
			name,
			columns: info.rows.map((column) => column.name),
			...(last === undefined || key === undefined ? {} : { counter: { column: key, last } }),
		});
	}
	return tables;
}

/** The rows of a table, a page at a time, each with its values in the order of the columns. */
export async function* pagesOf(db: Db, { name, columns }: SourceTable): AsyncGenerator<Value[][]> {
	const selected = sql.join(columns.map((column) => sql.ref(column)));
	let after = Number.MIN_SAFE_INTEGER;
	for (;;) {
		const { rows } = await sql<Record<string, Value>>`select rowid as rowid_of_page, ${selected}
			from ${sql.table(name)} where rowid > ${after} order by rowid limit ${PAGE}`.execute(db);
		if (rows.length === 0) return;
		after = Number(rows[rows.length - 1].rowid_of_page);
		yield rows.map((row) => columns.map((column) => row[column]));
	}
}
