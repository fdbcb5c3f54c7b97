import { isInBlock, parseAddress, parseBlock } from './addressBlocks';
import { normalizeHostname } from './hostPatterns';

/** Which proxy requests go through. */
export interface ProxySettings {
	/** Proxy URL for http targets. */
	http?: string;
	/** Proxy URL for https targets. */
	https?: string;
	/** Hosts that are reached without it: `example.com`, `.example.com`, `10.0.0.0/8`, `host:8080`, `*`. */
	noProxy?: string;
}

/** A proxy that cannot be used: a mistake in the settings. Never shows the URL, which may hold a password. */
export class ProxySettingsError extends Error {
	override readonly name = 'ProxySettingsError';
	readonly code = 'PROXY_INVALID';
}

/**
 * The proxy that environment variables ask for: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY, in
 * either case, the lower one first.
 * @returns undefined when none is asked for.
 */
export function proxyFromEnvironment(
	environment: Readonly<Record<string, string | undefined>>,
): ProxySettings | undefined {
	const read = (name: string) =>
		[environment[name], environment[name.toUpperCase()]].find((value) => value?.trim())?.trim();
	const http = read('http_proxy') ?? read('all_proxy');
	const https = read('https_proxy') ?? read('all_proxy');
	if (!http && !https) return undefined;
	return { http, https, noProxy: read('no_proxy') };
}

/**
 * The proxy for one target.
 * @returns undefined when it is reached directly.
 * @throws ProxySettingsError when the proxy is neither http nor https.
 */
export function proxyFor(settings: ProxySettings, target: URL): URL | undefined {
	const written = target.protocol === 'https:' ? settings.https : settings.http;
	if (!written || isExempt(settings.noProxy ?? '', target)) return undefined;
	const address = written.includes('://') ? written : `http://${written}`;
	const proxy = URL.parse(address);
	if (proxy?.protocol !== 'http:' && proxy?.protocol !== 'https:') {
		throw new ProxySettingsError(
			'The proxy has to be an http or https URL, such as http://proxy:3128',
		);
	}
	return proxy;
}

function isExempt(noProxy: string, target: URL): boolean {
	const host = normalizeHostname(target.hostname.replace(/^\[(.*)\]$/, '$1'));
	const port = target.port || (target.protocol === 'https:' ? '443' : '80');
	return noProxy
		.split(/[\s,]+/)
		.filter((entry) => entry !== '')
		.some((entry) => isExemptBy(entry.toLowerCase(), host, port));
}

function isExemptBy(entry: string, host: string, port: string): boolean {
	const [, written = entry, onlyPort] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
	if (onlyPort !== undefined && onlyPort !== port) return false;
	const name = written.replace(/^\[(.*)\]$/, '$1');
	if (name === '*') return true;
	const address = parseAddress(host);
	if (address) return isInRange(address, name);
	const suffix = normalizeHostname(name.replace(/^\*?\./, ''));
	return host.endsWith(`.${suffix}`) || (host === suffix && !name.startsWith('*'));
}

function isInRange(address: NonNullable<ReturnType<typeof parseAddress>>, range: string): boolean {
	try {
		return isInBlock(address, parseBlock(range));
	} catch {
		return false;
	}
}
