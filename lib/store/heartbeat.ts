import type { Kysely } from 'kysely';
import { readMeta, writeMeta } from './meta';
import type { StoreSchema } from './schema';
import type { Unit } from './unit';

/** So often a process notes that it lives. */
export const HEARTBEAT_MS = 5_000;

/** The parts that nodes have in queues live as long as their process. */
export async function keepMembers(unit: Unit, boot: string): Promise<void> {
	await unit.db
		.updateTable('queue_members')
		.set({ seen_at: unit.now })
		.where('boot', '=', boot)
		.where('role', '=', 'trigger')
		.execute();
}

const CLOCK = 'clock';

/** The latest moment of the store's clock that a process has noted; epoch milliseconds. */
export async function lastSeen(db: Kysely<StoreSchema>): Promise<number> {
	return Number((await readMeta({ db }, CLOCK)) ?? 0);
}

/** Notes that a process lives, and the store's clock. */
export async function noteSeen(unit: Unit): Promise<void> {
	await writeMeta(unit, CLOCK, String(unit.now));
}
