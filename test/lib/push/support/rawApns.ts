import type { AddressInfo } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { issueCertificate } from '../../transport/support/certificates';
import {
	ACK,
	DATA,
	END_STREAM,
	frame,
	framesOf,
	HEADERS,
	PING,
	SETTINGS,
	settings,
} from '../../transport/http2/support/frames';
import type { ApnsTestServer } from './apnsServer';

const PREFACE_LENGTH = 24;

/** A request as it came. */
export interface RawRequest {
	/** Counted from 1. */
	connection: number;
	stream: number;
	/** On its connection, counted from 1. */
	nth: number;
	/** Its headers as they came, compressed. */
	block: Buffer;
	body: string;
	socket: TLSSocket;
}

export interface RawApns extends Pick<ApnsTestServer, 'origin' | 'port' | 'ca'> {
	/** Accepted so far. */
	connections: number;
	/** Those that are open. */
	sockets: Set<TLSSocket>;
	/** What is answered, in octets. */
	answer: (request: RawRequest) => Buffer;
	close(): Promise<void>;
}

/**
 * A server over TLS whose frames are a test's own, so that it does what no real one would.
 * @param opening what it says first
 */
export async function startRawApns(opening: Buffer = settings([3, 1_000])): Promise<RawApns> {
	const authority = issueCertificate({ name: 'raw push test authority' });
	const issued = issueCertificate({ name: 'apns', hosts: ['127.0.0.1'], issuer: authority });
	const sockets = new Set<TLSSocket>();
	const { cert, key } = issued;
	const server = tls.createServer({ cert, key, ALPNProtocols: ['h2'] }, (socket) => {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
		socket.on('error', () => undefined);
		const connection = ++raw.connections;
		let bytes = Buffer.alloc(0);
		let isBegun = false;
		let nth = 0;
		const bodies = new Map<number, string>();
		const blocks = new Map<number, Buffer>();
		socket.write(opening);
		socket.on('data', (chunk: Buffer) => {
			bytes = Buffer.concat([bytes, chunk]);
			if (!isBegun && bytes.length >= PREFACE_LENGTH) {
				isBegun = true;
				bytes = bytes.subarray(PREFACE_LENGTH);
			}
			if (!isBegun) return;
			const { frames, rest } = framesOf(bytes);
			bytes = Buffer.from(rest);
			for (const { type, flags, stream, payload } of frames) {
				if (socket.destroyed) return;
				if (type === PING && flags === 0) socket.write(frame(PING, ACK, 0, payload));
				if (type === SETTINGS && flags === 0) socket.write(frame(SETTINGS, ACK, 0));
				if (type !== DATA && type !== HEADERS) continue;
				if (type === HEADERS) blocks.set(stream, payload);
				const body = (bodies.get(stream) ?? '') + (type === DATA ? payload.toString() : '');
				bodies.set(stream, body);
				if (!(flags & END_STREAM)) continue;
				const block = blocks.get(stream) ?? Buffer.alloc(0);
				socket.write(raw.answer({ connection, stream, nth: ++nth, block, body, socket }));
			}
		});
	});
	const raw: RawApns = {
		origin: '',
		port: 0,
		ca: authority.cert,
		connections: 0,
		sockets,
		answer: () => Buffer.alloc(0),
		async close() {
			for (const socket of sockets) socket.destroy();
			if (!server.listening) return;
			await new Promise((resolve) => server.close(resolve));
		},
	};
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	raw.port = (server.address() as AddressInfo).port;
	raw.origin = `https://127.0.0.1:${raw.port}`;
	return raw;
}
