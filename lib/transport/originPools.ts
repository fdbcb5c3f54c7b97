import { Pool, type buildConnector, type Dispatcher } from 'undici';

/** Options of the pools that hold the connections to one origin each. */
export interface OriginPoolsOptions {
	connectionsPerOrigin: number;
	connect: buildConnector.connector;
}

/** Pools that are kept although nothing is under way in them. */
const MOST_IDLE_POOLS = 256;
/** How many of the longest unused are looked at for each origin that is new. */
const LOOKED_AT = 8;
/** Shorter than what servers commonly allow (Node: 5 s), so that they rarely close under our hands. */
const KEEP_ALIVE_MS = 4_000;

/** One pool of HTTP/1.1 connections for each origin; the longest unused give way. */
export class OriginPools {
	private readonly pools = new Map<string, Pool>();
	private latest: { origin: string; pool: Pool } | undefined;

	constructor(private readonly options: OriginPoolsOptions) {}

	get size(): number {
		return this.pools.size;
	}

	dispatch(
		origin: string,
		options: Dispatcher.DispatchOptions,
		handler: Dispatcher.DispatchHandler,
	): boolean {
		return this.poolFor(origin).dispatch(options, handler);
	}

	async destroy(): Promise<void> {
		const pools = [...this.pools.values()];
		this.pools.clear();
		this.latest = undefined;
		await Promise.all(pools.map(async (pool) => await pool.destroy()));
	}

	private poolFor(origin: string): Pool {
		if (this.latest?.origin === origin) return this.latest.pool;
		let pool = this.pools.get(origin);
		if (pool) {
			// Moved to the end, so that the map's order is that of use.
			this.pools.delete(origin);
		} else {
			this.makeRoom();
			pool = this.createPool(origin);
		}
		this.pools.set(origin, pool);
		this.latest = { origin, pool };
		return pool;
	}

	private makeRoom(): void {
		if (this.pools.size < MOST_IDLE_POOLS) return;
		let looked = 0;
		for (const [origin, pool] of this.pools) {
			if (++looked > LOOKED_AT) return;
			const { running, pending, queued } = pool.stats;
			if (running + pending + queued > 0) continue;
			this.pools.delete(origin);
			void pool.close();
		}
	}

	private createPool(origin: string): Pool {
		return new Pool(origin, {
			connections: this.options.connectionsPerOrigin,
			connect: this.options.connect,
			pipelining: 1,
			allowH2: false,
			keepAliveTimeout: KEEP_ALIVE_MS,
			// The attempt has one time limit for all of it, watched by the channel.
			headersTimeout: 0,
			bodyTimeout: 0,
		});
	}
}
