import { randomUUID } from 'node:crypto';
import type * as Clock from '../../lib/clock.ts';
import type { DeliveryStore } from '../../lib/store/deliveryStore.ts';
import type * as Postgres from '../../lib/store/openPostgres.ts';
import type * as Credential from '../../nodes/shared/storeCredential.ts';
import type * as Migrations from '../../nodes/shared/storeMigrations.ts';
import { ensureHost } from '../../scripts/host/install.ts';
import { N8n } from '../../scripts/host/n8n.ts';
import { queueEnvironment, STORE, storeCredential } from '../../test/faults/queue/cluster.ts';
import { PostgresServer } from '../../test/faults/support/postgres.ts';
import { Redis } from '../../test/faults/support/redis.ts';
import { Worker } from '../../test/faults/support/worker.ts';
import { compiledPackage } from './package.ts';
import { atEnd } from './temporary.ts';

/** n8n in queue mode: main, Redis, a PostgreSQL for n8n and the delivery store, and workers as they are added. */
export interface QueueMode {
	main: N8n;
	addWorker: () => Promise<Worker>;
	/** The delivery store, as this process sees it. */
	store: DeliveryStore;
	/** Of the store, in n8n. */
	credential: { id: string; name: string };
}

/** Starts it; it ends with the benches. */
export async function startQueueMode(): Promise<QueueMode> {
	await ensureHost();
	const server = await PostgresServer.start();
	atEnd(async () => await server.remove());
	await server.createDatabase('n8n');
	await server.createDatabase(STORE);
	const redis = await Redis.start();
	atEnd(async () => await redis.kill());
	const env = queueEnvironment(server.port, redis.port);
	const packageDir = compiledPackage().dir;
	const main = await N8n.prepare({ env, packageDir });
	atEnd(async () => {
		await main.kill();
		await main.remove();
	});
	await main.start();
	const addWorker = async () => {
		const worker = await Worker.start(env, packageDir);
		atEnd(async () => await worker.remove());
		return worker;
	};
	const fields = storeCredential(server.port);
	const credential = await main.api.createCredential('Store', 'deliveryStoreApi', fields);
	return { main, addWorker, credential, store: await openStore(server.port) };
}

async function openStore(port: number): Promise<DeliveryStore> {
	const { load } = compiledPackage();
	const { openPostgresStore } = load<typeof Postgres>('lib/store/openPostgres');
	const { postgresOf } = load<typeof Credential>('nodes/shared/storeCredential');
	const settings = postgresOf(storeCredential(port));
	if (!settings) throw new Error('The credential of the benches names no PostgreSQL');
	const store = await openPostgresStore({
		settings,
		applicationName: 'bench',
		clock: load<typeof Clock>('lib/clock').systemClock,
		random: Math.random,
		newId: randomUUID,
		migrations: load<typeof Migrations>('nodes/shared/storeMigrations').storeMigrations,
		events: { onDeadLettersGoing: () => undefined, onError: (error) => console.error(error) },
	});
	atEnd(async () => await store.close());
	return store;
}
