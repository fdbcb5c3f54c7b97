import type { Kysely } from 'kysely';
import type { Clock } from '../clock';
import { StoreSetupError } from './errors';
import { readMeta, removeMetas, writeMeta } from './meta';
import type { StoreSchema } from './schema';
import type { SqliteStep } from './sqliteSession';

/** Who owns an embedded store (design 5, rule 2: one process owns the file). */
interface Owner {
	/** Unlike the process id, never used twice. */
	boot: string;
	pid: number;
	host: string;
	/** Wall clock, epoch milliseconds. */
	heartbeatAt: number;
}

/** Three heartbeats missed: the owner is gone. */
const SILENT_MS = 15_000;
const KEY = 'owner';

export interface OwningProcess {
	boot: string;
	pid: number;
	host: string;
	/** Whether a process of this machine lives. */
	isAlive: (pid: number) => boolean;
	/** Whether the file that was opened is the one that others would open. */
	isInPlace: () => boolean;
}

/** This process's hold on an embedded store. All calls belong inside a transaction. */
export class OwnershipHold {
	private lost = false;

	constructor(
		private readonly clock: Clock,
		private readonly self: OwningProcess,
	) {}

	/** Another process or another file has taken the place; it never comes back to this boot. */
	get isLost(): boolean {
		return this.lost;
	}

	/**
	 * Takes the store for this process.
	 * @throws StoreSetupError `OWNED` when another living process has it
	 */
	async take(db: Kysely<StoreSchema>): Promise<void> {
		const owner = await readOwner(db);
		if (owner && owner.boot !== this.self.boot && this.stillOwns(owner)) {
			throw new StoreSetupError(
				'OWNED',
				`Another process has this delivery store open (process ${owner.pid} on ${owner.host}). The embedded store serves one n8n process: stop the other one, or choose PostgreSQL in the Delivery Store credential.`,
			);
		}
		await this.renew(db);
	}

	/** Notes that this process lives. */
	async renew(db: Kysely<StoreSchema>): Promise<void> {
		const { boot, pid, host } = this.self;
		const owner: Owner = { boot, pid, host, heartbeatAt: this.clock.now() };
		await writeMeta({ db }, KEY, JSON.stringify(owner));
	}

	/**
	 * For every transaction: somebody may have put another file in the place of this one.
	 * @throws StoreSetupError `OWNED`
	 */
	assertInPlace(): void {
		if (!this.self.isInPlace()) {
			this.lost = true;
			throw new StoreSetupError(
				'OWNED',
				'The file of this delivery store was moved, removed or replaced while n8n had it open. It is opened anew.',
			);
		}
		if (this.lost) throw this.takenOver();
	}

	/**
	 * For every transaction too: a process that stood still for long may have lost the store without knowing.
	 * The step finds out, and {@link takenOver} is what is said then.
	 */
	get guard(): SqliteStep {
		return {
			sql: `select 1 from meta where key = '${KEY}' and json_extract(value, '$.boot') = ?`,
			parameters: [this.self.boot],
			mustGive: true,
		};
	}

	/** Notes that the store is lost to another process. */
	takenOver(): StoreSetupError {
		this.lost = true;
		return new StoreSetupError('OWNED', 'Another process has taken this delivery store over.');
	}

	private stillOwns(owner: Owner): boolean {
		if (owner.host === this.self.host) {
			// The same process id is this process after a restart that gave the number out again.
			if (owner.pid === this.self.pid || !this.self.isAlive(owner.pid)) return false;
		}
		// A heartbeat from the future is one from before the clock was set back: no proof of life.
		return Math.abs(this.clock.now() - owner.heartbeatAt) < SILENT_MS;
	}
}

/** Whether a process has noted that the store is its own, living or not. */
export async function hasOwner(db: Kysely<StoreSchema>): Promise<boolean> {
	return (await readOwner(db)) !== undefined;
}

/** Gives the store up, so that the next process need not wait. */
export async function dropOwnership(db: Kysely<StoreSchema>, boot: string): Promise<void> {
	const owner = await readOwner(db);
	if (owner?.boot === boot) await removeMetas({ db }, [KEY]);
}

async function readOwner(db: Kysely<StoreSchema>): Promise<Owner | undefined> {
	const value = await readMeta({ db }, KEY);
	return value === undefined ? undefined : (JSON.parse(value) as Owner);
}
