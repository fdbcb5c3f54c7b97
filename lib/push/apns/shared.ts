import { createHash } from 'node:crypto';
import type { Clock } from '../../clock';
import { connectHttp2, type ConnectOptions } from './connect';
import { ApnsConnections } from './connections';

/** On the process and not on the module: APNs takes many new connections for an attack. */
const CACHE = Symbol.for('n8n-nodes-postback.apnsConnections.1');
const MOST_KEPT = 32;

function cache(): Map<string, ApnsConnections> {
	const holder = globalThis as { [CACHE]?: Map<string, ApnsConnections> };
	return (holder[CACHE] ??= new Map());
}

export interface SharedConnectionsOptions extends ConnectOptions {
	origin: string;
	/** Tells keys apart: APNs ties a connection to the first one that it sees there. */
	key: string;
	clock: Clock;
}

/** The connections of this process to a server of APNs with one key; kept over executions. */
export function getApnsConnections(options: SharedConnectionsOptions): ApnsConnections {
	const known = cache();
	const { origin, key, clock, guard, proxy, tls } = options;
	const parts = [origin, key, guard.key, proxy ?? null, tls ?? null];
	const name = createHash('sha256').update(JSON.stringify(parts)).digest('base64');
	const url = new URL(origin);
	const connections =
		known.get(name) ??
		new ApnsConnections({
			origin,
			clock,
			connect: async () => await connectHttp2(url, { guard, proxy, tls }),
		});
	known.delete(name);
	known.set(name, connections);
	// The longest unused are dropped; APNs closes what is not used.
	for (const oldest of known.keys()) {
		if (known.size <= MOST_KEPT) break;
		known.delete(oldest);
	}
	return connections;
}

/** Cuts every connection; for tests and for the end of the process. */
export function closeApnsConnections(): void {
	for (const connections of cache().values()) connections.destroy();
	cache().clear();
}
