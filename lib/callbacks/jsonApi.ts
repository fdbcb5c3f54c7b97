/** What goes over the wire as `application/vnd.api+json` (JSON:API 1.0, as far as Reactor uses it). */
export const JSON_API_TYPE = 'application/vnd.api+json';
/** What Reactor asks for in Accept. */
export const REACTOR_ACCEPT = 'application/vnd.api+json;revision=1';

export interface ResourceIdentifier {
	id: string;
	type: string;
}

export interface Relationship {
	links?: { related: string | null };
	data?: ResourceIdentifier | ResourceIdentifier[] | null;
}

/** A resource as Reactor gives it; `links` has more members than JSON:API 1.0 knows. */
export interface Resource<Attributes = Record<string, unknown>> extends ResourceIdentifier {
	attributes: Attributes;
	relationships?: Record<string, Relationship>;
	links?: Record<string, string | null>;
	meta?: Record<string, unknown>;
}

export interface Pagination {
	current_page: number;
	next_page: number | null;
	prev_page: number | null;
	total_pages: number;
	total_count: number;
}

export interface ResourceDocument<R extends ResourceIdentifier = Resource> {
	data: R;
	meta?: Record<string, unknown>;
}

export interface ListDocument<R extends ResourceIdentifier = Resource> {
	data: R[];
	links?: Record<string, string>;
	meta: { pagination: Pagination } & Record<string, unknown>;
}

/** Reactor, error handling: the status is a text. */
export interface ErrorObject {
	id: string;
	status: string;
	code: string;
	title: string;
	detail?: string;
	meta?: { request_id: string };
	source?: { pointer: string } | { parameter: string };
}

export interface ErrorDocument {
	errors: ErrorObject[];
}

/** The attributes of a callback that Reactor documents, and what is added beyond it. */
export interface CallbackAttributes {
	created_at: string;
	subscriptions: string[];
	updated_at: string;
	url: string;
	/** Beyond Reactor: an event is sent only where this JSONata expression holds. */
	condition?: string;
	/** Beyond Reactor: since when nothing is sent to it any more. */
	disabled_at?: string;
	disabled_reason?: string;
}

export type CallbackResource = Resource<CallbackAttributes>;

/** Ids of Reactor: two letters and 32 hexadecimal digits. */
export function isResourceId(value: unknown, prefix: string): value is string {
	return (
		typeof value === 'string' && value.startsWith(prefix) && /^[A-Z]{2}[0-9a-f]{32}$/.test(value)
	);
}

/**
 * A new id.
 * @param randomBytes gives so many bytes
 */
export function newResourceId(prefix: string, randomBytes: (count: number) => Buffer): string {
	return prefix + randomBytes(16).toString('hex');
}

/** One step of a JSON pointer, RFC 6901. */
export const pointerTo = (...steps: (string | number)[]): string =>
	steps.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
