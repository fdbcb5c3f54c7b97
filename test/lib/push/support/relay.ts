import net, { type AddressInfo, type Socket } from 'node:net';

export interface Relay {
	origin: string;
	/** Lets nothing through any more on the connections that are there, without closing them. */
	freeze(): void;
	close(): Promise<void>;
}

/** Stands between a client and a local server, as a network does. */
export async function startRelay(port: number): Promise<Relay> {
	const sockets = new Set<Socket>();
	const frozen = new Set<Socket>();
	const server = net.createServer((near) => {
		const far = net.connect(port, '127.0.0.1');
		for (const [socket, other] of [
			[near, far],
			[far, near],
		] as const) {
			sockets.add(socket);
			socket.pipe(other);
			socket.on('error', () => undefined);
			socket.on('close', () => other.destroy());
		}
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
		freeze() {
			for (const socket of sockets) frozen.add(socket.unpipe().pause());
			sockets.clear();
		},
		async close() {
			for (const socket of [...sockets, ...frozen]) socket.destroy();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
