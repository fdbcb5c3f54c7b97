import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import { isReactorError } from '../../lib/callbacks/reactor/errors';
import { tryOAuth2Credential } from './oauth2Credentials';
import { clientWith, serviceOf } from './reactorClients';

type Test = (
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted,
) => Promise<INodeCredentialTestResult>;

async function outcomeOf(work: () => Promise<string>): Promise<INodeCredentialTestResult> {
	try {
		return { status: 'OK', message: await work() };
	} catch (error) {
		return { status: 'Error', message: error instanceof Error ? error.message : String(error) };
	}
}

/** A real token request, and then a look at what the token shows. */
export const testReactor: Test = async function ({ data = {} }) {
	return await outcomeOf(async () => {
		serviceOf('adobe', data, {}, {}, 'not-asked-for-yet');
		const { accessToken } = await tryOAuth2Credential(data, 'clientCredentials');
		const client = clientWith(data, serviceOf('adobe', data, {}, {}, accessToken));
		try {
			const [company] = await client.listCompanies({ limit: 1 });
			const name = company ? String(company.attributes?.name ?? company.id) : undefined;
			return name === undefined
				? 'Adobe issued an access token, but it sees no company: check Organization ID and the product profile of the project'
				: `Adobe issued an access token, and it sees ${name}`;
		} catch (error) {
			throw new Error(`Adobe issued an access token, but ${(error as Error).message}`);
		}
	});
};

/** No callback has this id, so that a service that lets the token in says that there is none. */
const NOBODYS_CALLBACK = `CB${'0'.repeat(32)}`;

/** Asks for a callback that there is not: only a token that is good gets that answer. */
export const testRemoteCallback: Test = async function ({ data = {} }) {
	return await outcomeOf(async () => {
		if (/^bearer\s/i.test(String(data.token ?? ''))) {
			throw new Error('Access Token starts with the word "Bearer": leave it out, it is added');
		}
		const service = serviceOf('remote', data, {});
		try {
			await clientWith(data, service).getCallback(NOBODYS_CALLBACK);
		} catch (error) {
			if (!isReactorError(error, 'notFound')) throw error;
		}
		const open = service.baseUrl.startsWith('http:')
			? '. It is asked over http: whoever is on the way can read the token'
			: '';
		return `The service accepts the token${open}`;
	});
};
