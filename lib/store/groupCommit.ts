import { sql } from 'kysely';
import type { Unit } from './unit';

/** Where jobs run. */
export interface Transactions {
	/**
	 * Runs a job in a transaction; resolves once it is on disk. A job may be run again from its start when
	 * what stood in the way has passed.
	 * @param job `attempt` counts from 1
	 */
	run<T>(job: (unit: Unit, attempt: number) => Promise<T>): Promise<T>;
	/** Whether a transaction is worth running again, such as after a deadlock. */
	isPassing(error: unknown): boolean;
	/** So many run at once. */
	readonly atOnce: number;
	/** No further job joins a transaction after so many milliseconds. */
	readonly longestMs: number;
}

type Job = {
	run: (unit: Unit) => Promise<unknown>;
	resolve: (value: unknown) => void;
	reject: (error: unknown) => void;
};

/** What came of the jobs of one transaction. */
interface Group {
	done: { job: Job; value: unknown }[];
	failed: { job: Job; error: unknown }[];
	/** How many of the jobs were taken. */
	taken: number;
}

const emptyGroup = (): Group => ({ done: [], failed: [], taken: 0 });

/** So many jobs share a transaction at most. */
const LARGEST_GROUP = 64;

/**
 * Writes of concurrent callers share one transaction and so one flush to the disk, which is what a durable
 * write costs. They are begun in the order in which they came; a job that fails is undone alone.
 */
export class GroupCommit {
	private waiting: Job[] = [];
	private readonly running = new Set<Promise<void>>();

	constructor(private readonly transactions: Transactions) {}

	/** Runs a job in the next transaction; resolves once it is on disk, rejects with the job's own error. */
	async write<T>(run: (unit: Unit) => Promise<T>): Promise<T> {
		return await new Promise<T>((resolve, reject) => {
			this.waiting.push({ run, resolve: resolve as (value: unknown) => void, reject });
			if (this.running.size < this.transactions.atOnce) this.keep(this.drain());
		});
	}

	/** Runs a job in a transaction that it shares with none. */
	async writeAlone<T>(run: (unit: Unit) => Promise<T>): Promise<T> {
		const done = this.transactions.run(run);
		this.keep(
			done.then(
				() => undefined,
				() => undefined,
			),
		);
		return await done;
	}

	/** Resolves when nothing waits to be written. */
	async idle(): Promise<void> {
		while (this.running.size > 0) await Promise.all(this.running);
	}

	private keep(running: Promise<void>): void {
		const kept = running.finally(() => this.running.delete(kept));
		this.running.add(kept);
	}

	private async drain(): Promise<void> {
		// Let whatever else came in the same turn of the event loop join.
		await new Promise((resolve) => setImmediate(resolve));
		while (this.waiting.length > 0) {
			await this.commit(this.waiting.splice(0, LARGEST_GROUP));
			await new Promise((resolve) => setImmediate(resolve));
		}
	}

	private async commit(jobs: Job[]): Promise<void> {
		let group: Group = emptyGroup();
		try {
			await this.transactions.run(async (unit, attempt) => {
				group = emptyGroup();
				await this.runGroup(unit, jobs, attempt, group);
			});
		} catch (error) {
			// Those that had no part in it get a transaction of their own.
			const failed = jobs.slice(0, group.taken || jobs.length);
			this.waiting.unshift(...jobs.slice(failed.length));
			for (const job of failed) job.reject(error);
			return;
		}
		this.waiting.unshift(...jobs.slice(group.taken));
		for (const { job, value } of group.done) job.resolve(value);
		for (const { job, error } of group.failed) job.reject(error);
	}

	private async runGroup(
		unit: Unit,
		jobs: readonly Job[],
		attempt: number,
		group: Group,
	): Promise<void> {
		const started = performance.now();
		for (const job of jobs) {
			// What stood in the way of several is less likely to stand in the way of one.
			const isFull = attempt > 1 || performance.now() - started > this.transactions.longestMs;
			if (group.taken > 0 && isFull) break;
			group.taken++;
			if (jobs.length === 1) group.done.push({ job, value: await job.run(unit) });
			else await this.runApart(unit, job, group);
		}
	}

	private async runApart(unit: Unit, job: Job, { done, failed }: Group): Promise<void> {
		await sql`savepoint job`.execute(unit.db);
		try {
			const value = await job.run(unit);
			await sql`release job`.execute(unit.db);
			done.push({ job, value });
		} catch (error) {
			if (this.transactions.isPassing(error)) throw error;
			await sql`rollback to job`.execute(unit.db);
			await sql`release job`.execute(unit.db);
			failed.push({ job, error });
		}
	}
}
