import type { ClientStream } from './clientStream';
import type { Output } from './output';
import {
	ErrorCode,
	Flag,
	FRAME_SIZE,
	FrameType,
	Http2Error,
	INITIAL_WINDOW,
	WIDEST_WINDOW,
} from './protocol';

/** Sends bodies as far as the server's windows have room for them (RFC 9113, 5.2 and 6.9). */
export class BodySender {
	/** The window of the whole connection. */
	private window = INITIAL_WINDOW;
	private initial = INITIAL_WINDOW;
	/** Streams with something left, in the order in which they began. */
	private readonly waiting = new Set<ClientStream>();

	constructor(private readonly out: Output) {}

	/** The window with which a stream begins. */
	get initialWindow(): number {
		return this.initial;
	}

	/** Sends a body that is not empty. */
	begin(stream: ClientStream, body: string): void {
		const length = Buffer.byteLength(body);
		if (length > FRAME_SIZE || length > this.window || length > stream.window) {
			stream.body = Buffer.from(body);
			this.waiting.add(stream);
			this.advance(stream);
			return;
		}
		this.window -= length;
		stream.window -= length;
		this.out.text(stream.id, body, length);
	}

	/** Sends no more of it. */
	forget(stream: ClientStream): void {
		if (stream.body === undefined) return;
		stream.body = undefined;
		this.waiting.delete(stream);
	}

	/**
	 * The connection's window becomes wider.
	 * @throws Http2Error where it becomes too wide
	 */
	widen(by: number): void {
		this.window += by;
		if (this.window > WIDEST_WINDOW) throw tooWide();
		this.advanceAll();
	}

	/** A stream's window becomes wider. @returns whether it may be as wide as that */
	widenStream(stream: ClientStream, by: number): boolean {
		if (stream.window + by > WIDEST_WINDOW) return false;
		stream.window += by;
		this.advance(stream);
		return true;
	}

	/**
	 * The server has set another window for streams, which counts for those that are open as well
	 * (RFC 9113, 6.9.2). Theirs may become negative.
	 * @throws Http2Error where one becomes too wide
	 */
	resize(initial: number, streams: Iterable<ClientStream>): void {
		const by = initial - this.initial;
		if (by === 0) return;
		this.initial = initial;
		for (const stream of streams) {
			stream.window += by;
			if (stream.window > WIDEST_WINDOW) throw tooWide();
		}
		this.advanceAll();
	}

	private advanceAll(): void {
		for (const stream of this.waiting) this.advance(stream);
	}

	private advance(stream: ClientStream): void {
		for (let { body } = stream; body; body = stream.body) {
			const length = Math.min(body.length, this.window, stream.window, FRAME_SIZE);
			if (length <= 0) return;
			this.window -= length;
			stream.window -= length;
			const isLast = length === body.length;
			const part = isLast ? body : body.subarray(0, length);
			this.out.frame(FrameType.DATA, isLast ? Flag.END_STREAM : 0, stream.id, part);
			if (isLast) this.forget(stream);
			else stream.body = body.subarray(length);
		}
	}
}

function tooWide(): Http2Error {
	return new Http2Error(ErrorCode.FLOW_CONTROL_ERROR, 'a window wider than can be');
}
