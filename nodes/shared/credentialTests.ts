import type {
	ICredentialDataDecryptedObject,
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import { createSigner, createVerifier } from '../../lib/delivery/signature';
import { bearerAuthentication, headerAuthentication } from '../../lib/transport/authentication';
import { allowedDomainsOf, signingSecretsOf } from './credentials';

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

export const testDeliveryStore: Test = async function (credential) {
	return check(credential, (data) => {
		if (Number(data.maxSizeMb ?? 0) < 0) throw new Error('Maximum Size (MB) cannot be negative');
		return "The embedded store is used: a file in n8n's user folder";
	});
};

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

function canSign(secrets: string[]): boolean {
	try {
		createSigner(secrets);
		return true;
	} catch {
		return false;
	}
}
