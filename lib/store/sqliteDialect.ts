import {
	CompiledQuery,
	SqliteAdapter,
	SqliteIntrospector,
	SqliteQueryCompiler,
	type DatabaseConnection,
	type Dialect,
	type Driver,
	type Kysely,
	type QueryResult,
} from 'kysely';
import type { DatabaseSync, StatementSync, SQLInputValue } from 'node:sqlite';

const STATEMENT_CACHE_SIZE = 200;
/**
 * `node:sqlite` holds the event loop while a statement runs. After so long others get a turn between two
 * statements; the transaction stays open meanwhile, which delays only those who wait for the store.
 */
const TURN_MS = 5;
const ENDS = new Set(['begin immediate', 'commit', 'rollback']);

interface Prepared {
	statement: StatementSync;
	givesRows: boolean;
}

/** One connection to a file through `node:sqlite`, with its prepared statements kept. */
class SqliteConnection implements DatabaseConnection {
	private readonly statements = new Map<string, Prepared>();
	private busyMs = 0;

	constructor(private readonly database: DatabaseSync) {}

	async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
		const started = performance.now();
		const result = this.execute<R>(query);
		if (!ENDS.has(query.sql)) this.busyMs += performance.now() - started;
		if (this.busyMs > TURN_MS) {
			this.busyMs = 0;
			await new Promise((resolve) => setImmediate(resolve));
		}
		return result;
	}

	private execute<R>(query: CompiledQuery): QueryResult<R> {
		const { statement, givesRows } = this.prepare(query.sql);
		const parameters = query.parameters.map(toSqlValue);
		if (givesRows) return { rows: statement.all(...parameters) as R[] };
		const { changes, lastInsertRowid } = statement.run(...parameters);
		return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
	}

	async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
		const { statement } = this.prepare(query.sql);
		for (const row of statement.iterate(...query.parameters.map(toSqlValue))) {
			yield { rows: [row as R] };
		}
	}

	private prepare(sql: string): Prepared {
		const known = this.statements.get(sql);
		if (known) return known;
		const statement = this.database.prepare(sql);
		if (this.statements.size >= STATEMENT_CACHE_SIZE) {
			const oldest = this.statements.keys().next().value;
			if (oldest !== undefined) this.statements.delete(oldest);
		}
		const prepared = { statement, givesRows: statement.columns().length > 0 };
		this.statements.set(sql, prepared);
		return prepared;
	}
}

function toSqlValue(value: unknown): SQLInputValue {
	if (value === undefined) return null;
	if (typeof value === 'boolean') return value ? 1 : 0;
	return value as SQLInputValue;
}

class SqliteDriver implements Driver {
	private readonly connection: SqliteConnection;
	private tail: Promise<void> = Promise.resolve();
	private unlock: (() => void) | undefined;

	constructor(private readonly database: DatabaseSync) {
		this.connection = new SqliteConnection(database);
	}

	async init(): Promise<void> {}

	// One connection serves everyone, in turn: a transaction must not see another's statements.
	async acquireConnection(): Promise<DatabaseConnection> {
		const previous = this.tail;
		let unlock!: () => void;
		this.tail = new Promise<void>((resolve) => (unlock = resolve));
		await previous;
		this.unlock = unlock;
		return this.connection;
	}

	async releaseConnection(): Promise<void> {
		const unlock = this.unlock;
		this.unlock = undefined;
		unlock?.();
	}

	// A deferred transaction that turns into a writer can fail with SQLITE_BUSY_SNAPSHOT.
	async beginTransaction(connection: DatabaseConnection): Promise<void> {
		await connection.executeQuery(CompiledQuery.raw('begin immediate'));
	}

	async commitTransaction(connection: DatabaseConnection): Promise<void> {
		await connection.executeQuery(CompiledQuery.raw('commit'));
	}

	async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
		// A full disk has rolled back by itself, and saying so again would hide why.
		if (!this.database.isTransaction) return;
		await connection.executeQuery(CompiledQuery.raw('rollback'));
	}

	async destroy(): Promise<void> {
		if (this.database.isOpen) this.database.close();
	}
}

/** SQLite can undo changes of its tables, so that a migration that was cut off leaves nothing behind. */
class NodeSqliteAdapter extends SqliteAdapter {
	override get supportsTransactionalDdl(): boolean {
		return true;
	}
}

/**
 * A Kysely dialect over `node:sqlite`.
 * Takes an open database; the dialect closes it when Kysely is destroyed.
 */
export class NodeSqliteDialect implements Dialect {
	constructor(private readonly database: DatabaseSync) {}

	createDriver(): Driver {
		return new SqliteDriver(this.database);
	}

	createQueryCompiler(): SqliteQueryCompiler {
		return new SqliteQueryCompiler();
	}

	createAdapter(): SqliteAdapter {
		return new NodeSqliteAdapter();
	}

	createIntrospector(db: Kysely<unknown>): SqliteIntrospector {
		return new SqliteIntrospector(db);
	}
}
