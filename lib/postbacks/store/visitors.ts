import { sql } from 'kysely';
import { storableKey } from '../../store/storableKey';
import { inPortions, type Unit } from '../../store/unit';

export interface VisitorKey {
	postbackId: string;
	visitor: string;
}

const id = (key: VisitorKey) => `${key.postbackId}\n${storableKey(key.visitor)}`;

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
	const fresh = new Set<string>();
	for (const key of await take(unit, scope, keys)) fresh.add(id(key));
	return (key) => fresh.delete(id(key));
}

async function take(unit: Unit, scope: string, keys: readonly VisitorKey[]): Promise<VisitorKey[]> {
	// In one order for everyone: others take some at the same time.
	const rows = keys
		.map((k) => ({ postback_id: k.postbackId, visitor: storableKey(k.visitor), key: id(k) }))
		.sort((a, b) => (a.key < b.key ? -1 : 1));
	const taken = await inPortions(
		unit,
		rows,
		async (portion) =>
			await sql<{ postback_id: string; visitor: string }>`insert into postback_visitors
		(scope, postback_id, visitor)
		select ${scope}, postback_id, visitor
		from ${unit.dialect.rows(portion, { postback_id: 'text', visitor: 'text' })} as r where true
		on conflict (scope, postback_id, visitor) do nothing
		returning postback_id, visitor`.execute(unit.db),
	);
	return taken.map((r) => ({ postbackId: r.postback_id, visitor: r.visitor }));
}
