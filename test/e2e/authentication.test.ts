import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueCertificate } from '../lib/transport/support/certificates.ts';
import { answers, Receiver, startN8n, type N8n, type WorkflowJson } from './harness/index.ts';
import { DESTINATION, destinationWorkflow, profile } from './harness/destination.ts';
import { postHits, spineWorkflow } from './harness/spine.ts';
import { stored, type StoredRow } from './harness/store.ts';
import { TokenServer, type TokenClient } from './harness/tokenServer.ts';

const authority = issueCertificate({ name: 'Test Authority' });
const server = issueCertificate({ name: 'receiver', hosts: ['127.0.0.1'], issuer: authority });
const client = issueCertificate({ name: 'sender', hosts: ['sender'], issuer: authority });

let receiver: Receiver;
let mutual: Receiver;
let n8n: N8n;
let folder: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'postback-tls-'));
	const trusted = join(folder, 'authority.pem');
	writeFileSync(trusted, authority.cert);
	receiver = await Receiver.start(0, server);
	mutual = await Receiver.start(0, {
		...server,
		ca: authority.cert,
		requestCert: true,
		rejectUnauthorized: true,
	});
	n8n = await startN8n({
		env: { N8N_POSTBACK_TIME_SCALE: '0.05', N8N_DISABLE_UI: 'true', NODE_EXTRA_CA_CERTS: trusted },
	});
});

afterAll(async () => {
	await n8n?.remove();
	await receiver?.close();
	await mutual?.close();
	await rm(folder, { recursive: true, force: true });
});

interface Sending {
	path: string;
	/** Where it is sent; else to the path at the receiver. */
	origin?: string;
	authentication?: string;
	clientCertificate?: boolean;
	retryPolicy?: string;
	credentials?: Record<string, Record<string, unknown>>;
}

async function save(path: string, credentials: Sending['credentials'] = {}) {
	const all = Object.entries(credentials).map(async ([type, data]) => {
		const whole = { allowedDomains: '127.0.0.1', ...data };
		return [type, await n8n.api.createCredential(`${type} of ${path}`, type, whole)] as const;
	});
	return Object.fromEntries(await Promise.all(all));
}

const SENDERS: Record<
	string,
	{ short: string; workflow: (url: string, path: string, fields: object) => WorkflowJson }
> = {
	'HTTP Delivery': {
		short: 'hit',
		workflow: (url, path, sender) =>
			spineWorkflow({
				path,
				postbacks: [{ name: path, url: `${url}?n={n}` }],
				sender: { ...sender },
			}),
	},
	[DESTINATION]: {
		short: 'profile',
		workflow: (endpoint, path, fields) =>
			destinationWorkflow({
				path,
				endpoint,
				fields: { destinationName: path, input: 'always', ...fields },
			}),
	},
};

