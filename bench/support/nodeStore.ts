import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type * as Clock from '../../lib/clock.ts';
import type * as Registrations from '../../lib/callbacks/registrations/migrations.ts';
import type * as Callbacks from '../../lib/callbacks/store/migrations.ts';
import type * as Postbacks from '../../lib/postbacks/store/migrations.ts';
import type * as Profiles from '../../lib/profiles/store/migrations.ts';
import type * as Push from '../../lib/push/store/migrations.ts';
import type { DeliveryStore } from '../../lib/store/deliveryStore.ts';
import type * as Deliveries from '../../lib/store/migrations/0001-deliveries.ts';
import type * as Embedded from '../../lib/store/openEmbedded.ts';
import { compiledPackage } from './package.ts';

/** Opens the embedded store of an n8n that does not run, with the tables of every node. */
export async function openStoreOf(userFolder: string): Promise<DeliveryStore> {
	const { load } = compiledPackage();
	const { openEmbeddedStore } = load<typeof Embedded>('lib/store/openEmbedded');
	const { deliveriesMigration } = load<typeof Deliveries>('lib/store/migrations/0001-deliveries');
	return await openEmbeddedStore({
		path: join(userFolder, '.n8n', 'postback', 'deliveries.sqlite'),
		clock: load<typeof Clock>('lib/clock').systemClock,
		random: Math.random,
		newId: randomUUID,
		process: { pid: process.pid, host: hostname(), isAlive: () => false },
		migrations: {
			'0001-deliveries': deliveriesMigration,
			...load<typeof Postbacks>('lib/postbacks/store/migrations').postbackMigrations,
			...load<typeof Profiles>('lib/profiles/store/migrations').profileMigrations,
			...load<typeof Callbacks>('lib/callbacks/store/migrations').callbackMigrations,
			...load<typeof Registrations>('lib/callbacks/registrations/migrations')
				.registrationMigrations,
			...load<typeof Push>('lib/push/store/migrations').pushMigrations,
		},
		events: { onDeadLettersGoing: () => undefined, onError: (error) => console.error(error) },
	});
}
