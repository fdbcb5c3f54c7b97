import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { discardRest, readBody } from './incomingBody';
import type { IntakeAnswer, IntakeRequest } from './intake';
import { ListenerError, listenProblem } from './listenerError';
import { senderAddress } from './senderAddress';

/** What is served at some paths of a listener. */
export interface ListenerRoute {
	/** Whose it is; a route that comes anew takes the place of its owner's earlier one. */
	owner: string;
	/** Begin with a slash; the same route may have several. */
	paths: readonly string[];
	methods: readonly string[];
	/** Whether requests can be taken now, for those who ask about the listener's health. */
	isReady: () => boolean;
	/** Never rejects. */
	answer: (request: IntakeRequest) => Promise<IntakeAnswer>;
}

export interface ListenerOptions {
	/** 0 takes a free one. */
	port: number;
	/** The address to listen at; undefined: all of the machine's. */
	host?: string;
	/** So many proxies stand in front, whose X-Forwarded-For is believed. */
	proxyHops: number;
	/** What is under way at a drain gets so long to be answered; milliseconds. */
	graceMs?: number;
}

/** Headers have to be there after so long, and the whole request (slow senders hold a connection each). */
const HEADERS_MS = 10_000;
const REQUEST_MS = 60_000;
/** Longer than the usual 60 s of load balancers, so that they and not we end an idle connection. */
const KEEP_ALIVE_MS = 65_000;
const GRACE_MS = 10_000;
/** Requests that are worked on at once; more are asked to come again. */
const MOST_UNDER_WAY = 2_000;

export const LIVENESS_PATH = '/healthz';
export const READINESS_PATH = '/healthz/readiness';

/** A port of our own that takes requests in, beside n8n's webhook server. */
export class HttpListener {
	private readonly routes = new Map<string, ListenerRoute>();
	private readonly server: Server;
	private underWay = 0;
	private draining = false;

	private constructor(private readonly options: ListenerOptions) {
		this.server = createServer({
			headersTimeout: HEADERS_MS,
			requestTimeout: REQUEST_MS,
			keepAliveTimeout: KEEP_ALIVE_MS,
			noDelay: true,
		});
		this.server.on('request', (request, response) => void this.serve(request, response));
		// Who asks before sending a body gets the answer before sending it, too.
		this.server.on('checkContinue', (request, response) => void this.serve(request, response));
		this.server.on('clientError', refuseUnreadable);
	}

	/**
	 * Starts to listen.
	 * @throws ListenerError when the port or the address cannot be had
	 */
	static async open(options: ListenerOptions): Promise<HttpListener> {
		const listener = new HttpListener(options);
		const { server } = listener;
		await new Promise<void>((resolve, reject) => {
			server.once('error', (error: NodeJS.ErrnoException) => reject(listenProblem(error, options)));
			server.listen({ port: options.port, host: options.host, backlog: 1024 }, resolve);
		});
		// Refused connections and the like are the other side's; without a listener they would end n8n.
		server.on('error', () => undefined);
		return listener;
	}

	get port(): number {
		return (this.server.address() as AddressInfo | null)?.port ?? this.options.port;
	}

	get isUnused(): boolean {
		return this.routes.size === 0;
	}

	/**
	 * Serves a route from now on; gives what takes it away.
	 * @throws ListenerError when one of its paths is served for somebody else
	 */
	add(route: ListenerRoute): () => void {
		const taken = route.paths.find((path) => this.isTaken(path, route.owner));
		if (taken !== undefined) {
			throw new ListenerError(
				'PATH_TAKEN',
				`The path ${taken} is taken at port ${this.port} already`,
			);
		}
		for (const path of route.paths) this.routes.set(path, route);
		return () => {
			for (const path of route.paths) {
				if (this.routes.get(path) === route) this.routes.delete(path);
			}
		};
	}

	/** Takes no new connections, answers what is under way, and ends. */
	async close(): Promise<void> {
		this.draining = true;
		const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
		const late = setTimeout(
			() => this.server.closeAllConnections(),
			this.options.graceMs ?? GRACE_MS,
		);
		await closed;
		clearTimeout(late);
	}

	private isTaken(path: string, owner: string): boolean {
		if (path === LIVENESS_PATH || path === READINESS_PATH) return true;
		return (this.routes.get(path)?.owner ?? owner) !== owner;
	}

	private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
		// A sender that goes away ends its own request only.
		request.on('error', () => undefined);
		response.on('error', () => undefined);
		this.underWay++;
		const answer = await this.answerTo(request, response);
		this.underWay--;
		await this.write(request, response, answer);
	}

	private async answerTo(
		request: IncomingMessage,
		response: ServerResponse,
	): Promise<IntakeAnswer> {
		const { path, query } = split(request.url ?? '/');
		if (path === LIVENESS_PATH || path === READINESS_PATH) return this.health(path);
		const route = this.routes.get(path);
		if (route === undefined) return refusal(404, `Nothing is served at ${path}`);
		const { method = '' } = request;
		if (!route.methods.includes(method)) {
			const allow = route.methods.join(', ');
			return { ...refusal(405, `${path} takes ${allow}`), headers: { allow } };
		}
		if (this.underWay > MOST_UNDER_WAY) return BUSY;
		return await route.answer({
			method,
			query,
			headers: request.headers,
			remoteAddress: senderAddress(request, this.options.proxyHops),
			readBody: async (limitBytes) => await readBody(request, response, limitBytes),
		});
	}

	private health(path: string): IntakeAnswer {
		if (this.draining) return { status: 503, body: { status: 'draining' } };
		const waiting = path === READINESS_PATH && [...this.routes.values()].some((r) => !r.isReady());
		return waiting
			? { status: 503, body: { status: 'waiting for the delivery store' } }
			: { status: 200, body: { status: 'ok' } };
	}

	private async write(
		request: IncomingMessage,
		response: ServerResponse,
		answer: IntakeAnswer,
	): Promise<void> {
		if (response.destroyed) return;
		const body = JSON.stringify(answer.body);
		const headers: Record<string, string | number> = {
			'content-type': 'application/json; charset=utf-8',
			'content-length': Buffer.byteLength(body),
			...answer.headers,
		};
		if (this.draining || !request.complete) headers.connection = 'close';
		response.writeHead(answer.status, headers);
		if (request.complete || request.method === 'HEAD') {
			response.end(request.method === 'HEAD' ? undefined : body);
			return;
		}
		response.write(body);
		await discardRest(request);
		response.end();
	}
}

const refusal = (status: number, error: string): IntakeAnswer => ({ status, body: { error } });

const BUSY: IntakeAnswer = {
	...refusal(503, 'Too many requests at once; send this one again'),
	headers: { 'retry-after': '1' },
};

function split(url: string): { path: string; query: string } {
	const at = url.indexOf('?');
	return at < 0 ? { path: url, query: '' } : { path: url.slice(0, at), query: url.slice(at + 1) };
}

const UNREADABLE: Record<string, string> = {
	HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
	ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** What is no HTTP, or comes too slowly, gets an answer all the same. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
	if (!socket.writable || error.code === 'ECONNRESET') {
		socket.destroy();
		return;
	}
	const status = UNREADABLE[error.code ?? ''] ?? '400 Bad Request';
	const body = JSON.stringify({ error: `The request could not be read: ${status.slice(4)}` });
	socket.end(
		`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
			`content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
	);
}
