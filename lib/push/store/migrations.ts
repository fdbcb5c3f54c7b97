import { sql, type Kysely, type Migration } from 'kysely';

const push: Migration = {
	async up(db: Kysely<unknown>) {
		await db.schema
			.createTable('push_devices')
			.addColumn('id', 'text', (c) => c.primaryKey())
			.addColumn('app_id', 'text', (c) => c.notNull())
			.addColumn('platform', 'text', (c) => c.notNull())
			.addColumn('token', 'text', (c) => c.notNull())
			.addColumn('namespace', 'text', (c) => c.notNull())
			.addColumn('identity', 'text', (c) => c.notNull())
			.addColumn('profile_key', 'text', (c) => c.notNull())
			.addColumn('registered_at', 'bigint', (c) => c.notNull())
			.addColumn('denylisted_at', 'bigint')
			.addColumn('denylisted_reason', 'text')
			.addColumn('updated_at', 'bigint', (c) => c.notNull())
			.execute();
		await db.schema
			.createIndex('push_devices_profile')
			.on('push_devices')
			.column('profile_key')
			.execute();
		await db.schema
			.createIndex('push_devices_identity')
			.on('push_devices')
			.columns(['identity', 'namespace'])
			.execute();
		await db.schema
			.createTable('push_consents')
			.addColumn('profile_key', 'text', (c) => c.notNull())
			.addColumn('app_id', 'text', (c) => c.notNull())
			.addColumn('consent', 'text', (c) => c.notNull())
			.addColumn('updated_at', 'bigint', (c) => c.notNull())
			.addPrimaryKeyConstraint('push_consents_key', ['profile_key', 'app_id'])
			.execute();
		await db.schema
			.createTable('push_messages')
			.addColumn('id', 'text', (c) => c.primaryKey())
			.addColumn('configuration', 'text', (c) => c.notNull())
			.addColumn('name', 'text', (c) => c.notNull())
			.addColumn('first_sent_at', 'bigint', (c) => c.notNull())
			.addColumn('last_sent_at', 'bigint', (c) => c.notNull())
			.execute();
		await createFeedback(db);
		await createCounts(db);
		await createInteractions(db);
	},
};

async function createFeedback(db: Kysely<unknown>): Promise<void> {
	await db.schema
		.createTable('push_feedback')
		.addColumn('delivery_id', 'text', (c) => c.primaryKey())
		.addColumn('message_id', 'text', (c) => c.notNull())
		.addColumn('app_id', 'text', (c) => c.notNull())
		.addColumn('platform', 'text', (c) => c.notNull())
		.addColumn('device_id', 'text')
		.addColumn('profile_key', 'text')
		.addColumn('namespace', 'text')
		.addColumn('identity', 'text')
		.addColumn('status', 'text', (c) => c.notNull())
		.addColumn('code', 'text')
		.addColumn('reason', 'text')
		.addColumn('failure_type', 'text')
		.addColumn('retry_count', 'integer', (c) => c.notNull().defaultTo(0))
		.addColumn('first_attempt_at', 'bigint')
		.addColumn('requested_at', 'bigint')
		.addColumn('response_code', 'integer')
		.addColumn('response_ms', 'integer')
		.addColumn('provider_message_id', 'text')
		.addColumn('delivered_at', 'bigint')
		.addColumn('opened_at', 'bigint')
		.addColumn('created_at', 'bigint', (c) => c.notNull())
		.execute();
	// What is still open is few, whatever is stored.
	await sql`create index push_feedback_open on push_feedback (delivery_id)
		where status in ('pending', 'delay')`.execute(db);
	await sql`create index push_feedback_provider on push_feedback (provider_message_id)
		where provider_message_id is not null`.execute(db);
	await sql`create index push_feedback_profile on push_feedback (profile_key)
		where profile_key is not null`.execute(db);
	await db.schema
		.createIndex('push_feedback_age')
		.on('push_feedback')
		.column('created_at')
		.execute();
}

async function createCounts(db: Kysely<unknown>): Promise<void> {
	let table = db.schema
		.createTable('push_counts')
		.addColumn('period', 'bigint', (c) => c.notNull())
		.addColumn('message_id', 'text', (c) => c.notNull())
		.addColumn('app_id', 'text', (c) => c.notNull())
		.addColumn('platform', 'text', (c) => c.notNull());
	for (const count of ['targeted', 'waiting', 'sent', 'bounced', 'excluded', 'errors']) {
		table = table.addColumn(count, 'integer', (c) => c.notNull().defaultTo(0));
	}
	for (const count of ['delivered', 'opened', 'clicked', 'dismissed']) {
		table = table.addColumn(count, 'integer', (c) => c.notNull().defaultTo(0));
	}
	await table
		.addPrimaryKeyConstraint('push_counts_key', ['period', 'message_id', 'app_id', 'platform'])
		.execute();
	await db.schema
		.createIndex('push_counts_message')
		.on('push_counts')
		.columns(['message_id', 'period'])
		.execute();
}

async function createInteractions(db: Kysely<unknown>): Promise<void> {
	await db.schema
		.createTable('push_interactions')
		.addColumn('id', 'text', (c) => c.primaryKey())
		.addColumn('event_type', 'text', (c) => c.notNull())
		.addColumn('at', 'bigint', (c) => c.notNull())
		.addColumn('message_id', 'text')
		.addColumn('delivery_id', 'text')
		.addColumn('profile_key', 'text')
		.addColumn('event', 'text', (c) => c.notNull())
		.addColumn('stored_at', 'bigint', (c) => c.notNull())
		.execute();
	await sql`create index push_interactions_profile on push_interactions (profile_key)
		where profile_key is not null`.execute(db);
	await sql`create index push_interactions_delivery on push_interactions (delivery_id)
		where delivery_id is not null`.execute(db);
	await db.schema
		.createIndex('push_interactions_age')
		.on('push_interactions')
		.column('stored_at')
		.execute();
}

/** The tables of push notifications, by the names that keep their order. */
export const pushMigrations: Record<string, Migration> = { '0005-push': push };
