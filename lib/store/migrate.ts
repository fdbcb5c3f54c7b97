import { Migrator, type Kysely, type Migration, type MigratorProps } from 'kysely';
import { messageOf, StoreSetupError } from './errors';
import type { StoreSchema } from './schema';

/**
 * Brings the tables up to date.
 * @param migrations in the order of their names
 * @throws StoreSetupError `NEWER_SCHEMA` when a newer version of the package has made them
 */
export async function migrate(
	db: Kysely<StoreSchema>,
	migrations: Record<string, Migration>,
	options: Partial<MigratorProps> = {},
): Promise<void> {
	const provider = { getMigrations: async () => migrations };
	const migrator = new Migrator({ db, provider, ...options });
	const { error } = await migrator.migrateToLatest();
	if (error !== undefined && /corrupted migrations|missing/i.test(messageOf(error))) {
		throw new StoreSetupError(
			'NEWER_SCHEMA',
			'This delivery store was made by a newer version of the package. Install that version again, or newer.',
			{ cause: error },
		);
	}
	if (error !== undefined) throw error;
}
