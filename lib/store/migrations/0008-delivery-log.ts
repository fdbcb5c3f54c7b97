import { sql, type Kysely, type Migration } from 'kysely';

/**
 * Ways for the delivery log to the few dead and waiting deliveries among all that are stored, in the order
 * in which they were stored. A dead letter is rare; what waits is written at the end of the index, and
 * leaves it when it ends.
 */
export const deliveryLogMigration: Migration = {
	async up(db: Kysely<unknown>) {
		await sql`create index deliveries_dead on deliveries (no) where status = 'dead'`.execute(db);
		await sql`create index deliveries_waiting on deliveries (no) where settled_at is null`.execute(
			db,
		);
	},
};
