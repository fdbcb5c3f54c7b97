import { sql } from 'kysely';
import type { Unit } from '../../store/unit';

export interface VisitorKey {
	postbackId: string;
	visitor: string;
}

const id = (key: VisitorKey) => `${key.postbackId}\n${key.visitor}`;

/**
 * "Show rule: once" (Mobile Services, postbacks): notes visitors for whom a postback is sent, in the
 * transaction that stores the delivery. Gives a check whether a key was new; equal keys in one call count
 * as new once.
 * @param scope the trigger's workflow and node
 */
export async function takeVisitors(
	unit: Unit,
	scope: string,
	keys: readonly VisitorKey[],
): Promise<(key: VisitorKey) => boolean> {
	if (keys.length === 0) return () => true;
	const rows = keys.map((k) => ({ postback_id: k.postbackId, visitor: k.visitor }));
	const taken = await sql<{ postback_id: string; visitor: string }>`insert into postback_visitors
		(scope, postback_id, visitor)
		select ${scope}, postback_id, visitor
		from ${unit.dialect.rows(rows, { postback_id: 'text', visitor: 'text' })} as r where true
		on conflict (scope, postback_id, visitor) do nothing
		returning postback_id, visitor`.execute(unit.db);
	const fresh = new Set(taken.rows.map((r) => id({ postbackId: r.postback_id, visitor: r.visitor })));
	return (key) => fresh.delete(id(key));
}
