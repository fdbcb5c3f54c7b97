import { fetch } from 'undici';
import { closeDispatchers, getDispatcher } from '../../../lib/transport/dispatcher';
import { createEgressGuard } from '../../../lib/transport/egressGuard';
import {
	proxyFor,
	proxyFromEnvironment,
	ProxySettingsError,
} from '../../../lib/transport/proxySettings';
import { issueCertificate } from './support/certificates';
import { startProxy } from './support/proxyServer';
import { resolvesTo, sending } from './support/sending';
import { closedPort, closeServers, startReceiver, startSocketServer } from './support/servers';

afterEach(async () => {
	await closeDispatchers();
	await closeServers();
});

const authority = issueCertificate({ name: 'Test Authority' });
const identity = issueCertificate({
	name: 'receiver',
	hosts: ['127.0.0.1', 'inner.example'],
	issuer: authority,
});

describe('the environment', () => {
	test.each<[Record<string, string>, ReturnType<typeof proxyFromEnvironment>]>([
		[{}, undefined],
		[{ NO_PROXY: '*' }, undefined],
		[{ HTTP_PROXY: ' ' }, undefined],
		[{ HTTP_PROXY: 'http://p:1' }, { http: 'http://p:1' }],
		[{ https_proxy: 'http://p:2' }, { https: 'http://p:2' }],
		[
			{ http_proxy: 'http://low:1', HTTP_PROXY: 'http://HIGH:1', no_proxy: 'a', NO_PROXY: 'b' },
			{ http: 'http://low:1', noProxy: 'a' },
		],
		[{ ALL_PROXY: 'http://p:3' }, { http: 'http://p:3', https: 'http://p:3' }],
		[
			{ all_proxy: 'http://p:3', HTTPS_PROXY: 'http://p:4', NO_PROXY: 'x' },
			{ http: 'http://p:3', https: 'http://p:4', noProxy: 'x' },
		],
	])('%j asks for %j', (environment, settings) => {
		expect(proxyFromEnvironment(environment)).toEqual(settings);
	});

	test('is honoured unless the options say otherwise', async () => {
		const proxy = await startProxy();
		const receiver = await startReceiver();
		const before = { ...process.env };
		process.env.HTTP_PROXY = proxy.origin;
		delete process.env.http_proxy;
		process.env.NO_PROXY = process.env.no_proxy = 'nothing.example';
		try {
			await sending({ proxy: 'environment' }).send(receiver.origin);
			expect(proxy.asked).toHaveLength(1);
			await sending({ proxy: 'none' }).send(receiver.origin);
			expect(proxy.asked).toHaveLength(1);
		} finally {
			process.env = before;
		}
	});
});

test.each([
	['', 'http://a.example/', true],
	['*', 'http://a.example/', false],
	['b.example, *', 'http://a.example/', false],
	['a.example', 'http://a.example/', false],
	['a.example', 'http://sub.a.example/', false],
	['a.example', 'http://xa.example/', true],
	['A.Example.', 'http://a.example/', false],
	['.a.example', 'http://sub.a.example/', false],
	['.a.example', 'http://a.example/', false],
	['*.a.example', 'http://sub.a.example/', false],
	['*.a.example', 'http://a.example/', true],
	['a.example:8080', 'http://a.example:8080/', false],
	['a.example:8080', 'http://a.example/', true],
	['a.example:80', 'http://a.example/', false],
	['a.example:443', 'https://a.example/', false],
	['b.example a.example', 'http://a.example/', false],
	['10.0.0.0/8', 'http://10.1.2.3/', false],
	['10.0.0.0/8', 'http://11.1.2.3/', true],
	['10.1.2.3', 'http://10.1.2.3:99/', false],
	['::1', 'http://[::1]/', false],
	['[::1]:80', 'http://[::1]/', false],
	['[::1]:81', 'http://[::1]/', true],
	['1', 'http://10.0.0.1/', true],
])('NO_PROXY "%s" and %s: through the proxy %s', (noProxy, url, proxied) => {
	const settings = { http: 'http://p.example:1', https: 'http://p.example:2', noProxy };
	expect(proxyFor(settings, new URL(url)) !== undefined).toBe(proxied);
});

test('a proxy without a scheme is an http one', () => {
	expect(proxyFor({ http: 'p.example:3128' }, new URL('http://a.example'))?.origin).toBe(
		'http://p.example:3128',
	);
});

