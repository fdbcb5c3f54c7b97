import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Arrivals } from './reconcile.ts';

/** What is done with one request. */
export interface Treatment {
	status?: number;
	/** Waits before it answers. */
	afterMs?: number;
	/** Resets the connection without an answer. */
	reset?: boolean;
	/** Sends the head and a part of the body, then resets. */
	half?: boolean;
	/** Never answers. */
	hang?: boolean;
	/** Answers in a way of its own, after the request was noted. */
	answer?: (response: ServerResponse) => Promise<void>;
}

/** Decides about a request by its message and by how often that has come before. */
export type Treat = (message: number, before: number) => Treatment;

interface Seen extends Arrivals {
	taken: number;
	ids: Set<string>;
	answers: Set<number>;
	requests: number;
	open: number;
}

/**
 * A receiver that behaves as it is told to and remembers each message, named by `n` in the query. A message
 * counts as taken when the head of a success has gone out on a connection that was still there.
 */
export class FaultyReceiver {
	readonly port: number;
	readonly url: string;
	/** Requests for a message while another one for it was still without an answer. */
	readonly overlaps: number[] = [];
	/** Said again at any time: what is done from now on. */
	treat: Treat = () => ({});
	private readonly seen = new Map<number, Seen>();
	private server: Server | undefined;
	private requests = 0;

	private constructor(server: Server) {
		this.server = server;
		this.port = (server.address() as AddressInfo).port;
		this.url = `http://127.0.0.1:${this.port}`;
		this.serve(server);
	}

	static async start(): Promise<FaultyReceiver> {
		return new FaultyReceiver(await listen(0));
	}

	/** How many requests came so far, over all messages. */
	get requestCount(): number {
		return this.requests;
	}

	/** How many different messages were taken so far. */
	get takenCount(): number {
		return [...this.seen.values()].filter(({ taken }) => taken > 0).length;
	}

	get arrivals(): ReadonlyMap<number, Arrivals> {
		return this.seen;
	}

	/** Goes away with all its connections, and comes back on the same port. */
	async restart(downMs: number): Promise<void> {
		await this.close();
		await sleep(downMs);
		this.server = await listen(this.port);
		this.serve(this.server);
	}

	async close(): Promise<void> {
		const { server } = this;
		if (!server) return;
		this.server = undefined;
		const closed = new Promise((resolve) => server.close(resolve));
		server.closeAllConnections();
		await closed;
	}

	private serve(server: Server): void {
		server.on('request', (request, response) => {
			// A client that goes away in the middle is one of the cases under test.
			this.take(request, response).catch(() => request.socket.destroy());
		});
	}

	private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
		await once(request.resume(), 'end');
		const { searchParams } = new URL(request.url ?? '/', this.url);
		const message = Number(searchParams.get('n'));
		const seen = this.of(message);
		const before = seen.requests++;
		this.requests++;
		seen.ids.add(String(request.headers['webhook-id']));
		if (seen.open > 0) this.overlaps.push(message);
		seen.open++;
		response.once('close', () => seen.open--);
		await this.answer(this.treat(message, before), seen, response);
	}

	private of(message: number): Seen {
		let seen = this.seen.get(message);
		if (!seen) {
			seen = { taken: 0, ids: new Set(), answers: new Set(), requests: 0, open: 0 };
			this.seen.set(message, seen);
		}
		return seen;
	}

	private async answer(how: Treatment, seen: Seen, response: ServerResponse): Promise<void> {
		if (how.afterMs) await sleep(how.afterMs, undefined, { ref: false });
		const { socket } = response;
		if (how.hang || !socket || socket.destroyed) return;
		if (how.reset) {
			socket.resetAndDestroy();
			return;
		}
		const status = how.status ?? 200;
		seen.answers.add(status);
		if (status < 300) seen.taken++;
		if (how.answer) return await how.answer(response);
		if (how.half) {
			response.writeHead(status, { 'content-length': '1000' });
			await new Promise((resolve) => response.write('x'.repeat(500), resolve));
			socket.resetAndDestroy();
			return;
		}
		response.writeHead(status).end();
	}
}

async function listen(port: number): Promise<Server> {
	const server = createServer({ keepAliveTimeout: 60_000 });
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(port, '127.0.0.1', resolve);
	});
	return server;
}
