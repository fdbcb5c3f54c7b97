import type { Duplex } from 'node:stream';
import { BodySender } from './bodySender';
import { ClientStream, type StreamEnd, type StreamListener } from './clientStream';
import { assertSendable, LONGEST_HEAD, type AnswerFields } from './fields';
import { FrameReader } from './frameReader';
import { HpackEncoder, longestBlock, type Indexing } from './hpack/encoder';
import { Incoming, type IncomingHandler } from './incoming';
import { goodbyeOf, Output } from './output';
import {
	ErrorCode,
	Flag,
	FrameType,
	Http2Error,
	INITIAL_WINDOW,
	LAST_STREAM_ID,
	PREFACE,
	protocolError,
	Setting,
} from './protocol';
import { defaultSettings, readSettings, settingBytes } from './settings';

/** Who holds a session. Nothing that it is told may throw. */
export interface SessionListener {
	/** The server has said, for the first time or anew, what it takes. */
	onSettings(): void;
	/** It takes no more requests; those that it has may still be answered. @param data what the server adds */
	onGoAway(data: Buffer): void;
	/** It is over. The streams that are left are told after that. */
	onClose(error?: Error): void;
}

export interface SessionOptions {
	/** What of fields is remembered, by name; all of it unless said otherwise. */
	indexing?: Readonly<Record<string, Indexing>>;
}

/** Replies that wait for a server that reads nothing. */
const MOST_REPLIES = 1_000;
const CONNECTION_WINDOW = 1_048_576;
const PING_LENGTH = 8;
const NO_BYTES = Buffer.alloc(0);
const OPENING = Buffer.concat([
	settingBytes(Setting.ENABLE_PUSH, 0),
	settingBytes(Setting.MAX_HEADER_LIST_SIZE, LONGEST_HEAD),
]);

/**
 * The client's side of an HTTP/2 connection (RFC 9113), for many small requests at once whose bodies are
 * there as a whole. What a server may do is limited in every direction; what it does wrong ends the stream
 * or the connection, as the RFC says, and is never thrown out of a socket's event.
 */
export class ClientSession implements IncomingHandler {
	/** @internal The last stream of which anything has left. */
	flushedId = 0;
	/** @internal */
	isOver = false;
	private readonly settings = defaultSettings();
	private readonly streams = new Map<number, ClientStream>();
	private readonly out: Output;
	private readonly bodies: BodySender;
	private readonly encoder: HpackEncoder;
	private readonly incoming = new Incoming(this);
	private readonly reader = new FrameReader(this.incoming);
	private readonly pings = new Map<number, () => void>();
	private pinged = 0;
	private nextId = 1;
	/** Streams with higher numbers are not looked at. */
	private lastId = LAST_STREAM_ID;
	private isDraining = false;
	private replies = 0;
	/** Of what came, not yet given back to the server's window. */
	private taken = 0;

	/** @param socket connected to a server that speaks HTTP/2 */
	constructor(
		private readonly socket: Duplex,
		private readonly listener: SessionListener,
		{ indexing }: SessionOptions = {},
	) {
		this.encoder = new HpackEncoder(indexing);
		this.out = new Output(socket, () => (this.flushedId = this.nextId - 2));
		this.bodies = new BodySender(this.out);
		const { setNoDelay } = socket as { setNoDelay?: (on: boolean) => void };
		setNoDelay?.call(socket, true);
		socket.on('data', (chunk: Buffer) => this.read(chunk));
		socket.on('error', (error) => this.over(error));
		socket.on('end', () => this.over());
		socket.on('close', () => this.over());
		this.out.raw(PREFACE);
		this.out.frame(FrameType.SETTINGS, 0, 0, OPENING);
		this.out.number(FrameType.WINDOW_UPDATE, 0, CONNECTION_WINDOW - INITIAL_WINDOW);
		this.out.flush();
	}

	/** Whether it takes requests. */
	get isOpen(): boolean {
		return !this.isOver && !this.isDraining;
	}

	/** Streams that the server takes at once. */
	get maxConcurrentStreams(): number {
		return this.settings.maxConcurrentStreams;
	}

