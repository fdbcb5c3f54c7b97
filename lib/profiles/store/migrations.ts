import { sql, type Kysely, type Migration } from 'kysely';

const profiles: Migration = {
	async up(db: Kysely<unknown>) {
		await db.schema
			.createTable('profile_destinations')
			.addColumn('destination', 'text', (c) => c.primaryKey())
			.addColumn('name', 'text')
			// How it is set up, to go on with a backfill after a restart.
			.addColumn('settings', 'text')
			// Counts the changes of its mappings.
			.addColumn('revision', 'integer', (c) => c.notNull().defaultTo(0))
			.addColumn('profiles', 'bigint', (c) => c.notNull().defaultTo(0))
			// How far ended deliveries were looked through for exports that did not arrive.
			.addColumn('owed_marks', 'text')
			.execute();
		// What was last known of each profile, and which delivery told it.
		await db.schema
			.createTable('profile_states')
			.addColumn('destination', 'text', (c) => c.notNull())
			.addColumn('profile_key', 'text', (c) => c.notNull())
			.addColumn('identity', 'text', (c) => c.notNull())
			.addColumn('delivery_id', 'text')
			.addColumn('delivery_place', 'integer')
			.addColumn('order_key', 'text')
			.addColumn('exported_revision', 'integer', (c) => c.notNull())
			.addColumn('owed', 'text')
			.addColumn('updated_at', 'bigint', (c) => c.notNull())
			.addColumn('state', 'text', (c) => c.notNull())
			// Last, so that a look at the other columns need not read over it.
			.addColumn('snapshot', 'text')
			.addPrimaryKeyConstraint('profile_states_key', ['destination', 'profile_key'])
			.execute();
		await db.schema
			.createIndex('profile_states_identity')
			.on('profile_states')
			.columns(['destination', 'identity'])
			.execute();
		await sql`create index profile_states_delivery on profile_states (delivery_id) where delivery_id is not null`.execute(
			db,
		);
		await db.schema
			.createTable('profile_audiences')
			.addColumn('destination', 'text', (c) => c.notNull())
			// Empty: in whatever namespace.
			.addColumn('namespace', 'text', (c) => c.notNull())
			.addColumn('audience', 'text', (c) => c.notNull())
			.addColumn('name', 'text')
			.addColumn('created_at', 'bigint')
			.addColumn('updated_at', 'bigint')
			.addColumn('mapping_created_at', 'bigint', (c) => c.notNull())
			.addColumn('mapping_updated_at', 'bigint', (c) => c.notNull())
			.addColumn('revision', 'integer', (c) => c.notNull())
			.addColumn('backfilled', 'integer', (c) => c.notNull())
			.addPrimaryKeyConstraint('profile_audiences_key', ['destination', 'namespace', 'audience'])
			.execute();
		await db.schema
			.createTable('profile_backfills')
			.addColumn('id', 'text', (c) => c.primaryKey())
			.addColumn('destination', 'text', (c) => c.notNull())
			.addColumn('audiences', 'text', (c) => c.notNull())
			.addColumn('status', 'text', (c) => c.notNull())
			// The profile up to which it has got.
			.addColumn('cursor', 'text')
			.addColumn('total', 'bigint', (c) => c.notNull())
			.addColumn('looked_at', 'bigint', (c) => c.notNull().defaultTo(0))
			.addColumn('exported', 'bigint', (c) => c.notNull().defaultTo(0))
			.addColumn('without_snapshot', 'bigint', (c) => c.notNull().defaultTo(0))
			.addColumn('started_at', 'bigint', (c) => c.notNull())
			.addColumn('updated_at', 'bigint', (c) => c.notNull())
			.addColumn('settings', 'text', (c) => c.notNull())
			.execute();
		await db.schema
			.createIndex('profile_backfills_destination')
			.on('profile_backfills')
			.columns(['status', 'destination'])
			.execute();
	},
};

/** The tables of profiles, by the names that keep their order. */
export const profileMigrations: Record<string, Migration> = { '0003-profiles': profiles };
