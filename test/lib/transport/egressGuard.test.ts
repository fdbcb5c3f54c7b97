import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { NodeEgressFilter } from 'n8n-workflow';
import {
	createEgressGuard,
	EgressError,
	type EgressGuard,
	type EgressGuardOptions,
	type SecureEgressFilter,
} from '../../../lib/transport/egressGuard';
import { describeConformance } from '../delivery/conformance';

/** Compiles only while n8n's own type fits ours. */
type FitsN8n = NodeEgressFilter extends SecureEgressFilter ? true : never;
const fitsN8n: FitsN8n = true;

function addresses(...texts: string[]): LookupAddress[] {
	return texts.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
}

function guard(options: Partial<EgressGuardOptions> = {}): EgressGuard {
	return createEgressGuard({ allowedHosts: [], ...options });
}

async function resolved(
	one: EgressGuard,
	hostname: string,
	port = 443,
	options: { all?: boolean; family?: number } = { all: true },
): Promise<unknown> {
	return await new Promise((resolve, reject) => {
		one.lookup(port)(hostname, options, (error, found, family) => {
			if (error) reject(error);
			else resolve(options.all ? found : { address: found, family });
		});
	});
}

const publicGuard = guard({ resolve: async () => addresses('93.184.216.34', '2606:4700::1111') });

async function isRefused(one: EgressGuard, url: string): Promise<boolean> {
	return await one.check(new URL(url)).then(
		() => false,
		(error: unknown) => {
			if (error instanceof EgressError) return true;
			throw error;
		},
	);
}

/** n8n's filter as it behaves, with a list of what it refuses. */
function filterRefusing(...refused: string[]): SecureEgressFilter & { asked: string[] } {
	const asked: string[] = [];
	const lookup: LookupFunction = (hostname, options, callback) => {
		asked.push(hostname);
		if (!options.all) throw new Error('one address is not enough to judge a name by');
		if (refused.includes(hostname)) callback(new Error('n8n says no'), []);
		else callback(null, addresses('93.184.216.34'));
	};
	return {
		asked,
		validateConnectionHost: (host) => {
			asked.push(host);
			return refused.includes(host) ? { ok: false, error: new Error('n8n says no') } : { ok: true };
		},
		createSecureLookup: () => lookup,
	};
}

test("our filter is a part of n8n's", () => expect(fitsN8n).toBe(true));

describe('refuses the address', () => {
	test.each([
		'0.0.0.0',
		'0.1.2.3',
		'10.0.0.1',
		'100.64.0.1',
		'100.100.100.200',
		'127.0.0.1',
		'127.254.254.254',
		'168.63.129.16',
		'169.254.169.254',
		'172.16.0.1',
		'172.31.255.255',
		'192.0.0.1',
		'192.0.2.1',
		'192.88.99.1',
		'192.168.1.1',
		'198.18.0.1',
		'198.19.255.255',
		'198.51.100.1',
		'203.0.113.1',
		'224.0.0.1',
		'240.0.0.1',
		'255.255.255.255',
		'[::]',
		'[::1]',
		'[::127.0.0.1]',
		'[::ffff:127.0.0.1]',
		'[::ffff:10.1.2.3]',
		'[64:ff9b::a00:1]',
		'[64:ff9b:1::1]',
		'[100::1]',
		'[2001::1]',
		'[2001:db8::1]',
		'[2002:7f00:1::1]',
		'[3fff::1]',
		'[5f00::1]',
		'[fc00::1]',
		'[fd00:ec2::254]',
		'[fe80::1]',
		'[fec0::1]',
		'[ff02::1]',
	])('%s', async (host) => {
		expect(await isRefused(guard(), `http://${host}/`)).toBe(true);
	});

	test.each([
		['2130706433', '127.0.0.1'],
		['0x7f.1', '127.0.0.1'],
		['0177.0.0.1', '127.0.0.1'],
		['127.1', '127.0.0.1'],
		['127.0.0.1.', '127.0.0.1'],
		['0', '0.0.0.0'],
		['0xa9fea9fe', '169.254.169.254'],
		['%31%32%37.0.0.1', '127.0.0.1'],
		['①②⑦.0.0.1', '127.0.0.1'],
		['[::ffff:7f00:1]', '::ffff:7f00:1'],
		['[0:0:0:0:0:0:0:1]', '::1'],
	])('written as %s', async (host, meant) => {
		const check = guard().check(new URL(`http://${host}/`));
		await expect(check).rejects.toThrow(EgressError);
		await expect(check).rejects.toThrow(expect.objectContaining({ host: meant }));
	});
});

