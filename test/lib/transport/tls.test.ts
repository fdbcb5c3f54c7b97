import { closeDispatchers } from '../../../lib/transport/dispatcher';
import { issueCertificate, type Identity } from './support/certificates';
import { resolvesTo, sending } from './support/sending';
import { closeServers, startReceiver } from './support/servers';

afterEach(async () => {
	await closeDispatchers();
	await closeServers();
});

const authority = issueCertificate({ name: 'Test Authority' });
const DAY = 86_400_000;

function identity(fields: Partial<Parameters<typeof issueCertificate>[0]> = {}): Identity {
	return issueCertificate({ name: 'receiver', hosts: ['127.0.0.1'], issuer: authority, ...fields });
}

test('a certificate of a trusted authority is accepted', async () => {
	const receiver = await startReceiver(undefined, identity());
	const outcome = await sending({ tls: { ca: authority.cert } }).send(receiver.origin);
	expect(outcome).toMatchObject({ statusCode: 200, bodyExcerpt: 'ok' });
});

test('a certificate is checked against the name in the URL, which the receiver is told', async () => {
	const receiver = await startReceiver(undefined, identity({ hosts: ['api.example'] }));
	const guard = { allowedHosts: ['127.0.0.1'], resolve: resolvesTo('127.0.0.1') };
	const { send } = sending({ tls: { ca: authority.cert }, guard });
	expect((await send(`https://api.example:${receiver.port}/`)).statusCode).toBe(200);
});

test('HTTP/1.1 is spoken also to a receiver that would rather have HTTP/2', async () => {
	const protocols: unknown[] = [];
	const receiver = await startReceiver(
		(_request, response) => {
			protocols.push(
				response.socket && 'alpnProtocol' in response.socket && response.socket.alpnProtocol,
			);
			response.end();
		},
		{ ...identity(), ALPNProtocols: ['h2', 'http/1.1'] },
	);
	await sending({ tls: { ca: authority.cert } }).send(receiver.origin);
	expect(protocols).toEqual(['http/1.1']);
});

describe('refuses a certificate', () => {
	test.each<[string, string, () => Identity, boolean]>([
		[
			'that has expired',
			'CERT_HAS_EXPIRED',
			() =>
				identity({
					notBefore: new Date(Date.now() - 3 * DAY),
					notAfter: new Date(Date.now() - DAY),
				}),
			true,
		],
		[
			'that is not valid yet',
			'CERT_NOT_YET_VALID',
			() =>
				identity({
					notBefore: new Date(Date.now() + DAY),
					notAfter: new Date(Date.now() + 2 * DAY),
				}),
			true,
		],
		[
			'made out to another host',
			'ERR_TLS_CERT_ALTNAME_INVALID',
			() => identity({ hosts: ['other.example'] }),
			true,
		],
		[
			'signed by itself',
			'DEPTH_ZERO_SELF_SIGNED_CERT',
			() => identity({ issuer: undefined }),
			false,
		],
		['of an unknown authority', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', () => identity(), false],
	])('%s', async (_, code, issue, trusted) => {
		const receiver = await startReceiver(undefined, issue());
		const tls = trusted ? { ca: authority.cert } : undefined;
		const outcome = await sending({ tls }).send(receiver.origin);
		expect(outcome.error?.code).toBe(code);
		expect(outcome.error?.message).toMatch(/^127\.0\.0\.1:\d+ showed a .*TLS certificate/);
		expect(receiver.received).toHaveLength(0);
	});
});

describe('a client certificate', () => {
	async function mutual() {
		return await startReceiver(undefined, {
			...identity(),
			ca: authority.cert,
			requestCert: true,
			rejectUnauthorized: true,
		});
	}

	test('is shown to a receiver that asks for one', async () => {
		const receiver = await mutual();
		const client = issueCertificate({ name: 'sender', hosts: ['sender'], issuer: authority });
		const tls = { ca: authority.cert, cert: client.cert, key: client.key };
		expect((await sending({ tls }).send(receiver.origin)).statusCode).toBe(200);
	});

	test('that is missing fails the attempt, not the process', async () => {
		const receiver = await mutual();
		const outcome = await sending({ tls: { ca: authority.cert } }).send(receiver.origin);
		expect(outcome.statusCode).toBeUndefined();
		expect(outcome.error).toBeDefined();
		expect(receiver.received).toHaveLength(0);
	});
});
