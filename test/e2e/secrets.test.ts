import { createPrivateKey, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ICredentialType, INodeProperties } from 'n8n-workflow';
import { createSigner } from '../../lib/delivery/signature';
import { issueCertificate } from '../lib/transport/support/certificates';
import {
	startApns,
	type Answer as ApnsAnswer,
	type ApnsTestServer,
} from '../lib/push/support/apnsServer';
import { startFcm, type FcmAnswer, type FcmTestServer } from '../lib/push/support/fcmServer';
import { newP8, serviceAccount } from '../lib/push/support/keys';
import { PostgresServer } from '../support/postgres/server';
import { byId, PROPERTY } from './harness/callbacks.ts';
import { DESTINATION, destinationWorkflow, profile } from './harness/destination.ts';
import { echoing, echoingOAuth, echoOf } from './harness/echo.ts';
import { Receiver, startN8n, workflow, type N8n, type WorkflowJson } from './harness/index.ts';
import { cellsOf, filesBelow, findMarks, formsOf, type Mark, type Place } from './harness/marks.ts';
import { postHits, spineWorkflow } from './harness/spine.ts';
import { stored, type StoredRow } from './harness/store.ts';

const marks: Mark[] = [];

/** A secret with everything in it that is written otherwise in JSON, in a URL or in a form. */
function secret(name: string, tail = '"/+&%\\'): string {
	const value = `mk${randomBytes(12).toString('hex')}${tail}`;
	marks.push({ name, value });
	return value;
}

/** The lines of a key; each of them tells enough of it. */
function key(name: string, pem: string): string {
	const lines = pem.split('\n').filter((line) => line.length > 40 && !line.startsWith('-'));
	lines.forEach((value, at) => marks.push({ name: `${name}, line ${at + 1}`, value }));
	return pem;
}

/** Of an HMAC key that what was typed in stands for. */
function signingSecret(name: string): string {
	const bytes = randomBytes(24);
	marks.push({ name: `${name}, its bytes`, value: bytes.toString('latin1') });
	marks.push({ name, value: bytes.toString('base64') });
	return `whsec_${bytes.toString('base64')}`;
}

const authority = issueCertificate({ name: 'Test Authority' });
const server = issueCertificate({ name: 'receiver', hosts: ['127.0.0.1'], issuer: authority });
const client = issueCertificate({ name: 'sender', hosts: ['sender'], issuer: authority });

let n8n: N8n;
let receiver: Receiver;
let mutual: Receiver;
let apns: ApnsTestServer;
let fcm: FcmTestServer;
/** What was shown to somebody in the course of it. */
const shown: Place[] = [];
const show = (name: string, value: unknown) =>
	shown.push({ name, text: typeof value === 'string' ? value : JSON.stringify(value) });

/** How each path of a receiver treats a message: taken, refused for good, later, too late. */
const OUTCOMES = {
	ok: echoing(200),
	gone: echoing(404),
	busy: echoing(503),
	moved: echoing(302),
	late: echoing(200, 2_600),
};
const PATHS = Object.keys(OUTCOMES) as (keyof typeof OUTCOMES)[];

function serveOutcomes(one: Receiver): void {
	for (const path of PATHS) one.on(`/${path}`, OUTCOMES[path]);
	one.otherwise(echoing(422));
}

beforeAll(async () => {
	receiver = await Receiver.start();
	mutual = await Receiver.start(0, {
		...server,
		ca: authority.cert,
		requestCert: true,
		rejectUnauthorized: true,
	});
	serveOutcomes(receiver);
	serveOutcomes(mutual);
	receiver.on('/token-refuses', echoingOAuth);
	[apns, fcm] = [await startApns(), await startFcm()];
	n8n = await startN8n({
		env: {
			N8N_DISABLE_UI: 'true',
			N8N_POSTBACK_TIME_SCALE: '0.01',
			N8N_LOG_LEVEL: 'debug',
			N8N_LOG_OUTPUT: 'console,file',
		},
	});
}, 300_000);

afterAll(async () => {
	await n8n?.remove();
	await receiver?.close();
	await mutual?.close();
	await apns?.close();
	await fcm?.close();
});

