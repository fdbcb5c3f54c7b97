import { N8n } from '../../../scripts/host/n8n.ts';
import { PASSWORD, PostgresServer, USER, withoutPostgres } from '../support/postgres.ts';
import { Redis, withoutRedis } from '../support/redis.ts';
import { Worker } from '../support/worker.ts';

/** Waits of the retry schedule and pauses are multiplied by this. */
export const TIME_SCALE = '0.02';
/** The database of the delivery store, and its schema. */
export const STORE = 'deliveries';
export const SCHEMA = 'postback';

/** Why there is no queue mode here; undefined when there is. */
export const withoutQueueMode = () => withoutPostgres() ?? withoutRedis();

/** The fields of a Delivery Store credential for a database behind a port of this machine. */
export const storeCredential = (port: number) => ({
	database: 'postgres',
	host: '127.0.0.1',
	port,
	databaseName: STORE,
	user: USER,
	password: PASSWORD,
	schema: SCHEMA,
	ssl: 'off',
});

/**
 * n8n in queue mode: main and two workers, Redis, a PostgreSQL for n8n and one for the delivery store, so
 * that each can be taken away alone.
 */
export class Cluster {
	readonly main: N8n;
	readonly workers: Worker[];
	readonly redis: Redis;
	/** The server of the delivery store. */
	readonly store: PostgresServer;

	private constructor(main: N8n, workers: Worker[], redis: Redis, store: PostgresServer) {
		this.main = main;
		this.workers = workers;
		this.redis = redis;
		this.store = store;
	}

	/** @param atEnd gets what ends each part */
	static async start(atEnd: (cleanUp: () => Promise<unknown>) => void): Promise<Cluster> {
		const own = await PostgresServer.start();
		atEnd(async () => await own.remove());
		await own.createDatabase('n8n');
		const store = await PostgresServer.start();
		atEnd(async () => await store.remove());
		await store.createDatabase(STORE);
		const redis = await Redis.start();
		atEnd(async () => await redis.kill());
		const env = {
			...queueEnvironment(own.port, redis.port),
			N8N_POSTBACK_TIME_SCALE: TIME_SCALE,
		};
		const main = await N8n.prepare({ env });
		atEnd(async () => {
			await main.kill();
			await main.remove();
		});
		await main.start();
		const workers = await Promise.all(
			[0, 1].map(async () => {
				const worker = await Worker.start(env);
				atEnd(async () => await worker.remove());
				return worker;
			}),
		);
		return new Cluster(main, workers, redis, store);
	}

	/** Starts again what has ended: a fault, or n8n itself when it missed Redis or its database. */
	async heal(): Promise<void> {
		if (this.main.pid === undefined) await this.main.start();
		await Promise.all(
			this.workers.map(async (worker) => {
				if (!worker.isRunning) await worker.startAgain();
			}),
		);
	}
}

/** What n8n's processes need to work together through a database and a Redis of this machine. */
export function queueEnvironment(databasePort: number, redisPort: number): Record<string, string> {
	return {
		DB_TYPE: 'postgresdb',
		DB_POSTGRESDB_HOST: '127.0.0.1',
		DB_POSTGRESDB_PORT: String(databasePort),
		DB_POSTGRESDB_DATABASE: 'n8n',
		DB_POSTGRESDB_USER: USER,
		DB_POSTGRESDB_PASSWORD: PASSWORD,
		EXECUTIONS_MODE: 'queue',
		QUEUE_BULL_REDIS_HOST: '127.0.0.1',
		QUEUE_BULL_REDIS_PORT: String(redisPort),
		N8N_ENCRYPTION_KEY: 'key-of-the-fault-tests',
		N8N_DISABLE_UI: 'true',
	};
}

let shared: Promise<Cluster> | undefined;

/** The cluster of this run, started at the first use, whole again after the last fault. */
export async function sharedCluster(
	atLast: (cleanUp: () => Promise<unknown>) => void,
): Promise<Cluster> {
	shared ??= Cluster.start(atLast);
	const cluster = await shared;
	await cluster.heal();
	return cluster;
}
