import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { CONNECT_TIMEOUT_MS } from '../../transport/connector';
import {
	describeNetworkError,
	networkFailure,
	TransportError,
} from '../../transport/networkErrors';

/**
 * Opens a tunnel through a proxy (RFC 9110, 9.3.6).
 * @param authority host and port
 * @throws TransportError
 */
export async function openTunnel(proxy: URL, authority: string): Promise<Duplex> {
	return await new Promise((resolve, reject) => {
		const refuse = (code: 'PROXY_FAILED' | 'PROXY_REFUSED', detail: string) =>
			reject(new TransportError(code, networkFailure(code, authority, detail).message));
		const request = (proxy.protocol === 'https:' ? https : http).request({
			host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
			port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
			method: 'CONNECT',
			path: authority,
			headers: { host: authority, ...authorizationOf(proxy) },
			agent: false,
			timeout: CONNECT_TIMEOUT_MS,
		});
		request.once('connect', ({ statusCode }, socket) => {
			if (statusCode === 200) return resolve(socket);
			socket.destroy();
			refuse('PROXY_REFUSED', `status ${statusCode}`);
		});
		request.once('response', (response) => {
			response.destroy();
			refuse('PROXY_REFUSED', `status ${response.statusCode}`);
		});
		request.once('timeout', () => request.destroy(new Error('no answer in time')));
		request.once('error', (error) =>
			refuse('PROXY_FAILED', describeNetworkError(error, proxy.host).message),
		);
		request.end();
	});
}

function authorizationOf({ username, password }: URL): Record<string, string> {
	if (username === '' && password === '') return {};
	const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
	return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}
