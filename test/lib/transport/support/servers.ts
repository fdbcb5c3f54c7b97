import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface Received {
	method: string;
	/** As in the request line. */
	target: string;
	headers: http.IncomingHttpHeaders;
	rawHeaders: string[];
	body: Buffer;
}

export interface TestServer {
	port: number;
	origin: string;
	received: Received[];
	/** Connections accepted so far. */
	connections: number;
	close(): Promise<void>;
}

export type Answer = (
	request: Received,
	response: ServerResponse,
	message: IncomingMessage,
) => void;

const open = new Set<TestServer>();

/** Closes what a test has opened; for `afterEach`. */
export async function closeServers(): Promise<void> {
	await Promise.all([...open].map(async (server) => await server.close()));
}

/** A receiver that records what it gets; by default it answers 200 with `ok`. */
export async function startReceiver(
	answer: Answer = (_request, response) => void response.end('ok'),
	tls?: https.ServerOptions,
): Promise<TestServer> {
	const received: Received[] = [];
	const listener: RequestListener = (message, response) => {
		const chunks: Buffer[] = [];
		message.on('data', (chunk: Buffer) => chunks.push(chunk));
		message.on('end', () => {
			const request: Received = {
				method: message.method ?? '',
				target: message.url ?? '',
				headers: message.headers,
				rawHeaders: message.rawHeaders,
				body: Buffer.concat(chunks),
			};
			received.push(request);
			answer(request, response, message);
		});
		message.on('error', () => undefined);
		response.on('error', () => undefined);
	};
	const server = tls ? https.createServer(tls, listener) : http.createServer(listener);
	return await listen(server, tls ? 'https' : 'http', received);
}

/** A server of bytes, for answers that no HTTP library would give. */
export async function startSocketServer(serve: (socket: Socket) => void): Promise<TestServer> {
	return await listen(
		net.createServer((socket) => {
			socket.on('error', () => undefined);
			serve(socket);
		}),
		'http',
		[],
	);
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
	const server = await startSocketServer(() => undefined);
	await server.close();
	return server.port;
}

export async function listen(
	server: Server,
	scheme: string,
	received: Received[],
	host = '127.0.0.1',
): Promise<TestServer> {
	const sockets = new Set<Duplex>();
	const running: TestServer = {
		port: 0,
		origin: '',
		received,
		connections: 0,
		close: async () => {
			open.delete(running);
			sockets.forEach((socket) => socket.destroy());
			await new Promise((resolve) => server.close(resolve));
		},
	};
	server.on('connection', (socket: Socket) => {
		running.connections++;
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
	});
	await new Promise<void>((resolve) => server.listen(0, host, resolve));
	running.port = (server.address() as AddressInfo).port;
	running.origin = `${scheme}://${host}:${running.port}`;
	open.add(running);
	return running;
}
