import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../../lib/clock';
import { createApnsChannel } from '../../../lib/push/apns/channel';
import { connectHttp2, type ConnectOptions } from '../../../lib/push/apns/connect';
import { ApnsConnections } from '../../../lib/push/apns/connections';
import { closeApnsConnections, getApnsConnections } from '../../../lib/push/apns/shared';
import type { PushOutcome } from '../../../lib/push/pushOutcome';
import { noTokenKeeper } from '../../../lib/push/tokenKeeper';
import { createEgressGuard } from '../../../lib/transport/egressGuard';
import { startProxy } from '../transport/support/proxyServer';
import { resolvesTo } from '../transport/support/sending';
import { issueCertificate } from '../transport/support/certificates';
import { startReceiver } from '../transport/support/servers';
import { startApns, type ApnsTestServer } from './support/apnsServer';
import { apnsDelivery, guard } from './support/channels';
import { apnsCredential } from './support/keys';

let server: ApnsTestServer;

beforeEach(async () => {
	server = await startApns();
});

afterEach(async () => {
	await server.close();
});

async function send(origin: string, options: ConnectOptions): Promise<PushOutcome> {
	const connections = new ApnsConnections({
		origin,
		clock: systemClock,
		connect: async () => await connectHttp2(new URL(origin), options),
	});
	const channel = createApnsChannel({
		credential: apnsCredential(origin),
		connections,
		clock: systemClock,
		keeper: noTokenKeeper,
		defaultTimeoutMs: 5_000,
	});
	const outcome = await channel.attempt(apnsDelivery(origin), new AbortController().signal);
	connections.destroy();
	return outcome;
}

const trusting = () => ({ tls: { ca: server.ca } });

describe('the egress guard', () => {
	const strict = createEgressGuard({ allowedHosts: [] });

	it('is asked about an address that stands in the URL', async () => {
		const outcome = await send(server.origin, { guard: strict, ...trusting() });
		expect(outcome).toMatchObject({ verdict: 'dead', error: { code: 'EGRESS_BLOCKED' } });
		expect(server.connections).toBe(0);
	});

	it.each(['127.0.0.1', '169.254.169.254', '10.0.0.1', '::1'])(
		'is asked about %s, which a name leads to',
		async (address) => {
			const rebinding = createEgressGuard({ allowedHosts: [], resolve: resolvesTo(address) });
			const origin = `https://push.example:${server.port}`;
			const outcome = await send(origin, { guard: rebinding, ...trusting() });
			expect(outcome).toMatchObject({ verdict: 'dead', error: { code: 'EGRESS_BLOCKED' } });
			expect(server.connections).toBe(0);
		},
	);
});

describe('TLS', () => {
	it('refuses a certificate of an authority that is not trusted', async () => {
		const outcome = await send(server.origin, { guard });
		expect(outcome).toMatchObject({ verdict: 'retry', statusCode: undefined });
		expect(outcome.error?.code).toMatch(/CERT|SIGNATURE|ISSUER/);
	});

	it('refuses a certificate that is made out to another name', async () => {
		const named = createEgressGuard({
			allowedHosts: ['push.example', '127.0.0.1'],
			resolve: resolvesTo('127.0.0.1'),
		});
		const outcome = await send(`https://push.example:${server.port}`, {
			guard: named,
			...trusting(),
		});
		expect(outcome.error?.code).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
	});
});

it('a server that speaks no HTTP/2 is told as such', async () => {
	const { cert, key } = issueCertificate({ name: 'x', hosts: ['127.0.0.1'] });
	const other = await startReceiver(undefined, { cert, key, ALPNProtocols: ['http/1.1'] });
	const outcome = await send(other.origin, { guard, tls: { ca: cert } });
	expect(outcome).toMatchObject({ verdict: 'retry', statusCode: undefined });
	expect(other.received).toEqual([]);
	await other.close();
});

it('a server without TLS, such as a relay beside n8n, is spoken to as one', async () => {
	const schemes: unknown[] = [];
	const relay = http2.createServer();
	relay.on('stream', (stream, headers) => {
		schemes.push(headers[':scheme']);
		stream.respond({ ':status': 200 }, { endStream: true });
	});
	await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
	const origin = `http://127.0.0.1:${(relay.address() as AddressInfo).port}`;
	expect(await send(origin, { guard })).toMatchObject({ verdict: 'delivered' });
	expect(schemes).toEqual(['http']);
	await new Promise((resolve) => relay.close(resolve));
});

describe('through a proxy', () => {
	it('the connection is a tunnel', async () => {
		const proxy = await startProxy({ leadsTo: { host: '127.0.0.1', port: server.port } });
		const settings = { https: proxy.origin.replace('//', '//user:secret@') };
		const outcome = await send(server.origin, { guard, proxy: settings, ...trusting() });
		expect(outcome).toMatchObject({ verdict: 'delivered' });
		expect(proxy.asked).toEqual([`127.0.0.1:${server.port}`]);
		expect(proxy.authorizations).toEqual([
			`Basic ${Buffer.from('user:secret').toString('base64')}`,
		]);
		await proxy.close();
	});

	it('that refuses it, the notification waits, and no password shows', async () => {
		const proxy = await startProxy({ refuses: 407 });
		const settings = { https: proxy.origin.replace('//', '//user:secret@') };
		const outcome = await send(server.origin, { guard, proxy: settings, ...trusting() });
		expect(outcome).toMatchObject({ verdict: 'retry', error: { code: 'PROXY_REFUSED' } });
		expect(JSON.stringify(outcome)).not.toContain('secret');
		await proxy.close();
	});

	it('what may not be reached is not asked for', async () => {
		const proxy = await startProxy();
		const strict = createEgressGuard({ allowedHosts: [] });
		const settings = { https: proxy.origin };
		const outcome = await send(server.origin, { guard: strict, proxy: settings });
		expect(outcome.error?.code).toBe('EGRESS_BLOCKED');
		expect(proxy.asked).toEqual([]);
		await proxy.close();
	});
});

describe('connections are kept over executions', () => {
	afterEach(closeApnsConnections);
	const shared = (key: string, tls?: { ca: string }) =>
		getApnsConnections({ origin: server.origin, key, guard, clock: systemClock, tls });

	it('for the same server and key', () => {
		expect(shared('k')).toBe(shared('k'));
	});

	it('and not shared between keys, which APNs ties them to', () => {
		expect(shared('k')).not.toBe(shared('other'));
		expect(shared('k')).not.toBe(shared('k', { ca: 'x' }));
	});
});
