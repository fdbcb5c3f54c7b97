import { StoreFullError, StoreSetupError } from '../../store/errors';
import { CallbackFieldError, CallbackNotFoundError } from '../errors';
import type { ErrorDocument, ErrorObject } from '../jsonApi';
import { QueryError } from '../listQuery';

/** A request that is refused, as the error that is answered (Reactor, error handling). */
export class ApiError extends Error {
	override readonly name = 'ApiError';

	constructor(
		readonly status: number,
		readonly code: string,
		readonly title: string,
		readonly detail?: string,
		readonly source?: ErrorObject['source'],
		readonly headers: Record<string, string> = {},
	) {
		super(detail ?? title);
	}
}

/** No such record, or none that this token may see: the same answer, so that nothing is told. */
export const notFound = () =>
	new ApiError(404, 'not-found', 'Record Not Found', undefined, { pointer: '/data' });

/** A body that cannot be read as a document. */
export const badDocument = (pointer: string, detail: string) =>
	new ApiError(400, 'invalid-document', 'Invalid Document', detail, { pointer });

/** An id or a type that is not that of the path. */
export const conflict = (pointer: string, detail: string) =>
	new ApiError(409, 'conflict', 'Conflict', detail, { pointer });

export const tooLarge = (limitBytes: number) =>
	new ApiError(
		413,
		'payload-too-large',
		'Payload Too Large',
		`The body is larger than ${limitBytes} bytes`,
	);

export const unauthorized = () =>
	new ApiError(
		401,
		'authentication-failure',
		'Authentication Failure',
		'Send a token of this service: "Authorization: Bearer …"',
		undefined,
		{ 'www-authenticate': 'Bearer' },
	);

export const methodNotAllowed = (allowed: readonly string[]) =>
	new ApiError(
		405,
		'method-not-allowed',
		'Method Not Allowed',
		`Here is only ${allowed.join(', ')}`,
		undefined,
		{ allow: allowed.join(', ') },
	);

const unavailable = () =>
	new ApiError(
		503,
		'unavailable',
		'Service Unavailable',
		'Callbacks cannot be read or stored now; try again later',
		undefined,
		{ 'retry-after': '30' },
	);

/** What to answer to whatever went wrong; undefined for a fault that nobody foresaw. */
export function toApiError(error: unknown): ApiError | undefined {
	if (error instanceof ApiError) return error;
	if (error instanceof CallbackNotFoundError) return notFound();
	if (error instanceof CallbackFieldError) {
		const source = { pointer: `/data/attributes/${error.attribute}` };
		const detail = `${error.attribute} ${error.problem}`;
		return new ApiError(422, 'invalid-callback', 'Invalid Callback', detail, source);
	}
	if (error instanceof QueryError) {
		const source = { parameter: error.parameter };
		return new ApiError(400, 'invalid-parameter', 'Invalid Parameter', error.message, source);
	}
	if (error instanceof StoreFullError || error instanceof StoreSetupError) return unavailable();
	return undefined;
}

export const internalError = () => new ApiError(500, 'internal-error', 'Internal Error');

/**
 * The document of an error.
 * @param ids of the error and of the request
 */
export function errorDocument(
	{ status, code, title, detail, source }: ApiError,
	ids: { error: string; request: string },
): ErrorDocument {
	const error: ErrorObject = {
		id: ids.error,
		status: String(status),
		code,
		title,
		...(detail === undefined ? {} : { detail }),
		meta: { request_id: ids.request },
		...(source === undefined ? {} : { source }),
	};
	return { errors: [error] };
}
