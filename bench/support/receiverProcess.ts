/**
 * The receiver of the benches, a process of its own. It answers every request with 200 and a short body,
 * and understands no more of HTTP than it needs to tell where a request ends, so that it is never what is
 * measured.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { RESPONSE, type ReceiverMessage, type ReceiverState } from './receiver.ts';

const state: ReceiverState = { requests: 0, bytes: 0, cpuMs: 0 };
const answer = Buffer.from(RESPONSE);

function serve(socket: Socket): void {
	socket.setNoDelay(true);
	let rest: Buffer | undefined;
	socket.on('data', (chunk: Buffer) => {
		const data = rest ? Buffer.concat([rest, chunk]) : chunk;
		let at = 0;
		for (let end = endOfRequest(data, at); end <= data.length; end = endOfRequest(data, at)) {
			at = end;
			state.requests++;
			socket.write(answer);
		}
		state.bytes += chunk.length;
		rest = at < data.length ? data.subarray(at) : undefined;
	});
	socket.on('error', () => socket.destroy());
}

/** Infinity where the head is not complete. */
function endOfRequest(data: Buffer, from: number): number {
	const headEnd = data.indexOf('\r\n\r\n', from, 'latin1');
	if (headEnd < 0) return Infinity;
	const head = data.toString('latin1', from, headEnd);
	const length = /\r\ncontent-length: *(\d+)/i.exec(head);
	return headEnd + 4 + (length ? Number(length[1]) : 0);
}

const tellParent = (message: ReceiverMessage) => process.send?.(message);

const server = createServer(serve);
server.listen(0, '127.0.0.1', 1024, () => {
	tellParent({ port: (server.address() as AddressInfo).port });
});
process.on('message', () => {
	const { user, system } = process.cpuUsage();
	tellParent({ state: { ...state, cpuMs: (user + system) / 1000 } });
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole group; the bench itself ends this process.
process.on('SIGINT', () => undefined);
