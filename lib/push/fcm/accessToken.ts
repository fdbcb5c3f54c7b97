import { SignJWT } from 'jose';
import type { Dispatcher } from 'undici';
import type { Clock } from '../../clock';
import { createScrubber } from '../../delivery/masking';
import type { Authentication, HeaderPatch } from '../../transport/authentication';
import { exchange, targetOf } from '../../transport/exchange';
import { InFlight } from '../../transport/inFlight';
import { TokenSource, type TokenState } from '../../transport/oauth2/tokenSource';
import { tokenStateOf } from '../../transport/oauth2/tokenStates';
import { TOKEN_TIMEOUT_MS, type TokenResult } from '../../transport/oauth2/tokenRequest';
import { LONGEST_ANSWER } from '../../transport/oauth2/tokenAnswer';
import type { FcmCredential } from './serviceAccount';
import { readTokenAnswer } from './tokenAnswer';

/** All that a sender of notifications needs. */
export const FCM_SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const ASSERTION_SECONDS = 3_600;

export interface AccessTokenMeans {
	dispatcher: Dispatcher;
	clock: Clock;
}

/**
 * `Authorization: Bearer …` with a token of a service account (RFC 7523, 2.1), kept as long as it is good
 * and asked for once however many wait; shared by all that use the same key in this process.
 */
export function fcmAuthentication(
	credential: FcmCredential,
	means: AccessTokenMeans,
): Authentication {
	return new ServiceAccountAuthentication(credential, means);
}

class ServiceAccountAuthentication implements Authentication {
	private readonly state: TokenState;
	private readonly source: TokenSource;
	private tokens: readonly string[] | undefined;
	private all: readonly string[] = [];

	constructor(
		private readonly credential: FcmCredential,
		means: AccessTokenMeans,
	) {
		this.state = tokenStateOf(credential.stateKey);
		this.source = new TokenSource(
			this.state,
			means.clock,
			async () => await requestAccessToken(credential, means),
		);
	}

	get secrets(): readonly string[] {
		if (this.tokens !== this.state.secrets) {
			this.tokens = this.state.secrets;
			this.all = [...this.credential.secrets, ...this.tokens];
		}
		return this.all;
	}

	apply(): HeaderPatch | Promise<HeaderPatch> {
		const token = this.source.get();
		return token instanceof Promise ? token.then(({ patch }) => patch) : token.patch;
	}

	async refresh(_statusCode: number, refused: HeaderPatch): Promise<boolean> {
		return await this.source.renew(refused.authorization.slice('Bearer '.length));
	}
}

/**
 * Signs the assertion of a service account (RFC 7523, 3; RS256).
 * @param now epoch milliseconds
 */
export async function signAssertion(credential: FcmCredential, now: number): Promise<string> {
	const { key, keyId, clientEmail, tokenUrl } = credential;
	const iat = Math.floor(now / 1_000);
	return await new SignJWT({
		iss: clientEmail,
		scope: FCM_SCOPE,
		aud: tokenUrl.href,
		exp: iat + ASSERTION_SECONDS,
		iat,
	})
		.setProtectedHeader({
			alg: 'RS256',
			typ: 'JWT',
			...(keyId === undefined ? {} : { kid: keyId }),
		})
		.sign(key);
}

/** Asks for an access token. Never rejects. */
export async function requestAccessToken(
	credential: FcmCredential,
	{ dispatcher, clock }: AccessTokenMeans,
): Promise<TokenResult> {
	const assertion = await signAssertion(credential, clock.now());
	const body = new URLSearchParams({ grant_type: GRANT, assertion }).toString();
	const result = await exchange(
		{ dispatcher, inFlight: new InFlight(clock) },
		{
			target: targetOf(credential.tokenUrl),
			method: 'POST',
			headers: [
				'accept',
				'application/json',
				'content-type',
				'application/x-www-form-urlencoded;charset=UTF-8',
			],
			body: Buffer.from(body, 'utf8'),
			timeoutMs: TOKEN_TIMEOUT_MS,
			// Whoever waits for it besides must not lose it to one that was stopped.
			signal: new AbortController().signal,
			keepBytes: LONGEST_ANSWER,
		},
	);
	return readTokenAnswer(result, credential, createScrubber([...credential.secrets, assertion]));
}
