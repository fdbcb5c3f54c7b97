import {
	processGenericTokenEndpointResponse,
	ResponseBodyError,
	UnsupportedOperationError,
	type AuthorizationServer,
	type Client,
} from 'oauth4webapi';
import type { AuthenticationError } from '../authentication';
import { first } from '../excerpt';
import type { ExchangeResult } from '../exchange';
import { isPermanentErrorCode } from '../networkErrors';

/** Why there is no token. Plain data, since it may be shared with another copy of this module. */
export interface TokenFailure {
	message: string;
	verdict: AuthenticationError['verdict'];
	code: AuthenticationError['code'];
	/** As the token endpoint's Retry-After says, in milliseconds. */
	retryAfterMs?: number;
}

export interface IssuedToken {
	accessToken: string;
	refreshToken?: string;
	/** Unknown when the token endpoint says nothing of use: valid until it is refused. */
	lifetimeMs?: number;
}

/** Takes secrets out of a text. */
export type Scrub = (text: string, cut?: boolean) => string;

/** Ends a token request without a token. */
export class TokenRequestError extends Error {
	constructor(readonly failure: TokenFailure) {
		super(failure.message);
	}
}

/** Answers to a token request are a few kilobytes; more is none. */
export const LONGEST_ANSWER = 262_144;
const LONGEST_TEXT = 300;

/** Refusals that say "not now": RFC 6749, 4.1.2.1 and RFC 8628, 3.5. */
const PASSING_ERRORS: ReadonlySet<string> = new Set([
	'temporarily_unavailable',
	'server_error',
	'slow_down',
]);

/** What to look at, by the error codes of RFC 6749, 5.2. */
const ADVICE: Readonly<Record<string, string>> = {
	invalid_client: 'check Client ID, Client Secret and Client Credentials Type',
	invalid_grant: 'check Username and Password',
	invalid_scope: 'check Scope',
	invalid_request: 'check Scope and Extra Body Parameters',
	unauthorized_client: 'the server must permit this grant to the client',
	unsupported_grant_type: 'the server does not offer this grant',
};

/**
 * Brings what a token endpoint sent into the form of RFC 6749, 5.1 and 5.2, so that the library reads
 * it: an error that comes with status 200 gets 400, a token without token_type is a bearer's, and
 * what is not used here (an id_token, a challenge) does not stand in the way.
 * @throws TokenRequestError for what is no answer of that kind.
 */
export function tidied(result: ExchangeResult, host: string, scrub: Scrub): Response {
	const { statusCode, failure } = result;
	if (statusCode === undefined) throw new TokenRequestError(ofNetwork(failure, host));
	const json = jsonOf(result);
	const error = textOf(json?.error);
	if (statusCode === 408 || statusCode === 425 || statusCode === 429 || statusCode >= 500) {
		const detail = error === '' ? '' : `: ${clean(error, scrub)}`;
		throw unavailable(result, `${host} answered ${statusCode}${detail}`);
	}
	if (statusCode >= 300 && statusCode < 400) {
		throw unavailable(
			result,
			`${host} answered ${statusCode}: redirects are not followed, since they would take the client's secret elsewhere; check Access Token URL`,
		);
	}
	if (!json) throw unavailable(result, `${host} answered ${statusCode} ${shapeOf(result)}`);
	const accessToken = textOf(json.access_token);
	if (accessToken === '' && error !== '') {
		return answer(400, { error, error_description: textOf(json.error_description) || undefined });
	}
	if (statusCode >= 400) {
		throw new TokenRequestError({
			message: noToken(`${host} answered ${statusCode} without an error code of OAuth2`),
			verdict: statusCode === 400 || statusCode === 401 ? 'dead' : 'retry',
			code: statusCode === 400 || statusCode === 401 ? 'TOKEN_REFUSED' : 'TOKEN_UNAVAILABLE',
		});
	}
	if (accessToken === '') {
		throw unavailable(result, `${host} answered ${statusCode} without an access_token`);
	}
	return answer(200, {
		access_token: accessToken,
		token_type: json.token_type ?? 'Bearer',
		expires_in: secondsOf(json.expires_in),
		refresh_token: textOf(json.refresh_token) || undefined,
	});
}

/**
 * Reads a tidied answer.
 * @throws TokenRequestError when it brings no token of use.
 */
