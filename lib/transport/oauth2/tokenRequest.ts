import {
	allowInsecureRequests,
	ClientSecretBasic,
	ClientSecretPost,
	customFetch,
	genericTokenEndpointRequest,
	None,
	refreshTokenGrantRequest,
	type AuthorizationServer,
	type Client,
	type ClientAuth,
	type CustomFetchOptions,
} from 'oauth4webapi';
import type { Dispatcher } from 'undici';
import type { Clock } from '../../clock';
import { exchange, targetOf } from '../exchange';
import { InFlight } from '../inFlight';
import type { OAuth2Settings } from './settings';
import {
	LONGEST_ANSWER,
	readTokenAnswer,
	tidied,
	TokenRequestError,
	type IssuedToken,
	type Scrub,
	type TokenFailure,
} from './tokenAnswer';

/** What token requests are made with. */
export interface TokenRequestMeans {
	/** Guarded: a token endpoint must not lead to where a receiver must not. */
	dispatcher: Dispatcher;
	clock: Clock;
	/** Makes a function that takes these secrets out of a text. */
	scrubberOf(secrets: readonly string[]): Scrub;
}

export type TokenResult = { ok: true; token: IssuedToken } | { ok: false; failure: TokenFailure };

/** For connecting and the whole answer. */
export const TOKEN_TIMEOUT_MS = 10_000;

/** As the seed shows them, one for each place of the client's id and secret. */
const FORM = 'application/x-www-form-urlencoded';
const FORM_WITH_BASIC = 'application/x-www-form-urlencoded; charset=UTF-8';

/**
 * Asks for a token: with the refresh token when there is one, and by the grant when there is none or
 * it is refused (RFC 6749, 4.3.2, 4.4.2 and 6).
 * @returns a promise that never rejects.
 */
export async function requestToken(
	settings: OAuth2Settings,
	means: TokenRequestMeans,
	refreshToken?: string,
): Promise<TokenResult> {
	let scrub: Scrub = () => '';
	try {
		scrub = means.scrubberOf([...(await secretsOf(settings)), refreshToken ?? '']);
		return { ok: true, token: await refreshOrAsk(settings, means, scrub, refreshToken) };
	} catch (error) {
		return { ok: false, failure: failureOf(error, scrub) };
	}
}

async function refreshOrAsk(
	settings: OAuth2Settings,
	means: TokenRequestMeans,
	scrub: Scrub,
	refreshToken?: string,
): Promise<IssuedToken> {
	if (refreshToken === undefined) return await ask(settings, means, scrub);
	try {
		// RFC 6749, 6: when no other refresh token comes with it, the old one stays good.
		return { refreshToken, ...(await ask(settings, means, scrub, refreshToken)) };
	} catch (error) {
		if (failureOf(error, scrub).verdict === 'retry') throw error;
		return await ask(settings, means, scrub);
	}
}

async function ask(
	settings: OAuth2Settings,
	means: TokenRequestMeans,
	scrub: Scrub,
	refreshToken?: string,
): Promise<IssuedToken> {
	const { server, client } = partiesOf(settings);
	const authentication = clientAuthenticationOf(settings);
	const options = {
		[allowInsecureRequests]: true,
		[customFetch]: fetchOf(settings, means, scrub),
		additionalParameters: settings.extra.map(([name, value]) => [name, value]),
		headers: { 'user-agent': 'n8n-nodes-postback' },
	};
	const response =
		refreshToken === undefined
			? await genericTokenEndpointRequest(
					server,
					client,
					authentication,
					settings.grant === 'password' ? 'password' : 'client_credentials',
					parametersOf(settings),
					options,
				)
			: await refreshTokenGrantRequest(server, client, authentication, refreshToken, options);
	return await readTokenAnswer(server, client, response, scrub);
}

function partiesOf({ url, clientId }: OAuth2Settings): {
	server: AuthorizationServer;
	client: Client;
} {
	return {
		server: { issuer: url.origin, token_endpoint: url.href },
		client: { client_id: clientId },
	};
}

function failureOf(error: unknown, scrub: Scrub): TokenFailure {
	if (error instanceof TokenRequestError) return error.failure;
	const message = error instanceof Error ? error.message : String(error);
	return {
		message: `No access token: the request could not be made (${scrub(message)})`,
		verdict: 'dead',
		code: 'AUTHENTICATION_FAILED',
	};
}

function parametersOf({ grant, username, password, scope, extra }: OAuth2Settings) {
	const parameters = new URLSearchParams();
	if (grant === 'password') {
		parameters.set('username', username);
		parameters.set('password', password);
	}
	if (scope !== '') parameters.set('scope', scope);
	for (const [name, value] of extra) parameters.append(name, value);
	return parameters;
}

/** RFC 6749, 2.3.1; a public client has no secret and names itself in the body. */
function clientAuthenticationOf(settings: OAuth2Settings): ClientAuth {
	const { clientCredentialsType, clientId, clientSecret } = settings;
	switch (clientCredentialsType) {
		case 'basic':
			return ClientSecretBasic(clientSecret);
		case 'basicRaw':
			return (_server, _client, _body, headers) => {
				const bytes = Buffer.from(`${clientId}:${clientSecret}`, 'utf8');
				headers.set('authorization', `Basic ${bytes.toString('base64')}`);
			};
		case 'body':
			return clientSecret === '' ? None() : ClientSecretPost(clientSecret);
	}
}

/**
 * A fetch for the library over our own connections: with one time limit for everything, a bounded
 * answer, no redirect, no decompression, and no header but those that are meant.
 */
function fetchOf(settings: OAuth2Settings, { dispatcher, clock }: TokenRequestMeans, scrub: Scrub) {
	const contentType = settings.clientCredentialsType === 'body' ? FORM : FORM_WITH_BASIC;
	return async (
		_url: string,
		{ body, headers }: CustomFetchOptions<'POST', URLSearchParams>,
	): Promise<Response> => {
		const sent = { ...headers, 'content-type': contentType, 'accept-encoding': 'identity' };
		const result = await exchange(
			{ dispatcher, inFlight: new InFlight(clock) },
			{
				target: targetOf(settings.url),
				method: 'POST',
				headers: Object.entries(sent).flat(),
				body: Buffer.from(body.toString(), 'utf8'),
				timeoutMs: TOKEN_TIMEOUT_MS,
				// Whoever waits for it besides must not lose it to one that was stopped.
				signal: new AbortController().signal,
				keepBytes: LONGEST_ANSWER,
			},
		);
		return tidied(result, settings.url.host, scrub);
	};
}

/** Everything that a token endpoint might repeat in an error. */
async function secretsOf(settings: OAuth2Settings): Promise<string[]> {
	const headers = new Headers();
	const authenticate = clientAuthenticationOf(settings);
	const { server, client } = partiesOf(settings);
	await authenticate(server, client, new URLSearchParams(), headers);
	const basic = headers.get('authorization')?.slice('Basic '.length) ?? '';
	return [
		...staticSecretsOf(settings),
		basic,
		// The secret as it was encoded before base64.
		Buffer.from(basic, 'base64')
			.toString('utf8')
			.replace(/^[^:]*:/, ''),
		// Shorter ones are names of things rather than keys.
		...settings.extra.map(([, value]) => value).filter((value) => value.length >= 16),
	];
}

/** The secrets of the credential itself. */
export function staticSecretsOf({ clientSecret, password }: OAuth2Settings): string[] {
	return [clientSecret, password].filter((secret) => secret !== '');
}
