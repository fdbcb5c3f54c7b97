import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { isMainThread, parentPort, workerData, type MessagePort } from 'node:worker_threads';

const STATEMENT_CACHE_SIZE = 500;

/** A statement with its parameters. */
export interface SqliteStep {
	sql: string;
	parameters?: readonly SQLInputValue[];
	/** Rows to be put in the place of {@link ROWS}. */
	rows?: SqliteRows;
	/** Fails with {@link GAVE_NOTHING} when it gives no row. */
	mustGive?: boolean;
}

/** Stands in a statement behind VALUES for rows that are sent beside its text. */
export const ROWS = '/*rows*/?';

export interface SqliteRows {
	/** How many of the other parameters come before them. */
	at: number;
	/** Values in a row. */
	width: number;
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
		if (rows) return this.runRows(sql, parameters, rows);
		const answer = runPrepared(this.prepare(sql), parameters);
		if (mustGive && 'rows' in answer && answer.rows.length === 0) {
			throw Object.assign(new Error(`Nothing was found: ${sql}`), { code: GAVE_NOTHING });
		}
		return answer;
	}

	/** In portions of a few sizes, so that each text is prepared once; what they give is put together. */
	private runRows(
		sql: string,
		parameters: readonly SQLInputValue[],
		{ at, width, values }: SqliteRows,
	): SqliteAnswer {
		const before = parameters.slice(0, at);
		const after = parameters.slice(at);
		let whole: SqliteAnswer | undefined;
		for (let from = 0, left = values.length / width; left > 0; ) {
			const size = PORTIONS.find((portion) => portion <= left) as number;
			const own = values.slice(from, from + size * width);
			const statement = this.prepareRows(sql, width, size);
			whole = joined(whole, runPrepared(statement, [...before, ...own, ...after]));
			from += size * width;
			left -= size;
		}
		return whole as SqliteAnswer;
	}

	/** Undoes the transaction, if there is one: a full disk has rolled back by itself. */
	rollback(): void {
		if (this.database.isTransaction) this.prepare('rollback').statement.run();
	}

	close(): void {
		this.database.close();
	}

	private prepareRows(sql: string, width: number, size: number): Prepared {
		const key = `${size}*${width} ${sql}`;
		const known = this.statements.get(key);
		if (known) return known;
		const row = `(${Array.from({ length: width }, () => '?').join()})`;
		const rows = Array.from({ length: size }, () => row).join();
		return this.prepare(sql.replace(ROWS, rows), key);
	}

	private prepare(sql: string, key = sql): Prepared {
		const known = this.statements.get(key);
		if (known) return known;
		const statement = this.database.prepare(sql);
		statement.setReturnArrays(true);
		if (this.statements.size >= STATEMENT_CACHE_SIZE) {
			const oldest = this.statements.keys().next().value;
			if (oldest !== undefined) this.statements.delete(oldest);
		}
		const prepared = { statement, columns: statement.columns().map(({ name }) => name) };
		this.statements.set(key, prepared);
		return prepared;
	}
}

/** Rows that one statement takes; more than the largest are no faster. */
const PORTIONS = [64, 32, 16, 8, 4, 2, 1];

function runPrepared(
	{ statement, columns }: Prepared,
	parameters: readonly SQLInputValue[],
): SqliteAnswer {
	if (columns.length === 0) return statement.run(...parameters);
	return { columns, rows: statement.all(...parameters) as unknown as SQLInputValue[][] };
}

function joined(whole: SqliteAnswer | undefined, part: SqliteAnswer): SqliteAnswer {
	if (whole === undefined) return part;
	if ('rows' in whole && 'rows' in part) for (const row of part.rows) whole.rows.push(row);
	if ('changes' in whole && 'changes' in part) {
		return { ...part, changes: Number(whole.changes) + Number(part.changes) };
	}
	return whole;
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
