import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { isMainThread, parentPort, workerData, type MessagePort } from 'node:worker_threads';

const STATEMENT_CACHE_SIZE = 500;

/** A statement with its parameters. */
export interface SqliteStep {
	sql: string;
	parameters?: readonly SQLInputValue[];
	/** Runs it once for each of these rows. */
	rows?: SqliteRows;
	/** Fails with {@link GAVE_NOTHING} when it gives no row. */
	mustGive?: boolean;
}

/** Parameters that differ from row to row. */
export interface SqliteRows {
	/** Which of the parameters they are, in the order of a row's values. */
	places: readonly number[];
	/** One row after the other. */
	values: readonly SQLInputValue[];
}

/** A statement whose answer is wanted. */
export interface SqliteCall extends SqliteStep {
	/**
	 * Run first, such as the begin of the transaction; what they give is not looked at. When one of them fails,
	 * the failure is marked as `before`.
	 */
	before: readonly SqliteStep[];
}

/** The code of the failure of a step that must give a row. */
export const GAVE_NOTHING = 'GAVE_NOTHING';

/** What a statement gave: rows as lists of their columns' values, or how many rows it changed. */
export type SqliteAnswer =
	| { columns: string[]; rows: SQLInputValue[][] }
	| { changes: number | bigint; lastInsertRowid: number | bigint };

interface Prepared {
	statement: StatementSync;
	columns: string[];
}

/**
 * `full`: what is written survives a power cut. The log is carried over into the file every 16 MB: at
 * SQLite's own 4 MB commits cost twice as much under load, and the longest pause is the same.
 */
const PRAGMAS = `pragma journal_mode = wal; pragma synchronous = full; pragma temp_store = memory;
	pragma wal_autocheckpoint = 4000`;

/** One connection to a database file, with its prepared statements kept. */
export class SqliteSession {
	private readonly database: DatabaseSync;
	private readonly statements = new Map<string, Prepared>();

	/** @throws an error of `node:sqlite` when the file cannot be opened */
	constructor(path: string) {
		this.database = new DatabaseSync(path, { timeout: 2_000 });
		try {
			this.database.exec(PRAGMAS);
		} catch (error) {
			this.database.close();
			throw error;
		}
	}

	/** @throws an error of `node:sqlite`; what came before in the transaction stands */
	run({ before, ...step }: SqliteCall): SqliteAnswer {
		for (const one of before) {
			try {
				this.runStep(one);
			} catch (error) {
				throw Object.assign(error as Error, { before: true });
			}
		}
		return this.runStep(step);
	}

	private runStep({ sql, parameters = [], rows, mustGive }: SqliteStep): SqliteAnswer {
		const { statement, columns } = this.prepare(sql);
		if (rows) return runRows(statement, columns, parameters, rows);
		if (columns.length === 0) return statement.run(...parameters);
		const given = statement.all(...parameters) as unknown as SQLInputValue[][];
		if (mustGive && given.length === 0) {
			throw Object.assign(new Error(`Nothing was found: ${sql}`), { code: GAVE_NOTHING });
		}
		return { columns, rows: given };
	}

	/** Undoes the transaction, if there is one: a full disk has rolled back by itself. */
	rollback(): void {
		if (this.database.isTransaction) this.prepare('rollback').statement.run();
	}

	close(): void {
		this.database.close();
	}

	private prepare(sql: string): Prepared {
		const known = this.statements.get(sql);
		if (known) return known;
		const statement = this.database.prepare(sql);
		statement.setReturnArrays(true);
		if (this.statements.size >= STATEMENT_CACHE_SIZE) {
			const oldest = this.statements.keys().next().value;
			if (oldest !== undefined) this.statements.delete(oldest);
		}
		const prepared = { statement, columns: statement.columns().map(({ name }) => name) };
		this.statements.set(sql, prepared);
		return prepared;
	}
}

/** What a statement gives for several rows is put together. */
function runRows(
	statement: StatementSync,
	columns: string[],
	shared: readonly SQLInputValue[],
	{ places, values }: SqliteRows,
): SqliteAnswer {
	const parameters = [...shared];
	const rows: SQLInputValue[][] = [];
	let changes = 0;
	let lastInsertRowid: number | bigint = 0;
	for (let at = 0; at < values.length; at += places.length) {
		for (let i = 0; i < places.length; i++) parameters[places[i]] = values[at + i];
		if (columns.length === 0) {
			const changed = statement.run(...parameters);
			changes += Number(changed.changes);
			({ lastInsertRowid } = changed);
		} else {
			const given = statement.all(...parameters) as unknown as SQLInputValue[][];
			for (const row of given) rows.push(row);
		}
	}
	return columns.length === 0 ? { changes, lastInsertRowid } : { columns, rows };
}

/** What the thread of a session is asked. */
export type SqliteRequest = { id: number } & (
	| { do: 'open'; path: string }
	| { do: 'run'; call: SqliteCall }
	| { do: 'rollback' }
	| { do: 'close' }
);

/** An error's own fields would not survive the way to another thread. */
export interface SqliteFailure {
	message: string;
	code?: string;
	errcode?: number;
	/** It is a failure of what was to be run before. */
	before?: boolean;
}

/** What the thread of a session answers. */
export type SqliteReply = { id: number } & ({ answer?: SqliteAnswer } | { failure: SqliteFailure });

/** Marks the thread that is to serve a session; this file is loaded elsewhere too. */
export const SESSION_THREAD = 'n8n-nodes-postback/sqlite';

function serve(port: MessagePort): void {
	let session: SqliteSession | undefined;
	const handle = (request: SqliteRequest): SqliteAnswer | undefined => {
		if (request.do === 'open') session = new SqliteSession(request.path);
		else if (request.do === 'run') return session?.run(request.call);
		else if (request.do === 'rollback') session?.rollback();
		else session?.close();
		return undefined;
	};
	port.on('message', (request: SqliteRequest) => {
		const { id } = request;
		try {
			const answer = handle(request);
			port.postMessage({ id, answer } satisfies SqliteReply);
		} catch (error) {
			const { message, code, errcode, before } = error as SqliteFailure;
			port.postMessage({ id, failure: { message, code, errcode, before } } satisfies SqliteReply);
		}
	});
}

if (!isMainThread && workerData === SESSION_THREAD && parentPort) serve(parentPort);
