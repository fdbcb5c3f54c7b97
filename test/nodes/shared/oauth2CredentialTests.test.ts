import type { ICredentialDataDecryptedObject, ICredentialTestFunctions } from 'n8n-workflow';
import { closeDispatchers } from '../../../lib/transport/dispatcher';
import {
	testClientCertificate,
	testOAuth2ClientCredentials,
	testOAuth2PasswordGrant,
} from '../../../nodes/shared/credentialTests';
import { issueCertificate } from '../../lib/transport/support/certificates';
import { closeServers, startReceiver, type Answer } from '../../lib/transport/support/servers';

afterEach(async () => {
	await closeDispatchers();
	await closeServers();
});

type Data = ICredentialDataDecryptedObject;
type Test = typeof testOAuth2PasswordGrant;

const CLIENT_SECRET = 'cs_7Fjfp0ZBr1KtDRbnfVdmIw';
const PASSWORD = 'pw_A3ddj3w_horse';

const ask = async (test: Test, data: Data) =>
	await test.call({} as ICredentialTestFunctions, { id: '1', name: 'c', type: 't', data });

const answers =
	(status: number, value: unknown): Answer =>
	(_request, response) =>
		void response.writeHead(status).end(JSON.stringify(value));

const token = { access_token: 'tok_test_1', token_type: 'Bearer' };

async function askWith(test: Test, answer: Answer, more: Data = {}) {
	const issuer = await startReceiver(answer);
	const result = await ask(test, {
		accessTokenUrl: `${issuer.origin}/token`,
		clientId: 'my-client',
		clientSecret: CLIENT_SECRET,
		clientCredentialsType: 'body',
		username: 'johndoe',
		password: PASSWORD,
		allowedHosts: '127.0.0.1',
		...more,
	});
	return { result, issuer };
}

describe('saving an OAuth2 credential makes a real token request', () => {
	test.each<[string, Test, string]>([
		['client credentials', testOAuth2ClientCredentials, 'client_credentials'],
		['password grant', testOAuth2PasswordGrant, 'password'],
	])('%s', async (_name, test1, grant) => {
		const { result, issuer } = await askWith(test1, answers(200, { ...token, expires_in: 60 }));
		expect(result).toEqual({
			status: 'OK',
			message: expect.stringMatching(/issued an access token\. It is valid for 60 s\./) as string,
		});
		expect(result.message).not.toContain('tok_test_1');
		expect(issuer.received[0].body.toString()).toContain(`grant_type=${grant}`);
	});

	test('each time anew, since what was wrong a moment ago may be mended', async () => {
		let asked = 0;
		const issuer = await startReceiver((...all) => {
			answers(asked++ === 0 ? 401 : 200, asked === 1 ? { error: 'invalid_client' } : token)(...all);
		});
		const data = {
			accessTokenUrl: issuer.origin,
			clientId: 'a',
			clientSecret: CLIENT_SECRET,
			allowedHosts: '127.0.0.1',
		};
		expect((await ask(testOAuth2ClientCredentials, data)).status).toBe('Error');
		expect((await ask(testOAuth2ClientCredentials, data)).status).toBe('OK');
	});

	test('and tells what has no end and what comes over http', async () => {
		const { result } = await askWith(testOAuth2ClientCredentials, answers(200, token));
		expect(result.message).toMatch(/does not say for how long.*over http/);
	});
});

describe('tells in words what is wrong', () => {
	test.each<[string, Answer, Data, RegExp]>([
		[
			'a refused client',
			answers(401, { error: 'invalid_client', error_description: `${CLIENT_SECRET}?` }),
			{},
			/ says invalid_client \(\*\*\*\?\); check Client ID, Client Secret/,
		],
		[
			'a wrong password',
			answers(400, { error: 'invalid_grant' }),
			{},
			/check Username and Password/,
		],
		['a server that is down', answers(503, {}), {}, / answered 503$/],
		[
			'a page in place of a token',
			(_request, response) => void response.end('<html>'),
			{},
			/a page of HTML in place of a token; check Access Token URL/,
		],
		['no URL', answers(200, token), { accessTokenUrl: '' }, /^Access Token URL is empty/],
		['no user', answers(200, token), { username: '' }, /^Username is empty/],
		[
			'statuses',
			answers(200, token),
			{ refreshOnStatuses: '20' },
			/^Refresh On Statuses holds "20"/,
		],
		['domains', answers(200, token), { allowedDomains: '*' }, /every host/],
		[
			'private hosts',
			answers(200, token),
			{ allowedHosts: 'a b' },
			/^Allowed Private Hosts cannot/,
		],
		[
			'a private host that is not opened',
			answers(200, token),
			{ allowedHosts: '' },
			/127\.0\.0\.1 may not be sent to.*"Allowed Private Hosts" of the credential$/,
		],
	])('%s', async (_name, answer, more, message) => {
		const { result } = await askWith(testOAuth2PasswordGrant, answer, more);
		expect(result).toEqual({ status: 'Error', message: expect.stringMatching(message) as string });
		expect(result.message).not.toContain(CLIENT_SECRET);
		expect(result.message).not.toContain(PASSWORD);
	});
});

describe('a client certificate', () => {
	const day = 86_400_000;
	const identity = (days: number) =>
		issueCertificate({
			name: 'sender',
			hosts: ['sender'],
			notBefore: new Date(Date.now() - 9 * day),
			notAfter: new Date(Date.now() + days * day),
		});
	const data = ({ cert, key }: { cert: string; key: string }): Data => ({
		chain: cert,
		privateKey: key,
	});

	test('can be used until a day that is told', async () => {
		expect(await ask(testClientCertificate, data(identity(100)))).toEqual({
			status: 'OK',
			message: expect.stringMatching(
				/^The certificate of CN=sender can be used until \d{4}-\d\d-\d\d$/,
			) as string,
		});
	});

	test('that ends within the month says so', async () => {
		const { message } = await ask(testClientCertificate, data(identity(10.5)));
		expect(message).toMatch(/, 10 days from now$/);
	});

	test.each<[string, Data, RegExp]>([
		['nothing', {}, /^Certificate is empty/],
		['an expired one', data(identity(-1)), /^Certificate has expired on/],
		['a key of another', { ...data(identity(9)), privateKey: identity(9).key }, /does not belong/],
		['bad domains', { ...data(identity(9)), allowedDomains: '*' }, /every host/],
	])('is refused: %s', async (_name, fields, message) => {
		expect(await ask(testClientCertificate, fields)).toEqual({
			status: 'Error',
			message: expect.stringMatching(message) as string,
		});
	});
});
