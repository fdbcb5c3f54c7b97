import { randomUUID } from 'node:crypto';
import { promises as dns, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { forbiddenReason, parseAddress } from './addressBlocks';
import { normalizeHostname, parseHostPatterns, type HostPatterns } from './hostPatterns';
import { codeOf, TransportError } from './networkErrors';

/** What n8n's `helpers.getSecureEgressFilter()` gives, as far as it is used here. */
export interface SecureEgressFilter {
	/** Judges an address to which no lookup leads. */
	validateConnectionHost(host: string): { ok: true } | { ok: false; error: Error };
	/** Resolves a name, refusing it for the addresses that it has. */
	createSecureLookup(): LookupFunction;
}

/** Resolves a name to all its addresses. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

export interface EgressGuardOptions {
	/** Private hosts that the operator opened: see `parseHostPatterns`. */
	allowedHosts: readonly string[];
	/** n8n's filter in the mode `enforced`; what `allowedHosts` opens is not asked of it. */
	filter?: SecureEgressFilter;
	/**
	 * n8n's filter in the mode `safe`: it refuses only what an administrator forbade by switching
	 * N8N_SSRF_PROTECTION on, and so is asked about opened hosts too.
	 */
	instanceFilter?: SecureEgressFilter;
	/** The system's resolver unless given. */
	resolve?: Resolve;
}

/** Keeps deliveries from hosts that the sender must not reach. */
export interface EgressGuard {
	/** Guards with the same key decide alike. */
	readonly key: string;
	/** Ports for which {@link EgressGuard.lookup} may decide otherwise than for the rest. */
	readonly ports: ReadonlySet<number>;
	/**
	 * Judges a host to which no lookup leads: an address. Names pass.
	 * @param hostname as in a parsed URL.
	 * @throws EgressError
	 */
	checkLiteral(hostname: string, port: number): void;
	/** A `lookup` for connections to this port that gives permitted addresses or an EgressError. */
	lookup(port: number): LookupFunction;
	/**
	 * Judges a URL by its scheme, its host and the addresses that the host has now. A name without
	 * addresses passes, since a proxy may know it.
	 * @throws EgressError (as a rejection)
	 */
	check(url: URL): Promise<void>;
}

const MEND = 'if it is meant to be reached, add it to the field "Allowed Private Hosts"';
const LOCAL_NAME = 'the name means this machine';
const MEND_BY_ADMINISTRATOR =
	"n8n's administrator decides about it: N8N_SSRF_ALLOWED_IP_RANGES, N8N_SSRF_ALLOWED_HOSTNAMES";

/** A host that must not be sent to. Ends the delivery: trying again would find the same. */
export class EgressError extends TransportError {
	override readonly name = 'EgressError';
	declare readonly code: 'EGRESS_BLOCKED';

	constructor(
		readonly host: string,
		readonly reason: string,
		mend = MEND,
	) {
		super('EGRESS_BLOCKED', `${host} may not be sent to: ${reason}; ${mend}`);
	}
}

/** The port that a URL means. */
export function portOf(url: URL): number {
	if (url.port !== '') return Number(url.port);
	return url.protocol === 'https:' ? 443 : 80;
}

/**
 * Makes the guard of one node.
 * @throws HostPatternError when an entry of the list cannot be read.
 */
export function createEgressGuard(options: EgressGuardOptions): EgressGuard {
	return new Guard(options, parseHostPatterns(options.allowedHosts));
}

const resolveBySystem: Resolve = async (hostname) => await dns.lookup(hostname, { all: true });

class Guard implements EgressGuard {
	readonly key: string;
	readonly ports: ReadonlySet<number>;
	private readonly filter?: SecureEgressFilter;
	private readonly instanceFilter?: SecureEgressFilter;
	private readonly resolve: Resolve;

	constructor(
		{ filter, instanceFilter, resolve }: EgressGuardOptions,
		private readonly opened: HostPatterns,
	) {
		this.filter = filter;
		this.instanceFilter = instanceFilter;
		this.resolve = resolve ?? resolveBySystem;
		this.ports = opened.ports;
		this.key = [
			filter ? 'enforced' : '',
			instanceFilter ? 'instance' : '',
			// A resolver of its own decides in ways that no key can tell.
			resolve ? randomUUID() : '',
			opened.key,
		].join('|');
	}

