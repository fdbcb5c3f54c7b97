import type { Kysely, Migration } from 'kysely';

const registrations: Migration = {
	async up(db: Kysely<unknown>) {
		// What triggers have registered elsewhere, so that it is found again, mended and removed.
		await db.schema
			.createTable('callback_registrations')
			.addColumn('scope', 'text', (c) => c.primaryKey())
			.addColumn('url', 'text', (c) => c.notNull())
			.addColumn('service', 'text')
			.addColumn('property_id', 'text')
			.addColumn('callback_id', 'text')
			.addColumn('secret', 'text')
			.addColumn('updated_at', 'bigint', (c) => c.notNull())
			.execute();
	},
};

/** The table of registrations, by the name that keeps its order. */
export const registrationMigrations: Record<string, Migration> = {
	'0006-callback-registrations': registrations,
};
