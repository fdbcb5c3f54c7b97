import type { CallbackService } from '../service';
import type { CallbackChange } from '../store/changes';
import type { Access, TokenGuard } from './tokens';

export interface ApiRequest {
	method: string;
	/** Below the base URL: `/callbacks/CB…`. */
	path: string;
	/** What follows the question mark. */
	query: string;
	/** The Authorization header. */
	authorization?: string;
	/** The bytes as they came, or what reads them: only for those who may send any. */
	body?: Body | (() => Promise<Body>);
}

export type Body = Buffer | string;

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

/** A request whose body was read. */
export interface ReadRequest {
	query: string;
	body: Body;
}
