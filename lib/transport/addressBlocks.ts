import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A range of addresses, parsed once. */
export type AddressBlock = readonly [network: Address, bits: number];

/** What a delivery must not reach, by the registries of special-purpose addresses (RFC 6890, IANA). */
const FORBIDDEN: ReadonlyArray<readonly [cidr: string, what: string]> = [
	['0.0.0.0/8', 'this host'],
	['10.0.0.0/8', 'a private network'],
	['100.64.0.0/10', "a provider's shared network"],
	['127.0.0.0/8', 'the loopback of this machine'],
	['169.254.0.0/16', 'link-local addresses, where cloud metadata is served'],
	['172.16.0.0/12', 'a private network'],
	['192.0.0.0/24', 'protocol assignments'],
	['192.0.2.0/24', 'documentation addresses'],
	['192.88.99.0/24', 'relays from IPv6 to IPv4'],
	['192.168.0.0/16', 'a private network'],
	['198.18.0.0/15', 'benchmarking addresses'],
	['198.51.100.0/24', 'documentation addresses'],
	['203.0.113.0/24', 'documentation addresses'],
	['224.0.0.0/4', 'multicast addresses'],
	['240.0.0.0/4', 'reserved addresses'],
	// Not special by any registry, but Azure serves every machine's metadata and keys there.
	['168.63.129.16/32', 'a cloud metadata service'],
	['2001::/23', 'protocol assignments, Teredo among them'],
	['2001:db8::/32', 'documentation addresses'],
	['2002::/16', '6to4 addresses, which embed an IPv4 address'],
	['3fff::/20', 'documentation addresses'],
];

/** Only here are IPv6 addresses global; loopback, private, NAT64, multicast and the rest lie outside. */
const GLOBAL_IPV6 = parseBlock('2000::/3');
const BLOCKS = FORBIDDEN.map(([cidr, what]) => ({ block: parseBlock(cidr), what }));

/**
 * Reads an address or a range in CIDR form.
 * @throws Error when it is neither.
 */
export function parseBlock(text: string): AddressBlock {
	if (text.includes('/')) return ipaddr.parseCIDR(text);
	const address = ipaddr.parse(text);
	return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/**
 * Reads an address as the resolver or a parsed URL gives it; one of IPv4 written as IPv6
 * (`::ffff:127.0.0.1`) becomes what it is.
 * @returns undefined when it is none.
 */
export function parseAddress(text: string): Address | undefined {
	const bare = text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
	return ipaddr.isValid(bare) ? ipaddr.process(bare) : undefined;
}

/** Whether the address lies in the block. */
export function isInBlock(address: Address, [network, bits]: AddressBlock): boolean {
	return address.kind() === network.kind() && address.match(network, bits);
}

/**
 * Why nothing may be sent to an address unless an operator opens it.
 * @returns what the address belongs to, for a person; undefined when it is public.
 */
export function forbiddenReason(address: Address): string | undefined {
	const hit = BLOCKS.find(({ block }) => isInBlock(address, block));
	if (hit) return hit.what;
	if (address.kind() === 'ipv6' && !isInBlock(address, GLOBAL_IPV6)) {
		return 'addresses that are not public';
	}
	return undefined;
}
