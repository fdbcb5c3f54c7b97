import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type * as Clock from '../../lib/clock.ts';
import type { DeliveryStore } from '../../lib/store/deliveryStore.ts';
import type * as Deliveries from '../../lib/store/migrations/0001-deliveries.ts';
import type * as Embedded from '../../lib/store/openEmbedded.ts';
import { compiledPackage } from './package.ts';
import { atEnd, temporaryFolder } from './temporary.ts';

/** Opens an embedded store in a folder of its own, as n8n does: WAL, every commit on disk. */
export async function openStore(name: string): Promise<DeliveryStore> {
	const { load } = compiledPackage();
	const { openEmbeddedStore } = load<typeof Embedded>('lib/store/openEmbedded');
	const { deliveriesMigration } = load<typeof Deliveries>('lib/store/migrations/0001-deliveries');
	const store = await openEmbeddedStore({
		path: join(temporaryFolder(name), 'deliveries.sqlite'),
		clock: load<typeof Clock>('lib/clock').systemClock,
		random: Math.random,
		newId: randomUUID,
		process: { pid: process.pid, host: hostname(), isAlive: () => true },
		migrations: { '0001-deliveries': deliveriesMigration },
		events: { onDeadLettersGoing: () => undefined, onError: (error) => console.error(error) },
	});
	atEnd(async () => await store.close());
	return store;
}
