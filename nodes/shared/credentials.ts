import type { IDataObject } from 'n8n-workflow';
import { systemClock } from '../../lib/clock';
import {
	AuthenticationError,
	bearerAuthentication,
	headerAuthentication,
	noAuthentication,
	type Authentication,
	type CredentialScope,
} from '../../lib/transport/authentication';
import { readClientCertificate, withCertificateScope } from '../../lib/transport/clientCertificate';
import type { TlsOptions } from '../../lib/transport/connector';
import type { SecureEgressFilter } from '../../lib/transport/egressGuard';
import { listOf } from './lists';
import { oauth2AuthenticationOf, type EgressFilters } from './oauth2Credentials';
import type { StoreContext } from './stores';

export { listOf };

export const BEARER_CREDENTIAL = 'postbackBearerTokenApi';
export const HEADER_CREDENTIAL = 'postbackHeaderAuthApi';
export const SIGNING_CREDENTIAL = 'postbackSigningSecretApi';
export const CERTIFICATE_CREDENTIAL = 'postbackClientCertificateApi';
const CLIENT_GRANT = 'postbackOAuth2ClientCredentialsOAuth2Api';
const USER_GRANT = 'postbackOAuth2PasswordGrantOAuth2Api';

/** The credential behind each choice of a sender's field "Authentication". */
const CREDENTIALS = {
	bearerToken: BEARER_CREDENTIAL,
	headerAuth: HEADER_CREDENTIAL,
	oAuth2ClientCredentials: CLIENT_GRANT,
	oAuth2Password: USER_GRANT,
} as const;

export type AuthenticationChoice = 'none' | keyof typeof CREDENTIALS;

export const allowedDomainsOf = (data: IDataObject) => listOf(data.allowedDomains);

/** The secrets of a signing credential, the current one first. */
export function signingSecretsOf(data: IDataObject): string[] {
	return [data.secret, data.previousSecret]
		.map((secret) => String(secret ?? '').trim())
		.filter((secret) => secret !== '');
}

/** What a sender applies to its requests. */
export interface OwnAuthentication {
	authentication: Authentication;
	/** The credential's name, when there is one. */
	credentialName?: string;
	/** The headers that it sets, in lower case. */
	headerNames: readonly string[];
}

/**
 * Reads a node's credential for requests, once for an execution: n8n reads its database and decrypts at
 * every call.
 * @param literalOrigins origins that stand literally in the node
 */
export async function authenticationOf(
	context: StoreContext,
	choice: AuthenticationChoice,
	literalOrigins: readonly string[],
): Promise<OwnAuthentication> {
	if (choice === 'none') return { authentication: noAuthentication, headerNames: [] };
	if (!Object.hasOwn(CREDENTIALS, choice)) {
		throw new AuthenticationError(`Authentication has no choice "${String(choice)}"`, 'dead');
	}
	const type = CREDENTIALS[choice];
	const data = await context.getCredentials<IDataObject>(type);
	const scope = { literalOrigins, allowedDomains: allowedDomainsOf(data) };
	const authentication = applied(choice, data, scope, filtersOf(context));
	const credentialName = context.getNode().credentials?.[type]?.name ?? type;
	const headerName = choice === 'headerAuth' ? String(data.headerName ?? '') : 'authorization';
	return { authentication, credentialName, headerNames: [headerName.toLowerCase()] };
}

function applied(
	choice: keyof typeof CREDENTIALS,
	data: IDataObject,
	scope: CredentialScope,
	filters: EgressFilters,
): Authentication {
	switch (choice) {
		case 'bearerToken':
			return bearerAuthentication(String(data.token ?? ''), scope);
		case 'headerAuth':
			return headerAuthentication(
				String(data.headerName ?? ''),
				String(data.secretValue ?? ''),
				scope,
			);
		case 'oAuth2ClientCredentials':
			return oauth2AuthenticationOf(data, 'clientCredentials', scope, filters);
		case 'oAuth2Password':
			return oauth2AuthenticationOf(data, 'password', scope, filters);
	}
}

/** Contexts of all kinds that send have them; tests of credentials do not. */
interface FilteringContext {
	helpers?: { getSecureEgressFilter?(mode: 'enforced' | 'safe'): SecureEgressFilter };
}

/** What n8n itself forbids, as far as this context tells. */
export function filtersOf(context: StoreContext & FilteringContext): EgressFilters {
	const { helpers } = context;
	return {
		filter: helpers?.getSecureEgressFilter?.('enforced'),
		instanceFilter: helpers?.getSecureEgressFilter?.('safe'),
	};
}

/** What a client certificate's credential means for a sender's connections. */
export const certificateOf = (data: IDataObject) =>
	readClientCertificate(
		{
			certificate: String(data.chain ?? ''),
			privateKey: String(data.privateKey ?? ''),
			passphrase: String(data.passphrase ?? ''),
			authorities: String(data.authorities ?? ''),
		},
		systemClock,
	);

/**
 * Reads a node's client certificate, for connections to receivers alone; token requests go without it.
 * @param literalOrigins origins that stand literally in the node
 * @returns the same authentication, which now goes only where the certificate may go too
 * @throws AuthenticationError that names the field which cannot be used
 * @throws HostPatternError when an allowed domain cannot be read
 */
export async function withClientCertificate(
	context: StoreContext,
	own: OwnAuthentication,
	literalOrigins: readonly string[],
): Promise<OwnAuthentication & { tls: TlsOptions }> {
	const data = await context.getCredentials<IDataObject>(CERTIFICATE_CREDENTIAL);
	const scope = { literalOrigins, allowedDomains: allowedDomainsOf(data) };
	const authentication = withCertificateScope(own.authentication, scope);
	return { ...own, authentication, tls: certificateOf(data).tls };
}
