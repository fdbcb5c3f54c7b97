import type { Kysely } from 'kysely';
import { StoreSetupError } from './errors';
import type { StoreSchema } from './schema';

/** Who owns an embedded store (design 5, rule 2: one process owns the file). */
export interface Owner {
	/** Unlike the process id, never used twice. */
	boot: string;
	pid: number;
	host: string;
	/** Wall clock, epoch milliseconds. */
	heartbeatAt: number;
}

export const HEARTBEAT_MS = 5_000;
/** Three heartbeats missed: the owner is gone. */
const SILENT_MS = 15_000;
const KEY = 'owner';

export interface OwnershipFacts {
	now: number;
	self: Omit<Owner, 'heartbeatAt'>;
	/** Whether a process of this machine lives. */
	isAlive: (pid: number) => boolean;
}

/**
 * Takes the store for this process, inside a transaction.
 * @throws StoreSetupError `OWNED` when another living process has it
 */
export async function takeOwnership(db: Kysely<StoreSchema>, facts: OwnershipFacts): Promise<void> {
	const owner = await readOwner(db);
	if (owner && owner.boot !== facts.self.boot && stillOwns(owner, facts)) {
		throw new StoreSetupError(
			'OWNED',
			`Another process has this delivery store open (process ${owner.pid} on ${owner.host}). The embedded store serves one n8n process: stop the other one, or choose PostgreSQL in the Delivery Store credential.`,
		);
	}
	await beat(db, facts);
}

/** Renews the ownership; false when another process has taken it meanwhile. */
export async function renewOwnership(db: Kysely<StoreSchema>, facts: OwnershipFacts): Promise<boolean> {
	const owner = await readOwner(db);
	if (owner && owner.boot !== facts.self.boot) return false;
	await beat(db, facts);
	return true;
}

/** Gives the store up, so that the next process need not wait. */
export async function dropOwnership(db: Kysely<StoreSchema>, boot: string): Promise<void> {
	const owner = await readOwner(db);
	if (owner?.boot === boot) await db.deleteFrom('meta').where('key', '=', KEY).execute();
}

function stillOwns(owner: Owner, facts: OwnershipFacts): boolean {
	if (owner.host === facts.self.host) {
		// The same process id is this process after a restart that gave the number out again.
		if (owner.pid === facts.self.pid || !facts.isAlive(owner.pid)) return false;
	}
	// A heartbeat from the future is one from before the clock was set back: no proof of life.
	return Math.abs(facts.now - owner.heartbeatAt) < SILENT_MS;
}

async function readOwner(db: Kysely<StoreSchema>): Promise<Owner | undefined> {
	const row = await db.selectFrom('meta').select('value').where('key', '=', KEY).executeTakeFirst();
	return row ? (JSON.parse(row.value) as Owner) : undefined;
}

async function beat(db: Kysely<StoreSchema>, { self, now }: OwnershipFacts): Promise<void> {
	const value = JSON.stringify({ ...self, heartbeatAt: now } satisfies Owner);
	await db
		.insertInto('meta')
		.values({ key: KEY, value })
		.onConflict((c) => c.column('key').doUpdateSet({ value }))
		.execute();
}
