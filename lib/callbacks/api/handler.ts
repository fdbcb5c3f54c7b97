import { randomUUID } from 'node:crypto';
import { isResourceId, JSON_API_TYPE } from '../jsonApi';
import { AuditEventCalls } from './auditEventCalls';
import { CallbackCalls } from './callbackCalls';
import {
	errorDocument,
	internalError,
	methodNotAllowed,
	notFound,
	toApiError,
	tooLarge,
	unauthorized,
	type ApiError,
} from './errors';
import { PropertyCalls } from './propertyCalls';
import type {
	Answer,
	ApiRequest,
	ApiResponse,
	Body,
	CallbackApiOptions,
	Caller,
	ReadRequest,
} from './types';

export type { ApiRequest, ApiResponse, CallbackApiOptions } from './types';

type Call = (caller: Caller, id: string, request: ReadRequest) => Promise<Answer>;

interface Route {
	path: RegExp;
	idPrefix?: string;
	calls: Record<string, Call>;
}

/**
 * The callbacks endpoint of the Reactor API, and read-only what its links point to. A plain function of a
 * request, whatever server it came through; it never throws.
 */
export class CallbackApi {
	private readonly routes: Route[];

	constructor(private readonly options: CallbackApiOptions) {
		const callbacks = new CallbackCalls(options);
		const properties = new PropertyCalls(options);
		const events = new AuditEventCalls(options);
		this.routes = [
			{
				path: /^\/properties\/([^/]+)\/callbacks$/,
				idPrefix: 'PR',
				calls: { GET: callbacks.list, POST: callbacks.create },
			},
			{
				path: /^\/callbacks\/([^/]+)$/,
				idPrefix: 'CB',
				calls: {
					GET: callbacks.get,
					PUT: callbacks.update,
					PATCH: callbacks.update,
					DELETE: callbacks.remove,
				},
			},
			{
				path: /^\/callbacks\/([^/]+)\/property$/,
				idPrefix: 'CB',
				calls: { GET: properties.ofCallback },
			},
			{ path: /^\/properties\/([^/]+)$/, idPrefix: 'PR', calls: { GET: properties.get } },
			{ path: /^\/audit_events$/, calls: { GET: events.list } },
			{ path: /^\/audit_events\/([^/]+)$/, idPrefix: 'AE', calls: { GET: events.get } },
			{
				path: /^\/audit_events\/([^/]+)\/property$/,
				idPrefix: 'AE',
				calls: { GET: properties.ofAuditEvent },
			},
		];
	}

	/** Answers one request. */
	async handle(request: ApiRequest): Promise<ApiResponse> {
		const requestId = randomUUID();
		try {
			const { status, document, headers, change } = await this.answer(request);
			return { ...respond(status, document, requestId, headers), ...(change ? { change } : {}) };
		} catch (error) {
			return refusalOf(error, this.options.onError, requestId);
		}
	}

	private async answer(request: ApiRequest): Promise<Answer> {
		const { tokens, properties, anyProperty } = this.options;
		const access = tokens.find(request.authorization);
		// Before anything else, so that strangers learn nothing and cost little.
		if (!access) throw unauthorized();
		const { call, id } = this.callOf(request);
		const body = await this.bodyOf(request);
		const sees = (propertyId: string) =>
			(anyProperty || properties.has(propertyId)) && (access.properties?.has(propertyId) ?? true);
		return await call({ access, sees }, id, { query: request.query, body });
	}

	private async bodyOf({ method, body }: ApiRequest): Promise<Body> {
		if (body === undefined || !WITH_BODY.has(method)) return '';
		const { maxBodyBytes } = this.options;
		const read = typeof body === 'function' ? await body() : body;
		if (Buffer.byteLength(read) > maxBodyBytes) throw tooLarge(maxBodyBytes);
		return read;
	}

	private callOf({ method, path }: ApiRequest): { call: Call; id: string } {
		const trimmed = path.replace(/\/+$/, '');
		for (const route of this.routes) {
			const found = route.path.exec(trimmed);
			if (!found) continue;
			const call = route.calls[method];
			if (!call) throw methodNotAllowed(Object.keys(route.calls));
			const id = found[1] ?? '';
			if (route.idPrefix !== undefined && !isResourceId(id, route.idPrefix)) throw notFound();
			return { call, id };
		}
		throw notFound();
	}
}

/** GET and DELETE may carry one, which means nothing. */
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/**
 * The answer to a failure, also to one that came before there was an API to ask.
 * @param onError gets faults that nobody foresaw
 */
export function refusalOf(
	error: unknown,
	onError: (error: unknown) => void,
	requestId: string = randomUUID(),
): ApiResponse {
	const known = toApiError(error);
	if (!known || known.status === 503) onError(error);
	const answered: ApiError = known ?? internalError();
	const document = errorDocument(answered, { error: randomUUID(), request: requestId });
	return respond(answered.status, document, requestId, answered.headers);
}

function respond(
	status: number,
	document: unknown,
	requestId: string,
	headers: Record<string, string> = {},
): ApiResponse {
	const own = { 'x-request-id': requestId, 'cache-control': 'no-store', ...headers };
	if (document === undefined) return { status, headers: own };
	return {
		status,
		headers: { 'content-type': JSON_API_TYPE, ...own },
		body: JSON.stringify(document),
	};
}
