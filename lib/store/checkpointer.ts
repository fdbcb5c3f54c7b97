import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** Below this size of its log a store needs nobody: SQLite empties it when it is closed. */
const LEAST_LOG_BYTES = 2 * 1024 * 1024;
/** The log's size is asked for once in so many commits, until there is a worker. */
const LOOK_EVERY = 16;
/** While there are writes the log is carried over so often; the clock of the event loop, not of the store. */
const PAUSE_MS = 200;

/** Runs on its own connection. PASSIVE waits for nobody and holds nobody up. */
const CODE = `
	const { parentPort, workerData } = require('node:worker_threads');
	const { DatabaseSync } = require('node:sqlite');
	const database = new DatabaseSync(workerData);
	const statement = database.prepare('pragma wal_checkpoint(passive)');
	parentPort.on('message', () => {
		try {
			statement.all();
		} finally {
			parentPort.postMessage('done');
		}
	});
`;

/**
 * Carries what was written from SQLite's log into its file in another thread. SQLite itself does it within
 * a commit, and the flush to the disk then holds the event loop for tens of milliseconds.
 */
export class Checkpointer {
	private worker: Worker | undefined;
	private commits = 0;
	private busy = false;
	private startedAt = Number.NEGATIVE_INFINITY;
	private closed = false;

	/** @param path the database file */
	constructor(private readonly path: string) {}

	/** To be called after every commit. */
	afterCommit(): void {
		if (this.closed || this.busy) return;
		if (!this.worker) {
			if (++this.commits % LOOK_EVERY !== 0 || this.logBytes() < LEAST_LOG_BYTES) return;
			this.worker = this.start();
		}
		const now = performance.now();
		if (now - this.startedAt < PAUSE_MS) return;
		this.startedAt = now;
		this.busy = true;
		this.worker.postMessage('checkpoint');
	}

	/** Ends the worker and its connection. */
	async close(): Promise<void> {
		this.closed = true;
		await this.worker?.terminate();
	}

	private start(): Worker {
		const worker = new Worker(CODE, { eval: true, workerData: this.path });
		worker.unref();
		worker.on('message', () => (this.busy = false));
		// Without it SQLite does the work within a commit, when the log has grown long.
		worker.on('error', () => (this.closed = true));
		return worker;
	}

	private logBytes(): number {
		return statSync(`${this.path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
	}
}
