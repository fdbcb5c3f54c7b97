import { HttpListener, type ListenerOptions, type ListenerRoute } from './httpListener';
import { ListenerError } from './listenerError';

interface Shared {
	host: string | undefined;
	opening: Promise<HttpListener>;
	/** Routes that are served or about to be. */
	users: number;
}

/** The ports of a process: triggers that name the same one share it, each with its own paths. */
export class Listeners {
	private readonly ports = new Map<number, Shared>();

	/**
	 * Serves a route at a port, which is opened when nobody has it yet. Gives what takes the route away; with
	 * the last one the port is drained and closed.
	 * @throws ListenerError when port, address or path cannot be had
	 */
	async serve(options: ListenerOptions, route: ListenerRoute): Promise<() => Promise<void>> {
		const shared = this.shared(options);
		shared.users++;
		try {
			const listener = await shared.opening;
			const remove = listener.add(route);
			return async () => {
				remove();
				await this.leave(options.port, shared);
			};
		} catch (error) {
			await this.leave(options.port, shared).catch(() => undefined);
			throw error;
		}
	}

	private shared(options: ListenerOptions): Shared {
		const { port, host } = options;
		const known = this.ports.get(port);
		if (known === undefined) {
			const shared = { host, opening: HttpListener.open(options), users: 0 };
			shared.opening.catch(() => undefined);
			this.ports.set(port, shared);
			return shared;
		}
		if (known.host !== host) {
			throw new ListenerError(
				'PORT_TAKEN',
				`Port ${port} is open at ${known.host ?? 'all addresses'} for another trigger. Give both the same address, or another port`,
			);
		}
		return known;
	}

	private async leave(port: number, shared: Shared): Promise<void> {
		if (--shared.users > 0) return;
		if (this.ports.get(port) === shared) this.ports.delete(port);
		const listener = await shared.opening;
		await listener.close();
	}
}
