import { sql } from 'kysely';
import { storableKey } from './storableKey';
import { inPortions, later, type Unit } from './unit';

/** Names an event once within a scope (a trigger's or a sender's node). */
export interface DeduplicationKey {
	scope: string;
	key: string;
	/** Epoch milliseconds; longer than the longest schedule, so that a retry is never taken for new. */
	expiresAt: number;
}

/** Keys taken by one statement, so that none holds the event loop for long. */
const CHUNK = 500;

const id = (k: { scope: string; key: string }) => `${k.scope}\n${storableKey(k.key)}`;

/**
 * Takes keys for deliveries. Gives a look-up from a key to the delivery that has it:
 * the one that was asked for when the key was free or had expired.
 */
export async function takeKeys(
	unit: Unit,
	keys: readonly (DeduplicationKey & { deliveryId: string })[],
): Promise<(key: { scope: string; key: string }) => string | undefined> {
	// The first of equal keys within a batch wins; a statement may not touch one row twice.
	const firsts = new Map<string, DeduplicationKey & { deliveryId: string }>();
	for (const key of keys) if (!firsts.has(id(key))) firsts.set(id(key), key);
	// In one order for everyone: where others take keys too, no two wait for each other.
	const distinct = [...firsts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
	const found = new Map<string, string | undefined>();
	for (let at = 0; at < distinct.length; at += CHUNK) {
		const owners = await take(unit, distinct.slice(at, at + CHUNK));
		for (const row of owners) found.set(id(row), row.delivery_id ?? undefined);
	}
	return (key) => found.get(id(key));
}

interface Owned {
	scope: string;
	key: string;
	delivery_id: string | null;
}

async function take(
	unit: Unit,
	keys: readonly (DeduplicationKey & { deliveryId: string })[],
): Promise<Owned[]> {
	const { db, dialect, now } = unit;
	const given = keys.map((k) => ({
		scope: k.scope,
		key: storableKey(k.key),
		delivery_id: k.deliveryId,
		expires_at: k.expiresAt,
	}));
	const columns = {
		scope: 'text',
		key: 'text',
		delivery_id: 'text',
		expires_at: 'bigint',
	} as const;
	await inPortions(
		unit,
		given,
		async (portion) =>
			await later(
				unit,
				sql`insert into deduplication (scope, key, delivery_id, expires_at)
		select scope, key, delivery_id, expires_at from ${dialect.rows(portion, columns)} as r where true
		on conflict (scope, key) do update
			set delivery_id = excluded.delivery_id, expires_at = excluded.expires_at
			where deduplication.expires_at <= ${now}`,
			),
	);
	return await inPortions(
		unit,
		given,
		async (portion) =>
			await sql<Owned>`
		select d.scope, d.key, d.delivery_id from deduplication d
		join ${dialect.rows(portion, { scope: 'text', key: 'text' })} as r
		on r.scope = d.scope and r.key = d.key`.execute(db),
	);
}
