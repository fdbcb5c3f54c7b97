import type { ICredentialDataDecryptedObject, IDataObject } from 'n8n-workflow';
import { Webhook } from 'standardwebhooks';
import { answers, Receiver } from '../../../scripts/receiver.ts';
import { DEAD, deliveriesAt, DELIVERED, delivery, runSender, startSender } from './support';

let receiver: Receiver;

beforeAll(async () => (receiver = await Receiver.start()));
afterEach(() => receiver.clear());
afterAll(async () => await receiver.close());

const TOKEN = 'tok_4f9c2b7a11';
const bearer = (allowedDomains = ''): Record<string, ICredentialDataDecryptedObject> => ({
	postbackBearerTokenApi: { token: TOKEN, allowedDomains },
});
const header = (allowedDomains = ''): Record<string, ICredentialDataDecryptedObject> => ({
	postbackHeaderAuthApi: { headerName: 'X-Api-Key', secretValue: TOKEN, allowedDomains },
});
const at = (path: string, overrides = {}) => delivery(receiver.url + path, overrides);

describe('where a credential goes', () => {
	test('to a host that is among its allowed domains', async () => {
		const run = await runSender({
			items: [at('/ok')],
			parameters: { authentication: 'bearerToken' },
			credentials: bearer('127.0.0.1'),
		});
		expect(deliveriesAt(run, DELIVERED)).toHaveLength(1);
		expect(receiver.requests()[0].headers.authorization).toBe(`Bearer ${TOKEN}`);
	});

	test('a header of its own choice likewise', async () => {
		await runSender({
			items: [at('/ok')],
			parameters: { authentication: 'headerAuth' },
			credentials: header('api.example, 127.0.0.1'),
		});
		expect(receiver.requests()[0].headers['x-api-key']).toBe(TOKEN);
	});

	const literal: [string, string, IDataObject][] = [
		['that stands literally in the URL', '/hook', {}],
		['that stands literally before an expression', '/orders/{{ $json.id }}', { id: 1 }],
		['in front of a query that is an expression', '?id={{ $json.id }}', { id: 1 }],
	];

	test.each(literal)('to a host %s', async (_name, path, item) => {
		const url = path.includes('{{') ? `=${receiver.url}${path}` : receiver.url + path;
		await runSender({
			items: [item],
			parameters: { source: 'fields', url, authentication: 'bearerToken' },
			credentials: bearer(),
		});
		expect(receiver.requests()[0].headers.authorization).toBe(`Bearer ${TOKEN}`);
	});
});

describe('where a credential does not go', () => {
	const refusedFor = async (parameters: IDataObject, items: IDataObject[]) => {
		const run = await runSender({
			items,
			parameters: { authentication: 'bearerToken', ...parameters },
			credentials: bearer('api.example'),
		});
		expect(receiver.requests()).toHaveLength(0);
		return deliveriesAt(run, DEAD)[0];
	};

	test('a host that comes with an item: a dead letter names the host and the field', async () => {
		const dead = await refusedFor({}, [at('/x')]);
		expect(dead.error).toEqual({
			code: 'CREDENTIAL_NOT_ALLOWED',
			message: expect.stringMatching(/^127\.0\.0\.1 .*"Allowed Domains"/) as string,
		});
		expect(JSON.stringify(dead)).not.toContain(TOKEN);
	});

	const urls: [string, (origin: string) => string][] = [
		['that is an expression', () => '={{ $json.url }}'],
		['that an expression goes on with', (origin) => `=${origin}{{ $json.path }}`],
		['whose port is an expression', (origin) => `=${origin.replace(/\d+$/, '')}{{ $json.port }}/`],
	];

	test.each(urls)('a host of a URL %s', async (_name, urlFor) => {
		const item = { url: `${receiver.url}/x`, path: '/x', port: receiver.port };
		const dead = await refusedFor({ source: 'fields', url: urlFor(receiver.url) }, [item]);
		expect(dead.error?.code).toBe('CREDENTIAL_NOT_ALLOWED');
	});

	test('another port of a literal host', async () => {
		const dead = await refusedFor(
			{ source: 'fields', url: 'http://127.0.0.1:1/{{ "x" }}', retries: 'output' },
			[
				at('/x', {
					status: 'retrying',
					attempt: 1,
					nextAttemptAt: new Date().toISOString(),
				}),
			],
		);
		expect(dead.error?.code).toBe('CREDENTIAL_NOT_ALLOWED');
	});
});

