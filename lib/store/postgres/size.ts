import { sql } from 'kysely';
import type { Clock } from '../../clock';
import type { StoreDatabase } from '../deliveryStore';
import { readMeta, writeMeta } from '../meta';

/** A size is good for so long: it is asked by every intake, and for every table a file is looked at. */
const SIZE_MS = 500;

/** How many rows stood in the tables when they took up the most. */
interface Fullest {
	bytes: number;
	rows: number;
}

const KEY = 'fullest';

/**
 * How many bytes the store's tables take up, with their indexes.
 *
 * PostgreSQL keeps the room of removed rows for new ones and does not say how much of it there is. But a
 * table grows only when it is full: what it took then for each row tells what the rows take that are there
 * now.
 */
export function sizeOf(database: StoreDatabase, clock: Clock): () => Promise<number> {
	let known: { bytes: Promise<number>; at: number } | undefined;
	return async () => {
		const at = clock.monotonic();
		if (!known || at - known.at >= SIZE_MS) known = { bytes: usedBytes(database), at };
		return await known.bytes;
	};
}

async function usedBytes(database: StoreDatabase): Promise<number> {
	const { now, before } = await database.read(async ({ db }) => {
		const { rows } = await sql<Fullest>`select
				coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint as bytes,
				coalesce(max(greatest(c.reltuples::bigint, s.n_live_tup)) filter (where c.relname = 'requests'), 0) as rows
			from pg_class c left join pg_stat_user_tables s on s.relid = c.oid
			where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'`.execute(db);
		const value = await readMeta({ db }, KEY);
		return {
			now: rows[0],
			before: value === undefined ? undefined : (JSON.parse(value) as Fullest),
		};
	});
	// Rows are counted a little late, so that the same size may turn out to hold more of them.
	const isFuller = !before || now.bytes > before.bytes;
	if (isFuller || (now.bytes === before.bytes && now.rows > before.rows)) {
		await database.run(async (unit) => await writeMeta(unit, KEY, JSON.stringify(now)));
		return now.bytes;
	}
	return before.rows === 0
		? now.bytes
		: Math.round(now.bytes * Math.min(1, now.rows / before.rows));
}