describe.each(Object.entries(SENDERS))('%s', (senderName, { short, workflow }) => {
	const at = (path: string) => `/${short}-${path}`;

	/** Publishes a workflow that sends with these credentials. */
	async function publish({ path, origin, credentials, ...fields }: Sending): Promise<void> {
		const name = at(path).slice(1);
		const json = workflow(`${origin ?? receiver.url}/${name}`, name, fields);
		const node = json.nodes.find((one) => one.name === senderName);
		if (node) node.credentials = await save(name, credentials);
		const { id } = await n8n.api.createWorkflow(json);
		await n8n.api.activate(id);
	}

	const post = async (path: string, n: number) =>
		await postHits(n8n.webhookUrl(at(path).slice(1)), short === 'hit' ? { n } : [profile(n)]);

	/** Waits until so many deliveries of a path have come to a status, and gives all of that path. */
	async function come(path: string, status: string, count = 1) {
		const own = (rows: StoredRow[]) => rows.filter(({ name }) => name === at(path).slice(1));
		const rows = await stored.waitFor(
			n8n.userFolder,
			(all) => own(all).filter((row) => row.status === status).length === count,
		);
		return own(rows);
	}

	test('a bearer token, over TLS', async () => {
		await publish({
			path: 'bearer',
			authentication: 'bearerToken',
			credentials: { postbackBearerTokenApi: { token: 'sesame-open-1' } },
		});
		await post('bearer', 1);
		const [{ headers }] = await receiver.waitFor(1, { path: at('bearer') });
		expect(headers.authorization).toBe('Bearer sesame-open-1');
	});

	test('a header of its own', async () => {
		await publish({
			path: 'header',
			authentication: 'headerAuth',
			credentials: {
				postbackHeaderAuthApi: { headerName: 'X-Api-Key', secretValue: 'sesame-open-2' },
			},
		});
		await post('header', 1);
		const [{ headers }] = await receiver.waitFor(1, { path: at('header') });
		expect(headers['x-api-key']).toBe('sesame-open-2');
	});

	describe('OAuth2', () => {
		const secret = 'a secret/with+signs';
		const fields = (tokens: TokenServer) => ({
			accessTokenUrl: tokens.url,
			clientId: 'the client',
			clientSecret: secret,
			allowedHosts: '127.0.0.1',
		});
		const user = { name: 'ada', password: 'pass word&more' };
		const types: [string, string, TokenClient, Record<string, unknown>][] = [
			[
				'client credentials in the body',
				'oAuth2ClientCredentials',
				{ id: 'the client', secret, by: 'body' },
				{ clientCredentialsType: 'body' },
			],
			[
				'client credentials in an Authorization header',
				'oAuth2ClientCredentials',
				{ id: 'the client', secret, by: 'basic' },
				{ clientCredentialsType: 'basic' },
			],
			[
				'password grant',
				'oAuth2Password',
				{ id: 'the client', secret, by: 'body', user },
				{ clientCredentialsType: 'body', username: user.name, password: user.password },
			],
		];
		const credentialOf: Record<string, string> = {
			oAuth2ClientCredentials: 'postbackOAuth2ClientCredentialsOAuth2Api',
			oAuth2Password: 'postbackOAuth2PasswordGrantOAuth2Api',
		};

		test.each(types)('%s: one token for many messages', async (name, type, tokenClient, own) => {
			const path = name.replaceAll(' ', '-');
			const tokens = new TokenServer(receiver, `/token-${short}-${path}`, tokenClient);
			receiver.on(at(path), tokens.guard);
			await publish({
				path,
				authentication: type,
				credentials: { [credentialOf[type]]: { ...fields(tokens), ...own } },
			});
			await Promise.all([1, 2, 3, 4, 5].map(async (n) => await post(path, n)));
			await come(path, 'delivered', 5);
			expect(tokens.issued).toBe(1);
			expect(receiver.requests(at(path))).toHaveLength(5);
		});

		test('a token that is refused is renewed, and the message sent again within the attempt', async () => {
			const tokens = new TokenServer(receiver, `/token-${short}-revoked`, {
				id: 'the client',
				secret,
				by: 'body',
			});
			receiver.on(at('revoked'), tokens.guard);
			await publish({
				path: 'revoked',
				authentication: 'oAuth2ClientCredentials',
				credentials: { postbackOAuth2ClientCredentialsOAuth2Api: fields(tokens) },
			});
			await post('revoked', 1);
			await receiver.waitFor(1, { path: at('revoked') });
			tokens.revoke();
			await post('revoked', 2);
			const rows = await come('revoked', 'delivered', 2);
			expect(rows.map(({ attempt }) => attempt)).toEqual([1, 1]);
			expect(receiver.requests(at('revoked')).map(({ answered }) => answered)).toEqual([
				200, 401, 200,
			]);
			expect(tokens.issued).toBe(2);
		});

		test('a token endpoint that is out is waited for; nothing is lost', async () => {
			const tokens = new TokenServer(receiver, `/token-${short}-later`, {
				id: 'the client',
				secret,
				by: 'body',
			});
			const answer = receiver.behaviourOf(`/token-${short}-later`);
			receiver.on(`/token-${short}-later`, answers.status(503), answer);
			receiver.on(at('later'), tokens.guard);
			await publish({
				path: 'later',
				retryPolicy: 'mobilePostback',
				authentication: 'oAuth2ClientCredentials',
				credentials: { postbackOAuth2ClientCredentialsOAuth2Api: fields(tokens) },
			});
			await post('later', 1);
			const [row] = await come('later', 'delivered');
			expect(row.attempt).toBeGreaterThan(1);
			expect(receiver.requests(at('later'))).toHaveLength(1);
		});

		test('a client that the server does not know is a dead letter with the server’s words', async () => {
			const tokens = new TokenServer(receiver, `/token-${short}-unknown`, {
				id: 'other',
				secret,
				by: 'body',
			});
			await publish({
				path: 'unknown',
				authentication: 'oAuth2ClientCredentials',
				credentials: { postbackOAuth2ClientCredentialsOAuth2Api: fields(tokens) },
			});
			await post('unknown', 1);
			const [dead] = await come('unknown', 'dead');
			expect(JSON.stringify(dead)).toMatch(/invalid_client.*unknown client/);
			expect(JSON.stringify(dead)).not.toContain(secret);
			expect(receiver.requests(at('unknown'))).toHaveLength(0);
		});

		test('saving the credential asks for a token and tells what is wrong', async () => {
			const tokens = new TokenServer(receiver, `/token-${short}-saved`, {
				id: 'the client',
				secret,
				by: 'body',
			});
			const type = 'postbackOAuth2ClientCredentialsOAuth2Api';
			const saveWith = async (data: Record<string, unknown>) => {
				const { id, name } = await n8n.api.createCredential('saved', type, data);
				return await n8n.api.testCredential({ id, name, type, data });
			};
			expect(await saveWith(fields(tokens))).toMatchObject({ status: 'OK' });
			const refused = await saveWith({ ...fields(tokens), clientSecret: 'wrong-one' });
			expect(refused).toMatchObject({
				status: 'Error',
				message: expect.stringContaining('unknown client'),
			});
			expect(JSON.stringify(refused)).not.toContain('wrong-one');
		});
	});

	describe('a receiver that asks for a client certificate', () => {
		const certificate = {
			postbackClientCertificateApi: {
				chain: client.cert,
				privateKey: client.key,
				authorities: authority.cert,
			},
		};

		test('is shown it', async () => {
			await publish({
				path: 'mutual',
				origin: mutual.url,
				authentication: 'none',
				clientCertificate: true,
				credentials: certificate,
			});
			await post('mutual', 1);
			const [request] = await mutual.waitFor(1, { path: at('mutual') });
			expect(request.clientName).toBe('sender');
		});

		test('is shown it beside a bearer token', async () => {
			await publish({
				path: 'mutual-bearer',
				origin: mutual.url,
				authentication: 'bearerToken',
				clientCertificate: true,
				credentials: { ...certificate, postbackBearerTokenApi: { token: 'sesame-open-3' } },
			});
			await post('mutual-bearer', 1);
			const [request] = await mutual.waitFor(1, { path: at('mutual-bearer') });
			expect(request).toMatchObject({
				clientName: 'sender',
				headers: { authorization: 'Bearer sesame-open-3' },
			});
		});

		test('refuses who shows none, and the delivery is tried again', async () => {
			await publish({ path: 'nameless', origin: mutual.url, authentication: 'none' });
			await post('nameless', 1);
			const [row] = await come('nameless', 'retrying');
			expect(row.attempt).toBeGreaterThan(0);
			expect(mutual.requests(at('nameless'))).toHaveLength(0);
		});
	});
});
