import { TLSSocket } from 'node:tls';
import type { ICredentialDataDecryptedObject, IDataObject } from 'n8n-workflow';
import { forgetTokens } from '../../../lib/transport/oauth2/tokenStates';
import { issueCertificate } from '../../lib/transport/support/certificates';
import { closeServers, startReceiver } from '../../lib/transport/support/servers';
import { DEAD, deliveriesAt, DELIVERED, delivery, runSender } from './support';

afterEach(async () => {
	forgetTokens();
	await closeServers();
});

const CERTIFICATE = 'postbackClientCertificateApi';
const CLIENT = 'postbackOAuth2ClientCredentialsOAuth2Api';

const authority = issueCertificate({ name: 'Test Authority' });
const client = issueCertificate({ name: 'sender', hosts: ['sender'], issuer: authority });

const certificate = (
	more: ICredentialDataDecryptedObject = {},
): ICredentialDataDecryptedObject => ({
	chain: client.cert,
	privateKey: client.key,
	passphrase: '',
	authorities: authority.cert,
	allowedDomains: '127.0.0.1',
	...more,
});

/** Lets in whoever shows a certificate of our authority, and repeats its name. */
const mutualReceiver = async () =>
	await startReceiver(
		(_request, response) => {
			const { socket } = response;
			response.end(socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : '');
		},
		{
			...issueCertificate({ name: 'r', hosts: ['127.0.0.1'], issuer: authority }),
			ca: authority.cert,
			requestCert: true,
			rejectUnauthorized: true,
		},
	);

const runTo = async (
	origin: string,
	credentials: Record<string, ICredentialDataDecryptedObject>,
	parameters: IDataObject = {},
) =>
	await runSender({
		items: [delivery(`${origin}/in`)],
		parameters: { clientCertificate: true, ...parameters },
		credentials,
	});

test('is shown to the receiver', async () => {
	const receiver = await mutualReceiver();
	const run = await runTo(receiver.origin, { [CERTIFICATE]: certificate() });
	expect(deliveriesAt(run, DELIVERED)[0].response?.bodyExcerpt).toBe('sender');
});

test('goes with a token, for which it is not used', async () => {
	const receiver = await mutualReceiver();
	const issuer = await startReceiver((_request, response) => {
		response.end('{"access_token":"tok_1","token_type":"Bearer"}');
	});
	const token = {
		accessTokenUrl: `${issuer.origin}/token`,
		clientId: 'id',
		clientSecret: 'secret',
		clientCredentialsType: 'body',
		allowedDomains: '127.0.0.1',
		allowedHosts: '127.0.0.1',
	};
	const credentials = { [CERTIFICATE]: certificate(), [CLIENT]: token };
	const run = await runTo(receiver.origin, credentials, {
		authentication: 'oAuth2ClientCredentials',
	});
	expect(deliveriesAt(run, DELIVERED)).toHaveLength(1);
	expect(receiver.received[0].headers.authorization).toBe('Bearer tok_1');
});

test('is not shown when it is switched off', async () => {
	const receiver = await mutualReceiver();
	const credentials = { [CERTIFICATE]: certificate() };
	const run = await runTo(receiver.origin, credentials, { clientCertificate: false });
	expect(deliveriesAt(run, DELIVERED)).toHaveLength(0);
	expect(receiver.received).toHaveLength(0);
});

test('goes to no host that an item names, unless it is allowed', async () => {
	const receiver = await mutualReceiver();
	const run = await runTo(receiver.origin, {
		[CERTIFICATE]: certificate({ allowedDomains: 'api.example' }),
	});
	expect(deliveriesAt(run, DEAD)[0].error?.code).toBe('CREDENTIAL_NOT_ALLOWED');
	expect(receiver.connections).toBe(0);
});

test('that has expired is told before anything is sent', async () => {
	const receiver = await mutualReceiver();
	const DAY = 86_400_000;
	const { cert, key } = issueCertificate({
		name: 'sender',
		hosts: ['sender'],
		issuer: authority,
		notBefore: new Date(Date.now() - 3 * DAY),
		notAfter: new Date(Date.now() - DAY),
	});
	const run = await runTo(receiver.origin, {
		[CERTIFICATE]: certificate({ chain: cert, privateKey: key }),
	});
	expect(run.error?.message).toBe('The credential cannot be used');
	expect(run.error?.description).toMatch(/^Certificate has expired on /);
	expect(receiver.connections).toBe(0);
});
