import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';

/** A request as it arrived; in the record as soon as its body is complete, before the answer. */
export interface ReceivedRequest {
	/** Counts from 0 over all requests. */
	index: number;
	method: string;
	/** Path and query exactly as sent. */
	url: string;
	path: string;
	headers: IncomingHttpHeaders;
	/** Names and values in the order and spelling in which they were sent. */
	rawHeaders: string[];
	body: Buffer;
	/** Milliseconds since the epoch, at the end of the request's head. */
	time: number;
	/** The common name of the client certificate, where one was asked for and shown. */
	clientName?: string;
	/** The status that was answered in full; undefined for resets, halves and what is open still. */
	answered?: number;
}

/** What the receiver does with a request. */
export interface Answer {
	status?: number;
	headers?: Record<string, string>;
	body?: string | Buffer;
	/** Waits before it answers. */
	afterMs?: number;
	/** Resets the connection instead of answering. */
	reset?: boolean;
	/** Sends head and half of the body, then resets. */
	half?: boolean;
	/** Never answers. */
	hang?: boolean;
}

/** An answer, or what decides about it, seeing how often this path was asked before. */
export type Behaviour =
	| Answer
	| ((request: ReceivedRequest, before: number) => Answer | Promise<Answer>);

/** The answers that the tests and the demo need, by name. */
export const answers = {
	ok: (body = ''): Answer => ({ status: 200, body }),
	status: (status: number, body = ''): Answer => ({ status, body }),
	/** 503 with Retry-After, in seconds or as an HTTP date. */
	unavailable: (retryAfter: number | string): Answer => ({
		status: 503,
		headers: { 'retry-after': String(retryAfter) },
	}),
	/** 429 with Retry-After, in seconds or as an HTTP date. */
	tooMany: (retryAfter: number | string): Answer => ({
		status: 429,
		headers: { 'retry-after': String(retryAfter) },
	}),
	gone: (): Answer => ({ status: 410 }),
	redirect: (location: string, status = 302): Answer => ({ status, headers: { location } }),
	reset: (): Answer => ({ reset: true }),
	half: (): Answer => ({ half: true }),
	hang: (): Answer => ({ hang: true }),
	/** Another answer, or 200, after a while. */
	stall: (afterMs: number, then: Answer = { status: 200 }): Answer => ({ ...then, afterMs }),
};

/** A local HTTP endpoint that keeps everything that it gets, and misbehaves as it is told to. */
export class Receiver {
	readonly url: string;
	readonly port: number;
	private readonly record: ReceivedRequest[] = [];
	private readonly rules = new Map<string, { behaviours: Behaviour[]; asked: number }>();
	private other: Behaviour = answers.ok();
	private readonly watchers = new Set<() => void>();
	private readonly server: Server;

	private constructor(server: Server, scheme: 'http' | 'https') {
		this.server = server;
		this.port = (server.address() as AddressInfo).port;
		this.url = `${scheme}://127.0.0.1:${this.port}`;
		server.on('request', (request: IncomingMessage, response: ServerResponse) => {
			// A client that goes away in the middle is one of the cases under test.
			this.take(request, response).catch(() => request.socket.destroy());
		});
	}

	/** Starts a receiver on a free port of 127.0.0.1, or on the given one; over TLS with such options. */
	static async start(port = 0, tls?: ServerOptions): Promise<Receiver> {
		const options = { keepAliveTimeout: 60_000 };
		const server = tls ? createTlsServer({ ...options, ...tls }) : createServer(options);
		await new Promise<void>((resolve, reject) => {
			server.once('error', reject);
			server.listen(port, '127.0.0.1', resolve);
		});
		return new Receiver(server, tls ? 'https' : 'http');
	}

	/**
	 * Says what a path does: one behaviour a request, in order, the last one for all that follow.
	 * Saying it again starts anew.
	 */
	on(path: string, ...behaviours: Behaviour[]): this {
		this.rules.set(path, { behaviours, asked: 0 });
		return this;
	}