test.each([
	'1.1.1.1',
	'8.8.8.8',
	'172.32.0.1',
	'100.128.0.1',
	'[2606:4700::1111]',
	'[::ffff:8.8.8.8]',
])('permits the public address %s', async (host) => {
	expect(await isRefused(guard(), `https://${host}/`)).toBe(false);
});

test.each([
	'ftp://1.1.1.1/',
	'file:///etc/passwd',
	'gopher://1.1.1.1/',
	'data:,x',
	'ws://1.1.1.1/',
])('refuses the scheme of %s', async (url) => {
	expect(await isRefused(publicGuard, url)).toBe(true);
});

describe('names', () => {
	test('with public addresses are permitted', async () => {
		expect(await isRefused(publicGuard, 'https://api.example/')).toBe(false);
		expect(await resolved(publicGuard, 'api.example')).toEqual(
			addresses('93.184.216.34', '2606:4700::1111'),
		);
	});

	test('are given to a connection that wants one address or one family', async () => {
		expect(await resolved(publicGuard, 'api.example', 443, {})).toEqual({
			address: '93.184.216.34',
			family: 4,
		});
		expect(await resolved(publicGuard, 'api.example', 443, { family: 6 })).toEqual({
			address: '2606:4700::1111',
			family: 6,
		});
	});

	test('without an address of the wanted family do not resolve', async () => {
		const one = guard({ resolve: async () => addresses('93.184.216.34') });
		const lookup = resolved(one, 'api.example', 443, { all: true, family: 6 });
		await expect(lookup).rejects.toThrow(expect.objectContaining({ code: 'ENOTFOUND' }));
	});

	test('with one private address among public ones are refused', async () => {
		const one = guard({ resolve: async () => addresses('93.184.216.34', '10.0.0.1') });
		await expect(resolved(one, 'mixed.example')).rejects.toThrow(EgressError);
		expect(await isRefused(one, 'https://mixed.example/')).toBe(true);
	});

	test.each(['localhost', 'LOCALHOST', 'localhost.', 'a.localhost', 'localhost.localdomain'])(
		'such as %s are refused whatever they resolve to',
		async (hostname) => {
			expect(await isRefused(publicGuard, `http://${hostname}/`)).toBe(true);
			const unresolvable = guard({ resolve: failToResolve });
			expect(await isRefused(unresolvable, `http://${hostname}/`)).toBe(true);
		},
	);

	test('are judged each time, so that one that changes is refused when it does', async () => {
		const answers = [addresses('93.184.216.34'), addresses('127.0.0.1')];
		const one = guard({ resolve: async () => answers.shift() ?? [] });
		await expect(resolved(one, 'rebind.example')).resolves.toEqual(addresses('93.184.216.34'));
		await expect(resolved(one, 'rebind.example')).rejects.toThrow(EgressError);
	});

	test('with an unreadable address are refused', async () => {
		const one = guard({ resolve: async () => [{ address: 'not an address', family: 4 }] });
		await expect(resolved(one, 'odd.example')).rejects.toThrow(EgressError);
	});

	test('that do not resolve keep the error of the resolver for a connection', async () => {
		const lookup = resolved(guard({ resolve: failToResolve }), 'gone.example');
		await expect(lookup).rejects.toThrow(expect.objectContaining({ code: 'ENOTFOUND' }));
	});

	test('that do not resolve pass a check, since a proxy may know them', async () => {
		expect(await isRefused(guard({ resolve: failToResolve }), 'https://inner.example/')).toBe(
			false,
		);
	});
});

async function failToResolve(): Promise<LookupAddress[]> {
	throw Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
}

