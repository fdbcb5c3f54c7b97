import http from 'node:http';
import net from 'node:net';
import { listen, type TestServer } from './servers';

export interface TestProxy extends TestServer {
	/** Targets of CONNECT, and absolute URLs that were forwarded. */
	asked: string[];
	/** Proxy-Authorization as it came. */
	authorizations: Array<string | undefined>;
}

export interface ProxyBehaviour {
	/** Connects here whatever the target, as a proxy with a resolver of its own may. */
	leadsTo?: { host: string; port: number };
	/** Status that every CONNECT gets. */
	refuses?: number;
}

/** A proxy that forwards http requests and opens tunnels. */
export async function startProxy(behaviour: ProxyBehaviour = {}): Promise<TestProxy> {
	const asked: string[] = [];
	const authorizations: Array<string | undefined> = [];
	const server = http.createServer((message, response) => {
		asked.push(message.url ?? '');
		authorizations.push(message.headers['proxy-authorization']);
		const target = new URL(message.url ?? '');
		const { 'proxy-authorization': _, ...headers } = message.headers;
		const forwarded = http.request({
			host: behaviour.leadsTo?.host ?? target.hostname,
			port: behaviour.leadsTo?.port ?? target.port,
			path: target.pathname + target.search,
			method: message.method,
			headers,
		});
		forwarded.on('response', (answer) => {
			response.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.pipe(response);
		});
		forwarded.on('error', () => response.writeHead(502).end());
		message.pipe(forwarded);
	});
	server.on('connect', (message, socket) => {
		asked.push(message.url ?? '');
		authorizations.push(message.headers['proxy-authorization']);
		socket.on('error', () => undefined);
		if (behaviour.refuses) {
			socket.end(`HTTP/1.1 ${behaviour.refuses} No\r\ncontent-length: 0\r\n\r\n`);
			return;
		}
		const target = new URL(`http://${message.url}`);
		const tunnel = net.connect(
			behaviour.leadsTo?.port ?? Number(target.port),
			behaviour.leadsTo?.host ?? target.hostname,
			() => {
				socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
				tunnel.pipe(socket);
				socket.pipe(tunnel);
			},
		);
		tunnel.on('error', () => socket.destroy());
		socket.on('close', () => tunnel.destroy());
	});
	return Object.assign(await listen(server, 'http', []), { asked, authorizations });
}
