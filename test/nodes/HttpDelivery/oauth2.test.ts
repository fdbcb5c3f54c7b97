import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ICredentialDataDecryptedObject } from 'n8n-workflow';
import { forgetTokens } from '../../../lib/transport/oauth2/tokenStates';
import { takeSeat } from '../../../nodes/shared/queue';
import { answers, Receiver } from '../../../scripts/receiver.ts';
import {
	closeServers,
	startReceiver,
	type Answer,
	type TestServer,
} from '../../lib/transport/support/servers';
import { embeddedStore, testNode } from '../harness/contexts';
import { userFolder } from '../harness/environment';
import { DEAD, deliveriesAt, DELIVERED, delivery, RETRY, runSender, startSender } from './support';

let receiver: Receiver;

beforeAll(async () => (receiver = await Receiver.start()));
afterEach(async () => {
	receiver.clear();
	forgetTokens();
	await closeServers();
});
afterAll(async () => await receiver.close());

const CLIENT_SECRET = 'cs_7Fjfp0ZBr1KtDRbnfVdmIw';
const PASSWORD = 'pw_A3ddj3w_horse';
const CLIENT = 'postbackOAuth2ClientCredentialsOAuth2Api';
const USER = 'postbackOAuth2PasswordGrantOAuth2Api';

const at = (path: string, overrides = {}) => delivery(receiver.url + path, overrides);

const issue =
	(token: () => string): Answer =>
	(_request, response) => {
		response
			.writeHead(200, { 'content-type': 'application/json' })
			.end(JSON.stringify({ access_token: token(), token_type: 'Bearer', expires_in: 3600 }));
	};

const refuse =
	(status: number, error: string): Answer =>
	(_request, response) => {
		response
			.writeHead(status, { 'content-type': 'application/json' })
			.end(JSON.stringify({ error, error_description: `no, ${CLIENT_SECRET}` }));
	};

function credential(
	issuer: TestServer,
	more: ICredentialDataDecryptedObject = {},
): ICredentialDataDecryptedObject {
	return {
		accessTokenUrl: `${issuer.origin}/token`,
		clientId: 'my-client',
		clientSecret: CLIENT_SECRET,
		clientCredentialsType: 'body',
		rawBasic: false,
		scope: '',
		extraBodyParameters: '',
		refreshOnStatuses: '',
		allowedDomains: '127.0.0.1',
		allowedHosts: '127.0.0.1',
		...more,
	};
}

const asClient = { authentication: 'oAuth2ClientCredentials' };
const asUser = { authentication: 'oAuth2Password' };

test('OAuth2 Client Credentials: a token is got once and goes with every message', async () => {
	const issuer = await startReceiver(issue(() => 'tok_client'));
	const started = startSender({
		items: Array.from({ length: 20 }, () => at('/in')),
		parameters: asClient,
		credentials: { [CLIENT]: credential(issuer) },
	});
	expect(deliveriesAt(await started.done, DELIVERED)).toHaveLength(20);
	expect(receiver.requests().map(({ headers }) => headers.authorization)).toEqual(
		Array(20).fill('Bearer tok_client'),
	);
	expect(issuer.received.map(({ body }) => body.toString())).toEqual([
		`grant_type=client_credentials&client_id=my-client&client_secret=${CLIENT_SECRET}`,
	]);
	expect(started.credentialReads()).toBe(1);
});

test('OAuth2 Password, with a Basic header', async () => {
	const issuer = await startReceiver(issue(() => 'tok_user'));
	const data = credential(issuer, {
		username: 'johndoe',
		password: PASSWORD,
		clientCredentialsType: 'basic',
		rawBasic: true,
	});
	await runSender({ items: [at('/in')], parameters: asUser, credentials: { [USER]: data } });
	expect(receiver.requests()[0].headers.authorization).toBe('Bearer tok_user');
	const [{ headers, body }] = issuer.received;
	expect(headers.authorization).toBe(`Basic ${btoa(`my-client:${CLIENT_SECRET}`)}`);
	expect(body.toString()).toBe(`username=johndoe&password=${PASSWORD}&grant_type=password`);
});

test('executions at the same time share a token and its renewal', async () => {
	let issued = 0;
	const issuer = await startReceiver(issue(() => `tok_${++issued}`));
	receiver.on('/in', ({ headers }) =>
		answers.status(headers.authorization === 'Bearer tok_2' ? 200 : 401),
	);
	const runs = await Promise.all(
		Array.from({ length: 5 }, async () => {
			return await runSender({
				items: Array.from({ length: 10 }, () => at('/in')),
				parameters: asClient,
				credentials: { [CLIENT]: credential(issuer) },
			});
		}),
	);
	for (const run of runs) expect(deliveriesAt(run, DELIVERED)).toHaveLength(10);
	expect(issuer.received).toHaveLength(2);
});