test.each(['socks5://u:hush@p.example:1080', 'http://', 'ftp://p.example'])(
	'refuses the proxy %s at once, without showing it',
	(http) => {
		const make = () =>
			getDispatcher({
				guard: createEgressGuard({ allowedHosts: [] }),
				connectionsPerOrigin: 1,
				proxy: { http },
			});
		expect(make).toThrow(ProxySettingsError);
		expect(make).not.toThrow(/hush/);
	},
);

describe('an http target', () => {
	test('is asked of the proxy in the absolute form, with everything that belongs to it', async () => {
		const proxy = await startProxy();
		const receiver = await startReceiver();
		const outcome = await sending({ proxy: { http: proxy.origin } }).send(
			`${receiver.origin}/p?a=1`,
			{ headers: { 'X-A': 'b' }, body: 'body' },
		);
		expect(outcome).toMatchObject({ statusCode: 200, bodyExcerpt: 'ok' });
		expect(proxy.asked).toEqual([`${receiver.origin}/p?a=1`]);
		const [request] = receiver.received;
		expect([request.method, request.target, String(request.body)]).toEqual([
			'POST',
			'/p?a=1',
			'body',
		]);
		expect(request.headers).toMatchObject({
			host: `127.0.0.1:${receiver.port}`,
			'x-a': 'b',
			'webhook-id': 'msg_0190',
		});
	});

	test('that is exempt is reached directly', async () => {
		const proxy = await startProxy();
		const receiver = await startReceiver();
		const settings = { http: proxy.origin, noProxy: '127.0.0.1' };
		await sending({ proxy: settings }).send(receiver.origin);
		expect(proxy.connections).toBe(0);
		expect(receiver.received).toHaveLength(1);
	});
});

describe('an https target', () => {
	const tls = { ca: authority.cert };

	test('is reached through a tunnel, with TLS to the target itself', async () => {
		const proxy = await startProxy();
		const receiver = await startReceiver(undefined, identity);
		const { send } = sending({ proxy: { https: proxy.origin }, tls });
		for (let at = 0; at < 10; at++)
			expect((await send(`${receiver.origin}/p`)).statusCode).toBe(200);
		expect(new Set(proxy.asked)).toEqual(new Set([`127.0.0.1:${receiver.port}`]));
		expect(proxy.asked.length).toBeLessThanOrEqual(2);
		expect(receiver.received[0].target).toBe('/p');
	});

	test('whose name only the proxy knows is reached, and its certificate checked by that name', async () => {
		const receiver = await startReceiver(undefined, identity);
		const proxy = await startProxy({ leadsTo: { host: '127.0.0.1', port: receiver.port } });
		const resolve = async () => {
			throw Object.assign(new Error('unknown here'), { code: 'ENOTFOUND' });
		};
		const { send } = sending({ proxy: { https: proxy.origin }, tls, guard: { resolve } });
		expect((await send('https://inner.example/')).statusCode).toBe(200);
		expect(proxy.asked).toEqual(['inner.example:443']);
		expect((await send('https://other.example/')).error?.code).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
	});

	test('keeps the credential for the receiver from the proxy', async () => {
		const proxy = await startProxy();
		const receiver = await startReceiver(undefined, identity);
		await sending({ proxy: { https: proxy.origin }, tls }).send(receiver.origin, {
			headers: { authorization: 'Bearer abc' },
		});
		expect(proxy.authorizations).toEqual([undefined]);
		expect(receiver.received[0].headers.authorization).toBe('Bearer abc');
	});
});

describe('a proxy with user and password', () => {
	test.each(['http', 'https'] as const)(
		'gets them for an %s target, the target does not',
		async (scheme) => {
			const proxy = await startProxy();
			const receiver = await startReceiver(undefined, scheme === 'https' ? identity : undefined);
			const url = proxy.origin.replace('://', '://bob:p%40ss@');
			const { send } = sending({ proxy: { [scheme]: url }, tls: { ca: authority.cert } });
			expect((await send(receiver.origin)).statusCode).toBe(200);
			expect(proxy.authorizations).toEqual([`Basic ${Buffer.from('bob:p@ss').toString('base64')}`]);
			expect(receiver.received[0].headers).not.toHaveProperty('proxy-authorization');
		},
	);
});

