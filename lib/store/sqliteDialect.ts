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
import type { SQLInputValue } from 'node:sqlite';
import type { SqliteAnswer, SqliteCall, SqliteStep } from './sqliteSession';

/** An open database file, wherever its statements run. */
export interface SqliteHost {
	/** Runs a statement after all that was asked before. */
	run(call: SqliteCall): Promise<SqliteAnswer>;
	/** Undoes the transaction, if there is one. */
	rollback(): Promise<void>;
	close(): Promise<void>;
	/** Fulfilled with the reason when it can do nothing more though nobody closed it. */
	readonly broken?: Promise<Error>;
}

/** They give nothing and do not fail alone, so they go along with the statement that comes after. */
const GOES_ALONG = /^(begin immediate|savepoint \w+|release \w+|rollback to \w+)$/;

const BEGIN = 'begin immediate';

/** The one connection to a file. */
class SqliteConnection implements DatabaseConnection {
	/** What goes along with the next statement. */
	private before: SqliteStep[] = [];
	/** Whether something besides its frame was asked of the transaction that is open. */
	private transaction: 'none' | 'begun' | 'used' = 'none';

	constructor(
		private readonly host: SqliteHost,
		private readonly guard: () => SqliteStep | undefined,
	) {}

	async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
		if (GOES_ALONG.test(query.sql)) {
			this.before.push({ sql: query.sql });
			return { rows: [] };
		}
		const step = toStep(query);
		const isWithin = this.transaction !== 'none';
		if (isWithin) this.transaction = 'used';
		// Outside of one nothing need ever come that it could go along with.
		if (LATER in query && isWithin) {
			this.before.push(step);
			return { rows: [] };
		}
		const { before } = this;
		this.before = [];
		const answer = await this.host.run({ before, ...step });
		if ('rows' in answer) return { rows: toObjects(answer) as R[] };
		const { changes, lastInsertRowid } = answer;
		return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
	}

	begin(): void {
		this.transaction = 'begun';
		this.before.push({ sql: BEGIN });
		const guard = this.guard();
		if (guard) this.before.push(guard);
	}

	async rollback(): Promise<void> {
		this.transaction = 'none';
		this.before = [];
		await this.host.rollback();
	}

	async commit(): Promise<void> {
		const isUsed = this.transaction === 'used';
		this.transaction = 'none';
		// Nothing was asked within the transaction, so there is none.
		if (isUsed) await this.executeQuery(CompiledQuery.raw('commit'));
		else this.before = [];
	}

	streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
		throw new Error('The delivery store reads in pages, not in streams');
	}
}

const LATER = Symbol('later');

/** The same statement, to be run with the next one, or with the commit: nothing that it gives is looked at. */
export const runLater = (query: CompiledQuery): CompiledQuery =>
	Object.assign({ ...query }, { [LATER]: true });

/** Rows of values for a statement, as one of its parameters; its text has {@link ROWS} there. */
export class ParameterRows {
	constructor(
		readonly width: number,
		readonly values: readonly SQLInputValue[],
	) {}
}

function toStep({ sql, parameters }: CompiledQuery): SqliteStep {
	const at = parameters.findIndex((value) => value instanceof ParameterRows);
	if (at < 0) return { sql, parameters: parameters.map(toSqlValue) };
	const { width, values } = parameters[at] as ParameterRows;
	const others = parameters.filter((_, place) => place !== at);
	return { sql, parameters: others.map(toSqlValue), rows: { at, width, values } };
}

function toSqlValue(value: unknown): SQLInputValue {
	if (value === undefined) return null;
	if (typeof value === 'boolean') return value ? 1 : 0;
	return value as SQLInputValue;
}

/** How rows of one statement look; made once, so that they share a layout and the names of their columns. */
interface Shape {
	names: string[];
	empty: Record<string, SQLInputValue>;
}

// As many as there are statements that give rows.
const shapes = new Map<string, Shape>();

function shapeOf(columns: readonly string[]): Shape {
	const key = columns.join();
	let shape = shapes.get(key);
	if (shape === undefined) {
		// What JSON.parse makes keeps all values within the object, and so do its copies. Copies of one to which
		// properties were added one after another took twenty times as long in a long-running process.
		const nulls = columns.map((column) => `${JSON.stringify(column)}:null`);
		const empty = JSON.parse(`{${nulls.join()}}`) as Shape['empty'];
		shape = { names: Object.keys(empty), empty };
		shapes.set(key, shape);
	}
	return shape;
}

function toObjects({ columns, rows }: Extract<SqliteAnswer, { rows: unknown }>): object[] {
	const { names, empty } = shapeOf(columns);
	return rows.map((row) => {
		const object = { ...empty };
		for (let i = 0; i < names.length; i++) object[names[i]] = row[i];
		return object;
	});
}

class SqliteDriver implements Driver {
	private readonly connection: SqliteConnection;
	private tail: Promise<void> = Promise.resolve();
	private unlock: (() => void) | undefined;

	constructor(
		private readonly host: SqliteHost,
		guard: () => SqliteStep | undefined,
	) {
		this.connection = new SqliteConnection(host, guard);
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
	async beginTransaction(): Promise<void> {
		this.connection.begin();
	}

	async commitTransaction(): Promise<void> {
		await this.connection.commit();
	}

	async rollbackTransaction(): Promise<void> {
		await this.connection.rollback();
	}

	async destroy(): Promise<void> {
		await this.host.close();
	}
}

/** SQLite can undo changes of its tables, so that a migration that was cut off leaves nothing behind. */
class TransactionalSqliteAdapter extends SqliteAdapter {
	override get supportsTransactionalDdl(): boolean {
		return true;
	}
}

/**
 * A Kysely dialect for SQLite.
 * Takes an open database; the dialect closes it when Kysely is destroyed.
 */
export class SqliteHostDialect implements Dialect {
	/** Run at the begin of every transaction, which fails where it does. */
	guard: SqliteStep | undefined;

	constructor(private readonly host: SqliteHost) {}

	createDriver(): Driver {
		return new SqliteDriver(this.host, () => this.guard);
	}

	createQueryCompiler(): SqliteQueryCompiler {
		return new SqliteQueryCompiler();
	}

	createAdapter(): SqliteAdapter {
		return new TransactionalSqliteAdapter();
	}

	createIntrospector(db: Kysely<unknown>): SqliteIntrospector {
		return new SqliteIntrospector(db);
	}
}
