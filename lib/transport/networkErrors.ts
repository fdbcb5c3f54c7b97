/**
 * Codes under which an attempt fails without an answer. Those of the operating system and of TLS
 * keep their usual names; the rest is ours.
 */
const MESSAGES = {
	ECONNREFUSED: 'refused the connection: nothing listens there, or a firewall turns it away',
	ECONNRESET: 'closed the connection before it had answered',
	EPIPE: 'closed the connection while the request was being sent',
	ENOTFOUND: 'has no address in DNS: check the host name',
	EAI_AGAIN: 'could not be looked up: DNS did not answer',
	ETIMEDOUT: 'did not accept a connection in time',
	EHOSTUNREACH: 'cannot be reached from here: no route to the host',
	ENETUNREACH: 'cannot be reached from here: no route to its network',
	EADDRNOTAVAIL: 'cannot be connected to: this machine has no free local port or address',
	EMFILE: 'cannot be connected to: this process has too many open files',
	TIMEOUT: 'did not answer in time',
	UND_ERR_SOCKET: 'closed the connection before it had answered',
	CONNECTION_CLOSED: 'was not sent to: the connections were being closed',
	INVALID_RESPONSE: 'answered with something that is not HTTP',
	HEADERS_TOO_LARGE: 'answered with more headers than are read',
	EPROTO: 'broke off the TLS handshake: the two sides have no TLS version or cipher in common',
	TLS_FAILED: 'broke off the TLS handshake',
	CERT_HAS_EXPIRED: 'showed a TLS certificate that has expired',
	CERT_NOT_YET_VALID: 'showed a TLS certificate that is not valid yet',
	CERT_REVOKED: 'showed a TLS certificate that was revoked',
	DEPTH_ZERO_SELF_SIGNED_CERT: 'showed a self-signed TLS certificate',
	SELF_SIGNED_CERT_IN_CHAIN: 'showed a TLS certificate from an authority that is not trusted here',
	UNABLE_TO_GET_ISSUER_CERT: 'showed a TLS certificate whose issuer is not known here',
	UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'showed a TLS certificate whose issuer is not known here',
	UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		'showed a TLS certificate that cannot be verified: an intermediate certificate is missing',
	ERR_TLS_CERT_ALTNAME_INVALID: 'showed a TLS certificate that is made out to another host name',
	PROXY_FAILED: 'could not be reached through the proxy',
	PROXY_REFUSED: 'was refused by the proxy',
	CANCELLED: 'was not waited for: the attempt was cancelled',
	NETWORK_ERROR: 'could not be reached',
	EGRESS_BLOCKED: 'may not be sent to',
	CREDENTIAL_NOT_ALLOWED: 'may not be given this credential',
	AUTHENTICATION_FAILED: 'was not sent to: its credential could not be applied',
	INVALID_REQUEST: 'cannot be sent this request',
} as const satisfies Record<string, string>;

export type NetworkErrorCode = keyof typeof MESSAGES;

/** Every code that an attempt over HTTP can end with. */
export const NETWORK_ERROR_CODES = Object.freeze(
	Object.keys(MESSAGES),
) as readonly NetworkErrorCode[];

/** What repeating cannot mend: the address, the credential or the request itself is at fault. */
const PERMANENT: ReadonlySet<string> = new Set<NetworkErrorCode>([
	'EGRESS_BLOCKED',
	'CREDENTIAL_NOT_ALLOWED',
	'INVALID_REQUEST',
]);

/** Whether a failure with this code would only repeat itself. Unknown codes may pass. */
export function isPermanentErrorCode(code: string): boolean {
	return PERMANENT.has(code);
}