test('a credential is read once, however many items there are', async () => {
	const started = startSender({
		items: Array.from({ length: 20 }, () => at('/many')),
		parameters: { authentication: 'bearerToken' },
		credentials: bearer('127.0.0.1'),
	});
	await started.done;
	expect(receiver.requests()).toHaveLength(20);
	expect(started.credentialReads()).toBe(1);
});

test('a receiver that repeats the token in its answer does not bring it onto the canvas', async () => {
	receiver.on('/echo', answers.status(400, `you sent ${TOKEN}`));
	const run = await runSender({
		items: [at('/echo', { kind: 'postback' })],
		parameters: { authentication: 'bearerToken' },
		credentials: bearer('127.0.0.1'),
	});
	expect(deliveriesAt(run, DEAD)[0].response?.bodyExcerpt).toBe('you sent ***');
});

describe('signing', () => {
	const secret = `whsec_${Buffer.from('a secret of 24 bytes....').toString('base64')}`;
	const other = `whsec_${Buffer.from('another one of 24 bytes.').toString('base64')}`;
	const signed = async (data: ICredentialDataDecryptedObject, items: IDataObject[]) =>
		await runSender({
			items,
			parameters: { sign: true },
			credentials: { postbackSigningSecretApi: data },
		});

	test('is what the standardwebhooks library accepts, with either secret during a rotation', async () => {
		const body = '{"order":"Ä"}';
		const request = { method: 'POST', url: `${receiver.url}/signed`, headers: {}, body };
		await signed({ secret, previousSecret: other }, [at('', { request })]);
		const [{ body: sent, headers }] = receiver.requests('/signed');
		const { 'webhook-id': id, 'webhook-timestamp': at1, 'webhook-signature': signature } = headers;
		const given = {
			'webhook-id': String(id),
			'webhook-timestamp': String(at1),
			'webhook-signature': String(signature),
		};
		for (const one of [secret, other]) {
			expect(new Webhook(one).verify(sent.toString(), given)).toEqual({ order: 'Ä' });
		}
		const stranger = `whsec_${Buffer.from('of somebody else entirely').toString('base64')}`;
		expect(() => new Webhook(stranger).verify(sent.toString(), given)).toThrow();
	});

	test('is left out unless it is switched on', async () => {
		await runSender({ items: [at('/plain')] });
		expect(receiver.requests('/plain')[0].headers['webhook-signature']).toBeUndefined();
	});

	const bad: [string, ICredentialDataDecryptedObject, RegExp][] = [
		['without a secret', { secret: ' ' }, /At least one signing secret/],
		['with a secret that is none', { secret: 'whsec_?' }, /Secret 1 is not whsec_/],
		['with a public key', { secret: `whpk_${'A'.repeat(43)}=` }, /nothing can be signed/],
	];

	test.each(bad)('%s is refused before anything is sent', async (_name, data, expected) => {
		const run = await signed(data, [at('/none')]);
		expect(run.error?.message).toBe('The signing secret cannot be used');
		expect(run.error?.description).toMatch(expected);
		expect(receiver.requests()).toHaveLength(0);
	});
});

describe('credentials that cannot be used are told before anything is sent', () => {
	test('a token with a line break', async () => {
		const run = await runSender({
			items: [at('/x')],
			parameters: { authentication: 'bearerToken' },
			credentials: { postbackBearerTokenApi: { token: 'a\nb', allowedDomains: '' } },
		});
		expect(run.error).toMatchObject({
			message: 'The credential cannot be used',
			description: expect.stringContaining('authorization') as string,
		});
		expect(receiver.requests()).toHaveLength(0);
	});

	test('allowed domains that cannot be read are named as what they are', async () => {
		const run = await runSender({
			items: [at('/x')],
			parameters: { authentication: 'bearerToken' },
			credentials: bearer('https://api.example'),
		});
		expect(run.error).toMatchObject({
			message: `The credential's field "Allowed Domains" cannot be read`,
			description: expect.stringContaining('"https://api.example" is a URL') as string,
		});
	});

	test('allowed private hosts that cannot be read are named as what they are', async () => {
		const run = await runSender({ items: [at('/x')], options: { allowedHosts: 'a b' } });
		expect(run.error).toMatchObject({
			message: 'Options › Allowed Private Hosts cannot be read',
			description: expect.stringContaining('"a b"') as string,
		});
	});
});

test('a private host that is not opened is a dead letter that names the field', async () => {
	const run = await runSender({ items: [at('/x')], options: { allowedHosts: '' } });
	expect(receiver.requests()).toHaveLength(0);
	expect(deliveriesAt(run, DEAD)[0].error).toMatchObject({
		code: 'EGRESS_BLOCKED',
		message: expect.stringContaining('"Allowed Private Hosts"') as string,
	});
});
