import { sql, SqliteAdapter, type Kysely, type Migration } from 'kysely';

/** What tables of early versions lack. */
const ADDED = [
	{ table: 'deliveries', column: 'kept', type: sql`integer not null default 0` },
	{ table: 'endpoints', column: 'noted_at', type: sql`bigint not null default 0` },
	{ table: 'profile_destinations', column: 'name', type: sql`text` },
	{ table: 'profile_destinations', column: 'settings', type: sql`text` },
];

/**
 * Brings stores of the first versions to the layout that 0001 and 0003 make today: a request stood in its
 * delivery's row then. PostgreSQL came later, and its stores never looked so.
 */
export const earlyStoresMigration: Migration = {
	async up(db: Kysely<unknown>) {
		if (!(db.getExecutor().adapter instanceof SqliteAdapter)) return;
		for (const { table, column, type } of ADDED) {
			if (await hasColumn(db, table, column)) continue;
			await sql`alter table ${sql.table(table)} add column ${sql.ref(column)} ${type}`.execute(db);
		}
		if (!(await hasColumn(db, 'deliveries', 'request'))) return;
		await db.schema
			.createTable('requests')
			.addColumn('delivery_no', 'integer', (c) => c.primaryKey())
			.addColumn('request', 'text', (c) => c.notNull())
			.execute();
		await sql`insert into requests (delivery_no, request) select no, request from deliveries`.execute(
			db,
		);
		await sql`alter table deliveries drop column request`.execute(db);
	},
};

async function hasColumn(db: Kysely<unknown>, table: string, column: string): Promise<boolean> {
	const { rows } =
		await sql`select 1 from pragma_table_info(${table}) where name = ${column}`.execute(db);
	return rows.length > 0;
}