describe('the list of allowed hosts', () => {
	const inner = { resolve: async () => addresses('10.1.2.3') };

	test.each<[string, string, boolean]>([
		['10.1.2.3', 'http://10.1.2.3/', true],
		['10.1.2.3', 'http://10.1.2.4/', false],
		['10.0.0.0/8', 'http://10.9.9.9/', true],
		['10.0.0.0/8', 'http://11.0.0.1/', true],
		['10.0.0.0/8', 'http://192.168.0.1/', false],
		['127.0.0.1', 'http://[::ffff:127.0.0.1]/', true],
		['[::1]', 'http://[::1]/', true],
		['::1', 'http://[::1]:8080/', true],
		['::1', 'http://[::2]/', false],
		['fd00::1', 'http://[fd00::2]/', false],
		['fd00::/8', 'http://[fd12::1]/', true],
		['10.1.2.3:8080', 'http://10.1.2.3:8080/', true],
		['10.1.2.3:8080', 'http://10.1.2.3/', false],
		['[::1]:8080', 'http://[::1]:8080/', true],
		['[::1]:8080', 'http://[::1]:8081/', false],
		['10.1.2.3:443', 'https://10.1.2.3/', true],
		['10.1.2.3:443', 'http://10.1.2.3/', false],
		['svc.internal', 'http://svc.internal/', true],
		['SVC.Internal.', 'http://svc.internal./', true],
		['svc.internal', 'http://other.internal/', false],
		['svc.internal', 'http://a.svc.internal/', false],
		['*.internal', 'http://svc.internal/', true],
		['*.internal', 'http://internal/', false],
		['*.internal', 'http://evilinternal/', false],
		['svc.internal:8080', 'http://svc.internal:8080/', true],
		['svc.internal:8080', 'http://svc.internal:8081/', false],
		['10.1.2.3', 'http://svc.internal/', true],
		['10.0.0.0/8', 'http://svc.internal/', true],
		['10.1.2.4', 'http://svc.internal/', false],
		['localhost', 'http://localhost/', true],
	])('%s and %s: %s', async (entry, url, allowed) => {
		const one = guard({ allowedHosts: [entry], ...inner });
		expect(await isRefused(one, url)).toBe(!allowed);
		const { hostname, port, protocol } = new URL(url);
		const number = Number(port) || (protocol === 'https:' ? 443 : 80);
		const host = hostname.replace(/^\[|\]$/g, '');
		if (/^[\d.]+$|:/.test(host)) {
			const check = () => one.checkLiteral(host, number);
			if (allowed) expect(check).not.toThrow();
			else expect(check).toThrow(EgressError);
		} else if (allowed) {
			expect(await resolved(one, host, number)).toEqual(addresses('10.1.2.3'));
		} else {
			await expect(resolved(one, host, number)).rejects.toThrow(EgressError);
		}
	});

	test('that opens 127.0.0.1 opens localhost only if that is all that it resolves to', async () => {
		const both = guard({
			allowedHosts: ['127.0.0.1'],
			resolve: async () => addresses('127.0.0.1', '::1'),
		});
		expect(await isRefused(both, 'http://localhost/')).toBe(true);
		const one = guard({ allowedHosts: ['127.0.0.1'], resolve: async () => addresses('127.0.0.1') });
		expect(await isRefused(one, 'http://localhost/')).toBe(false);
	});
});

