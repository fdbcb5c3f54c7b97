import { sql, type Kysely, type Migration } from 'kysely';

/** Tables that every kind of delivery needs. */
export const deliveriesMigration: Migration = {
	async up(db: Kysely<unknown>) {
		await db.schema
			.createTable('deliveries')
			.addColumn('no', 'integer', (c) => c.primaryKey().autoIncrement())
			.addColumn('id', 'text', (c) => c.notNull().unique())
			.addColumn('kind', 'text', (c) => c.notNull())
			.addColumn('name', 'text', (c) => c.notNull())
			.addColumn('source_type', 'text')
			.addColumn('source_id', 'text')
			.addColumn('subject', 'text')
			.addColumn('event_id', 'text')
			.addColumn('queue', 'text')
			.addColumn('consumer', 'text', (c) => c.notNull())
			.addColumn('line', 'text')
			.addColumn('endpoint', 'text', (c) => c.notNull())
			.addColumn('status', 'text', (c) => c.notNull())
			.addColumn('reason', 'text')
			.addColumn('attempt', 'integer', (c) => c.notNull().defaultTo(0))
			.addColumn('step', 'integer', (c) => c.notNull().defaultTo(0))
			.addColumn('claims', 'integer', (c) => c.notNull().defaultTo(0))
			.addColumn('due_at', 'bigint', (c) => c.notNull())
			.addColumn('created_at', 'bigint', (c) => c.notNull())
			.addColumn('expires_at', 'bigint')
			.addColumn('last_attempt_at', 'bigint')
			.addColumn('settled_at', 'bigint')
			.addColumn('lease', 'text')
			.addColumn('lease_place', 'integer')
			.addColumn('order_key', 'text')
			.addColumn('supersede', 'integer', (c) => c.notNull().defaultTo(0))
			.addColumn('kept', 'integer', (c) => c.notNull().defaultTo(0))
			.addColumn('test', 'integer', (c) => c.notNull().defaultTo(0))
			.addColumn('reported', 'integer', (c) => c.notNull().defaultTo(0))
			.addColumn('workflow_id', 'text')
			.addColumn('execution_id', 'text')
			.addColumn('response', 'text')
			.addColumn('error', 'text')
			.execute();
		await sql`create index deliveries_line on deliveries (line, endpoint, due_at) where line is not null`.execute(
			db,
		);
		await sql`create index deliveries_lease on deliveries (lease) where lease is not null`.execute(
			db,
		);
		await sql`create index deliveries_order on deliveries (order_key, no) where order_key is not null and settled_at is null`.execute(
			db,
		);
		await sql`create index deliveries_superseding on deliveries (order_key, no) where order_key is not null and settled_at is null and supersede = 1`.execute(
			db,
		);
		await sql`create index deliveries_under_way on deliveries (order_key) where order_key is not null and settled_at is null and lease is not null`.execute(
			db,
		);
		await sql`create index deliveries_arrived on deliveries (order_key, no) where order_key is not null and status = 'delivered'`.execute(
			db,
		);
		await sql`create index deliveries_expiry on deliveries (expires_at) where settled_at is null and lease is null and expires_at is not null`.execute(
			db,
		);
		await sql`create index deliveries_settled on deliveries (status, settled_at) where settled_at is not null`.execute(
			db,
		);
		await sql`create index deliveries_execution on deliveries (execution_id) where settled_at is null and lease is null and execution_id is not null`.execute(
			db,
		);
		await sql`create index deliveries_source on deliveries (source_id, status) where settled_at is null and lease is null and source_id is not null`.execute(
			db,
		);

		await db.schema
			.createTable('requests')
			.addColumn('delivery_no', 'integer', (c) => c.primaryKey())
			.addColumn('request', 'text', (c) => c.notNull())
			.execute();

		await db.schema
			.createTable('attempts')
			.addColumn('delivery_no', 'integer', (c) => c.notNull())
			.addColumn('number', 'integer', (c) => c.notNull())
			.addColumn('started_at', 'bigint', (c) => c.notNull())
			.addColumn('duration_ms', 'integer', (c) => c.notNull())
			.addColumn('status_code', 'integer')
			.addColumn('error_code', 'text')
			.addColumn('message', 'text')
			.addColumn('verdict', 'text', (c) => c.notNull())
			.addPrimaryKeyConstraint('attempts_key', ['delivery_no', 'number'])
			.execute();

		await db.schema
			.createTable('leases')
			.addColumn('id', 'text', (c) => c.primaryKey())
			.addColumn('consumer', 'text', (c) => c.notNull())
			.addColumn('kind', 'text', (c) => c.notNull())
			.addColumn('boot', 'text', (c) => c.notNull())
			.addColumn('until', 'bigint', (c) => c.notNull())
			.addColumn('started_place', 'integer', (c) => c.notNull().defaultTo(0))
			.addColumn('workflow_id', 'text')
			.addColumn('execution_id', 'text')
			.execute();
		await db.schema.createIndex('leases_until').on('leases').column('until').execute();

		await db.schema
			.createTable('lanes')
			.addColumn('line', 'text', (c) => c.notNull())
			.addColumn('endpoint', 'text', (c) => c.notNull())
			.addColumn('next_due_at', 'bigint')
			.addColumn('ready_at', 'bigint')
			.addColumn('claimed_at', 'bigint', (c) => c.notNull().defaultTo(0))
			.addPrimaryKeyConstraint('lanes_key', ['line', 'endpoint'])
			.execute();
		await sql`create index lanes_ready on lanes (line, ready_at) where ready_at is not null`.execute(
			db,
		);

		await db.schema
			.createTable('endpoints')
			.addColumn('queue', 'text', (c) => c.notNull())
			.addColumn('endpoint', 'text', (c) => c.notNull())
			.addColumn('paused_until', 'bigint', (c) => c.notNull().defaultTo(0))
			.addColumn('probe_window', 'integer')
			.addColumn('pauses', 'integer', (c) => c.notNull().defaultTo(0))
			.addColumn('reason', 'text')
			.addColumn('noted_at', 'bigint', (c) => c.notNull())
			.addPrimaryKeyConstraint('endpoints_key', ['queue', 'endpoint'])
			.execute();

		await db.schema
			.createTable('queues')
			.addColumn('queue', 'text', (c) => c.primaryKey())
			.addColumn('workflow_id', 'text', (c) => c.notNull())
			.addColumn('paused_until', 'bigint', (c) => c.notNull().defaultTo(0))
			.addColumn('pauses', 'integer', (c) => c.notNull().defaultTo(0))
			.addColumn('reason', 'text')
			.addColumn('refusals', 'integer', (c) => c.notNull().defaultTo(0))
			.execute();

		await db.schema
			.createTable('queue_members')
			.addColumn('queue', 'text', (c) => c.notNull())
			.addColumn('role', 'text', (c) => c.notNull())
			.addColumn('workflow_id', 'text', (c) => c.notNull())
			.addColumn('node_id', 'text', (c) => c.notNull())
			.addColumn('node_name', 'text', (c) => c.notNull())
			.addColumn('boot', 'text', (c) => c.notNull())
			.addColumn('seen_at', 'bigint', (c) => c.notNull())
			.addPrimaryKeyConstraint('queue_members_key', ['queue', 'role'])
			.execute();

		await db.schema
			.createTable('deduplication')
			.addColumn('scope', 'text', (c) => c.notNull())
			.addColumn('key', 'text', (c) => c.notNull())
			.addColumn('delivery_id', 'text')
			.addColumn('expires_at', 'bigint', (c) => c.notNull())
			.addPrimaryKeyConstraint('deduplication_key', ['scope', 'key'])
			.execute();
		await db.schema
			.createIndex('deduplication_expiry')
			.on('deduplication')
			.column('expires_at')
			.execute();
	},
};
