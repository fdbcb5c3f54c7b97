/**
 * The receiver of notifications, a process of its own. It accepts every notification, up to 1,000 streams
 * on a connection as APNs has it, and understands no more of HTTP/2 (RFC 9113) than it needs to tell where
 * a request ends, so that it is never what is measured.
 */
import { createServer, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import type { ApnsMessage, ApnsStart } from './apnsReceiver.ts';

const PREFACE_LENGTH = 24;
const HEAD_LENGTH = 9;
const DATA = 0;
const HEADERS = 1;
const SETTINGS = 4;
const PING = 6;
const WINDOW_UPDATE = 8;
const END_STREAM = 1;
const ACKNOWLEDGED = 1;
const END_HEADERS = 4;
/** `:status: 200` in the table that both sides know from the start (RFC 7541, appendix A). */
const STATUS_200 = 0x88;
const MOST_STREAMS = 1_000;
const WIDEST_WINDOW = 0x7fff_ffff;
/** What was taken in is given back to the sender's window in portions. */
const GIVE_BACK = 1_000_000;

let requests = 0;

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
	const head = Buffer.alloc(HEAD_LENGTH);
	head.writeUIntBE(payload.length, 0, 3);
	head[3] = type;
	head[4] = flags;
	head.writeUInt32BE(stream, 5);
	return Buffer.concat([head, payload]);
}

function number32(...values: number[]): Buffer {
	const bytes = Buffer.alloc(values.length * 4);
	values.forEach((value, at) => bytes.writeUInt32BE(value, at * 4));
	return bytes;
}

function setting(id: number, value: number): Buffer {
	return Buffer.concat([Buffer.from([0, id]), number32(value)]);
}

const OPENING = Buffer.concat([
	frame(SETTINGS, 0, 0, Buffer.concat([setting(3, MOST_STREAMS), setting(4, WIDEST_WINDOW)])),
	frame(WINDOW_UPDATE, 0, 0, number32(WIDEST_WINDOW - 65_535)),
]);
const ACCEPTED = frame(HEADERS, END_STREAM | END_HEADERS, 0, Buffer.from([STATUS_200]));

function accepted(stream: number): Buffer {
	const answer = Buffer.from(ACCEPTED);
	answer.writeUInt32BE(stream, 5);
	return answer;
}

function serve(socket: TLSSocket): void {
	let rest: Buffer = Buffer.alloc(0);
	let at = PREFACE_LENGTH;
	let taken = 0;
	socket.setNoDelay(true);
	socket.on('error', () => socket.destroy());
	socket.write(OPENING);
	socket.on('data', (chunk: Buffer) => {
		const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
		const answers: Buffer[] = [];
		while (data.length - at >= HEAD_LENGTH) {
			const length = data.readUIntBE(at, 3);
			const end = at + HEAD_LENGTH + length;
			if (end > data.length) break;
			const [type, flags] = [data[at + 3], data[at + 4]];
			if (type === DATA) taken += length;
			if ((type === DATA || type === HEADERS) && flags & END_STREAM) {
				requests++;
				answers.push(accepted(data.readUInt32BE(at + 5)));
			} else if (type === SETTINGS && !(flags & ACKNOWLEDGED)) {
				answers.push(frame(SETTINGS, ACKNOWLEDGED, 0, Buffer.alloc(0)));
			} else if (type === PING && !(flags & ACKNOWLEDGED)) {
				const payload = Buffer.from(data.subarray(at + HEAD_LENGTH, end));
				answers.push(frame(PING, ACKNOWLEDGED, 0, payload));
			}
			at = end;
		}
		if (taken > GIVE_BACK) {
			answers.push(frame(WINDOW_UPDATE, 0, 0, number32(taken)));
			taken = 0;
		}
		rest = Buffer.from(data.subarray(Math.min(at, data.length)));
		at -= data.length - rest.length;
		if (answers.length > 0) socket.write(Buffer.concat(answers));
	});
}

const tellParent = (message: ApnsMessage) => process.send?.(message);

process.once('message', ({ cert, key, port }: ApnsStart) => {
	const server = createServer({ cert, key, ALPNProtocols: ['h2'] }, serve);
	server.on('error', (error) => tellParent({ error: error.message }));
	server.listen(port, '127.0.0.1', () => {
		tellParent({ port: (server.address() as AddressInfo).port });
		process.on('message', () => {
			const { user, system } = process.cpuUsage();
			tellParent({ requests, cpuMs: (user + system) / 1_000 });
		});
	});
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole group; the bench itself ends this process.
process.on('SIGINT', () => undefined);
