import { ErrorCode, Http2Error } from './protocol';

/** Compressed; beyond it the answer is none that anybody means. */
const LONGEST_BLOCK = 65_536;
/** Frames may be empty, so that their number says more than their length. */
const MOST_FRAMES = 32;

/** A header block that comes in several frames (RFC 9113, 6.10). */
export class HeaderBlock {
	/** Of the stream whose block is being gathered, else 0. */
	stream = 0;
	endsStream = false;
	private parts: Buffer[] = [];
	private length = 0;

	begin(stream: number, endsStream: boolean, part: Buffer): void {
		this.stream = stream;
		this.endsStream = endsStream;
		this.add(part);
	}

	/**
	 * Adds a part, of which a copy is kept.
	 * @throws Http2Error where there is no end to it
	 */
	add(part: Buffer): void {
		this.length += part.length;
		this.parts.push(Buffer.from(part));
		if (this.length <= LONGEST_BLOCK && this.parts.length <= MOST_FRAMES) return;
		throw new Http2Error(ErrorCode.ENHANCE_YOUR_CALM, 'a header block without an end');
	}

	/** All of it. */
	take(): Buffer {
		const whole = Buffer.concat(this.parts);
		this.stream = 0;
		this.parts = [];
		this.length = 0;
		return whole;
	}
}
