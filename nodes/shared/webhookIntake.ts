import type { IDataObject, IWebhookFunctions } from 'n8n-workflow';

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

export interface WebhookAnswer {
	status: number;
	body: IDataObject;
	headers?: Record<string, string>;
}

export const MB = 1024 * 1024;

/**
 * Reads the bytes of a request as they came.
 * @throws IntakeError when they are too many, or cannot be read
 */
export async function readBody(
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
	{ status, body, headers = {} }: WebhookAnswer,
): void {
	const response = context.getResponseObject();
	for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
	response.status(status).json(body);
}
