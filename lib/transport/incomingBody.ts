import type { IncomingMessage, ServerResponse } from 'node:http';
import { IntakeError, MB } from './intake';

/**
 * The bytes of a request's body, as they came.
 * @throws IntakeError 413 when they are more than the limit, 400 when the sender breaks off
 */
export async function readBody(
	request: IncomingMessage,
	response: ServerResponse,
	limitBytes: number,
): Promise<Buffer> {
	if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
	if (request.headers.expect !== undefined) response.writeContinue();
	return await new Promise<Buffer>((resolve, reject) => {
		const chunks: Buffer[] = [];
		let length = 0;
		request.on('data', (chunk: Buffer) => {
			length += chunk.length;
			if (length <= limitBytes) {
				chunks.push(chunk);
				return;
			}
			chunks.length = 0;
			request.pause();
			reject(tooLarge(limitBytes));
		});
		request.once('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
		request.once('close', () => {
			if (!request.complete) reject(new IntakeError(400, 'The body broke off before its end'));
		});
	});
}

const tooLarge = (limit: number) =>
	new IntakeError(413, `The request is larger than ${limit / MB} MB`);

/** What is still coming of a body that nobody wants: at most so much of it is read, for so long. */
const MOST_DISCARDED = 4 * MB;
const DISCARDING_MS = 1_000;

/**
 * Lets a refused body run out, so that its sender gets to read the answer: a connection that is closed with
 * bytes unread is reset, and the answer is lost with it.
 */
export async function discardRest(request: IncomingMessage): Promise<void> {
	// Who asked before sending sends nothing after a refusal.
	if (request.complete || request.destroyed || request.headers.expect !== undefined) return;
	await new Promise<void>((resolve) => {
		let discarded = 0;
		const late = setTimeout(resolve, DISCARDING_MS);
		request.removeAllListeners('data');
		request.on('data', (chunk: Buffer) => {
			discarded += chunk.length;
			if (discarded > MOST_DISCARDED) resolve();
		});
		for (const over of ['end', 'close'] as const) request.once(over, resolve);
		request.once('close', () => clearTimeout(late));
		request.resume();
	});
}
