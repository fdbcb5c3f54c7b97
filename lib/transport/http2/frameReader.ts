import { ErrorCode, FRAME_HEAD, FRAME_SIZE, Http2Error } from './protocol';

/** Takes frames; the payload stands in a buffer that is used again afterwards. */
export interface FrameSink {
	/** @returns whether more are wanted */
	frame(
		type: number,
		flags: number,
		stream: number,
		bytes: Buffer,
		start: number,
		end: number,
	): boolean;
}

/** Finds the frames in what comes from a socket, wherever that is cut (RFC 9113, 4.1). */
export class FrameReader {
	/** A frame of which only the beginning is there. */
	private held: Buffer | undefined;
	private heldLength = 0;

	constructor(private readonly sink: FrameSink) {}

	/** @throws Http2Error for a frame that is too long, and what the sink throws */
	read(chunk: Buffer): void {
		let at = 0;
		while (this.heldLength > 0) {
			if (at === chunk.length) return;
			at = this.fill(chunk, at);
			if (!this.takeHeld()) return;
		}
		while (chunk.length - at >= FRAME_HEAD) {
			const end = at + FRAME_HEAD + lengthAt(chunk, at);
			if (end > chunk.length) break;
			if (!this.give(chunk, at, end)) return;
			at = end;
		}
		if (at < chunk.length) this.hold(chunk, at);
	}

	private hold(chunk: Buffer, at: number): void {
		this.held ??= Buffer.allocUnsafeSlow(FRAME_HEAD + FRAME_SIZE);
		this.heldLength = chunk.copy(this.held, 0, at);
	}

	/** Adds as much as the head, or then the frame, lacks. @returns where the rest begins */
	private fill(chunk: Buffer, at: number): number {
		const held = this.held as Buffer;
		const whole = this.heldLength < FRAME_HEAD ? FRAME_HEAD : FRAME_HEAD + lengthAt(held, 0);
		const end = Math.min(chunk.length, at + whole - this.heldLength);
		this.heldLength += chunk.copy(held, this.heldLength, at, end);
		return end;
	}

	/** Hands over the frame that is held, if it is complete by now. @returns whether to go on */
	private takeHeld(): boolean {
		const held = this.held as Buffer;
		if (this.heldLength < FRAME_HEAD) return true;
		const whole = FRAME_HEAD + lengthAt(held, 0);
		if (this.heldLength < whole) return true;
		this.heldLength = 0;
		return this.give(held, 0, whole);
	}

	private give(bytes: Buffer, at: number, end: number): boolean {
		const stream = bytes.readUInt32BE(at + 5) & 0x7fff_ffff;
		return this.sink.frame(bytes[at + 3], bytes[at + 4], stream, bytes, at + FRAME_HEAD, end);
	}
}

function lengthAt(bytes: Buffer, at: number): number {
	const length = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
	if (length > FRAME_SIZE) {
		throw new Http2Error(ErrorCode.FRAME_SIZE_ERROR, `a frame of ${length} octets`);
	}
	return length;
}
