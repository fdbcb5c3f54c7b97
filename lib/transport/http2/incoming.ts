import { AnswerFields } from './fields';
import type { FrameSink } from './frameReader';
import { HeaderBlock } from './headerBlock';
import { HpackDecoder } from './hpack/decoder';
import { ErrorCode, Flag, FrameType, Http2Error, protocolError, WIDEST_WINDOW } from './protocol';

/** What the server has said, in frames that are well formed. */
export interface IncomingHandler {
	/** The last stream of which the server can know. */
	readonly flushedId: number;
	readonly isOver: boolean;
	/** The fields stand there only for as long as the call. */
	onFields(id: number, fields: AnswerFields, endsStream: boolean): void;
	/** @param flow what counts for the windows, which is the part and its padding */
	onBody(id: number, part: Buffer, flow: number, endsStream: boolean): void;
	onReset(id: number, code: number): void;
	onSettings(bytes: Buffer, start: number, end: number): void;
	onPing(payload: Buffer): void;
	/** The answer to a ping. */
	onPong(payload: Buffer): void;
	onGoAway(lastId: number, data: Buffer): void;
	/** @param id 0 for the connection */
	onWindowUpdate(id: number, by: number): void;
}

/** Frames that bring no answer on, one after the other: beyond so many somebody only keeps us busy. */
const MOST_IDLE_FRAMES = 10_000;
const PING_LENGTH = 8;
const PRIORITY_LENGTH = 5;
const GOAWAY_LENGTH = 8;

/** Reads frames from a server, and refuses what none may say (RFC 9113, 6). */
export class Incoming implements FrameSink {
	private readonly decoder = new HpackDecoder();
	private readonly fields = new AnswerFields();
	private readonly block = new HeaderBlock();
	private hasSettings = false;
	private idleFrames = 0;

	constructor(private readonly handler: IncomingHandler) {}

	/** An answer has come further. */
	progressed(): void {
		this.idleFrames = 0;
	}

	/** @throws Http2Error */
	frame(
		type: number,
		flags: number,
		id: number,
		bytes: Buffer,
		start: number,
		end: number,
	): boolean {
		if (++this.idleFrames > MOST_IDLE_FRAMES) {
			throw new Http2Error(ErrorCode.ENHANCE_YOUR_CALM, 'frames that lead to nothing');
		}
		if (!this.hasSettings && (type !== FrameType.SETTINGS || flags & Flag.ACK)) {
			throw protocolError('it did not begin with its settings');
		}
		if (this.block.stream !== 0 && type !== FrameType.CONTINUATION) {
			throw protocolError('something else within a header block');
		}
		switch (type) {
			case FrameType.DATA:
				this.data(flags, id, bytes, start, end);
				break;
			case FrameType.HEADERS:
				this.headers(flags, id, bytes, start, end);
				break;
			case FrameType.CONTINUATION:
				this.continuation(flags, id, bytes, start, end);
				break;
			case FrameType.PRIORITY:
				if (id === 0) throw protocolError('a priority without a stream');
				assertLength(end - start, PRIORITY_LENGTH);
				break;
			case FrameType.RST_STREAM:
				this.assertBegun(id);
				assertLength(end - start, 4);
				this.handler.onReset(id, bytes.readUInt32BE(start));
				break;
			case FrameType.SETTINGS:
				this.settings(flags, id, bytes, start, end);
				break;
			case FrameType.PUSH_PROMISE:
				throw protocolError('a push, which was forbidden');
			case FrameType.PING:
				this.ping(flags, id, bytes, start, end);
				break;
			case FrameType.GOAWAY:
				this.goAway(id, bytes, start, end);
				break;
			case FrameType.WINDOW_UPDATE:
				if (id !== 0) this.assertBegun(id);
				assertLength(end - start, 4);
				this.handler.onWindowUpdate(id, bytes.readUInt32BE(start) & WIDEST_WINDOW);
		}
		// Of types that nobody knows nothing is to be thought (RFC 9113, 5.5).
		return !this.handler.isOver;
	}

	private data(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
		this.assertBegun(id);
		const [from, to] = withoutPadding(flags, bytes, start, end);
		const endsStream = (flags & Flag.END_STREAM) !== 0;
		this.handler.onBody(id, bytes.subarray(from, to), end - start, endsStream);
	}

	private headers(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
		this.assertBegun(id);
		let from = start;
		let to = end;
		if (flags & Flag.PADDED) [from, to] = withoutPadding(flags, bytes, start, end);
		if (flags & Flag.PRIORITY) from += PRIORITY_LENGTH;
		if (from > to) throw new Http2Error(ErrorCode.FRAME_SIZE_ERROR, 'a priority that is cut off');
		const endsStream = (flags & Flag.END_STREAM) !== 0;
		if (flags & Flag.END_HEADERS) this.decode(id, bytes, from, to, endsStream);
		else this.block.begin(id, endsStream, bytes.subarray(from, to));
	}

	private continuation(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
		const { block } = this;
		if (block.stream === 0 || id !== block.stream) {
			throw protocolError('a continuation of nothing');
		}
		block.add(bytes.subarray(start, end));
		if (!(flags & Flag.END_HEADERS)) return;
		const whole = block.take();
		this.decode(id, whole, 0, whole.length, block.endsStream);
	}

	/** Even where nobody waits for it any more, since the tables of both sides go on. */
	private decode(id: number, bytes: Buffer, from: number, to: number, endsStream: boolean): void {
		const { fields } = this;
		fields.clear();
		this.decoder.decode(bytes, from, to, fields);
		this.handler.onFields(id, fields, endsStream);
	}

	private settings(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
		if (id !== 0) throw protocolError('settings of a stream');
		if (flags & Flag.ACK) {
			assertLength(end - start, 0);
			return;
		}
		this.hasSettings = true;
		this.handler.onSettings(bytes, start, end);
	}

	private ping(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
		if (id !== 0) throw protocolError('a ping on a stream');
		assertLength(end - start, PING_LENGTH);
		const payload = bytes.subarray(start, end);
		if (flags & Flag.ACK) this.handler.onPong(payload);
		else this.handler.onPing(payload);
	}

	private goAway(id: number, bytes: Buffer, start: number, end: number): void {
		if (id !== 0) throw protocolError('a goodbye on a stream');
		if (end - start < GOAWAY_LENGTH) assertLength(end - start, GOAWAY_LENGTH);
		const data = Buffer.from(bytes.subarray(start + GOAWAY_LENGTH, end));
		this.handler.onGoAway(bytes.readUInt32BE(start) & WIDEST_WINDOW, data);
	}

	/** Only we begin streams, with odd numbers (RFC 9113, 5.1.1). */
	private assertBegun(id: number): void {
		if (id % 2 === 0 || id > this.handler.flushedId) {
			throw protocolError(`a frame on the stream ${id}, which there is not`);
		}
	}
}

/** RFC 9113, 6.1. */
function withoutPadding(
	flags: number,
	bytes: Buffer,
	start: number,
	end: number,
): [from: number, to: number] {
	if (!(flags & Flag.PADDED)) return [start, end];
	if (end === start) throw new Http2Error(ErrorCode.FRAME_SIZE_ERROR, 'padding without a length');
	const padding = bytes[start];
	if (padding >= end - start) throw protocolError('more padding than frame');
	return [start + 1, end - padding];
}

function assertLength(length: number, expected: number): void {
	if (length === expected) return;
	throw new Http2Error(ErrorCode.FRAME_SIZE_ERROR, `a frame of ${length} octets, not ${expected}`);
}
