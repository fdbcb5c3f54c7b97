import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ICredentialsDecrypted } from 'n8n-workflow';
import { storeOf } from '../../../nodes/shared/stores';
import { testDeliveryStore } from '../../../nodes/shared/storeCredentialTest';
import { issueCertificate } from '../../lib/transport/support/certificates';
import { freePort, PostgresServer, TEST_PASSWORD, TEST_USER } from '../../support/postgres/server';
import { fakeContext } from '../harness/contexts';
import { closeStores, withEnvironment } from '../harness/environment';

const authority = issueCertificate({ name: 'Authority' });
const forLocalhost = issueCertificate({ name: 'server', hosts: ['localhost'], issuer: authority });
const client = issueCertificate({ name: 'certified', hosts: ['client'], issuer: authority });

describe('a Delivery Store credential for PostgreSQL', () => {
	let folder: string;
	let server: PostgresServer;

	beforeAll(async () => {
		folder = mkdtempSync(join(tmpdir(), 'postback-credential-'));
		server = await PostgresServer.start({
			folder,
			settings: [
				'ssl = on',
				"ssl_cert_file = 'server.crt'",
				"ssl_key_file = 'server.key'",
				"ssl_ca_file = 'ca.crt'",
			],
			files: {
				'server.crt': forLocalhost.cert,
				'server.key': forLocalhost.key,
				'ca.crt': authority.cert,
			},
			hba: [
				'hostssl all certified 127.0.0.1/32 cert',
				'hostssl all tls_only 127.0.0.1/32 scram-sha-256',
				'host all tls_only 127.0.0.1/32 reject',
				'host all nowhere 127.0.0.1/32 reject',
				'host all all 127.0.0.1/32 scram-sha-256',
			],
		});
		await server.query(`create role reader login password '${TEST_PASSWORD}';
			create role tls_only login password '${TEST_PASSWORD}';
			create role certified login;
			grant create on database postgres to certified;
			create schema of_another; create table of_another.deliveries (id text);
			grant usage, create on schema of_another to reader`);
		await server.query('create database latin template template0 encoding latin1');
	});

	afterAll(async () => {
		await closeStores();
		await server.stop();
		rmSync(folder, { recursive: true, force: true });
	});

	const fields = (overrides: object = {}) => ({
		database: 'postgres',
		host: 'localhost',
		port: server.port,
		databaseName: 'postgres',
		user: TEST_USER,
		password: TEST_PASSWORD,
		schema: 'postback',
		ssl: 'off',
		...overrides,
	});

	async function tried(overrides: object = {}) {
		const credential = { data: fields(overrides) } as unknown as ICredentialsDecrypted;
		const answer = await testDeliveryStore.call({} as never, credential);
		for (const secret of [TEST_PASSWORD, 'guessed-password']) {
			expect(answer.message).not.toContain(secret);
		}
		return answer;
	}

	describe('is tested', () => {
		it.each([
			['without TLS', {}],
			['with TLS, whoever answers', { ssl: 'require' }],
			[
				'with TLS and a server that is verified',
				{ ssl: 'verify-full', authorities: authority.cert },
			],
			[
				'with certificates whose lines became spaces',
				{ ssl: 'verify-full', authorities: authority.cert.replaceAll('\n', ' ') },
			],
			[
				'with a client certificate in place of a password',
				{
					ssl: 'require',
					user: 'certified',
					password: '',
					chain: client.cert,
					privateKey: client.key,
				},
			],
			[
				'with TLS where the server lets nobody in without',
				{ user: 'tls_only', ssl: 'require', schema: 'of_tls' },
			],
		])('%s', async (_, overrides) => {
			await server.query('grant create on database postgres to tls_only');
			expect(await tried(overrides)).toMatchObject({
				status: 'OK',
				message: expect.stringMatching(
					/^PostgreSQL 18\.\d+ can be used; the tables will be made/,
				) as string,
			});
		});

		it.each([
			[
				'a host that cannot be found',
				{ host: 'no-such-host.invalid' },
				/host "no-such-host\.invalid" cannot be found/,
			],
			[
				'a wrong password',
				{ password: 'guessed-password' },
				/refuses the password of the user "postback"/,
			],
			['no password', { password: '' }, /password/],
			['a user that is not there', { user: 'nobody_here' }, /"nobody_here"/],
			['a database that is not there', { databaseName: 'nowhere' }, /no database "nowhere"/],
			['a database of another encoding', { databaseName: 'latin' }, /encoding LATIN1.*UTF8/],
			[
				'a user who may make no schema',
				{ user: 'reader' },
				/no schema "postback".*"reader" may not make one.*create schema/,
			],
			[
				'tables of another user',
				{ user: 'reader', schema: 'of_another' },
				/belong to another user/,
			],
			['a user who is let in only over TLS', { user: 'tls_only' }, /pg_hba\.conf/],
			['a server whose certificate nobody here trusts', { ssl: 'verify-full' }, /CA Certificate/],
			[
				'a server that has another name',
				{ ssl: 'verify-full', host: '127.0.0.1', authorities: authority.cert },
				/not for the host "127\.0\.0\.1"/,
			],
			[
				'a client certificate that is missing',
				{ ssl: 'require', user: 'certified' },
				/certificate/,
			],
			['a certificate without its key', { ssl: 'require', chain: client.cert }, /Client Key/],
			['an empty host', { host: ' ' }, /Host is empty/],
			['a port that is none', { port: 70_000 }, /Port must be/],
			['a schema that is no name', { schema: 'a"; drop table x' }, /Schema must be/],
			['too few connections', { maxConnections: 1 }, /Maximum Connections/],
			['a size below zero', { maxSizeMb: -1 }, /Maximum Size/],
		])('refuses %s', async (_, overrides, message) => {
			expect(await tried(overrides)).toMatchObject({
				status: 'Error',
				message: expect.stringMatching(message) as string,
			});
		});

		it('refuses a port where nothing listens', async () => {
			const answer = await tried({ port: await freePort() });
			expect(answer.message).toMatch(/Nothing takes connections at localhost:\d+/);
		});

		it('refuses a server that cannot be written, such as a standby', async () => {
			await server.query('alter role reader set default_transaction_read_only = on');
			expect((await tried({ user: 'reader' })).message).toMatch(/read-only/);
			await server.query('alter role reader reset all');
		});
	});

	describe('names what is wrong with a server that is', () => {
		let other: Server;
		let answer: (data: Buffer) => Buffer | undefined;

		beforeAll(async () => {
			other = createServer((socket) => {
				socket.on('error', () => undefined);
				socket.on('data', (data) => {
					const said = answer(data);
					if (said) socket.write(said);
					else socket.destroy();
				});
			});
			await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
		});

		afterAll(() => void other.close());

		const port = () => (other.address() as AddressInfo).port;

		it('without TLS', async () => {
			answer = () => Buffer.from('N');
			const { message } = await tried({ host: '127.0.0.1', port: port(), ssl: 'require' });
			expect(message).toMatch(/does not speak TLS.*SSL to Off/);
		});

		it('no PostgreSQL', async () => {
			answer = () => undefined;
			const { message } = await tried({ host: '127.0.0.1', port: port() });
			expect(message).toMatch(/broken the connection off.*PostgreSQL/);
		});

		it('too old', async () => {
			answer = (data) =>
				data[0] === 0 ? LET_IN : data.includes('server_version_num') ? VERSION_12 : LET_IN;
			const { message } = await tried({ host: '127.0.0.1', port: port() });
			expect(message).toBe(
				'This server is PostgreSQL 12.22; the delivery store needs 13 or newer.',
			);
		});
	});

	describe('of a node in queue mode', () => {
		withEnvironment({ EXECUTIONS_MODE: 'queue' });

		it('opens one store for the process, and another where it says something else', async () => {
			const open = async (overrides: object = {}) =>
				(await storeOf(fakeContext({ credentials: { deliveryStoreApi: fields(overrides) } })))
					.store;
			const [one, same] = await Promise.all([open(), open()]);
			expect(same).toBe(one);
			expect(await open({ schema: 'other' })).not.toBe(one);
			expect(one.isShared).toBe(true);
		});

		it('is no way in for who knows only where the store is', async () => {
			const credentials = { deliveryStoreApi: fields({ password: 'guessed-password' }) };
			await expect(storeOf(fakeContext({ credentials }))).rejects.toMatchObject({
				name: 'StoreSetupError',
				code: 'REFUSED',
				message: expect.not.stringContaining('guessed-password') as string,
			});
		});

		it('is refused for the embedded store, when it is tested too', async () => {
			expect(await tried({ database: 'embedded' })).toMatchObject({
				status: 'Error',
				message: expect.stringContaining('choose PostgreSQL') as string,
			});
		});
	});
});

