import { createHash } from 'node:crypto';
import type { Migration } from 'kysely';
import { Client, Pool } from 'pg';
import type { Clock, Random } from '../clock';
import { DeliveryStore } from './deliveryStore';
import { spreadOverdue } from './endpoints';
import { HEARTBEAT_MS, keepMembers, lastSeen, noteSeen } from './heartbeat';
import { StoreKeeper, type KeeperEvents } from './keeper';
import { findOrphans } from './leases';
import { DatabaseClock } from './postgres/clock';
import { connectionProblem } from './postgres/errors';
import { PostgresListener } from './postgres/listener';
import { preparePostgres } from './postgres/prepare';
import { assertSettings, clientConfig, type PostgresSettings } from './postgres/settings';
import { sizeOf } from './postgres/size';
import { PostgresTransactions } from './postgres/transactions';
import { DEFAULT_RETENTION, type Retention } from './retention';

export interface PostgresStoreOptions {
	settings: PostgresSettings;
	/** Under which the server lists the connections. */
	applicationName: string;
	clock: Clock;
	random: Random;
	/** A name that is never used twice. */
	newId: () => string;
	/** In the order of their names. */
	migrations: Record<string, Migration>;
	retention?: Retention;
	events: KeeperEvents;
	/** Decides about due times and leases; undefined: the database's own clock. */
	time?: () => number;
	/** Listens for what other processes store; it is found at the next look without. */
	listens?: boolean;
}

/** Transactions that write at once: more would only wait for each other. */
const MOST_WRITING = 4;
const IDLE_MS = 30_000;

/**
 * Opens a store in PostgreSQL, which other processes may have open too: brings its tables up to date. When
 * it throws, nothing stays open and it can be tried again.
 * @throws StoreSetupError that says what is wrong with the server, the credential or the rights
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<DeliveryStore> {
	const { settings, events, applicationName } = options;
	assertSettings(settings);
	const config = clientConfig(settings, applicationName);
	const pool = new Pool({ ...config, max: settings.maxConnections, idleTimeoutMillis: IDLE_MS });
	// One that breaks is replaced, and who has it in use hears of it by his statement; an error that nobody
	// hears ends the process.
	pool.on('error', () => undefined);
	pool.on('connect', (client) => client.on('error', () => undefined));
	try {
		await preparePostgres(config, settings, options.migrations);
		return await openTables(pool, options);
	} catch (error) {
		await pool.end().catch(events.onError);
		throw connectionProblem(error, settings);
	}
}

async function openTables(pool: Pool, options: PostgresStoreOptions): Promise<DeliveryStore> {
	const { clock, events, settings, applicationName, random } = options;
	const boot = options.newId();
	const time = new DatabaseClock(clock, options.time);
	const { schema, maxConnections } = settings;
	// One connection at least is left to those who read.
	const atOnce = Math.max(1, Math.min(MOST_WRITING, maxConnections - 1));
	const database = new PostgresTransactions({ pool, schema, clock, time, random, atOnce });
	const alone = await database.run(async (unit) => {
		const seen = await lastSeen(unit.db);
		await noteSeen(unit);
		return unit.now - seen > HEARTBEAT_MS * 6;
	});

	const stopHeart = new AbortController();
	const running: { heart?: Promise<void> } = {};
	const store: DeliveryStore = new DeliveryStore({
		database,
		boot,
		now: () => time.now(),
		random,
		newLeaseId: options.newId,
		sizeBytes: sizeOf(database, clock),
		wakeOthers: (counts) => listener.tell(counts),
		close: async () => {
			stopHeart.abort();
			database.stop();
			await listener.stop();
			await keeper.stop();
			await running.heart;
			await pool.end();
		},
	});
	const listener = new PostgresListener({
		connect: async () => {
			const client = new Client({
				...clientConfig(settings, applicationName),
				query_timeout: HEARTBEAT_MS * 2,
			});
			// Before it is connected too, an error that nobody hears ends the process.
			client.on('error', () => undefined);
			await client.connect();
			return client;
		},
		query: async (text, parameters) => await pool.query(text, parameters),
		channel: channelOf(schema),
		boot,
		clock,
		onWake: (counts) => store.wakeHere(counts),
	});
	const retention = options.retention ?? DEFAULT_RETENTION;
	const keeper = new StoreKeeper(store, clock, retention, events, false);
	await store.write(findOrphans);
	// While others are at work, what is overdue is a backlog and no downtime.
	if (alone) await store.write(async (unit) => await spreadOverdue(unit, random));
	await keeper.sweep();
	keeper.start();
	if (options.listens ?? true) listener.start();
	running.heart = beatHeart(store, clock, events, stopHeart.signal);
	return store;
}

/** Stores in different schemas of one database do not wake each other. */
const channelOf = (schema: string) =>
	`n8n_postback_${createHash('sha256').update(schema).digest('hex').slice(0, 16)}`;

async function beatHeart(
	store: DeliveryStore,
	clock: Clock,
	events: KeeperEvents,
	stop: AbortSignal,
): Promise<void> {
	while (!stop.aborted) {
		await clock.sleep(HEARTBEAT_MS, stop);
		if (stop.aborted) return;
		try {
			await store.write(async (unit) => {
				await keepMembers(unit, store.boot);
				await noteSeen(unit);
			});
		} catch (error) {
			if (!stop.aborted) events.onError(error);
		}
	}
}
