import type { Duplex } from 'node:stream';
import type { OctetWriter } from './octetWriter';
import { Flag, FRAME_HEAD, FRAME_SIZE, FrameType } from './protocol';

const CHUNK = 65_536;
/** The number of a stream and the code. */
const GOODBYE = 8;

/**
 * Frames on their way to a socket. All that is made in one turn of the event loop leaves in one piece, since
 * each write to a socket costs more than the frames in it.
 */
export class Output implements OctetWriter {
	private chunk: Buffer = Buffer.allocUnsafeSlow(CHUNK);
	private at = 0;
	private spare: Buffer | undefined;
	private isScheduled = false;
	private writes = 0;

	/** @param onFlush what was made so far is about to leave */
	constructor(
		private readonly socket: Duplex,
		private readonly onFlush: () => void,
	) {}

	/** Whether the socket has taken all that was given to it. */
	get isDrained(): boolean {
		return this.writes === 0;
	}

	/** Sees to it that so many octets can be written in one piece. */
	reserve(length: number): void {
		if (this.chunk.length - this.at < length) {
			this.flush();
			if (this.chunk.length < length) this.chunk = Buffer.allocUnsafeSlow(length);
		}
		if (this.isScheduled) return;
		this.isScheduled = true;
		// After all that the answers of this turn lead to.
		setImmediate(this.scheduled);
	}

	/** Octets as they are. */
	raw(bytes: Uint8Array): void {
		this.reserve(bytes.length);
		this.chunk.set(bytes, this.at);
		this.at += bytes.length;
	}

	/** A frame with a payload that is there. */
	frame(type: number, flags: number, stream: number, payload: Uint8Array): void {
		this.reserve(FRAME_HEAD + payload.length);
		this.head(payload.length, type, flags, stream);
		this.chunk.set(payload, this.at);
		this.at += payload.length;
	}

	/** A frame with a number. */
	number(type: number, stream: number, value: number): void {
		this.reserve(FRAME_HEAD + 4);
		this.head(4, type, 0, stream);
		this.at = this.chunk.writeUInt32BE(value, this.at);
	}

	/**
	 * A whole body in one frame.
	 * @param length its octets in UTF-8, {@link FRAME_SIZE} at most
	 */
	text(stream: number, text: string, length: number): void {
		this.reserve(FRAME_HEAD + length);
		this.head(length, FrameType.DATA, Flag.END_STREAM, stream);
		this.at += this.chunk.write(text, this.at, length, 'utf8');
	}

	/**
	 * Begins a header block, which is written next.
	 * @param most octets that it may take
	 * @returns what {@link endHeaders} is to be given
	 */
	beginHeaders(most: number): number {
		this.reserve(FRAME_HEAD + most);
		const begun = this.at;
		this.at += FRAME_HEAD;
		return begun;
	}

	/** Puts what was written since into as many frames as it takes. */
	endHeaders(begun: number, stream: number, flags: number): void {
		const end = this.at;
		const length = end - begun - FRAME_HEAD;
		if (length > FRAME_SIZE) return this.split(begun, length, stream, flags);
		this.at = begun;
		this.head(length, FrameType.HEADERS, flags | Flag.END_HEADERS, stream);
		this.at = end;
	}

	integer(pattern: number, mask: number, value: number): void {
		const { chunk } = this;
		if (value < mask) {
			chunk[this.at++] = pattern | value;
			return;
		}
		chunk[this.at++] = pattern | mask;
		let rest = value - mask;
		for (; rest >= 0x80; rest >>>= 7) chunk[this.at++] = (rest & 0x7f) | 0x80;
		chunk[this.at++] = rest;
	}

	string(text: string): void {
		this.integer(0, 0x7f, text.length);
		this.at += this.chunk.write(text, this.at, 'latin1');
	}

	/** Gives everything to the socket. */
	flush(): void {
		const { chunk, at } = this;
		if (at === 0) return;
		this.onFlush();
		this.chunk = this.spare ?? Buffer.allocUnsafeSlow(CHUNK);
		this.spare = undefined;
		this.at = 0;
		this.writes++;
		this.socket.write(chunk.subarray(0, at), () => {
			this.writes--;
			// Not before: the socket reads from it until then.
			this.spare = chunk;
		});
	}

	/** Forgets what has not left. */
	drop(): void {
		this.at = 0;
	}

	private readonly scheduled = (): void => {
		this.isScheduled = false;
		this.flush();
	};

	private head(length: number, type: number, flags: number, stream: number): void {
		const { chunk } = this;
		let { at } = this;
		chunk[at++] = length >>> 16;
		chunk[at++] = length >>> 8;
		chunk[at++] = length;
		chunk[at++] = type;
		chunk[at++] = flags;
		chunk[at++] = stream >>> 24;
		chunk[at++] = stream >>> 16;
		chunk[at++] = stream >>> 8;
		chunk[at++] = stream;
		this.at = at;
	}

	/** RFC 9113, 6.10. */
	private split(begun: number, length: number, stream: number, flags: number): void {
		const start = begun + FRAME_HEAD;
		const block = Buffer.from(this.chunk.subarray(start, start + length));
		this.at = begun;
		for (let from = 0; from < length; from += FRAME_SIZE) {
			const part = block.subarray(from, from + FRAME_SIZE);
			const type = from === 0 ? FrameType.HEADERS : FrameType.CONTINUATION;
			const last = from + FRAME_SIZE >= length ? Flag.END_HEADERS : 0;
			this.frame(type, (from === 0 ? flags : 0) | last, stream, part);
		}
	}
}

/** A goodbye. The server begins no streams, so none of its streams was looked at (RFC 9113, 6.8). */
export function goodbyeOf(code: number): Buffer {
	const frame = Buffer.alloc(FRAME_HEAD + GOODBYE);
	frame[2] = GOODBYE;
	frame[3] = FrameType.GOAWAY;
	frame.writeUInt32BE(code, FRAME_HEAD + 4);
	return frame;
}
