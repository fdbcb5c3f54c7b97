import type { Migration } from 'kysely';
import { Client, type ClientConfig } from 'pg';
import { StoreSetupError } from '../errors';
import { migrate } from '../migrate';
import { PostgresConnection } from './dialect';
import type { PostgresSettings } from './settings';

/** pg_current_xact_id and pg_xact_status with 64-bit numbers came with 13; older ones have no support. */
const OLDEST_VERSION = 13;

/** What was found on a server. */
export interface Found {
	/** Such as `16.4`. */
	version: string;
	/** The schema is there, and the store's tables in it. */
	hasTables: boolean;
}

/**
 * Checks that a server and a user are fit for a store. Changes nothing.
 * @throws StoreSetupError
 * @throws what `pg` throws
 */
export async function inspect(
	connection: PostgresConnection,
	settings: PostgresSettings,
): Promise<Found> {
	const { rows } = await connection.query(
		`select current_setting('server_version_num')::int as number,
			split_part(current_setting('server_version'), ' ', 1) as version,
			current_setting('server_encoding') as encoding, pg_is_in_recovery() as standby,
			current_setting('transaction_read_only') = 'on' as read_only,
			n.oid is not null as has_schema,
			coalesce(has_schema_privilege(n.oid, 'usage'), false) as may_use,
			coalesce(has_schema_privilege(n.oid, 'create'), false) as may_create,
			has_database_privilege(current_database(), 'create') as may_make_schema,
			t.oid is not null as has_tables,
			coalesce(has_table_privilege(t.oid, 'select,insert,update,delete'), false) as may_write
		from (select $1::text as name) s left join pg_namespace n on n.nspname = s.name
		left join pg_class t on t.relnamespace = n.oid and t.relname = 'deliveries' and t.relkind = 'r'`,
		[settings.schema],
	);
	const row = rows[0] as Record<string, unknown> & { number: number; version: string };
	assertFit(row, settings);
	return { version: row.version, hasTables: row.has_tables === true };
}

function assertFit(
	row: Record<string, unknown>,
	{ schema, user, database }: PostgresSettings,
): void {
	const refuse = (code: StoreSetupError['code'], message: string) => {
		throw new StoreSetupError(code, message);
	};
	if (Number(row.number) < OLDEST_VERSION * 10_000) {
		refuse(
			'VERSION',
			`This server is PostgreSQL ${String(row.version)}; the delivery store needs ${OLDEST_VERSION} or newer.`,
		);
	}
	if (row.standby === true || row.read_only === true) {
		refuse(
			'RIGHTS',
			'This PostgreSQL server is read-only, such as a standby is. Give the host of the primary server in the credential.',
		);
	}
	if (row.encoding !== 'UTF8') {
		refuse(
			'SETTINGS',
			`The database "${database}" has the encoding ${String(row.encoding)}; the delivery store needs UTF8.`,
		);
	}
	if (row.has_schema !== true && row.may_make_schema !== true) {
		refuse(
			'RIGHTS',
			`There is no schema "${schema}" in the database "${database}", and the user "${user}" may not make one. As an administrator: create schema "${schema}" authorization "${user}".`,
		);
	}
	if (row.has_schema === true && (row.may_use !== true || row.may_create !== true)) {
		refuse(
			'RIGHTS',
			`The user "${user}" may not make tables in the schema "${schema}". As an administrator: grant usage, create on schema "${schema}" to "${user}".`,
		);
	}
	if (row.has_tables === true && row.may_write !== true) {
		refuse(
			'RIGHTS',
			`The tables in the schema "${schema}" belong to another user, and "${user}" may not write them. Give the user who made them in the credential, or another schema.`,
		);
	}
}

/** Runs a job on a connection of its own. */
export async function connected<T>(
	config: ClientConfig,
	job: (connection: PostgresConnection) => Promise<T>,
): Promise<T> {
	const client = new Client(config);
	// The statement under way hears of it; an error that nobody hears ends the process.
	client.on('error', () => undefined);
	try {
		await client.connect();
		return await job(new PostgresConnection(client));
	} finally {
		await client.end().catch(() => undefined);
	}
}

/** Whether there is nothing to do, which is so at nearly every start. */
async function isUpToDate(
	connection: PostgresConnection,
	migrations: Record<string, Migration>,
): Promise<boolean> {
	const { rows } = await connection.query('select name from kysely_migration order by name');
	const done = (rows as { name: string }[]).map(({ name }) => name);
	return JSON.stringify(done) === JSON.stringify(Object.keys(migrations).sort());
}

/** Held by whoever changes the tables: 64 bits of no meaning. */
const MIGRATION_LOCK = '6035281734416059113';

/**
 * Brings the tables of a store up to date, in one transaction. Of several processes that start at the same
 * time one does it and the others wait.
 */
export async function preparePostgres(
	config: ClientConfig,
	settings: PostgresSettings,
	migrations: Record<string, Migration>,
): Promise<void> {
	const { schema } = settings;
	// A change of a large table takes its time.
	await connected({ ...config, query_timeout: 0 }, async (connection) => {
		// A lock of the transaction: one of the session would go astray behind a pooling proxy.
		await connection.query(`begin; select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
		const found = await inspect(connection, settings);
		if (!found.hasTables) await connection.query(`create schema if not exists "${schema}"`);
		await connection.query(`set local search_path = "${schema}"`);
		if (found.hasTables && (await isUpToDate(connection, migrations))) {
			await connection.query('commit');
			return;
		}
		if (!found.hasTables) {
			await connection.query(
				'create table if not exists meta (key text collate "C" primary key, value text not null)',
			);
		}
		await migrate(connection.db, migrations, {
			migrationTableSchema: schema,
			// All of it is one already.
			disableTransactions: true,
		});
		await connection.query('commit');
	});
}
