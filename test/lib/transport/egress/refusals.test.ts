import { systemClock } from '../../../../lib/clock';
import { readAttributes } from '../../../../lib/callbacks/attributes';
import { Conditions } from '../../../../lib/callbacks/condition';
import { CallbackFieldError } from '../../../../lib/callbacks/errors';
import { connectHttp2 } from '../../../../lib/push/apns/connect';
import { requestAccessToken } from '../../../../lib/push/fcm/accessToken';
import { readServer } from '../../../../lib/push/server';
import { closeDispatchers, getDispatcher } from '../../../../lib/transport/dispatcher';
import {
	createEgressGuard,
	EgressError,
	type EgressGuard,
} from '../../../../lib/transport/egressGuard';
import { codeOf } from '../../../../lib/transport/networkErrors';
import { requestToken } from '../../../../lib/transport/oauth2/tokenRequest';
import { clientFor, errorOf } from '../../callbacks/reactor/support';
import { describeConformance } from '../../delivery/conformance';
import { fcmCredential } from '../../push/support/keys';
import { settingsFor } from '../oauth2/support';
import { createHttpChannel } from '../../../../lib/delivery/httpChannel';
import { noAuthentication } from '../../../../lib/transport/authentication';
import { deliveryTo } from '../support/sending';
import type { TestServer } from '../support/servers';
import { spellingsOf, urlsTo } from './spellings';

afterAll(closeDispatchers);
// Hundreds of connections that are refused, each over a pool of its own.
jest.setTimeout(60_000);

/** No request comes so far; were one let through, it would end here at once. */
const PROXY = 'http://127.0.0.1:9';
const patient = new AbortController().signal;

/** Every way in which a URL of somebody else is led to a connection, each with the refusal that it gives. */
const WAYS: Record<string, (url: URL, guard: EgressGuard) => Promise<unknown>> = {
	'a look at a URL': async (url, guard) => {
		await guard.check(url);
	},
	'a delivery': async (url, guard) => await sent(url, guard),
	'a delivery through a proxy': async (url, guard) => await sent(url, guard, PROXY),
	'a connection of HTTP/2': async (url, guard) => await connectHttp2(url, { guard }),
	'a connection of HTTP/2 through a proxy': async (url, guard) =>
		await connectHttp2(url, { guard, proxy: { http: PROXY, https: PROXY } }),
	'a token request': async (url, guard) => {
		const settings = settingsFor({ origin: url.origin } as TestServer);
		const result = await requestToken(settings, {
			dispatcher: dispatcherOf(guard),
			clock: systemClock,
			scrubberOf: () => (text) => text,
		});
		return result.ok ? undefined : result.failure;
	},
	'a token request of a service account': async (url, guard) => {
		const credential = { ...fcmCredential('https://fcm.example'), tokenUrl: url };
		const means = { dispatcher: dispatcherOf(guard), clock: systemClock };
		const result = await requestAccessToken(credential, means);
		return result.ok ? undefined : result.failure;
	},
	'a new callback': async (url, guard) => {
		const rules = { allowHttp: true, checkUrl: async (one: URL) => await guard.check(one) };
		const conditions = new Conditions({ clock: systemClock, random: Math.random });
		await readAttributes({ url: url.origin }, rules, conditions);
	},
};

const dispatcherOf = (guard: EgressGuard, proxy?: string) =>
	getDispatcher({
		guard,
		connectionsPerOrigin: 1,
		proxy: proxy === undefined ? 'none' : { http: proxy, https: proxy },
	});

async function sent(url: URL, guard: EgressGuard, proxy?: string): Promise<unknown> {
	const channel = createHttpChannel({
		dispatcher: dispatcherOf(guard, proxy),
		clock: systemClock,
		authentication: noAuthentication,
		defaultTimeoutMs: 5_000,
	});
	const outcome = await channel.attempt(deliveryTo(url.href), patient);
	return outcome.error;
}

function isRefusal(outcome: unknown, url: URL): boolean {
	// A delivery never has a user in its URL, whatever the host.
	if (url.username !== '' && codeOf(outcome) === 'INVALID_REQUEST') return true;
	if (outcome instanceof CallbackFieldError) return outcome.cause instanceof EgressError;
	return codeOf(outcome) === 'EGRESS_BLOCKED';
}

/** Those of the URLs that one way leads to a connection. */
async function letThrough(
	way: string,
	urls: readonly string[],
	guard = createEgressGuard({ allowedHosts: [] }),
): Promise<string[]> {
	const passed: string[] = [];
	// The parser makes one URL of most spellings; what it makes is what is connected to.
	for (const text of new Set(urls.map((one) => new URL(one).href))) {
		const url = new URL(text);
		const outcome = await WAYS[way](url, guard).catch((error: unknown) => error);
		if (!isRefusal(outcome, url)) passed.push(text);
	}
	return passed;
}