/** How undici and Node's resolver, parser and TLS name what we tell by another code. */
const SAME_AS: Readonly<Record<string, NetworkErrorCode>> = {
	EAI_NODATA: 'ENOTFOUND',
	EAI_NONAME: 'ENOTFOUND',
	ENODATA: 'ENOTFOUND',
	EAI_FAIL: 'EAI_AGAIN',
	ESERVFAIL: 'EAI_AGAIN',
	ETIMEOUT: 'EAI_AGAIN',
	ECONNABORTED: 'ECONNRESET',
	EHOSTDOWN: 'EHOSTUNREACH',
	ENETDOWN: 'ENETUNREACH',
	ENFILE: 'EMFILE',
	UND_ERR_CONNECT_TIMEOUT: 'ETIMEDOUT',
	UND_ERR_HEADERS_TIMEOUT: 'TIMEOUT',
	UND_ERR_BODY_TIMEOUT: 'TIMEOUT',
	UND_ERR_HEADERS_OVERFLOW: 'HEADERS_TOO_LARGE',
	HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
	UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'INVALID_RESPONSE',
	UND_ERR_INVALID_ARG: 'INVALID_REQUEST',
	UND_ERR_NOT_SUPPORTED: 'INVALID_REQUEST',
	UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'INVALID_REQUEST',
	UND_ERR_DESTROYED: 'CONNECTION_CLOSED',
	UND_ERR_CLOSED: 'CONNECTION_CLOSED',
};

export interface NetworkFailure {
	code: NetworkErrorCode;
	/** For a person; names the host, never the path or the query, which may hold secrets. */
	message: string;
}

/** A failure of which the host and, where it helps, a detail are known. */
export function networkFailure(
	code: NetworkErrorCode,
	host: string,
	detail?: string,
): NetworkFailure {
	return { code, message: `${host} ${MESSAGES[code]}${detail ? ` (${detail})` : ''}` };
}

/** Known by this and not by its class: a shared dispatcher may come from another copy of this module. */
const BRAND = Symbol.for('n8n-nodes-postback.TransportError');

/** An error of ours that already says for itself what it means. */
export class TransportError extends Error {
	override readonly name: string = 'TransportError';
	readonly [BRAND] = true;

	constructor(
		readonly code: NetworkErrorCode,
		message: string,
	) {
		super(message);
	}
}

/**
 * Tells what a thrown network error means.
 * @param host with port where it is not the usual one.
 */
export function describeNetworkError(error: unknown, host: string): NetworkFailure {
	if (isTransportError(error)) return { code: error.code, message: error.message };
	const code = codeOf(error);
	if (code !== undefined && Object.hasOwn(MESSAGES, code)) {
		return networkFailure(code as NetworkErrorCode, host);
	}
	if (code !== undefined && Object.hasOwn(SAME_AS, code))
		return networkFailure(SAME_AS[code], host);
	if (code?.startsWith('HPE_')) return networkFailure('INVALID_RESPONSE', host, code);
	if (code?.startsWith('ERR_SSL_')) return networkFailure('EPROTO', host, code);
	if (
		code &&
		/^(?:ERR_TLS_|CERT_|CRL_|UNABLE_TO_|INVALID_CA|PATH_LENGTH|HOSTNAME_MISMATCH|ERROR_IN_)/.test(
			code,
		)
	) {
		return networkFailure('TLS_FAILED', host, code);
	}
	return networkFailure('NETWORK_ERROR', host, code);
}

function isTransportError(error: unknown): error is TransportError {
	return typeof error === 'object' && error !== null && BRAND in error;
}

interface ErrorFields {
	code?: unknown;
	name?: unknown;
	errors?: unknown;
	cause?: unknown;
}

/**
 * The code of a thrown error. By shape and not by class, since an error may come from another
 * context of the process. Node gathers the failures of several addresses of a host into one.
 */
export function codeOf(error: unknown): string | undefined {
	if (typeof error !== 'object' || error === null) return undefined;
	const { code, name, errors, cause }: ErrorFields = error;
	if (typeof code === 'string') return code;
	// undici's parser leaves the code out for some of its errors.
	if (name === 'HTTPParserError') return 'HPE_UNKNOWN';
	return Array.isArray(errors) && errors.length > 0 ? codeOf(errors[0]) : codeOf(cause);
}
