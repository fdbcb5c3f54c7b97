import type { IWebhookFunctions } from 'n8n-workflow';
import { IntakeError, MB, type IntakeAnswer, type IntakeRequest } from '../../lib/transport/intake';

/** A request as n8n's webhook server received it. */
export function requestOf(context: Pick<IWebhookFunctions, 'getRequestObject'>): IntakeRequest {
	const request = context.getRequestObject();
	const url = request.originalUrl ?? request.url;
	return {
		method: request.method,
		query: url.includes('?') ? url.slice(url.indexOf('?') + 1) : '',
		headers: request.headers,
		// Not `ips`, which names the proxies on the way too: they are no senders.
		remoteAddress: request.ip ?? '',
		readBody: async (limitBytes) => await readBody(context, limitBytes),
	};
}

async function readBody(
	context: Pick<IWebhookFunctions, 'getRequestObject'>,
	limitBytes: number,
): Promise<Buffer> {
	const request = context.getRequestObject();
	if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
	const problem = await request.readRawBody().then(
		() => undefined,
		(error: Error & { statusCode?: number; status?: number }) => error,
	);
	if ((problem?.statusCode ?? problem?.status) === 413) throw tooLarge(limitBytes);
	if (problem) throw new IntakeError(400, `The body could not be read: ${problem.message}`);
	const body = Buffer.isBuffer(request.rawBody) ? request.rawBody : Buffer.alloc(0);
	// Sent in chunks it announces no length.
	if (body.length > limitBytes) throw tooLarge(limitBytes);
	return body;
}

const tooLarge = (limit: number) =>
	new IntakeError(413, `The request is larger than ${limit / MB} MB`);

/** Answers at once: through n8n the answer would wait until an execution slot is free. */
export function answerNow(
	context: Pick<IWebhookFunctions, 'getResponseObject'>,
	{ status, body, headers = {} }: IntakeAnswer,
): void {
	const response = context.getResponseObject();
	for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
	response.status(status).json(body);
}
