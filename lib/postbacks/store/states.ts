import { sql } from 'kysely';
import { inPortions, type Unit } from '../../store/unit';
import { endSource } from '../../store/endings';

/** The reason under which retries of a switched-off postback end. */
export const INACTIVE = 'postback inactive';

/** Names a postback of a trigger, as the source of its deliveries. */
export const postbackSource = (scope: string, postbackId: string) => `${scope}/${postbackId}`;

/**
 * Notes which postbacks of a trigger are switched on. Gives the ids of those that were noted before and
 * are switched off or gone now.
 */
export async function notePostbacks(
	unit: Unit,
	scope: string,
	active: readonly string[],
): Promise<string[]> {
	const gone = await sql<{ postback_id: string }>`update postback_states set active = 0
		where scope = ${scope} and postback_id not in ${unit.dialect.list(active)}
		returning postback_id`.execute(unit.db);
	const rows = active.map((postback_id) => ({ postback_id }));
	await inPortions(
		unit,
		rows,
		async (portion) =>
			await sql`insert into postback_states (scope, postback_id, active)
		select ${scope}, postback_id, 1 from ${unit.dialect.rows(portion, { postback_id: 'text' })} as r where true
		on conflict (scope, postback_id) do update set active = 1`.execute(unit.db),
	);
	return gone.rows.map((row) => row.postback_id);
}

/** Ends a part of what waits for a retry of a postback. Gives how many; call again until it is 0. */
export async function endPostback(unit: Unit, scope: string, postbackId: string): Promise<number> {
	return await endSource(unit, postbackSource(scope, postbackId), INACTIVE);
}

/** Which of these sources are postbacks that were switched off. */
export async function inactiveSources(
	unit: Unit,
	sources: readonly string[],
): Promise<Set<string>> {
	const { rows } = await sql<{ source: string }>`select scope || '/' || postback_id as source
		from postback_states where active = 0
		and scope || '/' || postback_id in ${unit.dialect.list(sources)}`.execute(unit.db);
	return new Set(rows.map((row) => row.source));
}