	/**
	 * Sends a request.
	 * @param fields names, in lower case, and values in turn; those that begin with a colon first
	 * @returns undefined where it takes none any more, of which the listener is told nothing
	 * @throws TypeError for a field that no request can have
	 */
	request(
		fields: readonly string[],
		body: string,
		listener: StreamListener,
	): ClientStream | undefined {
		if (!this.isOpen) return undefined;
		const { out, encoder, nextId: id } = this;
		assertSendable(fields);
		const begun = out.beginHeaders(longestBlock(fields));
		encoder.begin(out);
		for (let at = 0; at < fields.length; at += 2) encoder.field(out, fields[at], fields[at + 1]);
		out.endHeaders(begun, id, body === '' ? Flag.END_STREAM : 0);
		this.nextId += 2;
		const stream = new ClientStream(id, listener, this.bodies.initialWindow);
		this.streams.set(id, stream);
		if (body !== '') this.bodies.begin(stream, body);
		if (this.nextId > LAST_STREAM_ID) this.drain(NO_BYTES);
		return stream;
	}

	/** Gives up a request. Its listener is told, if it was not over. */
	cancel(stream: ClientStream): void {
		if (this.streams.get(stream.id) === stream) this.reset(stream, ErrorCode.CANCEL);
	}

	/** Asks whether the server is there. @param done it has answered */
	ping(done: () => void): void {
		if (this.isOver) return;
		const payload = Buffer.alloc(PING_LENGTH);
		payload.writeUInt32BE(++this.pinged, 0);
		this.pings.set(this.pinged, done);
		this.out.frame(FrameType.PING, 0, 0, payload);
	}

	/** Keeps the process running. */
	ref(): void {
		(this.socket as { ref?: () => void }).ref?.();
	}

	/** Does not keep the process running. */
	unref(): void {
		(this.socket as { unref?: () => void }).unref?.();
	}

	/** Says goodbye; the streams that are left break off. */
	close(): void {
		this.end(ErrorCode.NO_ERROR);
	}

	/** Cuts the connection without a word, where nobody hears. */
	destroy(): void {
		this.socket.destroy();
		this.over();
	}

	private read(chunk: Buffer): void {
		if (this.isOver) return;
		try {
			this.reader.read(chunk);
		} catch (error) {
			const code = error instanceof Http2Error ? error.errorCode : ErrorCode.INTERNAL_ERROR;
			this.end(code, error as Error);
		}
	}

	/** @internal */
	onFields(id: number, fields: AnswerFields, endsStream: boolean): void {
		const stream = this.streams.get(id);
		if (!stream) return;
		const { status } = fields;
		if (fields.isTooLarge) return this.reset(stream, ErrorCode.ENHANCE_YOUR_CALM);
		// What comes after the head is its end (RFC 9113, 8.1); before it there may be others, 101 aside (8.6).
		const isInformation = status >= 100 && status < 200;
		const isRight = stream.hasHead
			? status === 0 && endsStream
			: status !== 0 && status !== 101 && !(isInformation && endsStream);
		if (fields.isMalformed || !isRight) return this.reset(stream, ErrorCode.PROTOCOL_ERROR);
		if (isInformation) return;
		this.incoming.progressed();
		if (!stream.hasHead) {
			stream.hasHead = true;
			// Of what is not modified it tells the length that would have been sent (RFC 9110, 8.6).
			if (status !== 304) stream.contentLength = fields.contentLength;
			stream.listener.onHead(status, fields.list);
		}
		if (endsStream) this.complete(stream);
	}

	/** @internal */
	onBody(id: number, part: Buffer, flow: number, endsStream: boolean): void {
		// Room is given back from the half on, so that nothing that comes is more than there is room for.
		this.taken += flow;
		if (this.taken * 2 >= CONNECTION_WINDOW) {
			this.out.number(FrameType.WINDOW_UPDATE, 0, this.taken);
			this.taken = 0;
		}
		const stream = this.streams.get(id);
		if (!stream) return;
		stream.taken += flow;
		stream.received += part.length;
		const { contentLength, received, taken } = stream;
		if (!stream.hasHead || (contentLength >= 0 && received > contentLength)) {
			return this.reset(stream, ErrorCode.PROTOCOL_ERROR);
		}
		if (part.length > 0) {
			this.incoming.progressed();
			stream.listener.onData(part);
		}
		if (endsStream) return this.complete(stream);
		if (taken * 2 < INITIAL_WINDOW || !this.streams.has(id)) return;
		this.out.number(FrameType.WINDOW_UPDATE, id, taken);
		stream.taken = 0;
	}

	/** @internal */
	onReset(id: number, code: number): void {
		const stream = this.streams.get(id);
		if (!stream) return;
		this.incoming.progressed();
		const isRefused = code === ErrorCode.REFUSED_STREAM && !stream.hasHead;
		this.leave(stream, isRefused ? 'unprocessed' : 'broken', code);
	}