	checkLiteral(hostname: string, port: number): void {
		const host = hostname.replace(/^\[(.*)\]$/, '$1');
		if (isIP(host) === 0) return;
		const isOpened = this.opened.matchesAddress(host, port);
		if (!isOpened) this.refuseForbidden(host, [host], port);
		const judge = isOpened ? this.instanceFilter : this.filter;
		const verdict = judge?.validateConnectionHost(host);
		if (verdict?.ok === false) {
			throw new EgressError(host, verdict.error.message, isOpened ? MEND_BY_ADMINISTRATOR : MEND);
		}
	}

	lookup(port: number): LookupFunction {
		return (hostname, options, callback) => {
			this.addressesOf(hostname, port).then(
				(found) => {
					const family = options.family === 4 || options.family === 6 ? options.family : 0;
					const fitting = found.filter((one) => family === 0 || one.family === family);
					if (fitting.length === 0) callback(noAddress(hostname), options.all ? [] : '');
					else if (options.all) callback(null, fitting);
					else callback(null, fitting[0].address, fitting[0].family);
				},
				(error: NodeJS.ErrnoException) => callback(error, options.all ? [] : ''),
			);
		};
	}

	async check(url: URL): Promise<void> {
		if (url.protocol !== 'http:' && url.protocol !== 'https:') {
			throw new EgressError(
				url.href.split('/')[0],
				'only http and https are sent to',
				'mend the URL',
			);
		}
		const port = portOf(url);
		const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1');
		if (isIP(hostname) !== 0) return this.checkLiteral(hostname, port);
		try {
			await this.addressesOf(hostname, port);
		} catch (error) {
			if (!isResolverError(error)) throw error;
			if (!isLocalName(hostname) || this.opened.matchesHost(hostname, port)) return;
			throw new EgressError(hostname, LOCAL_NAME);
		}
	}

	/** The addresses of a name; all of them must be permitted, or one could be had by chance. */
	private async addressesOf(hostname: string, port: number): Promise<LookupAddress[]> {
		if (this.opened.matchesHost(hostname, port)) return await this.resolveForOpened(hostname);
		const addresses = await this.resolveFiltered(hostname, port);
		this.refuseForbidden(
			hostname,
			addresses.map(({ address }) => address),
			port,
		);
		return addresses;
	}

	private async resolveFiltered(hostname: string, port: number): Promise<LookupAddress[]> {
		if (!this.filter) return await this.resolveForOpened(hostname);
		try {
			return await lookupAll(this.filter, hostname);
		} catch (error) {
			if (isResolverError(error)) throw error;
			// n8n's list may refuse what the node's list opens by address.
			const addresses = await this.resolveForOpened(hostname);
			if (addresses.every(({ address }) => this.opened.matchesAddress(address, port))) {
				return addresses;
			}
			throw new EgressError(hostname, messageOf(error));
		}
	}

	private async resolveForOpened(hostname: string): Promise<LookupAddress[]> {
		if (!this.instanceFilter) return await this.resolve(hostname);
		try {
			return await lookupAll(this.instanceFilter, hostname);
		} catch (error) {
			if (isResolverError(error)) throw error;
			throw new EgressError(hostname, messageOf(error), MEND_BY_ADMINISTRATOR);
		}
	}

	private refuseForbidden(host: string, addresses: readonly string[], port: number): void {
		const local = isLocalName(host);
		for (const text of addresses) {
			if (this.opened.matchesAddress(text, port)) continue;
			if (local) throw new EgressError(host, LOCAL_NAME);
			const address = parseAddress(text);
			const reason = address ? forbiddenReason(address) : 'an address that cannot be read';
			if (reason === undefined) continue;
			const which = text === host ? 'it' : `it has the address ${text}, which`;
			throw new EgressError(host, `${which} belongs to ${reason}`);
		}
	}
}

/** Names that a resolver may answer otherwise than with the loopback are local all the same. */
function isLocalName(hostname: string): boolean {
	const name = normalizeHostname(hostname);
	return name === 'localhost' || name.endsWith('.localhost') || name === 'localhost.localdomain';
}

async function lookupAll(filter: SecureEgressFilter, hostname: string): Promise<LookupAddress[]> {
	return await new Promise((resolve, reject) => {
		filter.createSecureLookup()(hostname, { all: true }, (error, found, family) => {
			if (error) reject(error);
			else if (Array.isArray(found)) resolve(found);
			else resolve([{ address: found, family: family ?? isIP(found) }]);
		});
	});
}

function isResolverError(error: unknown): boolean {
	return /^E(?!RR_|GRESS)/.test(codeOf(error) ?? '');
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : 'n8n refuses it';
}

function noAddress(hostname: string): NodeJS.ErrnoException {
	return Object.assign(new Error(`no address for ${hostname}`), { code: 'ENOTFOUND' });
}
