import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type * as Clock from '../../lib/clock.ts';
import type { DeliveryStore } from '../../lib/store/deliveryStore.ts';
import type * as Migrations from '../../nodes/shared/storeMigrations.ts';
import type * as Embedded from '../../lib/store/openEmbedded.ts';
import type { Retention } from '../../lib/store/retention.ts';
import { compiledPackage } from './package.ts';
import { atEnd, temporaryFolder } from './temporary.ts';

/** Opens an embedded store in a folder of its own, as n8n does: WAL, every commit on disk. */
export async function openStore(name: string): Promise<DeliveryStore> {
	return (await openStoreAt(name)).store;
}

/** The same, and where its file is. @param retention n8n's default without it */
export async function openStoreAt(
	name: string,
	retention?: Retention,
): Promise<{ store: DeliveryStore; path: string }> {
	const { load } = compiledPackage();
	const { openEmbeddedStore } = load<typeof Embedded>('lib/store/openEmbedded');
	const { storeMigrations } = load<typeof Migrations>('nodes/shared/storeMigrations');
	const path = join(temporaryFolder(name), 'deliveries.sqlite');
	const store = await openEmbeddedStore({
		path,
		clock: load<typeof Clock>('lib/clock').systemClock,
		random: Math.random,
		newId: randomUUID,
		process: { pid: process.pid, host: hostname(), isAlive: () => true },
		// Those of every node, since each index has to be kept up.
		migrations: storeMigrations,
		...(retention ? { retention } : {}),
		events: { onDeadLettersGoing: () => undefined, onError: (error) => console.error(error) },
	});
	atEnd(async () => await store.close());
	return { store, path };
}
