import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { ICredentialDataDecryptedObject, IDataObject } from 'n8n-workflow';
import { IntakeError } from '../../../lib/transport/intake';
import { assertAuthentic, readAuthentication } from '../../../nodes/shared/intakeAuthentication';
import { fakeContext } from '../harness/contexts';

const key = Buffer.from('a secret of 24 bytes....');
const whsec = `whsec_${key.toString('base64')}`;

type Attempt = {
	authentication?: string;
	headers?: IDataObject;
	credentials?: Record<string, ICredentialDataDecryptedObject>;
	body?: Buffer;
};

/** `let in`, or how it was refused. */
async function attempt({ authentication, headers = {}, credentials, body }: Attempt) {
	const context = fakeContext({
		parameters: authentication === undefined ? {} : { authentication },
		credentials,
	});
	try {
		const expected = await readAuthentication(context as never);
		assertAuthentic(expected, headers as IncomingHttpHeaders, body ?? Buffer.from('{}'));
		return 'let in';
	} catch (error) {
		if (!(error instanceof IntakeError)) throw error;
		return `${error.status} ${error.message}`;
	}
}

describe('without authentication', () => {
	test('everybody is let in', async () => {
		expect(await attempt({})).toBe('let in');
		expect(await attempt({ authentication: 'none' })).toBe('let in');
	});

	test('refused: everybody, where an expression gives a choice that there is not', async () => {
		expect(await attempt({ authentication: 'bearertoken' })).toMatch(/^401 /);
	});
});

describe('bearer token', () => {
	const bearer = async (authorization: string | undefined, token: string | undefined = 'sesame') =>
		await attempt({
			authentication: 'bearerToken',
			headers: authorization === undefined ? {} : { authorization },
			credentials: {
				postbackBearerTokenApi: (token === '-' ? {} : { token }) as ICredentialDataDecryptedObject,
			},
		});

	test.each(['Bearer sesame', 'bearer sesame'])('let in: %s', async (authorization) => {
		expect(await bearer(authorization)).toBe('let in');
	});

	test.each([
		['none', undefined],
		['an empty one', ''],
		['another', 'Bearer other'],
		['one that goes on', 'Bearer sesame2'],
		['one that begins alike', 'Bearer sesam'],
		['one without the word', 'sesame'],
		['another scheme', 'Basic sesame'],
		['one in other letters', 'Bearer SESAME'],
	])('refused: %s', async (_name, authorization) => {
		expect(await bearer(authorization)).toBe('401 The bearer token is missing or wrong');
	});

	test.each(['Bearer ', 'Bearer', 'Bearer undefined', 'Bearer null', ''])(
		'refused: whoever comes with "%s", while the credential has no token',
		async (authorization) => {
			expect(await bearer(authorization, '')).toMatch(/^401/);
			expect(await bearer(authorization, '-')).toMatch(/^401/);
		},
	);
});

describe('header', () => {
	const header = async (headers: IDataObject, data: ICredentialDataDecryptedObject) =>
		await attempt({
			authentication: 'headerAuth',
			headers,
			credentials: { postbackHeaderAuthApi: data },
		});
	const data = { headerName: 'X-Api-Key', secretValue: 'k-1' };

	test('let in: the right value, however the name is spelt in the credential', async () => {
		expect(await header({ 'x-api-key': 'k-1' }, data)).toBe('let in');
	});

	test.each([
		['none', {}],
		['another value', { 'x-api-key': 'k-2' }],
		['an empty one', { 'x-api-key': '' }],
		['several', { 'x-api-key': ['k-1', 'k-1'] }],
		['the value in another header', { 'x-other': 'k-1' }],
	])('refused: %s', async (_name, headers) => {
		expect(await header(headers, data)).toBe('401 The header x-api-key is missing or wrong');
	});

	test.each([
		['no value', { headerName: 'X-Api-Key', secretValue: '' }],
		['only a name', { headerName: 'X-Api-Key' }],
		['only a value', { secretValue: 'undefined' }],
		['nothing at all', {}],
	])('refused: everybody, while the credential holds %s', async (_name, empty) => {
		const headers = { 'x-api-key': '', undefined: 'undefined', '': '' };
		expect(await header(headers, empty)).toMatch(/^401/);
		expect(await header({ ...headers, 'x-api-key': 'undefined' }, empty)).toMatch(/^401/);
	});
});

describe('signature', () => {
	const body = Buffer.from('{ "id" :  1 }');
	const now = () => Math.floor(Date.now() / 1000);

	function sign(secret: Buffer, timestamp = now(), id = 'evt1'): IDataObject {
		const signature = createHmac('sha256', secret)
			.update(`${id}.${timestamp}.`)
			.update(body)
			.digest('base64');
		return {
			'webhook-id': id,
			'webhook-timestamp': String(timestamp),
			'webhook-signature': `v1,${signature}`,
		};
	}

	const signed = async (
		headers: IDataObject,
		data: ICredentialDataDecryptedObject = { secret: whsec },
		bytes = body,
	) =>
		await attempt({
			authentication: 'signature',
			headers,
			credentials: { postbackSigningSecretApi: data },
			body: bytes,
		});

	test('let in: one over the bytes that came', async () => {
		expect(await signed(sign(key))).toBe('let in');
	});

	test('let in: one by the previous secret, while secrets are changed', async () => {
		const previous = Buffer.from('the one of before.......');
		const previousSecret = `whsec_${previous.toString('base64')}`;
		expect(await signed(sign(previous), { secret: whsec, previousSecret })).toBe('let in');
		expect(await signed(sign(previous), { secret: whsec })).toMatch(/^401/);
	});

	test.each([
		['without any header', () => ({}), /webhook-id is missing/],
		['by another secret', () => sign(Buffer.from('another')), /No signature is by a secret/],
		['too old', () => sign(key, now() - 400), /is 40\d s old/],
		['from the future', () => sign(key, now() + 400), /ahead of our clock/],
	])('refused: %s', async (_name, headers, expected) => {
		const answer = await signed(headers());
		expect(answer).toMatch(/^401 /);
		expect(answer).toMatch(expected);
	});

	test('refused: one over other bytes', async () => {
		expect(await signed(sign(key), undefined, Buffer.from('{"id":1}'))).toMatch(/^401/);
	});

	test.each([
		['no secret', {}],
		['an empty secret', { secret: ' ', previousSecret: '' }],
		['a secret that is none', { secret: 'whsec_?' }],
	])('refused: everybody, while the credential holds %s', async (_name, data) => {
		expect(await signed(sign(Buffer.alloc(0)), data)).toMatch(/^401/);
	});
});
