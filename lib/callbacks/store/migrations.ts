import { sql, type Kysely, type Migration } from 'kysely';

const callbacks: Migration = {
	async up(db: Kysely<unknown>) {
		await db.schema
			.createTable('callbacks')
			.addColumn('id', 'text', (c) => c.primaryKey())
			.addColumn('property_id', 'text', (c) => c.notNull())
			.addColumn('url', 'text', (c) => c.notNull())
			.addColumn('subscriptions', 'text', (c) => c.notNull())
			.addColumn('condition', 'text')
			.addColumn('created_at', 'text', (c) => c.notNull())
			.addColumn('updated_at', 'text', (c) => c.notNull())
			.addColumn('secret', 'text')
			.addColumn('previous_secret', 'text')
			.addColumn('previous_until', 'bigint')
			.addColumn('failing_since', 'bigint')
			.addColumn('disabled_at', 'text')
			.addColumn('disabled_reason', 'text')
			.execute();
		await sql`create index callbacks_created on callbacks (property_id, created_at, id)`.execute(
			db,
		);
		await sql`create index callbacks_updated on callbacks (property_id, updated_at, id)`.execute(
			db,
		);
		await db.schema
			.createTable('callback_subscriptions')
			.addColumn('subscription', 'text', (c) => c.notNull())
			.addColumn('property_id', 'text', (c) => c.notNull())
			.addColumn('callback_id', 'text', (c) => c.notNull())
			.addPrimaryKeyConstraint('callback_subscriptions_key', [
				'subscription',
				'property_id',
				'callback_id',
			])
			.execute();
		await sql`create index callback_subscriptions_callback on callback_subscriptions (callback_id)`.execute(
			db,
		);
		await db.schema
			.createTable('callback_tombstones')
			.addColumn('id', 'text', (c) => c.primaryKey())
			.addColumn('deleted_at', 'bigint', (c) => c.notNull())
			.execute();
		await sql`create index callback_tombstones_age on callback_tombstones (deleted_at)`.execute(db);
		await db.schema
			.createTable('callback_properties')
			.addColumn('id', 'text', (c) => c.primaryKey())
			.addColumn('name', 'text', (c) => c.notNull())
			.addColumn('created_at', 'text', (c) => c.notNull())
			.addColumn('updated_at', 'text', (c) => c.notNull())
			.addColumn('disable_after_ms', 'bigint')
			.addColumn('disable_on_gone', 'integer', (c) => c.notNull().defaultTo(0))
			.execute();
		await db.schema
			.createTable('audit_events')
			.addColumn('id', 'text', (c) => c.primaryKey())
			.addColumn('property_id', 'text')
			.addColumn('type_of', 'text', (c) => c.notNull())
			.addColumn('created_at', 'text', (c) => c.notNull())
			.addColumn('updated_at', 'text', (c) => c.notNull())
			.addColumn('document', 'text', (c) => c.notNull())
			.addColumn('stored_at', 'bigint', (c) => c.notNull())
			.execute();
		await sql`create index audit_events_age on audit_events (stored_at)`.execute(db);
		await sql`create index audit_events_property on audit_events (property_id, created_at, id)`.execute(
			db,
		);
		await db.schema
			.createTable('callback_changes')
			.addColumn('no', 'integer', (c) => c.primaryKey().autoIncrement())
			.addColumn('at', 'bigint', (c) => c.notNull())
			.addColumn('change', 'text', (c) => c.notNull())
			.addColumn('callback_id', 'text', (c) => c.notNull())
			.addColumn('property_id', 'text', (c) => c.notNull())
			.addColumn('event_id', 'text', (c) => c.notNull())
			.addColumn('author', 'text')
			.addColumn('callback', 'text', (c) => c.notNull())
			.execute();
		await sql`create index callback_changes_age on callback_changes (at)`.execute(db);
		await db.schema
			.createTable('callback_readers')
			.addColumn('reader', 'text', (c) => c.primaryKey())
			.addColumn('position', 'bigint', (c) => c.notNull())
			.addColumn('base_url', 'text')
			.execute();
	},
};

/** The tables of callbacks, by the names that keep their order. */
export const callbackMigrations: Record<string, Migration> = { '0004-callbacks': callbacks };
