import type {
	ICredentialDataDecryptedObject,
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import { createSigner, createVerifier } from '../../lib/delivery/signature';
import {
	bearerAuthentication,
	createScopeCheck,
	headerAuthentication,
} from '../../lib/transport/authentication';
import type { OAuth2Grant } from '../../lib/transport/oauth2/settings';
import { allowedDomainsOf, certificateOf, signingSecretsOf } from './credentials';
import { tryOAuth2Credential } from './oauth2Credentials';

export { testDeliveryStore } from './storeCredentialTest';

type Test = (
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted,
) => Promise<INodeCredentialTestResult>;

const fine = (message: string): INodeCredentialTestResult => ({ status: 'OK', message });
const wrong = (error: unknown): INodeCredentialTestResult => ({
	status: 'Error',
	message: error instanceof Error ? error.message : String(error),
});

/** There is no receiver to ask: what can be known is whether the values can be used at all. */
function check(
	credential: ICredentialsDecrypted,
	use: (data: ICredentialDataDecryptedObject) => string,
): INodeCredentialTestResult {
	try {
		return fine(use(credential.data ?? {}));
	} catch (error) {
		return wrong(error);
	}
}

export const testBearerToken: Test = async function (credential) {
	return check(credential, (data) => {
		if (!String(data.token ?? '').trim()) throw new Error('Bearer Token is empty');
		if (/^bearer\s/i.test(String(data.token))) {
			throw new Error('Bearer Token starts with the word "Bearer": leave it out, it is added');
		}
		bearerAuthentication(String(data.token), { allowedDomains: allowedDomainsOf(data) });
		return 'The token can be sent';
	});
};

export const testHeaderAuth: Test = async function (credential) {
	return check(credential, (data) => {
		headerAuthentication(String(data.headerName ?? ''), String(data.secretValue ?? ''), {
			allowedDomains: allowedDomainsOf(data),
		});
		return 'The header can be sent';
	});
};

export const testSigningSecret: Test = async function (credential) {
	return check(credential, (data) => {
		const secrets = signingSecretsOf(data);
		createVerifier(secrets);
		return canSign(secrets)
			? 'The secret can sign and verify'
			: 'The secret can verify; a public key cannot sign';
	});
};

const DAY = 24 * 3600_000;

export const testClientCertificate: Test = async function (credential) {
	return check(credential, (data) => {
		createScopeCheck({ allowedDomains: allowedDomainsOf(data) });
		const { subject, validUntil } = certificateOf(data);
		const until = new Date(validUntil).toISOString().slice(0, 10);
		const days = Math.floor((validUntil - Date.now()) / DAY);
		const soon = days < 30 ? `, ${days} days from now` : '';
		return `The certificate of ${subject} can be used until ${until}${soon}`;
	});
};

/** A real token request; n8n's own filter is not there in credential tests, our guard is. */
async function checkOAuth2(
	{ data = {} }: ICredentialsDecrypted,
	grant: OAuth2Grant,
): Promise<INodeCredentialTestResult> {
	try {
		createScopeCheck({ allowedDomains: allowedDomainsOf(data) });
		const { lifetimeMs } = await tryOAuth2Credential(data, grant);
		const lifetime =
			lifetimeMs === undefined
				? 'It does not say for how long: the token is used until a receiver refuses it.'
				: `It is valid for ${Math.round(lifetimeMs / 1_000)} s.`;
		const open = /^http:/i.test(String(data.accessTokenUrl).trim())
			? ' It came over http: whoever is on the way can read it.'
			: '';
		return fine(`The server issued an access token. ${lifetime}${open}`);
	} catch (error) {
		return wrong(error);
	}
}

export const testOAuth2ClientCredentials: Test = async function (credential) {
	return await checkOAuth2(credential, 'clientCredentials');
};

export const testOAuth2PasswordGrant: Test = async function (credential) {
	return await checkOAuth2(credential, 'password');
};

function canSign(secrets: string[]): boolean {
	try {
		createSigner(secrets);
		return true;
	} catch {
		return false;
	}
}
