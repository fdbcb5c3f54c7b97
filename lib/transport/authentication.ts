import { normalizeHostname, parseHostPatterns } from './hostPatterns';
import { portOf } from './egressGuard';
import { networkFailure, type NetworkErrorCode } from './networkErrors';

/** Headers to set, their names in lower case. */
export type HeaderPatch = Readonly<Record<string, string>>;

/** Applies a credential to requests. */
export interface Authentication {
	/** What must not show in an excerpt or an error; another array when they change. */
	readonly secrets: readonly string[];
	/** The statuses after which {@link Authentication.refresh} is asked; 401 and 407 unless given. */
	readonly refreshOn?: readonly number[];
	/**
	 * The headers for one request.
	 * @throws AuthenticationError when the credential must not go there or is not to be had.
	 */
	apply(url: URL): HeaderPatch | Promise<HeaderPatch>;
	/**
	 * Called after a refusal, with the headers that were refused, so that of many requests refused
	 * with the same token only the first renews it.
	 * @returns whether to send once more.
	 * @throws AuthenticationError when it could not be renewed.
	 */
	refresh?(statusCode: number, refused: HeaderPatch): Promise<boolean>;
}

/** Why a credential was not applied, and whether it may be later. Never holds the secret. */
export class AuthenticationError extends Error {
	override readonly name = 'AuthenticationError';

	constructor(
		message: string,
		readonly verdict: 'retry' | 'dead',
		readonly code:
			| NetworkErrorCode
			| 'TOKEN_REFUSED'
			| 'TOKEN_UNAVAILABLE' = 'AUTHENTICATION_FAILED',
	) {
		super(message);
	}
}

/** Where a credential may go (design, one queue, one workflow): nowhere else, whatever an event says. */
export interface CredentialScope {
	/** Origins that stand literally in the node, such as `https://api.example`. */
	literalOrigins?: readonly string[];
	/** The credential's field "Allowed Domains": `api.example`, `*.example`, each with an optional port. */
	allowedDomains?: readonly string[];
}

/** The statuses by which a receiver asks for another token. */
export const REFRESH_STATUSES: readonly number[] = [401, 407];

/** No credential; every URL is fine. */
export const noAuthentication: Authentication = Object.freeze({
	secrets: [],
	apply: () => NOTHING,
});
const NOTHING: HeaderPatch = Object.freeze({});

/**
 * `Authorization: Bearer …`.
 * @throws AuthenticationError when the token cannot stand in a header.
 * @throws HostPatternError when an allowed domain cannot be read.
 */
export function bearerAuthentication(token: string, scope: CredentialScope): Authentication {
	return scopedHeaders({ authorization: `Bearer ${token}` }, [token], scope);
}

/**
 * A header of the operator's choice, such as `X-Api-Key`.
 * @throws AuthenticationError when name or value cannot be a header.
 * @throws HostPatternError when an allowed domain cannot be read.
 */
export function headerAuthentication(
	name: string,
	value: string,
	scope: CredentialScope,
): Authentication {
	return scopedHeaders({ [name.toLowerCase()]: value }, [value], scope);
}

function scopedHeaders(
	patch: HeaderPatch,
	secrets: readonly string[],
	scope: CredentialScope,
): Authentication {
	for (const [name, value] of Object.entries(patch)) checkHeader(name, value);
	const permit = createScopeCheck(scope);
	return {
		secrets,
		apply(url) {
			permit(url);
			return patch;
		},
	};
}

function checkHeader(name: string, value: string): void {
	if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) {
		throw new AuthenticationError(`The credential's header name "${name}" is none`, 'dead');
	}
	if (!/^[\t\x20-\x7e\x80-\xff]+$/.test(value)) {
		throw new AuthenticationError(
			`The credential's value for the header "${name}" is empty or holds characters that no header can`,
			'dead',
		);
	}
}

/** Origins come from events and may be many; beyond this they are judged anew. */
const MOST_REMEMBERED = 1_000;

/**
 * A check that a credential may go to a URL.
 * @returns a function that throws an AuthenticationError with the code CREDENTIAL_NOT_ALLOWED.
 * @throws HostPatternError when an allowed domain cannot be read.
 */
export function createScopeCheck(scope: CredentialScope): (url: URL) => void {
	const domains = parseHostPatterns(scope.allowedDomains ?? []);
	const permitted = new Set((scope.literalOrigins ?? []).map((origin) => new URL(origin).origin));
	const literal = permitted.size;
	return (url) => {
		const { origin, hostname } = url;
		if (permitted.has(origin)) return;
		const port = portOf(url);
		const host = hostname.replace(/^\[(.*)\]$/, '$1');
		if (!domains.matchesHost(host, port) && !domains.matchesAddress(host, port)) {
			const { code, message } = networkFailure(
				'CREDENTIAL_NOT_ALLOWED',
				normalizeHostname(hostname),
			);
			throw new AuthenticationError(
				`${message}: write the URL's host into the node itself, or add it to the credential's field "Allowed Domains"`,
				'dead',
				code,
			);
		}
		if (permitted.size < literal + MOST_REMEMBERED) permitted.add(origin);
	};
}