type Data = Record<string, unknown>;

/** `type.field` of every field that was filled in. */
const filled = new Set<string>();

function noteFields(type: string, data: Data): void {
	for (const [name, value] of Object.entries(data)) {
		filled.add(`${type}.${name}`);
		for (const one of [value].flat()) {
			if (typeof one === 'object' && one !== null) noteFields(type, one as Data);
		}
	}
}

/** The secret fields of all credential types, however deep they are. */
async function secretFields(): Promise<string[]> {
	const folder = join(__dirname, '../../credentials');
	const files = readdirSync(folder).filter((file) => file.endsWith('.credentials.ts'));
	const types = files.map(async (file) => {
		const exported = (await import(join(folder, file))) as Record<
			string,
			new () => ICredentialType
		>;
		const [Type] = Object.values(exported);
		const { name, properties } = new Type();
		return fieldsIn(properties).map((field) => `${name}.${field}`);
	});
	return (await Promise.all(types)).flat();
}

const fieldsIn = (properties: readonly INodeProperties[]): string[] =>
	properties.flatMap(({ name, typeOptions, options = [] }) => [
		...(typeOptions?.password ? [name] : []),
		...options.flatMap((option) => ('values' in option ? fieldsIn(option.values) : [])),
	]);
type Credentials = Record<string, { id: string; name: string }>;

/** Saves credentials and tests them, as the editor does. */
async function save(all: Record<string, Data>): Promise<Credentials> {
	const saved: Credentials = {};
	for (const [type, data] of Object.entries(all)) {
		noteFields(type, data);
		const { id, name } = await n8n.api.createCredential(`my ${type}`, type, data);
		saved[type] = { id, name };
		show(`test of ${type}`, await n8n.api.testCredential({ id, name, type, data }).catch(String));
	}
	return saved;
}

const withCredentials = (
	json: WorkflowJson,
	names: readonly string[],
	credentials: Credentials,
) => {
	for (const node of json.nodes) if (names.includes(node.name)) node.credentials = credentials;
	return json;
};

async function publish(json: WorkflowJson): Promise<string> {
	const { id } = await n8n.api.createWorkflow(json);
	await n8n.api.activate(id);
	return id;
}

/** Waits until everything of this beginning has come to an end. */
async function ended(beginning: string, count: number): Promise<StoredRow[]> {
	const isOver = ({ status }: StoredRow) => status === 'delivered' || status === 'dead';
	const own = (rows: StoredRow[]) => rows.filter(({ name }) => name.startsWith(beginning));
	const rows = await stored.waitFor(
		n8n.userFolder,
		(all) => own(all).filter(isOver).length >= count,
		60_000,
	);
	return own(rows);
}

/** Credentials of senders, each with what a receiver or a token endpoint is to repeat. */
const SENDERS: Record<string, () => { authentication: string; credentials: Record<string, Data> }> =
	{
		bearer: () => ({
			authentication: 'bearerToken',
			credentials: {
				postbackBearerTokenApi: { token: secret('bearer token'), allowedDomains: '127.0.0.1' },
			},
		}),
		header: () => ({
			authentication: 'headerAuth',
			credentials: {
				postbackHeaderAuthApi: {
					headerName: 'X-Api-Key',
					secretValue: secret('header value', ' "/+&%\\ x'),
					allowedDomains: '127.0.0.1',
				},
			},
		}),
		oauth2: () => ({
			authentication: 'oAuth2ClientCredentials',
			credentials: { postbackOAuth2ClientCredentialsOAuth2Api: oauth2('tokens', 'body') },
		}),
		'oauth2-basic': () => ({
			authentication: 'oAuth2ClientCredentials',
			credentials: { postbackOAuth2ClientCredentialsOAuth2Api: oauth2('tokens-basic', 'basic') },
		}),
		'oauth2-refused': () => ({
			authentication: 'oAuth2ClientCredentials',
			credentials: { postbackOAuth2ClientCredentialsOAuth2Api: oauth2('token-refuses', 'basic') },
		}),
		password: () => ({
			authentication: 'oAuth2Password',
			credentials: {
				postbackOAuth2PasswordGrantOAuth2Api: {
					...oauth2('tokens-password', 'body'),
					username: 'ada',
					password: secret('password', ' "/+&%\\ é'),
				},
			},
		}),
		'password-refused': () => ({
			authentication: 'oAuth2Password',
			credentials: {
				postbackOAuth2PasswordGrantOAuth2Api: {
					...oauth2('token-refuses', 'body'),
					username: 'ada',
					password: secret('password that is refused', ' "/+&%\\ é'),
				},
			},
		}),
	};

