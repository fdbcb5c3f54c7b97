import type { Unit } from './unit';

/** A value that the store keeps under a key. */
export async function readMeta({ db }: Unit, key: string): Promise<string | undefined> {
	const row = await db.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst();
	return row?.value;
}

/** All values whose keys begin like this; `prefix` has no characters that mean something to LIKE. */
export async function readMetas(
	{ db }: Unit,
	prefix: string,
): Promise<{ key: string; value: string }[]> {
	return await db
		.selectFrom('meta')
		.select(['key', 'value'])
		.where('key', 'like', `${prefix}%`)
		.orderBy('key')
		.execute();
}

/** Keeps a value under a key; what was there before is replaced. */
export async function writeMeta({ db }: Unit, key: string, value: string): Promise<void> {
	await db
		.insertInto('meta')
		.values({ key, value })
		.onConflict((c) => c.column('key').doUpdateSet({ value }))
		.execute();
}

/** Keeps a value under a key that has none. Gives the one that is there afterwards. */
export async function keepMeta(unit: Unit, key: string, value: string): Promise<string> {
	await unit.db
		.insertInto('meta')
		.values({ key, value })
		.onConflict((c) => c.column('key').doNothing())
		.execute();
	return (await readMeta(unit, key)) ?? value;
}

/** Forgets keys. */
export async function removeMetas({ db }: Unit, keys: readonly string[]): Promise<void> {
	if (keys.length === 0) return;
	await db.deleteFrom('meta').where('key', 'in', keys).execute();
}
