import { sql, type Kysely } from 'kysely';
import type { StoreSchema } from './schema';

type Job = {
	run: (db: Kysely<StoreSchema>) => Promise<unknown>;
	resolve: (value: unknown) => void;
	reject: (error: unknown) => void;
};

/** So many jobs share a transaction at most; more would hold the event loop. */
const LARGEST_GROUP = 64;

/**
 * Writes of concurrent callers share one transaction and so one flush to the disk, which is what a durable
 * write costs. A job that fails is undone alone.
 */
export class GroupCommit {
	private waiting: Job[] = [];
	private running: Promise<void> | undefined;

	constructor(private readonly db: Kysely<StoreSchema>) {}

	/** Runs a job in the next transaction; resolves once it is on disk, rejects with the job's own error. */
	async write<T>(run: (db: Kysely<StoreSchema>) => Promise<T>): Promise<T> {
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
		try {
			await this.db.transaction().execute(async (trx) => {
				for (const job of group) {
					if (group.length === 1) {
						done.push({ job, value: await job.run(trx) });
						return;
					}
					await sql`savepoint job`.execute(trx);
					try {
						done.push({ job, value: await job.run(trx) });
						await sql`release job`.execute(trx);
					} catch (error) {
						await sql`rollback to job`.execute(trx);
						await sql`release job`.execute(trx);
						failed.push({ job, error });
					}
				}
			});
		} catch (error) {
			for (const job of group) job.reject(error);
			return;
		}
		for (const { job, value } of done) job.resolve(value);
		for (const { job, error } of failed) job.reject(error);
	}
}
