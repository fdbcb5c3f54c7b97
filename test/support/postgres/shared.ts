import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Pool, type PoolClient } from 'pg';
import type { PostgresSettings } from '../../../lib/store/postgres/settings';
import { whileUnderWay } from '../underWay';
import { FOLDER } from './folder';
import { PostgresServer, TEST_PASSWORD, TEST_USER } from './server';

let port: Promise<number> | undefined;

/** The port of the server that all tests of a run share; whoever asks first starts it. */
async function sharedPort(): Promise<number> {
	const folder = process.env[FOLDER];
	if (folder === undefined) throw new Error('The test run has made no folder for PostgreSQL');
	const ready = join(folder, 'ready');
	try {
		mkdirSync(join(folder, 'starting'));
	} catch {
		while (!existsSync(ready)) await new Promise((resolve) => setTimeout(resolve, 50));
		return Number(readFileSync(ready, 'utf8'));
	}
	const server = await PostgresServer.start({
		folder,
		hba: ['host all all 127.0.0.1/32 trust'],
		owner: Number(process.env[`${FOLDER}_OWNER`]),
	});
	writeFileSync(`${ready}.new`, String(server.port));
	// At once and whole, since others look for it.
	renameSync(`${ready}.new`, ready);
	return server.port;
}

/** A database for this worker of the test run. */
async function workersDatabase(): Promise<string> {
	port ??= sharedPort();
	const name = `worker_${process.env.JEST_WORKER_ID ?? '0'}`;
	const known = await query('postgres', 'select 1 from pg_database where datname = $1', [name]);
	if (known.length === 0) await query('postgres', `create database ${name}`);
	return name;
}

async function query(database: string, text: string, values?: unknown[]): Promise<unknown[]> {
	const client = new Client(await configOf(database));
	await client.connect();
	try {
		const answer = await client.query(text, values);
		return (Array.isArray(answer) ? answer.at(-1) : answer).rows as unknown[];
	} finally {
		await client.end();
	}
}

async function configOf(database: string) {
	port ??= sharedPort();
	return {
		host: '127.0.0.1',
		port: await port,
		user: TEST_USER,
		password: TEST_PASSWORD,
		database,
	};
}

let database: Promise<string> | undefined;
const free = new Map<string, string[]>();
const made = new Map<string, number>();

/** A schema for a test, with nothing in its tables. */
export interface TestSchema {
	settings: PostgresSettings;
	release: () => void;
	/** Runs statements without parameters in it. */
	query: (text: string) => Promise<unknown[]>;
}

/**
 * Gives a schema of which the tables are empty. They stay for the next test, since making them takes longer
 * than emptying them.
 * @param tables names the migrations that a store in it runs
 */
export async function takeSchema(tables: string): Promise<TestSchema> {
	countWhatIsUnderWay();
	const kind = createHash('sha256').update(tables).digest('hex').slice(0, 8);
	const schema = free.get(kind)?.pop() ?? `t_${kind}_${made.get(kind) ?? 0}`;
	if (schema.endsWith(`_${made.get(kind) ?? 0}`)) made.set(kind, (made.get(kind) ?? 0) + 1);
	database ??= workersDatabase();
	const name = await database;
	await query(name, `${QUIET}; ${emptied(schema)}`);
	return {
		settings: {
			...(await configOf(name)),
			schema,
			ssl: 'off',
			maxConnections: 5,
		},
		release: () => void free.set(kind, [schema, ...(free.get(kind) ?? [])]),
		query: async (text) => await query(name, `set search_path = "${schema}"; ${text}`),
	};
}

const QUIET = 'set client_min_messages = warning';

const emptied = (schema: string) => `do $$ declare t record; begin
	for t in select c.oid::regclass as name, c.relkind as kind from pg_class c
		join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = '${schema}' and c.relkind in ('r', 'S') and c.relname not like 'kysely%'
	loop
		if t.kind = 'S' then perform setval(t.name, 1, false);
		else execute 'delete from ' || t.name; end if;
	end loop;
end $$`;

let counts = false;

/** A test with a fake clock has to know when nothing is under way any more. */
function countWhatIsUnderWay(): void {
	if (counts) return;
	counts = true;
	const { query: ask } = Client.prototype;
	Client.prototype.query = function (this: Client, ...given: unknown[]) {
		const answer: unknown = Reflect.apply(ask, this, given);
		return answer instanceof Promise ? whileUnderWay(answer) : answer;
	} as Client['query'];
	const { connect } = Pool.prototype;
	Pool.prototype.connect = function (this: Pool, ...given: unknown[]) {
		const answer: unknown = Reflect.apply(connect, this, given);
		return answer instanceof Promise ? whileUnderWay(answer as Promise<PoolClient>) : answer;
	} as Pool['connect'];
}