export async function readTokenAnswer(
	server: AuthorizationServer,
	client: Client,
	response: Response,
	scrub: Scrub,
): Promise<IssuedToken> {
	const { host } = new URL(server.issuer);
	const token = await processGenericTokenEndpointResponse(server, client, response).catch(
		(error: unknown) => {
			if (error instanceof ResponseBodyError) throw refusal(error, host, scrub);
			if (error instanceof UnsupportedOperationError) throw unsuitable(host, NOT_BEARER);
			throw unsuitable(host, 'that cannot be read');
		},
	);
	// RFC 6749, 7.1: a token of a type that is not understood must not be used.
	if (token.token_type !== 'bearer') throw unsuitable(host, NOT_BEARER);
	if (!/^[\x21-\x7e]+$/.test(token.access_token)) {
		throw unsuitable(host, 'with characters that no header can hold');
	}
	return {
		accessToken: token.access_token,
		...(token.refresh_token === undefined ? {} : { refreshToken: token.refresh_token }),
		...(token.expires_in === undefined ? {} : { lifetimeMs: token.expires_in * 1_000 }),
	};
}

const NOT_BEARER = 'whose token_type is not Bearer';

function answer(status: number, json: object): Response {
	return new Response(JSON.stringify(json), {
		status,
		headers: { 'content-type': 'application/json' },
	});
}

function jsonOf({ body, complete }: ExchangeResult): Record<string, unknown> | undefined {
	if (!body || !complete) return undefined;
	try {
		const json: unknown = JSON.parse(body.toString('utf8').replace(/^\ufeff/, ''));
		const isObject = typeof json === 'object' && json !== null && !Array.isArray(json);
		return isObject ? (json as Record<string, unknown>) : undefined;
	} catch {
		return undefined;
	}
}

/** How long a token is good; zero, null and the like are written where no time is meant. */
export function secondsOf(expiresIn: unknown): number | undefined {
	const seconds = ['number', 'string'].includes(typeof expiresIn) ? Number(expiresIn) : NaN;
	return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

/** What came in place of a JSON object; nothing of it is shown, since it may be anything. */
function shapeOf({ headers, body, complete, failure, receivedBytes }: ExchangeResult): string {
	if (failure) return `and did not end its answer: ${failure.message}`;
	if (receivedBytes > 0 && !complete) return `with more than ${LONGEST_ANSWER / 1_024} KB`;
	if (!body || body.length === 0) return 'with nothing in it';
	const type = first(headers['content-type']) ?? '';
	const isHtml = /html/i.test(type) || /^\s*<(?:!doctype|html)/i.test(body.toString('latin1'));
	if (isHtml) return 'with a page of HTML in place of a token; check Access Token URL';
	return 'with something that is no JSON object; check Access Token URL';
}

function ofNetwork(failure: ExchangeResult['failure'], host: string): TokenFailure {
	const { code, message } = failure ?? { code: 'NETWORK_ERROR', message: `${host} is not there` };
	const permanent = isPermanentErrorCode(code);
	// The guard's message names a field, of which the node has one too.
	const where = code === 'EGRESS_BLOCKED' ? ' of the credential' : '';
	return {
		message: noToken(message + where),
		verdict: permanent ? 'dead' : 'retry',
		code: permanent ? code : 'TOKEN_UNAVAILABLE',
	};
}

function refusal(
	{ error, error_description: description }: ResponseBodyError,
	host: string,
	scrub: Scrub,
): TokenRequestError {
	const passing = PASSING_ERRORS.has(error);
	const told = description ? ` (${clean(description, scrub)})` : '';
	const advice = Object.hasOwn(ADVICE, error) ? `; ${ADVICE[error]}` : '';
	return new TokenRequestError({
		message: noToken(`${host} says ${clean(error, scrub)}${told}${advice}`),
		verdict: passing ? 'retry' : 'dead',
		code: passing ? 'TOKEN_UNAVAILABLE' : 'TOKEN_REFUSED',
	});
}

function unavailable({ headers }: ExchangeResult, what: string): TokenRequestError {
	const seconds = /^\s*(\d{1,9})\s*$/.exec(first(headers['retry-after']) ?? '')?.[1];
	return new TokenRequestError({
		message: noToken(what),
		verdict: 'retry',
		code: 'TOKEN_UNAVAILABLE',
		...(seconds === undefined ? {} : { retryAfterMs: Number(seconds) * 1_000 }),
	});
}

function unsuitable(host: string, what: string): TokenRequestError {
	return new TokenRequestError({
		message: noToken(`${host} answered with a token ${what}`),
		verdict: 'dead',
		code: 'TOKEN_REFUSED',
	});
}

const noToken = (why: string) => `No access token: ${why}`;

/** One line, without secrets, of bounded length. */
function clean(text: string, scrub: Scrub): string {
	const line = scrub(text)
		.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
		.trim();
	return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line;
}
