/**
 * How a stream ended: with a complete answer; without one, and certain never to have been looked at by the
 * server; or without one, which says nothing of what the server did.
 */
export type StreamEnd = 'complete' | 'unprocessed' | 'broken';

/** Who waits for the answer on a stream. Nothing that it is told may throw. */
export interface StreamListener {
	/**
	 * The head of the answer.
	 * @param fields names, in lower case, and values in turn
	 */
	onHead(status: number, fields: readonly string[]): void;
	/** A part of the body, which is there only for as long as the call. */
	onData(chunk: Buffer): void;
	/**
	 * It is over; nothing comes after that.
	 * @param code why it broke off (RFC 9113, 7)
	 */
	onClose(end: StreamEnd, code: number): void;
}

/** One request and its answer on a connection. */
export class ClientStream {
	/** What is left to send, while the server's windows have no room for it. */
	body: Buffer | undefined;
	hasHead = false;
	/** What the head says of the body's length, or -1. */
	contentLength = -1;
	received = 0;
	/** Of what came, not yet given back to the server's window. */
	taken = 0;

	/** @param window how much the server takes of the body */
	constructor(
		readonly id: number,
		readonly listener: StreamListener,
		public window: number,
	) {}
}
