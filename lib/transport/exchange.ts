import type { Dispatcher } from 'undici';
import { Timed, type InFlight } from './inFlight';
import { describeNetworkError, networkFailure, type NetworkFailure } from './networkErrors';

/** How much of a body is kept: 2,000 characters of the longest kind, and room for a secret cut out. */
export const KEPT_BYTES = 8_192;
/** How much is read so that the connection can be used again; beyond it a new one is cheaper. */
export const READ_BYTES = 65_536;

/** What an exchange works with; one for many requests. */
export interface ExchangeMeans {
	dispatcher: Dispatcher;
	inFlight: InFlight;
}

/** Where a request goes, taken apart once. */
export interface Target {
	readonly url: URL;
	readonly origin: string;
	/** With the query. */
	readonly path: string;
}

/** Takes a URL apart for sending. */
export function targetOf(url: URL): Target {
	return { url, origin: url.origin, path: url.pathname + url.search };
}

export interface ExchangeRequest {
	target: Target;
	method: string;
	/** Names and values in turn. */
	headers: string[];
	body: Buffer | undefined;
	/** For connecting, answer and body together, in milliseconds. */
	timeoutMs: number;
	signal: AbortSignal;
	/** How much of the answer's body is kept, and read; {@link KEPT_BYTES} unless given. */
	keepBytes?: number;
}

/** What came of a request: a status with as much of the body as is kept, or a failure. */
export interface ExchangeResult {
	/** Once it is there, nothing that happens to the body takes it back. */
	readonly statusCode: number | undefined;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	/** The beginning of the body, as much as is kept. */
	readonly body: Buffer | undefined;
	readonly receivedBytes: number;
	/** Whether `body` is all of it. */
	readonly complete: boolean;
	/** Without a status: why there is none. With one: why the body broke off. */
	readonly failure: NetworkFailure | undefined;
	/** Aborted before a status came. */
	readonly cancelled: boolean;
}

const NO_HEADERS = Object.freeze({});
/** Thrown and passed where undici asks for an error that then nobody reads. */
const STOPPED = new Error('stopped');

/**
 * Makes one request and reads its answer. Follows no redirect, repeats nothing: undici itself moves
 * a request to another connection as long as none of it was written, and afterwards nobody can
 * know whether the receiver acted on it.
 * @returns a promise that never rejects.
 */
export function exchange(means: ExchangeMeans, request: ExchangeRequest): Promise<ExchangeResult> {
	return new Promise((resolve) => {
		new Exchange(means, request, resolve).start();
	});
}

class Exchange extends Timed implements Dispatcher.DispatchHandler, ExchangeResult {
	statusCode: number | undefined;
	headers: Readonly<Record<string, string | string[] | undefined>> = NO_HEADERS;
	body: Buffer | undefined;
	receivedBytes = 0;
	complete = false;
	failure: NetworkFailure | undefined;
	cancelled = false;
	private controller: Dispatcher.DispatchController | undefined;
	private settled = false;

	constructor(
		private readonly means: ExchangeMeans,
		private readonly request: ExchangeRequest,
		private readonly resolve: (result: ExchangeResult) => void,
	) {
		super(request.signal);
	}

	start(): void {
		const { target, method, headers, body, timeoutMs } = this.request;
		if (this.signal.aborted) return this.cancel();
		this.means.inFlight.add(this, timeoutMs);
		const { origin, path } = target;
		try {
			this.means.dispatcher.dispatch({ origin, path, method, headers, body }, this);
		} catch (error) {
			this.fail(error);
		}
	}

	cancel(): void {
		if (this.statusCode === undefined) this.cancelled = true;
		this.breakOff('CANCELLED');
	}

	expire(): void {
		this.breakOff('TIMEOUT', `${this.request.timeoutMs} ms`);
	}

	private breakOff(code: 'CANCELLED' | 'TIMEOUT', detail?: string): void {
		if (this.settled) return;
		this.failure = networkFailure(code, this.request.target.url.host, detail);
		this.settle();
		this.controller?.abort(STOPPED);
	}

	private fail(error: unknown): void {
		if (this.settled) return;
		this.failure = describeNetworkError(error, this.request.target.url.host);
		this.settle();
	}

	private settle(): void {
		this.settled = true;
		this.release();
		this.resolve(this);
	}

	onRequestStart(controller: Dispatcher.DispatchController): void {
		// Waited too long for a connection. Throwing keeps it from being written and the connection whole.
		if (this.settled) throw STOPPED;
		this.controller = controller;
	}

	onResponseStart(
		_controller: Dispatcher.DispatchController,
		statusCode: number,
		headers: Readonly<Record<string, string | string[] | undefined>>,
	): void {
		// 1xx announces the answer and is none.
		if (statusCode < 200) return;
		this.statusCode = statusCode;
		this.headers = headers;
	}

	onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
		if (this.settled) return;
		this.receivedBytes += chunk.length;
		const { keepBytes = KEPT_BYTES } = this.request;
		const room = keepBytes - (this.body?.length ?? 0);
		if (room > 0) {
			const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
			this.body = this.body ? Buffer.concat([this.body, part]) : part;
		}
		if (this.receivedBytes > Math.max(READ_BYTES, keepBytes)) {
			this.settle();
			controller.abort(STOPPED);
		}
	}

	onResponseEnd(): void {
		if (this.settled) return;
		this.complete = this.receivedBytes <= (this.request.keepBytes ?? KEPT_BYTES);
		this.settle();
	}

	onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
		this.fail(error);
	}
}