/** A token endpoint at a path, and the credential for it. */
function oauth2(path: string, by: string): Data {
	if (path.startsWith('tokens')) {
		receiver.on(`/${path}`, () => {
			const token = secret(`access token of ${path}`);
			const refresh = secret(`refresh token of ${path}`);
			const body = {
				access_token: token,
				token_type: 'Bearer',
				expires_in: 60,
				refresh_token: refresh,
			};
			return {
				status: 200,
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify(body),
			};
		});
	}
	return {
		accessTokenUrl: `${receiver.url}/${path}`,
		clientId: 'the client',
		clientSecret: secret(`client secret for ${path}`, ' "/+&%\\ x'),
		clientCredentialsType: by,
		extraBodyParameters: `audience=${encodeURIComponent(secret(`extra parameter for ${path}`))}`,
		allowedDomains: '127.0.0.1',
		allowedHosts: '127.0.0.1',
	};
}

const RETRIES = { retryPolicy: 'httpApiDestination', senderOptions: { timeoutSeconds: 1 } };

describe.each(Object.keys(SENDERS))('%s', (name) => {
	test('with every outcome, HTTP Delivery behind Postback Trigger', async () => {
		const { authentication, credentials } = SENDERS[name]();
		const signing = {
			secret: signingSecret(`secret of ${name}`),
			previousSecret: signingSecret(`old secret of ${name}`),
		};
		const path = `hits-${name}`;
		const json = spineWorkflow({
			path,
			postbacks: PATHS.map((one) => ({
				name: `${path} ${one}`,
				url: `${receiver.url}/${one}?n={n}`,
			})),
			sender: { authentication, sign: true, retryPolicy: RETRIES.retryPolicy },
			senderOptions: RETRIES.senderOptions,
			trigger: { authentication: 'signature' },
		});
		const saved = await save({ ...credentials, postbackSigningSecretApi: signing });
		await publish(withCredentials(json, ['HTTP Delivery', 'Postback Trigger'], saved));
		const body = '{"n":1}';
		const [id, at] = ['msg_1', Math.floor(Date.now() / 1_000)];
		const headers = {
			'webhook-id': id,
			'webhook-timestamp': String(at),
			'webhook-signature': createSigner([signing.secret]).sign(id, at, body),
		};
		show('a signed hit', await postHits(n8n.webhookUrl(path), body, headers));
		show('a hit without', await postHits(n8n.webhookUrl(path), body));
		const rows = await ended(path, PATHS.length);
		const refused = name.endsWith('refused');
		expect(rows.filter(({ status }) => status === 'delivered')).toHaveLength(refused ? 0 : 1);
	}, 120_000);

	test('HTTP Profile Destination', async () => {
		const { authentication, credentials } = SENDERS[name]();
		const saved = await save(credentials);
		for (const one of ['ok', 'gone', 'busy', 'late'] as const) {
			const path = `profiles-${name}-${one}`;
			const json = destinationWorkflow({
				path,
				endpoint: `${receiver.url}/${one}`,
				fields: { destinationName: path, authentication, input: 'always' },
				options: { timeoutSeconds: 1 },
			});
			await publish(withCredentials(json, [DESTINATION], saved));
			await postHits(n8n.webhookUrl(path), [profile(1)]);
			await ended(path, 1);
		}
	}, 120_000);

	test('a run in the editor', async () => {
		const { authentication, credentials } = SENDERS[name]();
		const saved = await save(credentials);
		const json = workflow(
			`Manual ${name}`,
			[
				{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
				{
					name: 'HTTP Delivery',
					type: 'n8n-nodes-postback.httpDelivery',
					parameters: {
						source: 'fields',
						url: `${receiver.url}/gone`,
						authentication,
						options: { allowedHosts: '127.0.0.1' },
					},
					credentials: saved,
				},
			],
			[['Start', 'HTTP Delivery']],
		);
		const { id } = await n8n.api.createWorkflow(json);
		const { executionId } = await n8n.api.runManually(id, { trigger: 'Start' });
		show('a run in the editor', (await n8n.api.waitForExecution(String(executionId))).data);
	}, 120_000);
});

test('the trigger with a bearer token and with a header', async () => {
	const token = secret('bearer token of the trigger');
	const value = secret('header value of the trigger');
	const saved = await save({
		postbackBearerTokenApi: { token },
		postbackHeaderAuthApi: { headerName: 'X-Key', secretValue: value },
	});
	for (const authentication of ['bearerToken', 'headerAuth']) {
		const path = `trigger-${authentication}`;
		const json = spineWorkflow({
			path,
			postbacks: [{ name: path, url: `${receiver.url}/ok` }],
			trigger: { authentication },
			queueTrigger: true,
		});
		await publish(withCredentials(json, ['Postback Trigger'], saved));
		const url = n8n.webhookUrl(path);
		const good = { authorization: `Bearer ${token}`, 'x-key': value };
		expect((await postHits(url, { n: 1 }, good)).status).toBe(202);
		show(
			'refused',
			await postHits(url, { n: 1 }, { authorization: 'Bearer wrong', 'x-key': 'wrong' }),
		);
		await ended(path, 1);
	}
}, 120_000);

test('a client certificate', async () => {
	const passphrase = secret('passphrase');
	const privateKey = createPrivateKey(client.key).export({
		type: 'pkcs8',
		format: 'pem',
		cipher: 'aes-256-cbc',
		passphrase,
	});
	key('private key without its passphrase', client.key);
	const saved = await save({
		postbackClientCertificateApi: {
			chain: client.cert,
			privateKey: key('private key', String(privateKey)),
			passphrase,
			authorities: authority.cert,
			allowedDomains: '127.0.0.1',
		},
	});
	const json = spineWorkflow({
		path: 'mutual',
		postbacks: PATHS.map((one) => ({ name: `mutual ${one}`, url: `${mutual.url}/${one}` })),
		sender: { authentication: 'none', clientCertificate: true, retryPolicy: RETRIES.retryPolicy },
		senderOptions: RETRIES.senderOptions,
	});
	await publish(withCredentials(json, ['HTTP Delivery'], saved));
	await postHits(n8n.webhookUrl('mutual'), { n: 1 });
	const rows = await ended('mutual', PATHS.length);
	expect(rows.filter(({ status }) => status === 'delivered')).toHaveLength(1);
}, 120_000);

test('push notifications over APNs and FCM', async () => {
	const account = serviceAccount(fcm.origin, { private_key_id: 'k' });
	key('private key of the service account', String((account as Data).private_key));
	marks.push({
		name: 'private key of the service account, in JSON',
		value: JSON.stringify((account as Data).private_key).slice(1, -1),
	});
	const saved = await save({
		postbackApnsApi: {
			privateKey: key('private key of APNs', newP8()),
			keyId: 'KEY1234567',
			teamId: 'TEAM123456',
			bundleId: 'com.example.app',
			environment: 'production',
			server: apns.origin,
			allowedHosts: '127.0.0.1',
			authorities: apns.ca,
		},
		postbackFcmApi: {
			serviceAccountPrivateKey: JSON.stringify(account),
			appIds: 'com.example.android',
			server: fcm.origin,
			allowedHosts: '127.0.0.1',
		},
	});
	const publishPush = async (platform: string, tokens: string) => {
		const path = `push-${platform}-${randomUUID()}`;
		const json = workflow(
			path,
			[
				{
					name: 'Webhook',
					type: 'n8n-nodes-base.webhook',
					typeVersion: 2,
					webhookId: randomUUID(),
					parameters: { path, httpMethod: 'POST', responseMode: 'onReceived' },
				},
				{
					name: 'Push Notification',
					type: 'n8n-nodes-postback.pushNotification',
					parameters: {
						operation: 'send',
						configurationName: 'App',
						androidAppId: 'com.example.android',
						sendTo: 'tokens',
						platform,
						tokens,
						title: 'Hello',
						messageId: `push ${platform}`,
						options: { timeoutSeconds: 1 },
					},
					credentials: saved,
				},
				{ name: 'Queue', type: 'n8n-nodes-postback.deliveryQueueTrigger', parameters: {} },
			],
			[
				['Webhook', 'Push Notification'],
				['Queue', 'Push Notification'],
			],
		);
		await publish(json);
		await postHits(n8n.webhookUrl(path), {});
	};
	const apnsEcho =
		(status: number): ApnsAnswer =>
		(stream, { headers, body }) => {
			noteJwt('provider token', String(headers.authorization).replace(/^bearer /i, ''));
			const rawHeaders = Object.entries(headers).flatMap(([one, value]) => [one, String(value)]);
			const { text } = echoOf({ rawHeaders, body: Buffer.from(body), url: '' });
			stream.respond({ ':status': status, 'x-echo': String(headers.authorization) });
			stream.end(JSON.stringify({ reason: text[0], rest: text }));
		};
	const fcmEcho =
		(status: number): FcmAnswer =>
		(response, request) => {
			const raw = { rawHeaders: request.rawHeaders, body: Buffer.from(request.body), url: '' };
			const { text } = echoOf(raw);
			response.writeHead(status, { 'content-type': 'application/json' });
			response.end(JSON.stringify({ error: { status: text[0], message: text.join(' ') } }));
		};
	apns.answers.push(apnsEcho(400), apnsEcho(503), apnsEcho(403));
	fcm.answers.push(fcmEcho(400), fcmEcho(503), fcmEcho(401), fcmEcho(401), fcmEcho(403));
	fcm.tokenAnswers.push((response, request) => {
		const assertion = new URLSearchParams(request.body).get('assertion') ?? '';
		noteJwt('assertion', assertion);
		const token = secret('access token of FCM', '._-');
		response.writeHead(200, { 'content-type': 'application/json' });
		response.end(JSON.stringify({ access_token: token, expires_in: 3_600, token_type: 'Bearer' }));
	});
	for (const round of [1, 2, 3]) {
		await publishPush('apns', `${round}`.repeat(64));
		await publishPush('fcm', `token-${round}`);
	}
	fcm.tokenAnswers.push((response, request) => {
		response.writeHead(400, { 'content-type': 'application/json' });
		response.end(JSON.stringify({ error: 'invalid_grant', error_description: request.body }));
	});
	await stored.waitFor(
		n8n.userFolder,
		(rows) =>
			rows.filter(({ name, status }) => name === 'App' && ['delivered', 'dead'].includes(status))
				.length >= 3,
		60_000,
	);
}, 120_000);

/** Its signature is the secret; what stands before it is known to all. */
function noteJwt(name: string, jwt: string): void {
	const value = jwt.split('.')[2] ?? '';
	if (value.length > 20 && !marks.some((one) => one.value === value)) marks.push({ name, value });
}

describe('callbacks', () => {
	test('of a service that repeats everything', async () => {
		const saved = await save({
			postbackRemoteCallbackApi: {
				baseUrl: `${receiver.url}/remote`,
				token: secret('token of another n8n', '._-'),
				allowedHosts: '127.0.0.1',
			},
			postbackReactorApi: {
				clientId: 'the client',
				clientSecret: secret('client secret of Adobe'),
				organizationId: 'X@AdobeOrg',
				scope: 'openid',
				accessTokenUrl: `${receiver.url}/token-refuses`,
				baseUrl: `${receiver.url}/reactor`,
				allowedHosts: '127.0.0.1',
			},
		});
		for (const source of ['remote', 'adobe']) {
			for (const operation of ['create', 'getMany']) {
				const json = workflow(
					`${source} ${operation}`,
					[
						{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
						{
							name: 'Callback Subscribe',
							type: 'n8n-nodes-postback.callbackSubscribe',
							parameters: {
								source,
								operation,
								propertyId: byId(PROPERTY),
								url: 'https://www.example.com',
								eventTypes: ['rule.created'],
							},
							credentials: saved,
						},
					],
					[['Start', 'Callback Subscribe']],
				);
				const { id } = await n8n.api.createWorkflow(json);
				const { executionId } = await n8n.api.runManually(id, { trigger: 'Start' });
				const { data } = await n8n.api.waitForExecution(String(executionId));
				expect(data.resultData.error?.message).toBeTruthy();
				show(`${source} ${operation}`, data);
			}
			const json = workflow(`Receives from ${source}`, [
				{
					name: 'Callback Trigger',
					type: 'n8n-nodes-postback.callbackTrigger',
					webhookId: randomUUID(),
					parameters: {
						service: source,
						propertyId: byId(PROPERTY),
						eventTypes: ['rule.created'],
						check: 'none',
						settings: {},
					},
					credentials: saved,
				},
			]);
			const { id } = await n8n.api.createWorkflow(json);
			show(`publication with ${source}`, await n8n.api.activate(id).catch(String));
		}
	}, 120_000);

	test('of the service in this n8n', async () => {
		const token = secret('token of a subscriber', '._-');
		const saved = await save({
			postbackCallbackTokensApi: {
				holders: { token: [{ name: 'one', token, access: 'all', properties: '' }] },
			},
		});
		const webhookId = randomUUID();
		const json = workflow(
			'Service',
			[
				{
					name: 'Callback API Trigger',
					type: 'n8n-nodes-postback.callbackApiTrigger',
					webhookId,
					parameters: {
						path: 'callbacks-api',
						properties: { property: [{ name: 'Shop', propertyId: PROPERTY }] },
						settings: { signingSecrets: 'always' },
					},
					credentials: saved,
				},
				{ name: 'Changed', type: 'n8n-nodes-base.noOp' },
			],
			[['Callback API Trigger', 'Changed']],
		);
		await publish(json);
		const base = n8n.webhookUrl(`${webhookId}/callbacks-api`);
		const attributes = { url: 'https://203.0.114.9/hook', subscriptions: ['rule.created'] };
		const call = async (bearer: string, body: object) => {
			const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' };
			return await fetch(`${base}/properties/${PROPERTY}/callbacks`, {
				method: 'POST',
				headers,
				body: JSON.stringify(body),
			});
		};
		const created = await call(token, { data: { attributes } });
		expect(created.status).toBe(201);
		// It is told to the subscriber, once, and to nobody else.
		const { meta } = (await created.json()) as { meta: { secret: string } };
		marks.push({ name: 'signing secret of a callback', value: meta.secret.replace(/^whsec_/, '') });
		show('refused', await (await call('wrong-token-of-somebody', {})).text());
		show('not created', await (await call(token, { data: { attributes: { url: token } } })).text());
		await new Promise((resolve) => setTimeout(resolve, 2_000));
	}, 120_000);
});

describe('a delivery store in PostgreSQL', () => {
	const STORE = ['Postback Trigger', 'HTTP Delivery', 'Delivery Queue Trigger'];
	let folder: string;
	let postgres: PostgresServer;

	beforeAll(async () => {
		folder = mkdtempSync(join(tmpdir(), 'postback-secrets-'));
		const certified = issueCertificate({
			name: 'localhost',
			hosts: ['localhost'],
			issuer: authority,
		});
		postgres = await PostgresServer.start({
			folder,
			settings: [
				'ssl = on',
				"ssl_cert_file = 'server.crt'",
				"ssl_key_file = 'server.key'",
				"ssl_ca_file = 'ca.crt'",
			],
			files: {
				'server.crt': certified.cert,
				'server.key': certified.key,
				'ca.crt': authority.cert,
			},
			hba: ['hostssl all sender 127.0.0.1/32 cert', 'host all all 127.0.0.1/32 scram-sha-256'],
		});
		await postgres.query('create role sender login; grant create on database postgres to sender');
	}, 120_000);

	afterAll(async () => {
		await postgres?.stop();
		rmSync(folder, { recursive: true, force: true });
	});

	const credential = (more: Data): Data => ({
		database: 'postgres',
		host: 'localhost',
		port: postgres.port,
		databaseName: 'postgres',
		...more,
	});

	/** Hits are taken, sent, sent again and given up; then everything in the schema is shown. */
	async function used(path: string, data: Data): Promise<void> {
		const json = spineWorkflow({
			path,
			postbacks: PATHS.map((one) => ({
				name: `${path} ${one}`,
				url: `${receiver.url}/${one}?of=${path}`,
			})),
			sender: { retryPolicy: RETRIES.retryPolicy },
			senderOptions: RETRIES.senderOptions,
		});
		const saved = await save({ deliveryStoreApi: credential(data) });
		await publish(withCredentials(json, STORE, saved));
		show('a hit', await postHits(n8n.webhookUrl(path), '{"n":1}'));
		const over = `select count(*)::int as n from ${path}.deliveries where status in ('delivered', 'dead')`;
		const done = async () => ((await postgres.query(over)) as { n: number }[])[0].n;
		for (let tries = 0; (await done()) < PATHS.length; tries++) {
			if (tries > 300) throw new Error('The hits did not come to their end');
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
		const tables = (await postgres.query(
			`select tablename from pg_tables where schemaname = '${path}'`,
		)) as { tablename: string }[];
		for (const { tablename } of tables) {
			const name = `${path}.${tablename}`;
			show(`PostgreSQL, ${name}`, await postgres.query(`select t::text from ${name} t`));
		}
	}

	test('is reached with a password', async () => {
		const password = secret('password of PostgreSQL', '"/+&%\\ é');
		const literal = password.replaceAll("'", "''");
		await postgres.query(`create role marked login password '${literal}';
			grant create on database postgres to marked`);
		await used('by_password', { user: 'marked', password, schema: 'by_password', ssl: 'require' });
	}, 120_000);

	test('is reached with a client certificate', async () => {
		const more = { chain: client.cert, privateKey: key("PostgreSQL's client key", client.key) };
		await used('by_key', { user: 'sender', schema: 'by_key', ssl: 'require', ...more });
	}, 120_000);

	test('refuses the password', async () => {
		const password = secret('password that PostgreSQL refuses');
		const saved = await save({ deliveryStoreApi: credential({ user: 'marked', password }) });
		const json = withCredentials(spineWorkflow({ path: 'no-store' }), STORE, saved);
		show('not published', await publish(json).catch(String));
		show('not taken', await postHits(n8n.webhookUrl('no-store'), '{"n":1}').catch(String));
	}, 120_000);
});

test('none of it is found in a database, a log, an item or an answer', async () => {
	const fields = await secretFields();
	expect(fields).toContain('postbackCallbackTokensApi.token');
	expect(fields.filter((field) => !filled.has(field))).toEqual([]);
	// What is done in the background comes to its end first.
	await new Promise((resolve) => setTimeout(resolve, 3_000));
	await n8n.stop();
	const folder = join(n8n.userFolder, '.n8n');
	const isMeant = (path: string) =>
		/\.(?:log|sqlite-wal|key)$|deliveries\.sqlite$/.test(path) && !path.includes('node_modules');
	const places = [
		...shown,
		...cellsOf(join(folder, 'database.sqlite'), ['credentials_entity.data']),
		...cellsOf(join(folder, 'postback', 'deliveries.sqlite')),
		...filesBelow(folder, isMeant),
		{ name: "n8n's output", text: n8n.log.read() },
	];
	expect(findMarks(places, marks)).toEqual([]);
	// A search that finds nothing proves something only where there was something to be found.
	const textOf = (part: string) =>
		places
			.filter(({ name }) => name.includes(part))
			.map(({ text }) => text)
			.join();
	expect(textOf('execution_data')).toContain('***');
	expect(textOf('deliveries.sqlite')).toContain('***');
	expect(textOf("n8n's output")).toMatch(/\bdebug\b/i);
	const received = JSON.stringify(receiver.requests().map(({ rawHeaders }) => rawHeaders));
	const sent = marks.filter(({ value }) => received.includes(JSON.stringify(value).slice(1, -1)));
	expect(sent.length).toBeGreaterThan(8);
	for (const [form, text] of formsOf(marks[0].value)) {
		const planted = [{ name: 'planted', text: `before ${text} behind` }];
		expect([form, findMarks(planted, marks).length]).toEqual([form, 1]);
	}
}, 180_000);
