import type { Kysely } from 'kysely';
import { StoreSetupError } from '../errors';
import { readMeta, removeMetas, writeMeta } from '../meta';
import type { StoreSchema } from '../schema';

/** Stands in an embedded store that is being moved, or was. */
export interface MoveMark {
	/** The same in the store that it is moved to. */
	id: string;
	state: 'begun' | 'done';
	/** Epoch milliseconds. */
	at: number;
}

const KEY = 'moved';

type Db = Kysely<StoreSchema>;

/** The mark of a store; undefined where nobody has begun to move it. */
export async function readMoveMark(db: Db): Promise<MoveMark | undefined> {
	const value = await readMeta({ db }, KEY);
	return value === undefined ? undefined : (JSON.parse(value) as MoveMark);
}

export async function writeMoveMark(db: Db, mark: MoveMark): Promise<void> {
	await writeMeta({ db }, KEY, JSON.stringify(mark));
}

export async function removeMoveMark(db: Db): Promise<void> {
	await removeMetas({ db }, [KEY]);
}

/**
 * Refuses a store whose deliveries are, or may be, in PostgreSQL as well: they would be sent twice.
 * @throws StoreSetupError `MOVED`
 */
export async function assertNotMoved(db: Db): Promise<void> {
	const mark = await readMoveMark(db);
	if (!mark) return;
	const at = new Date(mark.at).toISOString();
	throw new StoreSetupError(
		'MOVED',
		mark.state === 'done'
			? `This delivery store was moved to PostgreSQL at ${at}. Choose the Delivery Store credential with PostgreSQL in this node; or move the file away, and a new one is made.`
			: `This delivery store is being moved to PostgreSQL since ${at}. Run the move again so that it comes to its end, or take it back with --cancel.`,
	);
}
