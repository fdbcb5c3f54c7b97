import { createHash } from 'node:crypto';
import { Dispatcher } from 'undici';
import { guardedConnector, type TlsOptions } from './connector';
import type { EgressGuard } from './egressGuard';
import { OriginPools } from './originPools';
import { ProxyRoute } from './proxyRoute';
import { proxyFor, proxyFromEnvironment, type ProxySettings } from './proxySettings';

export interface DispatcherOptions {
	guard: EgressGuard;
	/** Connections to one origin at a time; at least the sender's concurrency, or requests wait inside. */
	connectionsPerOrigin: number;
	/** `environment`, the default: as HTTP_PROXY and its kin say; `none`: always directly. */
	proxy?: ProxySettings | 'environment' | 'none';
	/** Towards the target: a client certificate, authorities. */
	tls?: TlsOptions;
}

/**
 * Sends requests over kept connections, directly or through a proxy, never to a host that the
 * guard refuses. A dispatcher in undici's sense, so that undici's `fetch` takes it too.
 */
export class GuardedDispatcher extends Dispatcher {
	private readonly direct: OriginPools;
	private readonly proxy: ProxySettings | undefined;
	private readonly routes = new Map<string, ProxyRoute>();

	constructor(private readonly options: DispatcherOptions) {
		super();
		const { guard, connectionsPerOrigin, tls } = options;
		this.proxy = settingsOf(options);
		this.direct = new OriginPools({
			connectionsPerOrigin,
			connect: guardedConnector(guard, tls),
		});
	}

	/** How many origins have a pool. */
	get origins(): number {
		return this.direct.size;
	}

	override dispatch(
		options: Dispatcher.DispatchOptions,
		handler: Dispatcher.DispatchHandler,
	): boolean {
		const origin = String(options.origin);
		const route = this.proxy ? this.routeFor(this.proxy, origin) : undefined;
		return (route ?? this.direct).dispatch(origin, options, handler);
	}

	/** Cuts what is under way, like {@link GuardedDispatcher.destroy}: it is for the end of the process. */
	override close(): Promise<void>;
	override close(callback: () => void): void;
	override close(callback?: () => void): Promise<void> | void {
		return callback ? this.destroy(callback) : this.destroy();
	}

	override destroy(): Promise<void>;
	override destroy(error: Error | null): Promise<void>;
	override destroy(callback: () => void): void;
	override destroy(error: Error | null, callback: () => void): void;
	override destroy(
		errorOrCallback?: Error | null | (() => void),
		callback?: () => void,
	): Promise<void> | void {
		const routes = [...this.routes.values()];
		this.routes.clear();
		const done = Promise.all([this.direct, ...routes].map(async (one) => await one.destroy()));
		const then = typeof errorOrCallback === 'function' ? errorOrCallback : callback;
		if (!then) return done.then(() => undefined);
		void done.then(then);
	}

	private routeFor(settings: ProxySettings, origin: string): ProxyRoute | undefined {
		const proxy = proxyFor(settings, new URL(origin));
		if (!proxy) return undefined;
		let route = this.routes.get(proxy.href);
		if (!route) {
			const { guard, connectionsPerOrigin, tls } = this.options;
			route = new ProxyRoute({ proxy, guard, connectionsPerOrigin, tls });
			this.routes.set(proxy.href, route);
		}
		return route;
	}
}

/** On the process and not on the module: n8n may load a package twice, and connections are dear. */
const CACHE = Symbol.for('n8n-nodes-postback.dispatchers.1');
const MOST_DISPATCHERS = 64;

function cache(): Map<string, Dispatcher> {
	const holder = globalThis as { [CACHE]?: Map<string, Dispatcher> };
	return (holder[CACHE] ??= new Map());
}

/**
 * The dispatcher of this process for these options; the same one for options that mean the same.
 * @throws ProxySettingsError when a proxy is named that cannot be used.
 */
export function getDispatcher(options: DispatcherOptions): Dispatcher {
	const dispatchers = cache();
	const key = keyOf(options);
	const dispatcher = dispatchers.get(key) ?? new GuardedDispatcher(options);
	// Moved to the end: the longest unused are dropped, and their idle connections end by themselves.
	dispatchers.delete(key);
	dispatchers.set(key, dispatcher);
	for (const oldest of dispatchers.keys()) {
		if (dispatchers.size <= MOST_DISPATCHERS) break;
		dispatchers.delete(oldest);
	}
	return dispatcher;
}

/** Cuts every connection of every dispatcher; for tests and for the end of the process. */
export async function closeDispatchers(): Promise<void> {
	const dispatchers = [...cache().values()];
	cache().clear();
	await Promise.all(dispatchers.map(async (dispatcher) => await dispatcher.destroy()));
}

function settingsOf({ proxy = 'environment' }: DispatcherOptions): ProxySettings | undefined {
	if (proxy === 'none') return undefined;
	const settings = proxy === 'environment' ? proxyFromEnvironment(process.env) : proxy;
	// A proxy of no use is told here, once, and not with every delivery.
	for (const target of ['http://target.invalid', 'https://target.invalid']) {
		if (settings) proxyFor({ ...settings, noProxy: '' }, new URL(target));
	}
	return settings;
}

/** Hashed: a key must not keep a private key or a proxy's password in a readable place. */
function keyOf(options: DispatcherOptions): string {
	const { guard, connectionsPerOrigin, tls } = options;
	const parts = [guard.key, connectionsPerOrigin, settingsOf(options) ?? null, tls ?? null];
	return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}
