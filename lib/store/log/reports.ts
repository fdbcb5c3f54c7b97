import { sql } from 'kysely';
import { distinctLanes, refreshLanes } from '../lanes';
import { REPORT } from '../lines';
import type { Unit } from '../unit';

/**
 * Marks dead letters as handed to a workflow, so that no Delivery Queue Trigger hands them to one. What it
 * has in hand at this moment is not touched. Gives how many it marked.
 * @param numbers a few hundred at most in one call
 */
export async function markReported(unit: Unit, numbers: readonly number[]): Promise<number> {
	if (numbers.length === 0) return 0;
	const { rows } = await sql<{ line: string; endpoint: string }>`update deliveries
		set reported = 1, line = null
		where no in ${unit.dialect.list(numbers)} and status = 'dead' and reported = 0 and lease is null
		returning consumer || ${REPORT} as line, endpoint`.execute(unit.db);
	await refreshLanes(unit, distinctLanes(rows));
	return rows.length;
}
