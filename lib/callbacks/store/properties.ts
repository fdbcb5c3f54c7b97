import type { Unit } from '../../store/unit';
import { tablesOf } from './schema';

/** A property that an operator has declared. */
export interface DeclaredProperty {
	/** `PR` and 32 hexadecimal digits; `*` for the settings of those that are not declared. */
	id: string;
	name: string;
	/** Failing for so long disables a callback; undefined: it never does. */
	disableAfterMs?: number;
	/** `410 Gone` disables a callback. */
	disableOnGone?: boolean;
}

export interface PropertyRecord {
	id: string;
	name: string;
	/** ISO 8601. */
	createdAt: string;
	updatedAt: string;
}

/** Notes properties as they are declared now; those that were noted before stay. */
export async function noteProperties(
	unit: Unit,
	properties: readonly DeclaredProperty[],
): Promise<void> {
	const at = new Date(unit.now).toISOString();
	for (const { id, name, disableAfterMs, disableOnGone } of properties) {
		const settings = {
			name,
			disable_after_ms: disableAfterMs ?? null,
			disable_on_gone: disableOnGone ? 1 : 0,
		};
		const known = await tablesOf(unit)
			.selectFrom('callback_properties')
			.selectAll()
			.where('id', '=', id)
			.executeTakeFirst();
		const renamed = known?.name !== name;
		await tablesOf(unit)
			.insertInto('callback_properties')
			.values({ id, ...settings, created_at: at, updated_at: at })
			.onConflict((c) =>
				c.column('id').doUpdateSet({ ...settings, ...(renamed ? { updated_at: at } : {}) }),
			)
			.execute();
	}
}

/** A property that was noted; undefined when it was not. */
export async function findProperty(unit: Unit, id: string): Promise<PropertyRecord | undefined> {
	const row = await tablesOf(unit)
		.selectFrom('callback_properties')
		.selectAll()
		.where('id', '=', id)
		.executeTakeFirst();
	if (!row) return undefined;
	return { id: row.id, name: row.name, createdAt: row.created_at, updatedAt: row.updated_at };
}

/** All properties that were declared or that have callbacks, by their names, for a list to pick from. */
export async function listProperties(unit: Unit): Promise<{ id: string; name: string }[]> {
	const tables = tablesOf(unit);
	const declared = await tables
		.selectFrom('callback_properties')
		.select(['id', 'name'])
		.where('id', '!=', '*')
		.execute();
	const known = new Set(declared.map(({ id }) => id));
	const used = await tables.selectFrom('callbacks').select('property_id').distinct().execute();
	const others = used
		.map(({ property_id: id }) => ({ id, name: id }))
		.filter(({ id }) => !known.has(id));
	return [...declared, ...others].sort((a, b) => (a.name < b.name ? -1 : 1));
}
