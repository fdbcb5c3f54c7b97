import type { Kysely, Migration } from 'kysely';

const postbacks: Migration = {
	async up(db: Kysely<unknown>) {
		// "Show rule: once" — which visitors a postback was sent for.
		await db.schema
			.createTable('postback_visitors')
			.addColumn('scope', 'text', (c) => c.notNull())
			.addColumn('postback_id', 'text', (c) => c.notNull())
			.addColumn('visitor', 'text', (c) => c.notNull())
			.addPrimaryKeyConstraint('postback_visitors_key', ['scope', 'postback_id', 'visitor'])
			.execute();
		// Which postbacks of a trigger are switched on, so that a switched-off one's retries can end.
		await db.schema
			.createTable('postback_states')
			.addColumn('scope', 'text', (c) => c.notNull())
			.addColumn('postback_id', 'text', (c) => c.notNull())
			.addColumn('active', 'integer', (c) => c.notNull())
			.addPrimaryKeyConstraint('postback_states_key', ['scope', 'postback_id'])
			.execute();
	},
};

/** The tables of postbacks, by the names that keep their order. */
export const postbackMigrations: Record<string, Migration> = { '0002-postbacks': postbacks };
