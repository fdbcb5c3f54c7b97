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

const fine = (message: string): INodeCredentialTestResult => ({ status: 'OK', message });
const wrong = (error: unknown, before = ''): INodeCredentialTestResult => ({
	status: 'Error',
	message: before + (error instanceof Error ? error.message : String(error)),
});

/** A real token request, and then a look at what the token shows. */
export const testReactor: Test = async function ({ data = {} }) {
	let before = '';
	try {
		// What is wrong with the fields is told before anybody is asked.
		serviceOf('adobe', data, {}, {}, 'none-yet');
		const { accessToken } = await tryOAuth2Credential(data, 'clientCredentials');
		before = 'Adobe issued an access token, but ';
		const client = clientWith(data, serviceOf('adobe', data, {}, {}, accessToken));
		const [company] = await client.listCompanies({ limit: 1 });
		return company
			? fine(`Adobe issued an access token, and it sees ${nameOf(company)}`)
			: wrong('it sees no company: check Organization ID and the product profile', before);
	} catch (error) {
		return wrong(error, before);
	}
};

const nameOf = ({ id, attributes }: { id: string; attributes?: Record<string, unknown> }) =>
	typeof attributes?.name === 'string' ? attributes.name : id;

/** No callback has this id, so that a service that lets the token in says that there is none. */
const NOBODYS_CALLBACK = `CB${'0'.repeat(32)}`;

/** Asks for a callback that there is not: only a token that is good gets that answer. */
export const testRemoteCallback: Test = async function ({ data = {} }) {
	if (/^bearer\s/i.test(String(data.token ?? ''))) {
		return wrong('Access Token starts with the word "Bearer": leave it out, it is added');
	}
	try {
		const service = serviceOf('remote', data, {});
		const asked = clientWith(data, service).getCallback(NOBODYS_CALLBACK);
		const problem = await asked.then(
			() => undefined,
			(error: unknown) => error,
		);
		if (problem && !isReactorError(problem, 'notFound')) return wrong(problem);
		const open = service.baseUrl.startsWith('http:')
			? '. It is asked over http: whoever is on the way can read the token'
			: '';
		return fine(`The service accepts the token${open}`);
	} catch (error) {
		return wrong(error);
	}
};
