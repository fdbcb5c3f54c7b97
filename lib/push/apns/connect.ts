import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { CONNECT_TIMEOUT_MS, type TlsOptions } from '../../transport/connector';
import { portOf, type EgressGuard } from '../../transport/egressGuard';
import { TransportError, networkFailure } from '../../transport/networkErrors';
import { proxyFor, type ProxySettings } from '../../transport/proxySettings';
import { openTunnel } from './tunnel';

export interface ConnectOptions {
	guard: EgressGuard;
	proxy?: ProxySettings;
	tls?: TlsOptions;
}

/**
 * Opens a socket to an origin that speaks HTTP/2: directly, the guard judging every address, or through
 * the operator's proxy.
 * @throws TransportError, and what the network throws
 */
export async function connectHttp2(origin: URL, options: ConnectOptions): Promise<Duplex> {
	const { guard, proxy: settings, tls: tlsOptions } = options;
	const port = portOf(origin);
	const host = origin.hostname.replace(/^\[(.*)\]$/, '$1');
	const proxy = settings && proxyFor(settings, origin);
	let underlying: Duplex | undefined;
	if (proxy) {
		await guard.check(origin);
		underlying = await openTunnel(proxy, `${origin.hostname}:${port}`);
	} else guard.checkLiteral(host, port);
	const direct = { host, port, lookup: guard.lookup(port), autoSelectFamily: true };
	if (origin.protocol === 'http:') {
		return await opened(underlying ?? net.connect(direct), 'connect', underlying !== undefined);
	}
	const socket = tls.connect({
		...(underlying ? { socket: underlying } : direct),
		...tlsOptions,
		servername: net.isIP(host) === 0 ? host : '',
		ALPNProtocols: ['h2'],
	});
	await opened(socket, 'secureConnect', false);
	if (socket.alpnProtocol === 'h2') return socket;
	socket.destroy();
	const { code, message } = networkFailure('INVALID_RESPONSE', origin.host, 'it speaks no HTTP/2');
	throw new TransportError(code, message);
}

async function opened<S extends Duplex>(socket: S, event: string, isOpen: boolean): Promise<S> {
	if (isOpen) return socket;
	return await new Promise((resolve, reject) => {
		const timer = setTimeout(() => {
			socket.destroy(Object.assign(new Error('connecting took too long'), { code: 'ETIMEDOUT' }));
		}, CONNECT_TIMEOUT_MS);
		socket.once('error', reject);
		socket.once('close', () => {
			clearTimeout(timer);
			reject(Object.assign(new Error('closed while connecting'), { code: 'ECONNRESET' }));
		});
		socket.once(event, () => {
			clearTimeout(timer);
			socket.off('error', reject);
			resolve(socket);
		});
	});
}
