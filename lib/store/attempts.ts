import { sql } from 'kysely';
import type { AttemptsTable } from './schema';
import { inPortions, later, type Unit } from './unit';

export type AttemptRow = AttemptsTable;

const COLUMNS = {
	delivery_no: 'bigint',
	number: 'bigint',
	started_at: 'bigint',
	duration_ms: 'bigint',
	status_code: 'bigint',
	error_code: 'text',
	message: 'text',
	verdict: 'text',
} as const;

const NAMES = sql.raw(Object.keys(COLUMNS).join(', '));

/** Notes attempts, one statement for all; one that is known already stays as it is. */
export async function noteAttempts(unit: Unit, rows: readonly AttemptRow[]): Promise<void> {
	await inPortions(
		unit,
		rows,
		async (portion) =>
			await later(
				unit,
				sql`insert into attempts (${NAMES}) select ${NAMES}
		from ${unit.dialect.rows(portion, COLUMNS)} as r where true
		on conflict (delivery_no, number) do nothing`,
			),
	);
}
