import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { CompiledQuery, Kysely, type Migration } from 'kysely';
import type { Clock, Random } from '../clock';
import { DeliveryStore, type StoreDatabase } from './deliveryStore';
import { spreadOverdue } from './endpoints';
import { messageOf, StoreSetupError } from './errors';
import { StoreKeeper, type KeeperEvents } from './keeper';
import { findOrphans } from './leases';
import { migrate } from './migrate';
import { assertNotMoved } from './moving/moveMark';
import { HEARTBEAT_MS, keepMembers, lastSeen, noteSeen } from './heartbeat';
import { dropOwnership, OwnershipHold } from './ownership';
import { inPlaceCheck } from './openedFile';
import { DEFAULT_RETENTION, type Retention } from './retention';
import type { StoreSchema } from './schema';
import { SqliteHostDialect, type SqliteHost } from './sqliteDialect';
import { GAVE_NOTHING, type SqliteFailure } from './sqliteSession';
import { SqliteThread } from './sqliteThread';
import type { Unit } from './unit';
import { StoreClock } from './storeClock';
import { sqliteStoreDialect } from './sqliteQueries';

export interface EmbeddedStoreOptions {
	/** The database file; its folder is made when missing. */
	path: string;
	clock: Clock;
	random: Random;
	/** A name that is never used twice. */
	newId: () => string;
	process: { pid: number; host: string; isAlive: (pid: number) => boolean };
	/** In the order of their names. */
	migrations: Record<string, Migration>;
	retention?: Retention;
	events: KeeperEvents;
	/** Opens the file; undefined: in a thread of its own. */
	openFile?: (path: string) => Promise<SqliteHost>;
	/** Opens a store that was moved to PostgreSQL too, for the move itself. */
	evenIfMoved?: boolean;
}

/**
 * Opens the embedded store: takes the file for this process, brings its tables up to date, frees what an
 * earlier boot had in hand. When it throws, nothing stays open and it can be tried again.
 * @throws StoreSetupError when the file cannot be used as it is
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<DeliveryStore> {
	const host = await openFile(options);
	const dialect = new SqliteHostDialect(host);
	const db = new Kysely<StoreSchema>({ dialect });
	const boot = options.newId();
	try {
		const store = await openTables(db, dialect, boot, options);
		void host.broken?.then(async (why) => {
			options.events.onError(why);
			await store.abandon();
		});
		return store;
	} catch (error) {
		await dropOwnership(db, boot).catch(() => undefined);
		await db.destroy();
		throw unreadable(error, options.path);
	}
}

async function openTables(
	db: Kysely<StoreSchema>,
	dialect: SqliteHostDialect,
	boot: string,
	options: EmbeddedStoreOptions,
): Promise<DeliveryStore> {
	const { clock, events } = options;
	await db.schema
		.createTable('meta')
		.ifNotExists()
		.addColumn('key', 'text', (c) => c.primaryKey())
		.addColumn('value', 'text', (c) => c.notNull())
		.execute();
	const isInPlace = inPlaceCheck(options.path);
	const hold = new OwnershipHold(clock, { boot, isInPlace, ...options.process });
	await db.transaction().execute(async (trx) => await hold.take(trx));
	dialect.guard = hold.guard;
	if (!options.evenIfMoved) await assertNotMoved(db);
	const seen = await lastSeen(db);
	await migrate(db, options.migrations);

	const storeClock = new StoreClock(clock, seen);
	const stopHeart = new AbortController();
	const running: { heart?: Promise<void> } = {};
	const database = embeddedDatabase(db, hold, () => storeClock.now());
	const store: DeliveryStore = new DeliveryStore({
		database,
		boot,
		now: () => storeClock.now(),
		random: options.random,
		newLeaseId: options.newId,
		sizeBytes: sizeOf(db, clock),
		close: async () => {
			stopHeart.abort();
			await keeper.stop();
			await running.heart;
			await dropOwnership(db, boot).catch(() => undefined);
			await db.destroy();
		},
	});
	const retention = options.retention ?? DEFAULT_RETENTION;
	const keeper = new StoreKeeper(store, clock, retention, events, true);
	await store.write(findOrphans);
	await store.write(async (unit) => await spreadOverdue(unit, options.random));
	await keeper.sweep();
	keeper.start();
	running.heart = beatHeart(store, hold, clock, events, stopHeart.signal);
	return store;
}

/** One transaction at a time; none when another process owns the file now. */
function embeddedDatabase(
	db: Kysely<StoreSchema>,
	hold: OwnershipHold,
	now: () => number,
): StoreDatabase {
	const dialect = sqliteStoreDialect;
	const attempt = async <T>(job: (unit: Unit, attempt: number) => Promise<T>, nth: number) => {
		hold.assertInPlace();
		try {
			return await db
				.transaction()
				.execute(async (trx) => await job({ db: trx, now: now(), dialect }, nth));
		} catch (error) {
			if ((error as SqliteFailure).code === GAVE_NOTHING) throw hold.takenOver();
			throw error;
		}
	};
	return {
		dialect,
		atOnce: 1,
		longestMs: 10,
		isPassing: failedBefore,
		read: async (job) => await job({ db, now: now(), dialect }),
		run: async (job) => {
			try {
				return await attempt(job, 1);
			} catch (error) {
				if (!failedBefore(error)) throw error;
				return await attempt(job, 2);
			}
		},
	};
}

