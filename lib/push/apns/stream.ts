import {
	constants,
	type ClientHttp2Session,
	type ClientHttp2Stream,
	type IncomingHttpHeaders,
	type IncomingHttpStatusHeader,
	type OutgoingHttpHeaders,
} from 'node:http2';
import { KEPT_BYTES, READ_BYTES } from '../../transport/exchange';
import { Timed } from '../../transport/inFlight';
import { codeOf, networkFailure, type NetworkFailure } from '../../transport/networkErrors';

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
	readonly host: string;
	/** Its stream is over, whatever came of it. @param heard APNs has answered */
	onEnd(heard: boolean): void;
	/** APNs has not looked at it: it goes out again. */
	onUnsent(stream: ApnsStream): void;
	/** No answer in time: the connection may be dead. */
	onSilence(): void;
	/** Streams with higher numbers were not looked at; undefined as long as nothing was said. */
	readonly lastStreamId: number | undefined;
	/** Why it was closed, in APNs' own words. */
	readonly goodbye: string | undefined;
}

const { NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM, NGHTTP2_CANCEL } = constants;
/** More refusals of the same notification are no accident. */
const MOST_TRIES = 4;
const NO_HEADERS = Object.freeze({});
const ACCEPTED: ApnsResult = Object.freeze({
	statusCode: 200,
	headers: NO_HEADERS,
	cancelled: false,
});

type Headers = IncomingHttpHeaders & IncomingHttpStatusHeader;

/**
 * One notification on its way. It may go out several times as long as APNs says, or it is certain, that it
 * was not looked at; never after that.
 */
export class ApnsStream extends Timed {
	private carrier: Carrier | undefined;
	private stream: ClientHttp2Stream | undefined;
	private headers: Headers = NO_HEADERS;
	private chunks: Buffer[] | undefined;
	private received = 0;
	private ended = false;
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
	start(session: ClientHttp2Session, carrier: Carrier, authority: string): void {
		this.carrier = carrier;
		this.tries++;
		const { path, headers, authorization, body } = this.request;
		const list = [':method', 'POST', ':path', path, ':authority', authority, ':scheme', 'https'];
		list.push('authorization', authorization);
		for (const name of Object.keys(headers)) list.push(name, headers[name]);
		list.push('content-length', String(Buffer.byteLength(body)));
		let stream: ClientHttp2Stream;
		try {
			stream = requestOn(session, list);
		} catch {
			// It was closed between being chosen and being used.
			this.refused();
			return;
		}
		this.stream = stream;
		(stream as Owned)[OWNER] = this;
		stream.on('response', onResponse);
		stream.on('error', ignored);
		stream.on('close', onClose);
		stream.end(body);
	}

	/** @internal */
	responded(headers: Headers): void {
		this.headers = headers;
		const stream = this.stream as ClientHttp2Stream;
		if (headers[':status'] === 200) {
			// Nothing in it matters, and nothing that happens to it takes the answer back.
			stream.resume();
			this.settle(ACCEPTED);
			return;
		}
		const chunks = (this.chunks = [] as Buffer[]);
		stream.on('data', (chunk: Buffer) => {
			this.received += chunk.length;
			if (this.received <= KEPT_BYTES) chunks.push(chunk);
			if (this.received > READ_BYTES) stream.close(NGHTTP2_CANCEL);
		});
		stream.on('end', () => (this.ended = true));
	}

	/** @internal */
	closed(): void {
		const { stream, carrier } = this;
		this.stream = undefined;
		this.carrier = undefined;
		if (!stream || !carrier) return;
		const { id, rstCode } = stream;
		const status = this.headers[':status'];
		const refused = rstCode === NGHTTP2_REFUSED_STREAM || isBeyond(id, carrier.lastStreamId);
		if (!this.settled) {
			if (status === undefined && refused) return this.refused(carrier);
			this.settle(this.resultOf(status, carrier, rstCode ?? 0));
		}
		carrier.onEnd(status !== undefined);
	}

	private resultOf(status: number | undefined, { goodbye }: Carrier, rstCode: number): ApnsResult {
		const { headers } = this;
		// An answer that is cut off ends like one that is complete, but for the code.
		if (status !== undefined && this.ended && rstCode === NGHTTP2_NO_ERROR) {
			return {
				statusCode: status,
				headers,
				body: Buffer.concat(this.chunks ?? []),
				cancelled: false,
			};
		}
		// A refusal whose reason did not come could mean anything.
		const detail =
			goodbye ?? (rstCode === NGHTTP2_NO_ERROR ? undefined : `HTTP/2 error ${rstCode}`);
		const half = status === undefined ? '' : `half an answer, status ${status}`;
		const told = [half, detail].filter(Boolean).join(', ');
		return {
			headers: NO_HEADERS,
			failure: networkFailure('ECONNRESET', this.host, told === '' ? undefined : told),
			cancelled: false,
		};
	}

	private refused(carrier = this.carrier): void {
		this.carrier = undefined;
		if (!carrier) return;
		if (!this.settled && this.tries < MOST_TRIES) {
			carrier.onUnsent(this);
			return;
		}
		const detail = `refused ${this.tries} times`;
		this.settle({
			headers: NO_HEADERS,
			failure: networkFailure('ECONNRESET', this.host, detail),
			cancelled: false,
		});
		carrier.onEnd(false);
	}

	/** It cannot go out. */
	fail(failure: NetworkFailure): void {
		this.settle({ headers: NO_HEADERS, failure, cancelled: false });
	}

	override expire(): void {
		const { carrier, stream } = this;
		const failure = networkFailure('TIMEOUT', this.host, `${this.request.timeoutMs} ms`);
		this.settle({ headers: NO_HEADERS, failure, cancelled: false });
		stream?.close(NGHTTP2_CANCEL);
		carrier?.onSilence();
	}

	override cancel(): void {
		const failure = networkFailure('CANCELLED', this.host);
		this.settle({ headers: NO_HEADERS, failure, cancelled: true });
		this.stream?.close(NGHTTP2_CANCEL);
	}

	private settle(result: ApnsResult): void {
		if (this.settled) return;
		this.settled = true;
		this.release();
		this.resolve(result);
	}
}

/** Headers in a list cost a fifth less of the whole; not every Node.js takes them so. */
let takesLists = true;

function requestOn(session: ClientHttp2Session, list: string[]): ClientHttp2Stream {
	if (takesLists) {
		try {
			return session.request(list as unknown as OutgoingHttpHeaders);
		} catch (error) {
			if (codeOf(error) !== 'ERR_INVALID_ARG_TYPE') throw error;
			takesLists = false;
		}
	}
	const headers: OutgoingHttpHeaders = {};
	for (let at = 0; at < list.length; at += 2) headers[list[at]] = list[at + 1];
	return session.request(headers);
}

/*
 * Listeners that all streams share, since thousands of streams a second are made: each finds its
 * notification by the stream that calls it.
 */
const OWNER = Symbol('notification');
type Owned = ClientHttp2Stream & { [OWNER]: ApnsStream | undefined };

function onResponse(this: Owned, headers: Headers): void {
	this[OWNER]?.responded(headers);
}

function onClose(this: Owned): void {
	const owner = this[OWNER];
	// Node.js holds on to streams until its next full collection, and to all that they lead to.
	this[OWNER] = undefined;
	owner?.closed();
}

/** What it means shows when the stream closes. */
const ignored = () => undefined;

function isBeyond(id: number | undefined, lastStreamId: number | undefined): boolean {
	// Without a number it was never handed to the connection.
	return id === undefined || (lastStreamId !== undefined && id > lastStreamId);
}