	/** @internal */
	onSettings(bytes: Buffer, start: number, end: number): void {
		readSettings(bytes, start, end, this.settings);
		const { leastHeaderTableSize, headerTableSize, initialWindowSize } = this.settings;
		this.encoder.resize(leastHeaderTableSize);
		this.encoder.resize(headerTableSize);
		this.bodies.resize(initialWindowSize, this.streams.values());
		this.reply(FrameType.SETTINGS, NO_BYTES);
		this.listener.onSettings();
	}

	/** @internal */
	onPing(payload: Buffer): void {
		this.reply(FrameType.PING, payload);
	}

	/** @internal */
	onPong(payload: Buffer): void {
		const number = payload.readUInt32BE(0);
		const done = this.pings.get(number);
		this.pings.delete(number);
		done?.();
	}

	/** @internal */
	onGoAway(lastId: number, data: Buffer): void {
		// Said again it is lower, when all that was under way has arrived (RFC 9113, 6.8).
		this.lastId = lastId;
		this.drain(data);
	}

	/** @internal */
	onWindowUpdate(id: number, by: number): void {
		if (id === 0) {
			if (by === 0) throw protocolError('a window that is wider by nothing');
			this.bodies.widen(by);
			return;
		}
		const stream = this.streams.get(id);
		if (!stream) return;
		if (by === 0) this.reset(stream, ErrorCode.PROTOCOL_ERROR);
		else if (!this.bodies.widenStream(stream, by)) {
			this.reset(stream, ErrorCode.FLOW_CONTROL_ERROR);
		}
	}

	private reply(type: number, payload: Uint8Array): void {
		this.replies = this.out.isDrained ? 1 : this.replies + 1;
		if (this.replies > MOST_REPLIES) {
			throw new Http2Error(ErrorCode.ENHANCE_YOUR_CALM, 'it asks and does not read the answers');
		}
		this.out.frame(type, Flag.ACK, 0, payload);
	}

	private complete(stream: ClientStream): void {
		// The listener may have given it up just now.
		if (!this.streams.has(stream.id)) return;
		if (stream.contentLength >= 0 && stream.received !== stream.contentLength) {
			return this.reset(stream, ErrorCode.PROTOCOL_ERROR);
		}
		// It has answered without having read all; nothing more needs to be sent (RFC 9113, 8.1).
		if (stream.body) this.out.number(FrameType.RST_STREAM, stream.id, ErrorCode.CANCEL);
		this.leave(stream, 'complete', ErrorCode.NO_ERROR);
	}

	private reset(stream: ClientStream, code: number): void {
		this.out.number(FrameType.RST_STREAM, stream.id, code);
		this.leave(stream, 'broken', code);
	}

	private leave(stream: ClientStream, end: StreamEnd, code: number): void {
		this.streams.delete(stream.id);
		this.bodies.forget(stream);
		stream.listener.onClose(end, code);
		if (this.isDraining && this.streams.size === 0) this.close();
	}

	/** Takes no more, and is over when the last answer has come. */
	private drain(data: Buffer): void {
		this.isDraining = true;
		this.listener.onGoAway(data);
		for (const stream of [...this.streams.values()]) {
			if (stream.id > this.lastId) this.leave(stream, this.endOf(stream), ErrorCode.REFUSED_STREAM);
		}
		if (this.streams.size === 0) this.close();
	}

	/** How a stream ends that nothing more can come of. */
	private endOf({ id, hasHead }: ClientStream): StreamEnd {
		return !hasHead && (id > this.flushedId || id > this.lastId) ? 'unprocessed' : 'broken';
	}

	/** Says why it ends, and ends. */
	private end(code: number, error?: Error): void {
		if (this.isOver) return;
		// Kept by a peer that does not read, it would stay for as long as the network likes.
		if (this.out.isDrained) this.socket.end(goodbyeOf(code), () => this.socket.destroy());
		else this.socket.destroy();
		this.over(error);
	}

	private over(error?: Error): void {
		if (this.isOver) return;
		this.isOver = true;
		this.out.drop();
		this.pings.clear();
		this.unref();
		if (!this.socket.writableEnded) this.socket.destroy();
		this.listener.onClose(error);
		for (const stream of [...this.streams.values()]) {
			this.leave(stream, this.endOf(stream), ErrorCode.NO_ERROR);
		}
	}
}
