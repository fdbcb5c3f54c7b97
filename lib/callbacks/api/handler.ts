import { randomUUID } from 'node:crypto';
import { isResourceId, JSON_API_TYPE } from '../jsonApi';
import type { CallbackService } from '../service';
import type { CallbackChange } from '../store/changes';
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
import type { Access, TokenGuard } from './tokens';

export interface ApiRequest {
	method: string;
	/** Below the base URL: `/callbacks/CB…`. */
	path: string;
	/** What follows the question mark. */
	query: string;
	/** The Authorization header. */
	authorization?: string;
	/** The bytes as they came. */
	body?: Buffer | string;
}

export interface ApiResponse {
	status: number;
	headers: Record<string, string>;
	/** undefined: no body at all. */
	body?: string;
	/** What was changed, when something was. */
	change?: CallbackChange;
}

export interface CallbackApiOptions {
	service: CallbackService;
	tokens: TokenGuard;
	/** Declared properties with their names. */
	properties: ReadonlyMap<string, string>;
	/** Every `PR` and 32 hexadecimal digits is a property too. */
	anyProperty: boolean;
	/** Where the API is served from, without a slash at the end; links begin with it. */
	baseUrl: string;
	maxBodyBytes: number;
	/** Who gets a signing secret: nobody, who asks for one, or every new callback. */
	secrets: 'never' | 'asked' | 'always';
	/** Gets faults that nobody foresaw; the client is told nothing of them. */
	onError: (error: unknown) => void;
}

/** What one call gives: a document with its status, or nothing. */
export interface Answer {
	status: 200 | 201 | 204;
	document?: unknown;
	headers?: Record<string, string>;
	change?: CallbackChange;
}

/** Who asks, and for what they may. */
export interface Caller {
	access: Access;
	/** Whether a property is there for this caller. */
	sees: (propertyId: string) => boolean;
}

type Call = (caller: Caller, id: string, request: ApiRequest) => Promise<Answer>;

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
			return {
				...respond(status, document, requestId, headers),
				...(change ? { change } : {}),
			};
		} catch (error) {
			return this.refuse(error, requestId);
		}
	}

	/** The answer to a failure that came before the request could be handled, such as while reading it. */
	refuse(error: unknown, requestId: string = randomUUID()): ApiResponse {
		const known = toApiError(error);
		if (!known || known.status === 503) this.options.onError(error);
		const answered: ApiError = known ?? internalError();
		const document = errorDocument(answered, { error: randomUUID(), request: requestId });
		return respond(answered.status, document, requestId, answered.headers);
	}

	private async answer(request: ApiRequest): Promise<Answer> {
		const { tokens, properties, anyProperty, maxBodyBytes } = this.options;
		const access = tokens.find(request.authorization);
		// Before anything else, so that strangers learn nothing and cost little.
		if (!access) throw unauthorized();
		const { call, id } = this.callOf(request);
		if (Buffer.byteLength(request.body ?? '') > maxBodyBytes) throw tooLarge(maxBodyBytes);
		const sees = (propertyId: string) =>
			(anyProperty || properties.has(propertyId)) && (access.properties?.has(propertyId) ?? true);
		return await call({ access, sees }, id, request);
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