test('a status that the operator names renews the token', async () => {
	let issued = 0;
	const issuer = await startReceiver(issue(() => `tok_${++issued}`));
	receiver.on('/in', ({ headers }) =>
		answers.status(headers.authorization === 'Bearer tok_2' ? 200 : 403),
	);
	const run = await runSender({
		items: [at('/in')],
		parameters: asClient,
		credentials: { [CLIENT]: credential(issuer, { refreshOnStatuses: '403' }) },
	});
	expect(deliveriesAt(run, DELIVERED)).toHaveLength(1);
	expect(issuer.received).toHaveLength(2);
});

describe('without a token nothing is sent', () => {
	const runWith = async (answer: Answer, more: ICredentialDataDecryptedObject = {}) => {
		const issuer = await startReceiver(answer);
		const run = await runSender({
			items: [at('/in')],
			parameters: asClient,
			credentials: { [CLIENT]: credential(issuer, more) },
		});
		expect(receiver.requests()).toHaveLength(0);
		return run;
	};

	test('a refusal is a dead letter with the words of the server, scrubbed', async () => {
		const run = await runWith(refuse(401, 'invalid_client'));
		const [{ error }] = deliveriesAt(run, DEAD);
		expect(error?.code).toBe('TOKEN_REFUSED');
		expect(error?.message).toMatch(
			/^No access token: 127.0.0.1:\d+ says invalid_client \(no, \*\*\*\)/,
		);
	});

	test('an outage is retried', async () => {
		const run = await runWith(refuse(503, 'server_error'));
		expect(deliveriesAt(run, RETRY)[0].error?.code).toBe('TOKEN_UNAVAILABLE');
	});

	test('a token endpoint on a private network that is not opened is a dead letter', async () => {
		const run = await runWith(
			issue(() => 'tok'),
			{ allowedHosts: '' },
		);
		expect(deliveriesAt(run, DEAD)[0].error).toMatchObject({
			code: 'EGRESS_BLOCKED',
			message: expect.stringContaining('"Allowed Private Hosts" of the credential') as string,
		});
	});

	test('a receiver beyond the allowed domains is a dead letter, and no token is asked for', async () => {
		const run = await runWith(
			issue(() => 'tok'),
			{ allowedDomains: 'api.example' },
		);
		expect(deliveriesAt(run, DEAD)[0].error?.code).toBe('CREDENTIAL_NOT_ALLOWED');
	});
});

test('no token and no secret is in an item or in the files of the store', async () => {
	const issuer = await startReceiver(issue(() => 'tok_secret_1'));
	receiver.on('/in', ({ headers }) =>
		answers.status(500, `${headers.authorization} ${CLIENT_SECRET}`),
	);
	const workflowId = 'workflow-stored';
	const trigger = testNode({ id: 'queue-trigger', name: 'Delivery Queue Trigger' });
	const seat = { queue: workflowId, role: 'trigger', workflowId };
	await takeSeat(trigger, await embeddedStore(), seat);
	const run = await runSender({
		items: [at('/in')],
		workflowId,
		parameters: { ...asClient, retries: 'queue' },
		credentials: { [CLIENT]: credential(issuer) },
	});
	const [{ id, response }] = deliveriesAt(run, RETRY);
	expect(response?.bodyExcerpt).toBe('Bearer *** ***');
	const files = readdirSync(userFolder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile() && entry.name.includes('.sqlite'))
		.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'))
		.join('');
	expect(files).toContain(id);
	for (const secret of ['tok_secret_1', CLIENT_SECRET]) expect(files).not.toContain(secret);
});

describe('fields that cannot be used are told before anything is sent', () => {
	test.each<[string, ICredentialDataDecryptedObject, string, RegExp]>([
		[
			'no URL',
			{ accessTokenUrl: '' },
			'The credential cannot be used',
			/^Access Token URL is empty/,
		],
		['a file', { accessTokenUrl: 'file:///x' }, 'The credential cannot be used', /http or https/],
		[
			'statuses',
			{ refreshOnStatuses: 'x' },
			'The credential cannot be used',
			/^Refresh On Statuses/,
		],
		[
			'private hosts',
			{ allowedHosts: '*' },
			'The credential cannot be used',
			/^Allowed Private Hosts/,
		],
		[
			'domains',
			{ allowedDomains: '*' },
			`The credential's field "Allowed Domains" cannot be read`,
			/every host/,
		],
	])('%s', async (_name, more, message, description) => {
		const issuer = await startReceiver(issue(() => 'tok'));
		const run = await runSender({
			items: [at('/in')],
			parameters: asClient,
			credentials: { [CLIENT]: credential(issuer, more) },
		});
		expect(run.error?.message).toBe(message);
		expect(run.error?.description).toMatch(description);
		expect(issuer.received).toHaveLength(0);
		expect(receiver.requests()).toHaveLength(0);
	});

	test('a choice that there is not, such as an expression may give', async () => {
		const run = await runSender({ items: [at('/in')], parameters: { authentication: 'toString' } });
		expect(run.error?.description).toBe('Authentication has no choice "toString"');
	});
});
