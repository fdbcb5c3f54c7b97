import type { Unit } from '../../store/unit';
import { tablesOf } from './schema';

/** Where an API of this store's callbacks is served; undefined where none is. */
export async function servedAt(unit: Unit): Promise<string | undefined> {
	const row = await tablesOf(unit)
		.selectFrom('callback_readers')
		.select('base_url')
		.where('base_url', 'is not', null)
		.orderBy('position', 'desc')
		.limit(1)
		.executeTakeFirst();
	return row?.base_url ?? undefined;
}
