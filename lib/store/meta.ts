import type { Unit } from './unit';

/** The tables alone: the store's own notes are read before there is a unit. */
type Tables = Pick<Unit, 'db'>;

/** A value that the store keeps under a key. */
export async function readMeta({ db }: Tables, key: string): Promise<string | undefined> {
	const row = await db.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst();
	return row?.value;
}

/** All values whose keys begin like this; `prefix` has no characters that mean something to LIKE. */
export async function readMetas(
	{ db }: Tables,
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
export async function writeMeta({ db }: Tables, key: string, value: string): Promise<void> {
	await db
		.insertInto('meta')
		.values({ key, value })
		.onConflict((c) => c.column('key').doUpdateSet({ value }))
		.execute();
}

/** Keeps a value under a key that has none. Gives the one that is there afterwards. */
export async function keepMeta(tables: Tables, key: string, value: string): Promise<string> {
	await tables.db
		.insertInto('meta')
		.values({ key, value })
		.onConflict((c) => c.column('key').doNothing())
		.execute();
	return (await readMeta(tables, key)) ?? value;
}

/** Forgets keys. */
export async function removeMetas({ db }: Tables, keys: readonly string[]): Promise<void> {
	if (keys.length === 0) return;
	await db.deleteFrom('meta').where('key', 'in', keys).execute();
}
