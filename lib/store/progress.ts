import { sql } from 'kysely';
import type { Unit } from './unit';

/** How many of these deliveries are still under some lease. */
export async function countUnsettled(unit: Unit, ids: readonly string[]): Promise<number> {
	const { rows } = await sql<{ n: number }>`select count(*) as n from deliveries
		where id in ${unit.dialect.list(ids)} and lease is not null`.execute(unit.db);
	return Number(rows[0]?.n ?? 0);
}
