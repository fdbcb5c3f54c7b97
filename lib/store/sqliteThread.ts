import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { SqliteHost } from './sqliteDialect';
import {
	SESSION_THREAD,
	type SqliteAnswer,
	type SqliteCall,
	type SqliteFailure,
	type SqliteReply,
	type SqliteRequest,
} from './sqliteSession';

interface Waiting {
	resolve: (answer: SqliteAnswer | undefined) => void;
	reject: (error: Error) => void;
}

const CLOSED = 'The delivery store is closed';

type Question<T = SqliteRequest> = T extends SqliteRequest ? Omit<T, 'id'> : never;

/** What Node says about `node:sqlite`, and about sources that it reads as they are, is nothing for n8n's log. */
const QUIET = ['ExperimentalWarning', 'MODULE_TYPELESS_PACKAGE_JSON'];

/**
 * A database file that a thread of its own reads and writes: `node:sqlite` holds the thread in which a
 * statement runs, and a flush to the disk takes milliseconds that n8n's event loop does not have.
 * It keeps the process alive only while an answer is due.
 */
export class SqliteThread implements SqliteHost {
	private readonly waiting = new Map<number, Waiting>();
	private lastId = 0;
	private isOver = false;
	private noteEnd!: (why: Error) => void;
	/** Fulfilled with the reason when the thread ended without being asked to. */
	readonly broken = new Promise<Error>((resolve) => (this.noteEnd = resolve));

	private constructor(private readonly worker: Worker) {
		worker.unref();
		worker.on('message', (reply: SqliteReply) => this.take(reply));
		worker.on('error', (error) => this.end(error));
		worker.on('exit', () => this.end(new Error('The thread of the delivery store has ended')));
	}

	/**
	 * Opens a file, which is made when missing; its folder must be there.
	 * @throws the error of `node:sqlite`, with its `errcode`
	 */
	static async open(path: string): Promise<SqliteThread> {
		// Compiled beside this file, and read as it is where the sources themselves run.
		const file = join(__dirname, `sqliteSession${extname(__filename)}`);
		const execArgv = QUIET.map((warning) => `--disable-warning=${warning}`);
		const thread = new SqliteThread(new Worker(file, { workerData: SESSION_THREAD, execArgv }));
		try {
			await thread.ask({ do: 'open', path });
			return thread;
		} catch (error) {
			await thread.stop();
			throw error;
		}
	}

	async run(call: SqliteCall): Promise<SqliteAnswer> {
		return (await this.ask({ do: 'run', call })) as SqliteAnswer;
	}

	async rollback(): Promise<void> {
		await this.ask({ do: 'rollback' });
	}

	async close(): Promise<void> {
		if (this.isOver) return;
		this.isOver = true;
		await this.put({ do: 'close' }).finally(async () => await this.stop());
	}

	private async stop(): Promise<void> {
		this.isOver = true;
		await this.worker.terminate();
		this.failWaiting(new Error(CLOSED));
	}

	private async ask(question: Question): Promise<SqliteAnswer | undefined> {
		if (this.isOver) throw new Error(CLOSED);
		return await this.put(question);
	}

	private async put(question: Question): Promise<SqliteAnswer | undefined> {
		return await new Promise((resolve, reject) => {
			const id = ++this.lastId;
			this.waiting.set(id, { resolve, reject });
			if (this.waiting.size === 1) this.worker.ref();
			this.worker.postMessage({ id, ...question });
		});
	}

	private take(reply: SqliteReply): void {
		const waiting = this.waiting.get(reply.id);
		this.waiting.delete(reply.id);
		if (this.waiting.size === 0) this.worker.unref();
		if ('failure' in reply) waiting?.reject(asError(reply.failure));
		else waiting?.resolve(reply.answer);
	}

	private end(why: Error): void {
		this.failWaiting(why);
		if (this.isOver) return;
		this.isOver = true;
		this.noteEnd(why);
	}

	private failWaiting(why: Error): void {
		for (const { reject } of this.waiting.values()) reject(why);
		this.waiting.clear();
	}
}

function asError({ message, ...fields }: SqliteFailure): Error {
	return Object.assign(new Error(message), fields);
}
