import type { IDataObject } from 'n8n-workflow';
import {
	bearerAuthentication,
	headerAuthentication,
	noAuthentication,
	type Authentication,
} from '../../lib/transport/authentication';
import type { StoreContext } from './stores';

export const BEARER_CREDENTIAL = 'postbackBearerTokenApi';
export const HEADER_CREDENTIAL = 'postbackHeaderAuthApi';
export const SIGNING_CREDENTIAL = 'postbackSigningSecretApi';

export type AuthenticationChoice = 'none' | 'bearerToken' | 'headerAuth';

/** Splits a comma-separated field. */
export function listOf(text: unknown): string[] {
	return String(text ?? '')
		.split(/[,\n]/)
		.map((part) => part.trim())
		.filter((part) => part !== '');
}

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
	if (choice === 'none') return { authentication: noAuthentication };
	const type = choice === 'bearerToken' ? BEARER_CREDENTIAL : HEADER_CREDENTIAL;
	const data = await context.getCredentials<IDataObject>(type);
	const scope = { literalOrigins, allowedDomains: allowedDomainsOf(data) };
	const authentication =
		choice === 'bearerToken'
			? bearerAuthentication(String(data.token ?? ''), scope)
			: headerAuthentication(String(data.headerName ?? ''), String(data.secretValue ?? ''), scope);
	const credentialName = context.getNode().credentials?.[type]?.name ?? type;
	return { authentication, credentialName };
}