/** A guard whose resolver knows a name for each address, and the names. */
function named(addresses: readonly string[]) {
	const names = new Map(addresses.map((address, at) => [`n${at}.example`, address]));
	const guard = createEgressGuard({
		allowedHosts: [],
		resolve: async (name) => {
			const address = names.get(name.replace(/\.$/, ''));
			if (address === undefined) throw Object.assign(new Error(name), { code: 'ENOTFOUND' });
			// One that may be reached stands before it.
			return ['93.184.216.34', address].map((one) => ({
				address: one,
				family: one.includes(':') ? 6 : 4,
			}));
		},
	});
	return { guard, urls: [...names.keys()].map((name) => `https://${name}/`) };
}

function refuses(addresses: readonly string[]): void {
	const hosts = addresses.flatMap(spellingsOf);

	test.each(Object.keys(WAYS))(
		'%s leads to none of them, however they are written',
		async (way) => {
			const urls = hosts.map((host) => `https://${host}/`);
			expect(await letThrough(way, urls)).toEqual([]);
		},
	);

	test('however the URL around them is written', async () => {
		const urls = addresses.flatMap((address) =>
			urlsTo(address.includes(':') ? `[${address}]` : address),
		);
		expect(await letThrough('a look at a URL', urls)).toEqual([]);
	});

	test.each(Object.keys(WAYS))('%s leads to none of them by a name', async (way) => {
		const { guard, urls } = named(addresses);
		expect(await letThrough(way, urls, guard)).toEqual([]);
	});
}

describe('addresses that must not be reached', () => {
	refuses(['127.0.0.1', '10.1.2.3', '169.254.169.254', '100.100.100.200', '::1', 'fd00:ec2::254']);
});

interface Ranges {
	svix_is_allowed: Array<{ ip: string; allowed: boolean }>;
	n8n_default_blocked: string[];
	n8n_default_NOT_blocked_but_svix_blocks: string[];
	svix_blocked_ranges: string[];
}

/** The first address of a range in its shortest forms: `10/8`, `100.64/10`, `ff00::/8`. */
function firstOf(range: string): string {
	const [start] = range.split(/[/ ]/);
	return start.includes(':') ? start : [...start.split('.'), '0', '0', '0'].slice(0, 4).join('.');
}

describeConformance<Ranges>('ssrf-ip.json', (data) => {
	const ranges = [
		...data.n8n_default_blocked,
		...data.n8n_default_NOT_blocked_but_svix_blocks,
		...data.svix_blocked_ranges,
	];
	const forbidden = data.svix_is_allowed.filter(({ allowed }) => !allowed).map(({ ip }) => ip);
	refuses([...new Set([...forbidden, ...ranges.map(firstOf)])]);

	test('addresses that may be reached are not refused', async () => {
		const open = data.svix_is_allowed.filter(({ allowed }) => allowed).map(({ ip }) => ip);
		const urls = open.map((ip) => `https://${ip.includes(':') ? `[${ip}]` : ip}/`);
		expect(await letThrough('a look at a URL', urls)).toEqual(urls.map((url) => new URL(url).href));
	});
});

test.each([
	'[fe80::1%25eth0]',
	'[fe80::1%eth0]',
	'[::1%lo]',
	'127.0.0.1%00',
	'1.2.3.4.5',
	'256.0.0.1',
])('%s is no host to the parser itself', (host) => {
	expect(URL.parse(`http://${host}/`)).toBeNull();
});

test("a server in place of a provider's own is judged by the credential's list", async () => {
	const { guard } = readServer({ allowedHosts: [] }, {});
	await expect(guard.check(new URL('https://10.1.2.3:2197/'))).rejects.toThrow(EgressError);
	const opened = readServer({ allowedHosts: ['10.1.2.3:2197'] }, {});
	await expect(opened.guard.check(new URL('https://10.1.2.3:2197/'))).resolves.toBeUndefined();
	await expect(opened.guard.check(new URL('https://10.1.2.3/'))).rejects.toThrow(EgressError);
});

test('the API of callbacks is not asked at a private host', async () => {
	for (const origin of ['http://127.0.0.1:9', 'http://[::1]:9', 'http://0x7f.1:9']) {
		const client = clientFor(new URL(origin).origin, { allowedHosts: [] });
		const error = await errorOf(client.getCallback(`CB${'1'.repeat(32)}`));
		expect(error.message).toContain('may not be sent to');
	}
});
