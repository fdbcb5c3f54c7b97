/**
 * The receiver of notifications, a process of its own: HTTP/2 over TLS, up to 1,000 streams on a
 * connection as APNs has it, each answered with 200 and no body once its body has come.
 */
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { ApnsMessage, ApnsStart } from './apnsReceiver.ts';

const tellParent = (message: ApnsMessage) => process.send?.(message);

process.once('message', ({ cert, key, port }: ApnsStart) => {
	let requests = 0;
	const server = http2.createSecureServer({ cert, key, settings: { maxConcurrentStreams: 1_000 } });
	server.on('stream', (stream, headers) => {
		stream.on('error', () => undefined);
		stream.resume();
		stream.on('end', () => {
			requests++;
			const id = headers['apns-id'];
			stream.respond({ ':status': 200, ...(id ? { 'apns-id': id } : {}) }, { endStream: true });
		});
	});
	server.on('sessionError', () => undefined);
	server.on('error', (error) => tellParent({ error: error.message }));
	server.listen(port, '127.0.0.1', () => {
		tellParent({ port: (server.address() as AddressInfo).port });
		process.on('message', () => tellParent({ requests }));
	});
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole group; the bench itself ends this process.
process.on('SIGINT', () => undefined);