test.each([
	['bob@', 'bob:'],
	[':hush@', ':hush'],
])('a proxy with "%s" gets it', async (prefix, pair) => {
	const proxy = await startProxy();
	const receiver = await startReceiver();
	const url = proxy.origin.replace('://', `://${prefix}`);
	await sending({ proxy: { http: url } }).send(receiver.origin);
	expect(proxy.authorizations).toEqual([`Basic ${Buffer.from(pair).toString('base64')}`]);
});

test("undici's fetch and plain requests go through it with their headers in whatever form", async () => {
	const proxy = await startProxy();
	const receiver = await startReceiver();
	const dispatcher = getDispatcher({
		guard: createEgressGuard({ allowedHosts: ['127.0.0.1'] }),
		connectionsPerOrigin: 2,
		proxy: { http: proxy.origin },
	});
	await fetch(receiver.origin, { dispatcher, headers: { 'x-a': '1' } });
	await dispatcher.request({
		origin: receiver.origin,
		path: '/',
		method: 'GET',
		headers: { 'x-a': ['2', '3'], 'x-b': undefined },
	});
	const headers = new Map([['x-a', '4']]);
	await dispatcher.request({ origin: receiver.origin, path: '/', method: 'GET', headers });
	expect(receiver.received.map((request) => request.headers['x-a'])).toEqual(['1', '2, 3', '4']);
	expect(receiver.received[1].headers).not.toHaveProperty('x-b');
	expect(proxy.asked).toHaveLength(3);
});

describe('the guard behind a proxy', () => {
	test.each(['http', 'https'])(
		'refuses a private literal over %s before the proxy hears of it',
		async (scheme) => {
			const proxy = await startProxy();
			const guard = { allowedHosts: [] };
			const { send } = sending({ proxy: { http: proxy.origin, https: proxy.origin }, guard });
			for (const host of ['10.0.0.1', '[::1]', '2130706433', 'localhost']) {
				const outcome = await send(`${scheme}://${host}/`);
				expect(outcome).toMatchObject({ error: { code: 'EGRESS_BLOCKED' }, verdict: 'dead' });
			}
			expect(proxy.asked).toEqual([]);
		},
	);

	test.each(['http', 'https'])(
		'refuses a name that resolves to a private address here, over %s',
		async (scheme) => {
			const proxy = await startProxy();
			const guard = { allowedHosts: [], resolve: resolvesTo('192.168.0.1') };
			const { send } = sending({ proxy: { http: proxy.origin, https: proxy.origin }, guard });
			expect((await send(`${scheme}://inner.example/`)).error?.code).toBe('EGRESS_BLOCKED');
			expect(proxy.asked).toEqual([]);
		},
	);
});

describe('a proxy that fails', () => {
	test.each(['http', 'https'])('by not being there, for an %s target', async (scheme) => {
		const port = await closedPort();
		const url = `http://bob:hush@127.0.0.1:${port}`;
		const outcome = await sending({
			proxy: { http: url, https: url },
			guard: { allowedHosts: ['127.0.0.1'] },
		}).send(`${scheme}://127.0.0.1:1/`);
		expect(outcome.error?.code).toBe('PROXY_FAILED');
		expect(outcome.error?.message).toContain(`127.0.0.1:${port} refused the connection`);
		expect(outcome.error?.message).not.toContain('hush');
		expect(outcome.verdict).toBeUndefined();
	});

	test('by refusing the tunnel', async () => {
		const proxy = await startProxy({ refuses: 403 });
		const outcome = await sending({ proxy: { https: proxy.origin } }).send('https://127.0.0.1:1/');
		expect(outcome.error).toEqual({
			code: 'PROXY_REFUSED',
			message: '127.0.0.1:1 was refused by the proxy (status 403)',
		});
	});

	test('by asking for a password', async () => {
		const proxy = await startProxy({ refuses: 407 });
		const outcome = await sending({ proxy: { https: proxy.origin } }).send('https://127.0.0.1:1/');
		expect(outcome.error?.message).toMatch(/407: it asks for another user and password/);
	});

	test('by closing the connection, without being asked for ever', async () => {
		let asked = 0;
		const proxy = await startSocketServer((socket) =>
			socket.once('data', () => {
				asked++;
				socket.end();
			}),
		);
		const outcome = await sending({ proxy: { https: proxy.origin } }).send('https://127.0.0.1:1/');
		expect(outcome.error?.code).toBe('PROXY_FAILED');
		expect(asked).toBe(1);
	});
});
