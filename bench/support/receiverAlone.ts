import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { RESPONSE, type BenchReceiver } from './receiver.ts';
import { perSecond } from './rounds.ts';

export interface ReceiverAlone {
	/** Requests a second, from sockets that write the same bytes over and over. */
	rate: number;
	/** Microseconds of processor time of the receiver for each request. */
	cpuMicros: number;
}

/**
 * Measures the receiver alone, with the cheapest client there can be: one request at a time on each
 * connection, made once, its answers only counted.
 */
export async function measureReceiver(
	receiver: BenchReceiver,
	{ connections, requests, body }: { connections: number; requests: number; body: string },
): Promise<ReceiverAlone> {
	const bytes = Buffer.from(
		`POST /profiles HTTP/1.1\r\nhost: 127.0.0.1:${receiver.port}\r\nconnection: keep-alive\r\n` +
			`content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
	);
	const sockets = await Promise.all(
		Array.from({ length: connections }, async () => {
			const socket = connect({ port: receiver.port, host: '127.0.0.1', noDelay: true });
			await once(socket, 'connect');
			return socket;
		}),
	);
	const before = await receiver.state();
	const started = performance.now();
	await answered(sockets, bytes, requests);
	const rate = perSecond(requests, started);
	const after = await receiver.state();
	for (const socket of sockets) socket.destroy();
	return { rate, cpuMicros: ((after.cpuMs - before.cpuMs) * 1000) / requests };
}

async function answered(sockets: Socket[], request: Buffer, requests: number): Promise<void> {
	let toWrite = requests;
	let toCome = requests * RESPONSE.length;
	await new Promise<void>((resolve, reject) => {
		for (const socket of sockets) {
			const write = () => {
				if (toWrite-- > 0) socket.write(request);
			};
			socket.on('error', reject);
			socket.on('data', (chunk) => {
				toCome -= chunk.length;
				if (toCome <= 0) resolve();
				else write();
			});
			write();
		}
	});
}