describe("n8n's filter", () => {
	test('is asked about addresses and names, and its refusal counts', async () => {
		const filter = filterRefusing('8.8.8.8', 'bad.example');
		const one = guard({ filter, resolve: async () => addresses('93.184.216.34') });
		expect(await isRefused(one, 'https://8.8.8.8/')).toBe(true);
		expect(await isRefused(one, 'https://1.1.1.1/')).toBe(false);
		expect(await isRefused(one, 'https://bad.example/')).toBe(true);
		expect(await isRefused(one, 'https://good.example/')).toBe(false);
		expect(filter.asked).toEqual(['8.8.8.8', '1.1.1.1', 'bad.example', 'good.example']);
	});

	test('does not open what our list refuses', async () => {
		const filter = filterRefusing();
		filter.createSecureLookup = () => (_hostname, _options, callback) =>
			callback(null, addresses('100.64.0.1'));
		const one = guard({ filter });
		expect(await isRefused(one, 'https://100.64.0.1/')).toBe(true);
		expect(await isRefused(one, 'https://cgnat.example/')).toBe(true);
	});

	test('is not asked about what the node opens', async () => {
		const filter = filterRefusing('10.1.2.3', 'svc.internal');
		const resolve = async () => addresses('10.1.2.3');
		const byAddress = guard({ allowedHosts: ['10.0.0.0/8'], filter, resolve });
		expect(await isRefused(byAddress, 'http://10.1.2.3/')).toBe(false);
		expect(await isRefused(byAddress, 'http://svc.internal/')).toBe(false);
		const byName = guard({ allowedHosts: ['svc.internal'], filter, resolve });
		expect(await isRefused(byName, 'http://svc.internal/')).toBe(false);
	});

	test('wins over the node when the administrator has switched protection on', async () => {
		const instanceFilter = filterRefusing('10.1.2.3', 'svc.internal');
		const allowedHosts = ['10.1.2.3', 'svc.internal'];
		const one = guard({ allowedHosts, filter: filterRefusing(), instanceFilter });
		for (const host of allowedHosts) {
			const check = one.check(new URL(`http://${host}/`));
			await expect(check).rejects.toThrow(/administrator.*N8N_SSRF_ALLOWED/);
		}
	});

	test("gives its resolver's errors as they are", async () => {
		const filter = filterRefusing();
		filter.createSecureLookup = () => (_hostname, _options, callback) =>
			callback(Object.assign(new Error('no'), { code: 'EAI_AGAIN' }), []);
		const lookup = resolved(guard({ filter }), 'slow.example');
		await expect(lookup).rejects.toThrow(expect.objectContaining({ code: 'EAI_AGAIN' }));
	});
});

test('an error names the host, the reason and the field that mends it', async () => {
	const check = guard().check(new URL('http://10.1.2.3:8080/path?token=hush'));
	await expect(check).rejects.toMatchObject({
		code: 'EGRESS_BLOCKED',
		host: '10.1.2.3',
		message:
			'10.1.2.3 may not be sent to: it belongs to a private network; ' +
			'if it is meant to be reached, add it to the field "Allowed Private Hosts"',
	});
	const named = guard({ resolve: async () => addresses('127.0.0.1') });
	await expect(named.check(new URL('http://sly.example/'))).rejects.toThrow(
		/^sly\.example may not be sent to: it has the address 127\.0\.0\.1, which belongs to the loopback/,
	);
});

describe('the key of a guard', () => {
	test('is the same for the same list in another order', () => {
		expect(guard({ allowedHosts: ['b.example', 'a.example', ''] }).key).toBe(
			guard({ allowedHosts: ['A.example', ' b.example '] }).key,
		);
	});

	test('differs with the list, the filters and the resolver', () => {
		const filter = filterRefusing();
		const keys = [
			guard(),
			guard({ allowedHosts: ['a.example'] }),
			guard({ filter }),
			guard({ instanceFilter: filter }),
			guard({ resolve: failToResolve }),
			guard({ resolve: failToResolve }),
		].map((one) => one.key);
		expect(new Set(keys).size).toBe(keys.length);
	});
});

interface Ranges {
	svix_is_allowed: Array<{ ip: string; allowed: boolean; why: string }>;
	n8n_default_blocked: string[];
	n8n_default_NOT_blocked_but_svix_blocks: string[];
	svix_blocked_ranges: string[];
}

describeConformance<Ranges>('ssrf-ip.json', (data) => {
	const bracketed = (ip: string) => (ip.includes(':') ? `[${ip}]` : ip);

	test.each(data.svix_is_allowed)('$ip allowed: $allowed', async ({ ip, allowed }) => {
		expect(await isRefused(guard(), `http://${bracketed(ip)}/`)).toBe(!allowed);
	});

	const ranges = [
		...data.n8n_default_blocked,
		...data.n8n_default_NOT_blocked_but_svix_blocks.map((text) => text.split(' ')[0]),
		...data.svix_blocked_ranges,
	].map((range) => range.replace(/\/.*$/, ''));

	test.each(ranges)('the range at %s is refused', async (start) => {
		const ip = start.includes(':')
			? start
			: [...start.split('.'), '0', '0', '0'].slice(0, 4).join('.');
		expect(await isRefused(guard(), `http://${bracketed(ip)}/`)).toBe(true);
	});
});