/** Of several jobs nobody knows whose statement it was: it failed when the next one came. */
const failedBefore = (error: unknown): boolean => (error as SqliteFailure).before === true;

async function beatHeart(
	store: DeliveryStore,
	hold: OwnershipHold,
	clock: Clock,
	events: KeeperEvents,
	stop: AbortSignal,
): Promise<void> {
	while (!stop.aborted) {
		await clock.sleep(HEARTBEAT_MS, stop);
		if (stop.aborted) return;
		try {
			await store.write(async (unit) => {
				await hold.renew(unit.db);
				await keepMembers(unit, store.boot);
				await noteSeen(unit);
			});
		} catch (error) {
			if (stop.aborted) return;
			events.onError(error);
			if (!hold.isLost) continue;
			// Not awaited: closing waits for this very loop.
			void store.abandon().catch(events.onError);
			return;
		}
	}
}

async function openFile({ path, ...options }: EmbeddedStoreOptions): Promise<SqliteHost> {
	const open = options.openFile ?? (async (file: string) => await SqliteThread.open(file));
	try {
		mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
		return await open(path);
	} catch (error) {
		throw unreadable(error, path);
	}
}

/** SQLITE_CORRUPT and SQLITE_NOTADB, https://www.sqlite.org/rescode.html */
const DAMAGED = new Set([11, 26]);

function unreadable(error: unknown, path: string): unknown {
	if (error instanceof StoreSetupError) return error;
	const message = messageOf(error);
	const { errcode } = error as { errcode?: number };
	const advice = DAMAGED.has((errcode ?? 0) & 0xff)
		? 'The file is damaged or no delivery store: put a backup in its place, or move it away and a new one is made.'
		: 'See that n8n may write to this folder and that the disk is not full.';
	return new StoreSetupError(
		'UNREADABLE',
		`The delivery store ${path} cannot be opened: ${message}. ${advice}`,
		{ cause: error },
	);
}

/** A size is good for so long: asking costs three statements, and every intake asks. */
const SIZE_MS = 500;

function sizeOf(db: Kysely<StoreSchema>, clock: Clock): () => Promise<number> {
	let known: { bytes: Promise<number>; at: number } | undefined;
	return async () => {
		const at = clock.monotonic();
		if (!known || at - known.at >= SIZE_MS) known = { bytes: usedBytes(db), at };
		return await known.bytes;
	};
}

async function usedBytes(db: Kysely<StoreSchema>): Promise<number> {
	const pragma = async (name: string) => {
		const { rows } = await db.executeQuery<Record<string, number>>(
			CompiledQuery.raw(`pragma ${name}`),
		);
		return Number(Object.values(rows[0] ?? {})[0] ?? 0);
	};
	const [pages, free, size] = [
		await pragma('page_count'),
		await pragma('freelist_count'),
		await pragma('page_size'),
	];
	return (pages - free) * size;
}
