import type { ClientSession } from '../../transport/http2/clientSession';
import type { ClientStream, StreamEnd, StreamListener } from '../../transport/http2/clientStream';
import type { Indexing } from '../../transport/http2/hpack/encoder';
import { ErrorCode, errorName } from '../../transport/http2/protocol';
import { KEPT_BYTES, READ_BYTES } from '../../transport/exchange';
import { Timed } from '../../transport/inFlight';
import { networkFailure, type NetworkFailure } from '../../transport/networkErrors';

/** One notification as it goes to APNs. */
export interface ApnsRequest {
	/** `:path`. */
	path: string;
	/** Without those that begin with a colon, and without the authorization. Names in lower case. */
	headers: Readonly<Record<string, string>>;
	authorization: string;
	body: string;
	/** For waiting, connecting, answer and body together, in milliseconds. */
	timeoutMs: number;
	signal: AbortSignal;
}

/** What came of a request. */
export interface ApnsResult {
	/** Absent when no complete answer came. */
	statusCode?: number;
	/** Names in lower case. */
	headers: Readonly<Record<string, string | string[] | undefined>>;
	body?: Buffer;
	failure?: NetworkFailure;
	/** Aborted before an answer came. */
	cancelled: boolean;
}

/** What a stream needs of what it stands in. */
export interface Carrier {
	/** `http` or `https`. */
	readonly scheme: string;
	readonly host: string;
	/** Its stream is over, whatever came of it. @param heard APNs has answered */
	onEnd(heard: boolean): void;
	/** APNs has not looked at it: it goes out again. */
	onUnsent(stream: ApnsStream): void;
	/** No answer in time: the connection may be dead. */
	onSilence(): void;
	/** Why it was closed, in APNs' own words where there are any. */
	readonly goodbye: string | undefined;
}

/**
 * What APNs is to remember of headers, whose table for them is small (Apple, "Sending notification requests
 * to APNs"): names only of those that are another for each notification. Nobody on the way may remember the
 * token (RFC 7541, 7.1.3).
 */
export const APNS_INDEXING: Readonly<Record<string, Indexing>> = Object.freeze({
	':path': 'nothing',
	authorization: 'never',
	'content-length': 'nothing',
	'apns-id': 'name',
	'apns-expiration': 'name',
	'apns-collapse-id': 'name',
});

/** More refusals of the same notification are no accident. */
const MOST_TRIES = 4;
const NO_HEADERS = Object.freeze({});
const ACCEPTED: ApnsResult = Object.freeze({
	statusCode: 200,
	headers: NO_HEADERS,
	cancelled: false,
});

/**
 * One notification on its way. It may go out several times as long as APNs says, or it is certain, that it
 * was not looked at; never after that.
 */
export class ApnsStream extends Timed implements StreamListener {
	private carrier: Carrier | undefined;
	private session: ClientSession | undefined;
	private stream: ClientStream | undefined;
	private status: number | undefined;
	private fields: readonly string[] = [];
	private chunks: Buffer[] | undefined;
	private received = 0;
	private settled = false;
	private tries = 0;

	/** @param host for messages */
	constructor(
		readonly request: ApnsRequest,
		private readonly host: string,
		private readonly resolve: (result: ApnsResult) => void,
	) {
		super(request.signal);
	}

	get isSettled(): boolean {
		return this.settled;
	}

	/** Goes out on a session. */
	start(session: ClientSession, carrier: Carrier): void {
		this.carrier = carrier;
		this.session = session;
		this.tries++;
		const { path, headers, authorization, body } = this.request;
		const fields = [':method', 'POST', ':path', path, ':authority', carrier.host];
		fields.push(':scheme', carrier.scheme, 'authorization', authorization);
		for (const name of Object.keys(headers)) fields.push(name, headers[name]);
		fields.push('content-length', String(Buffer.byteLength(body)));
		try {
			this.stream = session.request(fields, body, this);
		} catch (error) {
			this.fail(networkFailure('INVALID_REQUEST', this.host, (error as Error).message));
			// Later, since whoever has it in hand is still busy with the next ones.
			setImmediate(() => carrier.onEnd(false));
			return;
		}
		// It was closed between being chosen and being used.
		if (!this.stream) this.refused(carrier);
	}

	/** @internal */
	onHead(status: number, fields: readonly string[]): void {
		this.status = status;
		this.fields = fields;
		// Nothing else in it matters, and nothing that happens to it takes the answer back.
		if (status === 200) this.settle(ACCEPTED);
	}

	/** @internal */
	onData(chunk: Buffer): void {
		this.received += chunk.length;
		if (!this.settled && this.received <= KEPT_BYTES) (this.chunks ??= []).push(Buffer.from(chunk));
		if (this.received > READ_BYTES) this.giveUp();
	}

	/** @internal */
	onClose(end: StreamEnd, code: number): void {
		const { carrier } = this;
		this.stream = undefined;
		this.carrier = undefined;
		if (!carrier) return;
		if (end === 'unprocessed') return this.refused(carrier);
		if (!this.settled) this.settle(this.resultOf(end, code, carrier));
		this.release();
		carrier.onEnd(this.status !== undefined);
	}

	private resultOf(end: StreamEnd, code: number, { goodbye }: Carrier): ApnsResult {
		const { status } = this;
		if (end === 'complete') {
			const body = Buffer.concat(this.chunks ?? []);
			return { statusCode: status, headers: headersOf(this.fields), body, cancelled: false };
		}
		// A refusal whose reason did not come could mean anything.
		const half = status === undefined ? '' : `half an answer, status ${status}`;
		const why = code === ErrorCode.NO_ERROR ? undefined : `HTTP/2 ${errorName(code)}`;
		const told = [half, goodbye ?? why].filter(Boolean).join(', ');
		return failed(networkFailure('ECONNRESET', this.host, told === '' ? undefined : told));
	}

	private refused(carrier: Carrier): void {
		this.carrier = undefined;
		if (!this.settled && this.tries < MOST_TRIES) {
			carrier.onUnsent(this);
			return;
		}
		this.fail(networkFailure('ECONNRESET', this.host, `refused ${this.tries} times`));
		carrier.onEnd(false);
	}

	/** It cannot go out. */
	fail(failure: NetworkFailure): void {
		this.settle(failed(failure));
		this.release();
	}

	override expire(): void {
		// Told already, of an answer that does not end.
		if (this.settled) return this.giveUp();
		const { carrier } = this;
		this.settle(failed(networkFailure('TIMEOUT', this.host, `${this.request.timeoutMs} ms`)));
		// Before its place is given to another, which would be lost as well.
		carrier?.onSilence();
		this.giveUp();
	}

	override cancel(): void {
		const failure = networkFailure('CANCELLED', this.host);
		this.settle({ headers: NO_HEADERS, failure, cancelled: true });
		this.release();
		this.giveUp();
	}

	private giveUp(): void {
		if (this.stream) this.session?.cancel(this.stream);
	}

	private settle(result: ApnsResult): void {
		if (this.settled) return;
		this.settled = true;
		this.resolve(result);
	}
}

function failed(failure: NetworkFailure): ApnsResult {
	return { headers: NO_HEADERS, failure, cancelled: false };
}

function headersOf(fields: readonly string[]): ApnsResult['headers'] {
	const headers = Object.create(null) as Record<string, string | string[]>;
	for (let at = 0; at < fields.length; at += 2) {
		const [name, value] = [fields[at], fields[at + 1]];
		const known = headers[name];
		if (known === undefined) headers[name] = value;
		else headers[name] = Array.isArray(known) ? [...known, value] : [known, value];
	}
	return headers;
}
