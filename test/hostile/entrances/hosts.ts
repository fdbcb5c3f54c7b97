import fc from 'fast-check';
import { EgressError, createEgressGuard } from '../../../lib/transport/egressGuard';
import { HostPatternError, parseHostPatterns } from '../../../lib/transport/hostPatterns';
import { ProxySettingsError, proxyFor } from '../../../lib/transport/proxySettings';
import { allowList } from '../../../nodes/shared/allowList';
import { entrance, must, refusable, refusableLater } from '../support/entrance';
import { damagedText, hostileText } from '../support/texts';

const ADDRESSES = [
	'127.0.0.1',
	'10.1.2.3',
	'169.254.169.254',
	'[::1]',
	'[fd00::1]',
	'0x7f.1',
	'localhost',
];

const host = fc.oneof(
	damagedText(
		fc.constantFrom(...ADDRESSES, '*.internal', '10.0.0.0/8', 'a.example:8080', '[::1]:80'),
	),
	hostileText,
);

/** Names have an address inside: nothing that gets through may lead there. */
const guard = createEgressGuard({
	allowedHosts: [],
	resolve: async () => [{ address: '10.1.2.3', family: 4 }],
});

export const hosts = entrance({
	name: 'hosts and their lists',
	inputs: fc.record({
		url: fc
			.tuple(fc.constantFrom('http', 'https'), host, hostileText)
			.map(([scheme, one, rest]) => `${scheme}://${one}/${rest}`),
		entries: fc.array(host, { maxLength: 3 }),
		proxy: host,
	}),
	take: async ({ url, entries, proxy }) => {
		const parsed = URL.parse(url);
		if (parsed) {
			const isPublic = /^(\[|[\d.]+$)/.test(parsed.hostname);
			const passed = await refusableLater(async () => {
				await guard.check(parsed);
				return true;
			}, EgressError);
			must(passed === undefined || isPublic, `${parsed.hostname} was let through`);
			refusable(
				() => proxyFor({ http: proxy, https: proxy, noProxy: entries.join(',') }, parsed),
				ProxySettingsError,
			);
		}
		const patterns = refusable(() => parseHostPatterns(entries), HostPatternError);
		patterns?.matchesHost(entries[0] ?? '', 80);
		patterns?.matchesAddress(entries[0] ?? '', 80);
		refusable(() => allowList(entries), Error);
	},
});
