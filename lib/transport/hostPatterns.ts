import { isInBlock, parseAddress, parseBlock, type AddressBlock } from './addressBlocks';

/** Tells whether a host or an address stands in an operator's list. */
export interface HostPatterns {
	/** By name: `internal.example`, `*.internal.example`. */
	matchesHost(hostname: string, port: number): boolean;
	/** By address: `10.1.2.3`, `10.0.0.0/8`. */
	matchesAddress(address: string, port: number): boolean;
	/** Ports that an entry is bound to. */
	readonly ports: ReadonlySet<number>;
	/** The same for the same list in whatever order and spelling of letters. */
	readonly key: string;
}

/** An entry of a list of hosts that cannot be read: a mistake in the settings. */
export class HostPatternError extends Error {
	override readonly name = 'HostPatternError';
	readonly code = 'HOST_PATTERN_INVALID';

	constructor(
		readonly entry: string,
		problem: string,
	) {
		super(
			`"${entry}" ${problem}; write host.example, *.host.example, 10.1.2.3, 10.0.0.0/8 or [fd00::1], ` +
				'each with a port (:8080) where only that is meant',
		);
	}
}

interface Pattern {
	port?: number;
	name?: string;
	suffix?: string;
	block?: AddressBlock;
}

const HOSTNAME =
	/^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/;

/** Names are compared in lower case and without the dot that marks the root. */
export function normalizeHostname(hostname: string): string {
	return hostname.toLowerCase().replace(/\.$/, '');
}

/**
 * Reads a list of hosts.
 * @param entries hostnames, `*.suffix`, addresses, ranges, each with an optional port; `*.suffix`
 * does not include the suffix itself.
 * @throws HostPatternError that names the entry.
 */
export function parseHostPatterns(entries: readonly string[]): HostPatterns {
	const written = entries.map((entry) => entry.trim()).filter((entry) => entry !== '');
	const patterns = written.map(parsePattern);
	return {
		matchesHost(hostname, port) {
			const name = normalizeHostname(hostname);
			return patterns.some((pattern) => isForPort(pattern, port) && isForName(pattern, name));
		},
		matchesAddress(text, port) {
			const address = parseAddress(text);
			if (!address) return false;
			return patterns.some(
				({ block, ...rest }) => block && isForPort(rest, port) && isInBlock(address, block),
			);
		},
		ports: new Set(patterns.flatMap(({ port }) => (port === undefined ? [] : [port]))),
		key: [...new Set(written.map((entry) => entry.toLowerCase()))].sort().join(','),
	};
}

function isForPort({ port }: Pattern, wanted: number): boolean {
	return port === undefined || port === wanted;
}

function isForName({ name: exact, suffix }: Pattern, name: string): boolean {
	return name === exact || (suffix !== undefined && name.endsWith(suffix) && name !== suffix);
}

function parsePattern(entry: string): Pattern {
	if (entry.includes('://')) throw new HostPatternError(entry, 'is a URL, not a host');
	if (entry === '*') throw new HostPatternError(entry, 'would mean every host');
	const { host, port } = splitPort(entry);
	if (parseAddress(host) || host.includes('/')) {
		try {
			return { port, block: parseBlock(host.replace(/^\[(.*)\]$/, '$1')) };
		} catch {
			throw new HostPatternError(entry, 'is no range of addresses');
		}
	}
	const wildcard = host.startsWith('*.');
	const name = normalizeHostname(wildcard ? host.slice(2) : host);
	if (!HOSTNAME.test(name)) throw new HostPatternError(entry, 'is no host');
	return wildcard ? { port, suffix: `.${name}` } : { port, name };
}

function splitPort(entry: string): { host: string; port?: number } {
	// A bare IPv6 address has colons of its own; one with a port stands in brackets.
	const parts = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry);
	if (!parts) return { host: entry };
	const port = Number(parts[2]);
	if (port < 1 || port > 65_535) throw new HostPatternError(entry, 'has no port from 1 to 65535');
	return { host: parts[1], port };
}
