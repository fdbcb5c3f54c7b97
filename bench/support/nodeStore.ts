import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type * as Clock from '../../lib/clock.ts';
import type * as Migrations from '../../nodes/shared/storeMigrations.ts';
import type { DeliveryStore } from '../../lib/store/deliveryStore.ts';
import type * as Embedded from '../../lib/store/openEmbedded.ts';
import { compiledPackage } from './package.ts';

/** Opens the embedded store of an n8n that does not run, with the tables of every node. */
export async function openStoreOf(userFolder: string): Promise<DeliveryStore> {
	const { load } = compiledPackage();
	const { openEmbeddedStore } = load<typeof Embedded>('lib/store/openEmbedded');
	return await openEmbeddedStore({
		path: join(userFolder, '.n8n', 'postback', 'deliveries.sqlite'),
		clock: load<typeof Clock>('lib/clock').systemClock,
		random: Math.random,
		newId: randomUUID,
		process: { pid: process.pid, host: hostname(), isAlive: () => false },
		migrations: load<typeof Migrations>('nodes/shared/storeMigrations').storeMigrations,
		events: { onDeadLettersGoing: () => undefined, onError: (error) => console.error(error) },
	});
}