/** A message of the protocol: its type, its length, its content. */
function message(type: string, content: Buffer): Buffer {
	const length = Buffer.alloc(4);
	length.writeInt32BE(content.length + 4);
	return Buffer.concat([Buffer.from(type), length, content]);
}

const int32 = (value: number) => {
	const bytes = Buffer.alloc(4);
	bytes.writeInt32BE(value);
	return bytes;
};
const int16 = (value: number) => int32(value).subarray(2);

const READY = message('Z', Buffer.from('I'));
const LET_IN = Buffer.concat([message('R', int32(0)), READY]);

/** The answer of an old server to what it is asked about itself. */
const VERSION_12 = (() => {
	const columns = [
		['number', '120022', 23],
		['version', '12.22', 25],
	] as const;
	const described = columns.map(([name, , type]) =>
		Buffer.concat([
			Buffer.from(`${name}\0`),
			int32(0),
			int16(0),
			int32(type),
			int16(-1),
			int32(-1),
			int16(0),
		]),
	);
	const values = columns.map(([, value]) =>
		Buffer.concat([int32(value.length), Buffer.from(value)]),
	);
	return Buffer.concat([
		message('1', Buffer.alloc(0)),
		message('2', Buffer.alloc(0)),
		message('T', Buffer.concat([int16(2), ...described])),
		message('D', Buffer.concat([int16(2), ...values])),
		message('C', Buffer.from('SELECT 1\0')),
		READY,
	]);
})();
