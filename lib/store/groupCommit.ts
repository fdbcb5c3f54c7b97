import { sql, type Kysely } from 'kysely';
import type { StoreSchema } from './schema';

type Db = Kysely<StoreSchema>;

type Job = {
	run: (db: Db) => Promise<unknown>;
	resolve: (value: unknown) => void;
	reject: (error: unknown) => void;
};

/** So many jobs share a transaction at most, and no further one joins after so many milliseconds. */
const LARGEST_GROUP = 64;
const LONGEST_GROUP_MS = 10;

/**
 * Writes of concurrent callers share one transaction and so one flush to the disk, which is what a durable
 * write costs. They run in the order in which they came; a job that fails is undone alone.
 */
export class GroupCommit {
	private waiting: Job[] = [];
	private running: Promise<void> | undefined;

	constructor(
		private readonly db: Db,
		/** Done first in every transaction; when it throws, nothing is written. */
		private readonly guard?: (db: Db) => Promise<void>,
	) {}

	/** Runs a job in the next transaction; resolves once it is on disk, rejects with the job's own error. */
	async write<T>(run: (db: Db) => Promise<T>): Promise<T> {
		return await new Promise<T>((resolve, reject) => {
			this.waiting.push({ run, resolve: resolve as (value: unknown) => void, reject });
			this.running ??= this.drain();
		});
	}

	/** Resolves when nothing waits to be written. */
	async idle(): Promise<void> {
		while (this.running) await this.running;
	}

	private async drain(): Promise<void> {
		// Let whatever else came in the same turn of the event loop join.
		await new Promise((resolve) => setImmediate(resolve));
		while (this.waiting.length > 0) {
			await this.commit(this.waiting.splice(0, LARGEST_GROUP));
			await new Promise((resolve) => setImmediate(resolve));
		}
		this.running = undefined;
	}

	private async commit(group: Job[]): Promise<void> {
		const done: { job: Job; value: unknown }[] = [];
		const failed: { job: Job; error: unknown }[] = [];
		let taken = 0;
		try {
			await this.db.transaction().execute(async (trx) => {
				await this.guard?.(trx);
				const started = performance.now();
				while (taken < group.length) {
					if (taken > 0 && performance.now() - started > LONGEST_GROUP_MS) break;
					const job = group[taken++];
					if (group.length === 1) done.push({ job, value: await job.run(trx) });
					else await this.runApart(trx, job, done, failed);
				}
			});
		} catch (error) {
			for (const job of group) job.reject(error);
			return;
		}
		this.waiting.unshift(...group.slice(taken));
		for (const { job, value } of done) job.resolve(value);
		for (const { job, error } of failed) job.reject(error);
	}

	private async runApart(
		trx: Db,
		job: Job,
		done: { job: Job; value: unknown }[],
		failed: { job: Job; error: unknown }[],
	): Promise<void> {
		await sql`savepoint job`.execute(trx);
		try {
			const value = await job.run(trx);
			await sql`release job`.execute(trx);
			done.push({ job, value });
		} catch (error) {
			await sql`rollback to job`.execute(trx);
			await sql`release job`.execute(trx);
			failed.push({ job, error });
		}
	}
}
