import type { IncomingHttpHeaders } from 'node:http';

/** A request that is to be taken in, whoever received it: n8n's webhook server or a listener of our own. */
export interface IntakeRequest {
	method: string;
	/** As they came, without the question mark. */
	query: string;
	/** Names in lower case. */
	headers: IncomingHttpHeaders;
	/** Who sends; empty where nobody knows. */
	remoteAddress: string;
	/**
	 * The bytes as they came, asked for once, and not before the sender's address is known to be allowed.
	 * @throws IntakeError 413 when they are more than the limit, 400 when they cannot be read
	 */
	readBody: (limitBytes: number) => Promise<Buffer>;
}

export interface IntakeAnswer {
	status: number;
	/** Goes out as JSON. */
	body: object;
	headers?: Record<string, string>;
}

/** A request that is not taken, with the answer that it gets. */
export class IntakeError extends Error {
	override readonly name = 'IntakeError';

	constructor(
		readonly status: number,
		message: string,
	) {
		super(message);
	}
}

export const MB = 1024 * 1024;

/** Headers of an answer that asks for the same request later. */
export const LATER = { 'retry-after': '30' };