	/** What a path does at first, to be said again beside others. */
	behaviourOf(path: string): Behaviour {
		return this.rules.get(path)?.behaviours[0] ?? this.other;
	}

	/** Says what every path does for which nothing was said; at first that is 200. */
	otherwise(behaviour: Behaviour): this {
		this.other = behaviour;
		return this;
	}

	/** The requests that arrived in full, in the order of their arrival; with a path only its own. */
	requests(path?: string): ReceivedRequest[] {
		return this.record.filter((request) => path === undefined || request.path === path);
	}

	/** Forgets the requests so far; the behaviours go on where they are. */
	clear(): void {
		this.record.length = 0;
	}

	/**
	 * Waits for a number of requests, or until the requests fulfil a condition; `path` counts only
	 * those of one path. Gives the requests; throws after the time, saying what had arrived.
	 */
	async waitFor(
		wanted: number | ((requests: ReceivedRequest[]) => boolean),
		{ timeoutMs = 30_000, path }: { timeoutMs?: number; path?: string } = {},
	): Promise<ReceivedRequest[]> {
		const done = typeof wanted === 'number' ? (r: unknown[]) => r.length >= wanted : wanted;
		return await new Promise((resolve, reject) => {
			const end = () => {
				clearTimeout(timer);
				this.watchers.delete(look);
			};
			const look = () => {
				const found = this.requests(path);
				if (!done(found)) return;
				end();
				resolve(found);
			};
			const timer = setTimeout(() => {
				end();
				const got = this.requests(path).map(({ method, url }) => `${method} ${url}`);
				const list = got.slice(-20).join('\n');
				reject(new Error(`After ${timeoutMs} ms ${got.length} requests had arrived:\n${list}`));
			}, timeoutMs);
			this.watchers.add(look);
			look();
		});
	}

	private look(): void {
		for (const look of this.watchers) look();
	}

	/** Ends the receiver and every connection to it. */
	async close(): Promise<void> {
		const closed = new Promise((resolve) => this.server.close(resolve));
		this.server.closeAllConnections();
		await closed;
	}

	private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const time = Date.now();
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const url = request.url ?? '/';
		const received: ReceivedRequest = {
			index: this.record.length,
			method: request.method ?? '',
			url,
			path: url.split('?', 1)[0],
			headers: request.headers,
			rawHeaders: request.rawHeaders,
			body: Buffer.concat(chunks),
			time,
			...nameOf(request.socket),
		};
		this.record.push(received);
		this.look();
		const answer = await this.decide(received);
		if (answer.afterMs) await sleep(answer.afterMs, undefined, { ref: false });
		await this.answer(received, answer, response);
		this.look();
	}

	private async decide(request: ReceivedRequest): Promise<Answer> {
		const rule = this.rules.get(request.path);
		const before = rule ? rule.asked++ : 0;
		const behaviour = rule?.behaviours[Math.min(before, rule.behaviours.length - 1)] ?? this.other;
		return typeof behaviour === 'function' ? await behaviour(request, before) : behaviour;
	}

	private async answer(request: ReceivedRequest, answer: Answer, response: ServerResponse) {
		const { socket } = response;
		if (answer.hang || !socket || socket.destroyed) return;
		if (answer.reset) {
			socket.resetAndDestroy();
			return;
		}
		const body = answer.body ?? '';
		const status = answer.status ?? 200;
		if (answer.half) {
			response.writeHead(status, { ...answer.headers, 'content-length': '1000' });
			await new Promise((resolve) => response.write('x'.repeat(500), resolve));
			socket.resetAndDestroy();
			return;
		}
		response.writeHead(status, answer.headers);
		await new Promise<void>((resolve) => response.end(body, resolve));
		if (response.writableFinished) request.answered = status;
	}
}

function nameOf(socket: unknown): { clientName?: string } {
	const name = socket instanceof TLSSocket ? socket.getPeerCertificate()?.subject?.CN : undefined;
	return typeof name === 'string' ? { clientName: name } : {};
}
