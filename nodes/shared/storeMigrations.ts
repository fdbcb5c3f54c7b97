import type { Migration } from 'kysely';
import { registrationMigrations } from '../../lib/callbacks/registrations/migrations';
import { callbackMigrations } from '../../lib/callbacks/store/migrations';
import { postbackMigrations } from '../../lib/postbacks/store/migrations';
import { profileMigrations } from '../../lib/profiles/store/migrations';
import { pushMigrations } from '../../lib/push/store/migrations';
import { deliveriesMigration } from '../../lib/store/migrations/0001-deliveries';
import { earlyStoresMigration } from '../../lib/store/migrations/0007-early-stores';
import { deliveryLogMigration } from '../../lib/store/migrations/0008-delivery-log';

/** What makes the tables of a store, those of every system, and brings them up to date. */
export const storeMigrations: Record<string, Migration> = {
	'0001-deliveries': deliveriesMigration,
	...postbackMigrations,
	...profileMigrations,
	...callbackMigrations,
	...registrationMigrations,
	...pushMigrations,
	'0007-early-stores': earlyStoresMigration,
	'0008-delivery-log': deliveryLogMigration,
};
