import type { Pool, PoolClient } from 'pg';
import type { Clock, Random } from '../../clock';
import type { StoreDatabase } from '../deliveryStore';
import type { Unit } from '../unit';
import type { DatabaseClock } from './clock';
import { PostgresConnection } from './dialect';
import { isConflict, isDisconnection } from './errors';
import { postgresStoreDialect } from './queries';
import { SharedWork } from './sharedTransaction';

export interface TransactionParts {
	pool: Pick<Pool, 'connect'>;
	schema: string;
	/** Of the machine, for waits. */
	clock: Clock;
	/** What time the database has. */
	time: DatabaseClock;
	random: Random;
	/** Transactions that write at once. */
	atOnce: number;
}

/** Longest that a statement may run, wait for a lock, or let the others wait for its transaction to go on. */
const LIMITS = `set local statement_timeout = '60s'; set local lock_timeout = '20s';
	set local idle_in_transaction_session_timeout = '30s'`;

const TIME = 'floor(extract(epoch from transaction_timestamp()) * 1000)::bigint as now';

/** Waits before it is tried again, in milliseconds: someone stood in the way, or the server is away. */
const AFTER_CONFLICT_MS = [5, 20, 50, 100, 200, 500, 1_000];
const AFTER_DISCONNECTION_MS = [100, 400, 1_000, 2_500, 5_000];

/** It is not known whether what was written is there: the way to the server broke while it was told to keep it. */
class UnknownOutcome extends Error {
	constructor(
		readonly transaction: string,
		override readonly cause: unknown,
	) {
		super('The connection broke while a transaction was being ended', { cause });
	}
}

/** Transactions of a PostgreSQL store, each on a connection of the pool. */
export class PostgresTransactions implements StoreDatabase {
	readonly dialect = postgresStoreDialect;
	readonly atOnce: number;
	/** Their statements go over the network, and lanes are held until the flush to the disk is over: the more share it the better. */
	readonly longestMs = 50;
	private readonly connections = new WeakMap<PoolClient, PostgresConnection>();
	/** Each sets what it needs itself: behind a pooling proxy a session keeps nothing. */
	private readonly begin: string;
	private readonly stopped = new AbortController();

	constructor(private readonly parts: TransactionParts) {
		this.atOnce = parts.atOnce;
		this.begin = `begin isolation level read committed; set local search_path = "${parts.schema}"; ${LIMITS}`;
	}

	/** Whoever waits to try again gives up. */
	stop(): void {
		this.stopped.abort();
	}

	isPassing(error: unknown): boolean {
		return isConflict(error) || isDisconnection(error);
	}

	/**
	 * Runs a job in a transaction, again where another one stood in its way or the server was away for a
	 * moment. When the connection breaks while the transaction is being ended, the server is asked what
	 * became of it: nothing is done twice.
	 */
	async run<T>(job: (unit: Unit, attempt: number) => Promise<T>): Promise<T> {
		const conflicts = [...AFTER_CONFLICT_MS];
		const disconnections = [...AFTER_DISCONNECTION_MS];
		for (let attempt = 1; ; attempt++) {
			const result: { value?: T } = {};
			try {
				result.value = await this.once(async (unit) => await job(unit, attempt), result);
				return result.value;
			} catch (thrown) {
				const error = await this.becameOf(thrown);
				if (error === undefined) return result.value as T;
				const waits = isConflict(error) ? conflicts : isDisconnection(error) ? disconnections : [];
				const wait = waits.shift();
				if (wait === undefined || this.stopped.signal.aborted) throw error;
				await this.pause(wait * (0.5 + this.parts.random()));
			}
		}
	}

	private async pause(ms: number): Promise<void> {
		await this.parts.clock.sleep(ms, this.stopped.signal);
	}

	async read<T>(job: (unit: Unit) => Promise<T>): Promise<T> {
		const waits = [...AFTER_DISCONNECTION_MS];
		for (;;) {
			try {
				return await this.readOnce(job);
			} catch (error) {
				const wait = isDisconnection(error) ? waits.shift() : undefined;
				if (wait === undefined || this.stopped.signal.aborted) throw error;
				await this.pause(wait * (0.5 + this.parts.random()));
			}
		}
	}

	private async once<T>(job: (unit: Unit) => Promise<T>, result: { value?: T }): Promise<T> {
		const client = await this.parts.pool.connect();
		const connection = this.connectionOf(client);
		let isBroken = true;
		try {
			const started = await connection.query(
				`${this.begin}; select ${TIME}, pg_current_xact_id()::text as xid`,
			);
			const { now, xid } = started.rows[0] as { now: number; xid: string };
			const unit = this.unitOf(connection, now);
			result.value = await job(unit);
			await unit.shared.settle();
			await this.commit(connection, xid);
			isBroken = false;
			return result.value;
		} catch (error) {
			if (!isDisconnection(error) && !(error instanceof UnknownOutcome)) {
				isBroken = await connection.query('rollback').then(
					() => false,
					() => true,
				);
			}
			throw error;
		} finally {
			client.release(isBroken);
		}
	}

	private async readOnce<T>(job: (unit: Unit) => Promise<T>): Promise<T> {
		const client = await this.parts.pool.connect();
		const connection = this.connectionOf(client);
		try {
			const started = await connection.query(`${this.begin}; select ${TIME}`);
			const { now } = started.rows[0] as { now: number };
			return await job({ ...this.unitOf(connection, now) });
		} finally {
			// Nobody has to wait for the end of what has only read.
			void connection.query('rollback').then(
				() => client.release(),
				() => client.release(true),
			);
		}
	}

	private async commit(connection: PostgresConnection, xid: string): Promise<void> {
		let command: string;
		try {
			({ command } = await connection.query('commit'));
		} catch (error) {
			throw isDisconnection(error) ? new UnknownOutcome(xid, error) : error;
		}
		// A transaction in which a statement has failed is undone, and that is no error.
		if (command !== 'COMMIT') throw new Error('A failed statement was passed over');
	}

	/** What an error comes down to; undefined where the transaction was written all the same. */
	private async becameOf(error: unknown): Promise<unknown> {
		if (!(error instanceof UnknownOutcome)) return error;
		for (const wait of AFTER_DISCONNECTION_MS) {
			await this.pause(wait);
			try {
				const status = await this.statusOf(error.transaction);
				if (status === 'committed') return undefined;
				if (status === 'aborted') return error.cause;
			} catch {
				// Still away; the next look may find it.
			}
		}
		return error;
	}

	private async statusOf(xid: string): Promise<string | null> {
		const client = await this.parts.pool.connect();
		try {
			const { rows } = await client.query('select pg_xact_status($1::xid8) as status', [xid]);
			client.release();
			return (rows[0] as { status: string | null }).status;
		} catch (error) {
			client.release(true);
			throw error;
		}
	}

	private connectionOf(client: PoolClient): PostgresConnection {
		const known = this.connections.get(client);
		if (known) return known;
		const connection = new PostgresConnection(client);
		this.connections.set(client, connection);
		return connection;
	}

	private unitOf(connection: PostgresConnection, now: number) {
		const { schema, time } = this.parts;
		const unit = {
			db: connection.db,
			now: time.note(now),
			dialect: this.dialect,
			shared: new SharedWork(connection, schema, (): Unit => unit),
		};
		return unit;
	}
}
