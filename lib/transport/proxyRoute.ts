import { Pool, type buildConnector, type Dispatcher } from 'undici';
import { CONNECT_TIMEOUT_MS, openConnector, type TlsOptions } from './connector';
import type { EgressGuard } from './egressGuard';
import { describeNetworkError, networkFailure, TransportError } from './networkErrors';
import { OriginPools } from './originPools';

export interface ProxyRouteOptions {
	proxy: URL;
	guard: EgressGuard;
	connectionsPerOrigin: number;
	/** For the target, within the tunnel. */
	tls?: TlsOptions;
}

type Target = buildConnector.Options;
type TunnelSocket = NonNullable<Target['httpSocket']>;

/**
 * The way through one proxy: https targets by CONNECT, http targets in the absolute form. The
 * proxy itself is the operator's and not judged; targets are, each time that a connection is made
 * for one, as far as they can be resolved here.
 */
export class ProxyRoute {
	private readonly targets: OriginPools;
	private readonly proxyPool: Pool;
	private readonly proxyHeaders: readonly string[];
	private readonly connectProxy = openConnector();
	private readonly connectTls: buildConnector.connector;

	constructor(private readonly options: ProxyRouteOptions) {
		this.proxyHeaders = authorizationOf(options.proxy);
		this.connectTls = openConnector(options.tls);
		this.proxyPool = new Pool(options.proxy.origin, {
			connect: this.connectProxy,
			allowH2: false,
			headersTimeout: CONNECT_TIMEOUT_MS,
		});
		this.targets = new OriginPools({
			connectionsPerOrigin: options.connectionsPerOrigin,
			connect: (target, callback) => {
				this.connect(target, callback).catch((error: Error) => callback(error, null));
			},
		});
	}

	/** As undici's `dispatch`, for an origin of which this proxy is in charge. */
	dispatch(
		origin: string,
		options: Dispatcher.DispatchOptions,
		handler: Dispatcher.DispatchHandler,
	): boolean {
		if (origin.startsWith('https:')) return this.targets.dispatch(origin, options, handler);
		const headers = [...this.proxyHeaders, ...flatten(options.headers)];
		return this.targets.dispatch(
			origin,
			{ ...options, path: origin + options.path, headers },
			handler,
		);
	}

	async destroy(): Promise<void> {
		await Promise.all([this.targets.destroy(), this.proxyPool.destroy()]);
	}

	private async connect(target: Target, callback: buildConnector.Callback): Promise<void> {
		const { proxy, guard } = this.options;
		await guard.check(new URL(`${target.protocol}//${target.host ?? target.hostname}`));
		if (target.protocol === 'https:') {
			const httpSocket = await this.openTunnel(target);
			this.connectTls({ ...target, httpSocket }, callback);
			return;
		}
		const { hostname, host, port, protocol } = proxy;
		const address = hostname.replace(/^\[(.*)\]$/, '$1');
		this.connectProxy({ hostname: address, host, port, protocol }, (error, socket) => {
			if (error) callback(this.proxyFailure(error, target), null);
			else callback(null, socket);
		});
	}

	private async openTunnel(target: Target): Promise<TunnelSocket> {
		const host = `${target.host ?? target.hostname}`;
		const path = /:\d+$/.test(host) ? host : `${host}:443`;
		const answer = await this.proxyPool
			.connect({ path, headers: ['host', path, ...this.proxyHeaders] })
			.catch((error: unknown) => {
				throw this.proxyFailure(error, target);
			});
		if (answer.statusCode === 200) return answer.socket as TunnelSocket;
		answer.socket.on('error', () => undefined).destroy();
		const detail =
			answer.statusCode === 407
				? '407: it asks for another user and password'
				: `status ${answer.statusCode}`;
		const { code, message } = networkFailure('PROXY_REFUSED', host, detail);
		throw new TransportError(code, message);
	}

	/** A code of ours, since undici would go on connecting for ever after some of its own. */
	private proxyFailure(error: unknown, target: Target): TransportError {
		const cause = describeNetworkError(error, this.options.proxy.host);
		const { code, message } = networkFailure(
			'PROXY_FAILED',
			target.host ?? target.hostname,
			cause.message,
		);
		return new TransportError(code, message);
	}
}

function authorizationOf({ username, password }: URL): readonly string[] {
	if (username === '' && password === '') return [];
	const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
	return ['proxy-authorization', `Basic ${Buffer.from(pair).toString('base64')}`];
}

/** Headers come as pairs in one flat list from our channel, in other forms from undici's fetch. */
function flatten(headers: Dispatcher.DispatchOptions['headers']): string[] {
	if (!headers) return [];
	if (Array.isArray(headers)) return headers.flatMap((entry: string | string[]) => entry);
	const pairs = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
	return pairs.flatMap(([name, value]) =>
		[value ?? []].flat().flatMap((one) => [name, String(one)]),
	);
}
