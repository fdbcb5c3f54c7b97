import { buildConnector } from 'undici';
import type { EgressGuard } from './egressGuard';

/** TLS settings of a connection; the client certificate is what mutual TLS asks for. */
export interface TlsOptions {
	/** PEM. */
	cert?: string;
	/** PEM. */
	key?: string;
	passphrase?: string;
	/** PEM; in place of the authorities that Node trusts. */
	ca?: string | string[];
}

/** A host that does not answer at all holds its place in the pool no longer than this. */
export const CONNECT_TIMEOUT_MS = 10_000;

/** A connector without any guard: for the operator's own proxy. */
export function openConnector(tls?: TlsOptions): buildConnector.connector {
	return buildConnector(connectorOptions(tls));
}

/**
 * A connector that asks the guard about every address before connecting. undici does not call a
 * `lookup` for addresses, so those are judged here.
 */
export function guardedConnector(guard: EgressGuard, tls?: TlsOptions): buildConnector.connector {
	const byPort = new Map<number, buildConnector.connector>();
	const connectorFor = (port: number) => {
		// Ports that no entry of the list names are all judged alike and share one connector.
		const shared = guard.ports.has(port) ? port : 0;
		let connector = byPort.get(shared);
		if (!connector) {
			connector = buildConnector({ ...connectorOptions(tls), lookup: guard.lookup(shared) });
			byPort.set(shared, connector);
		}
		return connector;
	};
	return (options, callback) => {
		const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
		try {
			guard.checkLiteral(options.hostname, port);
		} catch (error) {
			callback(error instanceof Error ? error : new Error(String(error)), null);
			return;
		}
		connectorFor(port)(options, callback);
	};
}

function connectorOptions(tls?: TlsOptions): buildConnector.BuildOptions {
	return {
		...tls,
		timeout: CONNECT_TIMEOUT_MS,
		allowH2: false,
		// n8n switches it off for the process; without it an unreachable IPv6 address ends the attempt.
		autoSelectFamily: true,
	};
}
