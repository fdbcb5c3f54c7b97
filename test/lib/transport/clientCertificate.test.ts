import { createPrivateKey } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import {
	AuthenticationError,
	bearerAuthentication,
	noAuthentication,
} from '../../../lib/transport/authentication';
import {
	readClientCertificate,
	withCertificateScope,
	type ClientCertificateFields,
} from '../../../lib/transport/clientCertificate';
import { closeDispatchers } from '../../../lib/transport/dispatcher';
import { FakeClock } from '../../support/fakeClock';
import { issueCertificate } from './support/certificates';
import { sending } from './support/sending';
import { closeServers, startReceiver } from './support/servers';

afterEach(async () => {
	await closeDispatchers();
	await closeServers();
});

const DAY = 86_400_000;
const clock = new FakeClock(Date.now());
const authority = issueCertificate({ name: 'Test Authority' });
const client = issueCertificate({ name: 'sender', hosts: ['sender'], issuer: authority });
const other = issueCertificate({ name: 'other', hosts: ['other'], issuer: authority });

const encrypted = (type: 'pkcs8' | 'sec1') =>
	createPrivateKey(client.key)
		.export({ type, format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' })
		.toString();

const read = (fields: Partial<ClientCertificateFields> = {}) =>
	readClientCertificate(
		{ certificate: client.cert, privateKey: client.key, authorities: authority.cert, ...fields },
		clock,
	);

async function mutualReceiver() {
	const identity = issueCertificate({ name: 'r', hosts: ['127.0.0.1'], issuer: authority });
	return await startReceiver(
		(_request, response) => {
			const { socket } = response;
			response.end(socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : 'none');
		},
		{ ...identity, ca: authority.cert, requestCert: true, rejectUnauthorized: true },
	);
}

const onOneLine = (pem: string) => pem.trim().replace(/\r?\n/g, ' ');

describe('is shown to a receiver that asks for one', () => {
	test.each<[string, Partial<ClientCertificateFields>]>([
		['as it is', {}],
		['on one line, as a field for secrets keeps it', { privateKey: onOneLine(client.key) }],
		[
			'certificate and authority on one line',
			{
				certificate: onOneLine(client.cert),
				authorities: onOneLine(authority.cert),
			},
		],
		['with line breaks written as \\n', { privateKey: client.key.replaceAll('\n', '\\n') }],
		['with Windows line ends', { certificate: client.cert.replaceAll('\n', '\r\n') }],
		['with text around it', { certificate: `subject=sender\n${client.cert}\nend` }],
		['with the authority behind it', { certificate: client.cert + authority.cert }],
		['with an encrypted key', { privateKey: encrypted('pkcs8'), passphrase: 'open sesame' }],
		[
			'with a key encrypted in the older form',
			{
				privateKey: encrypted('sec1'),
				passphrase: 'open sesame',
			},
		],
		[
			'with such a key on one line',
			{
				privateKey: onOneLine(encrypted('sec1')),
				passphrase: 'open sesame',
			},
		],
	])('%s', async (_name, fields) => {
		const receiver = await mutualReceiver();
		const outcome = await sending({ tls: read(fields).tls }).send(receiver.origin);
		expect(outcome).toMatchObject({ statusCode: 200, bodyExcerpt: 'sender' });
	});
});

test('another certificate has connections of its own', async () => {
	const receiver = await mutualReceiver();
	const mine = sending({ tls: read().tls });
	const theirs = sending({ tls: read({ certificate: other.cert, privateKey: other.key }).tls });
	expect((await mine.send(receiver.origin)).bodyExcerpt).toBe('sender');
	expect((await theirs.send(receiver.origin)).bodyExcerpt).toBe('other');
	expect((await mine.send(receiver.origin)).bodyExcerpt).toBe('sender');
	expect(receiver.connections).toBe(2);
});

test('tells whose it is and until when', () => {
	const notAfter = new Date(Date.now() + 10 * DAY);
	const { cert, key } = issueCertificate({ name: 'who', hosts: ['who'], notAfter });
	const { subject, validUntil } = read({ certificate: cert, privateKey: key });
	expect(subject).toBe('CN=who');
	expect(Math.abs(validUntil - notAfter.getTime())).toBeLessThan(1_000);
});

describe('refuses, naming the field and nothing of what is in it', () => {
	const dated = (notBefore: number, notAfter: number) => {
		const { cert, key } = issueCertificate({
			name: 'sender',
			hosts: ['sender'],
			notBefore: new Date(Date.now() + notBefore * DAY),
			notAfter: new Date(Date.now() + notAfter * DAY),
		});
		return { certificate: cert, privateKey: key };
	};
	const broken = (pem: string) => pem.replace(/\n[^-\n]{30}/, '\n');

	test.each<[string, Partial<ClientCertificateFields>, RegExp]>([
		['no certificate', { certificate: ' ' }, /^Certificate is empty$/],
		['no key', { privateKey: '' }, /^Private Key is empty$/],
		[
			'a certificate that is not PEM',
			{ certificate: 'MIIB' },
			/^Certificate is not PEM: it starts/,
		],
		['a key that is not PEM', { privateKey: 'MIIB' }, /^Private Key is not PEM/],
		[
			'a key in place of the certificate',
			{ certificate: client.key },
			/^Certificate holds a block "PRIVATE KEY" in place of "CERTIFICATE"$/,
		],
		[
			'a certificate in place of the key',
			{ privateKey: client.cert },
			/^Private Key holds a block/,
		],
		['a cut certificate', { certificate: broken(client.cert) }, /^Certificate .*is no certificate/],
		['a cut key', { privateKey: broken(client.key) }, /^Private Key .*is no private key/],
		['an expired certificate', dated(-3, -1), /^Certificate has expired on \d{4}-\d\d-\d\d: put/],
		['one of the future', dated(1, 3), /^Certificate is not valid before \d{4}-\d\d-\d\d$/],
		['a key of another', { privateKey: other.key }, /^Private Key does not belong to Certificate$/],
		[
			'an encrypted key without a passphrase',
			{ privateKey: encrypted('pkcs8') },
			/Passphrase is empty/,
		],
		['one in the older form', { privateKey: encrypted('sec1') }, /Passphrase is empty/],
		[
			'a wrong passphrase',
			{ privateKey: encrypted('pkcs8'), passphrase: 'open' },
			/^Private Key cannot be decrypted with Passphrase$/,
		],
		['authorities that are not PEM', { authorities: 'x' }, /^Certificate Authorities is not PEM/],
		[
			'a cut authority',
			{ authorities: authority.cert + broken(authority.cert) },
			/^Certificate Authorities holds a block that is no certificate/,
		],
	])('%s', (_name, fields, message) => {
		expect(() => read(fields)).toThrow(AuthenticationError);
		expect(() => read(fields)).toThrow(message);
		expect(() => read(fields)).not.toThrow(/MII|sesame/);
	});
});

describe('goes no further than its scope', () => {
	const api = { allowedDomains: ['api.example'] };

	test('and keeps a delivery for elsewhere from being sent', async () => {
		const receiver = await mutualReceiver();
		const authentication = withCertificateScope(noAuthentication, api);
		const outcome = await sending({ authentication, tls: read().tls }).send(receiver.origin);
		expect(outcome).toMatchObject({
			verdict: 'dead',
			error: { code: 'CREDENTIAL_NOT_ALLOWED' },
		});
		expect(receiver.connections).toBe(0);
	});

	test('which http does not touch, since nothing is shown there', () => {
		const { apply } = withCertificateScope(noAuthentication, api);
		expect(apply(new URL('http://other.example/'))).toEqual({});
	});

	test('beside the scope of the other credential, which still counts', () => {
		const token = bearerAuthentication('tok_1', { allowedDomains: ['a.api.example'] });
		const both = withCertificateScope(token, { allowedDomains: ['*.api.example'] });
		expect(both.apply(new URL('https://a.api.example/'))).toEqual({
			authorization: 'Bearer tok_1',
		});
		expect(() => both.apply(new URL('https://b.api.example/'))).toThrow(AuthenticationError);
		expect(both.secrets).toEqual(['tok_1']);
	});

	test('and a token is renewed as without it', async () => {
		const asked: number[] = [];
		const both = withCertificateScope(
			{
				secrets: [],
				refreshOn: [403],
				apply: () => ({}),
				refresh: async (status) => asked.push(status) > 0,
			},
			api,
		);
		expect(both.refreshOn).toEqual([403]);
		expect(await both.refresh?.(403, {})).toBe(true);
		expect(asked).toEqual([403]);
		expect(withCertificateScope(noAuthentication, api).refresh).toBeUndefined();
	});
});

test('a certificate that the receiver does not trust fails the attempt in words', async () => {
	const receiver = await mutualReceiver();
	const stranger = issueCertificate({ name: 'stranger', hosts: ['stranger'] });
	const { tls } = read({ certificate: stranger.cert, privateKey: stranger.key });
	const { statusCode, error } = await sending({ tls }).send(receiver.origin);
	expect(statusCode).toBeUndefined();
	expect(error?.message).toMatch(/^127\.0\.0\.1:\d+ /);
});
