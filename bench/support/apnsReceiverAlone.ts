import { once } from 'node:events';
import tls from 'node:tls';
import type { ApnsReceiver } from './apnsReceiver.ts';
import { perSecond } from './rounds.ts';

export interface ApnsReceiverAlone {
	/** Notifications a second. */
	rate: number;
	/** Microseconds of the receiver's processor time for each. */
	cpuMicros: number;
}

const HEAD_LENGTH = 9;
const HEADERS = 1;
const END_HEADERS = 4;
const END_STREAM = 1;
/** The preface, and settings without any. */
const OPENING = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');
/** What the headers and the payload of a notification take. */
const HEADERS_LENGTH = 380;
const BODY_LENGTH = 80;

/**
 * Measures the receiver alone, with the cheapest client there can be: frames that were made beforehand, of
 * which only the number of the stream is another, as many under way as in the bench.
 */
export async function measureApnsReceiver(
	receiver: ApnsReceiver,
	{ inFlight, notifications }: { inFlight: number; notifications: number },
): Promise<ApnsReceiverAlone> {
	const { hostname, port } = new URL(receiver.origin);
	const socket = tls.connect({
		port: Number(port || 443),
		host: hostname,
		servername: hostname,
		ca: receiver.ca,
		ALPNProtocols: ['h2'],
	});
	await once(socket, 'secureConnect');
	socket.write(OPENING);
	const before = await receiver.state();
	const started = performance.now();
	await answered(socket, inFlight, notifications);
	const rate = perSecond(notifications, started);
	const after = await receiver.state();
	socket.destroy();
	return { rate, cpuMicros: ((after.cpuMs - before.cpuMs) * 1_000) / notifications };
}

function notification(): Buffer {
	const bytes = Buffer.alloc(2 * HEAD_LENGTH + HEADERS_LENGTH + BODY_LENGTH);
	bytes.writeUIntBE(HEADERS_LENGTH, 0, 3);
	bytes[3] = HEADERS;
	bytes[4] = END_HEADERS;
	const data = HEAD_LENGTH + HEADERS_LENGTH;
	bytes.writeUIntBE(BODY_LENGTH, data, 3);
	bytes[data + 4] = END_STREAM;
	return bytes;
}

async function answered(socket: tls.TLSSocket, inFlight: number, count: number): Promise<void> {
	const one = notification();
	const many = Buffer.concat(new Array<Buffer>(inFlight).fill(one));
	let stream = 1;
	let toWrite = count;
	let toCome = count;
	const write = (wanted: number) => {
		const now = Math.min(wanted, toWrite);
		toWrite -= now;
		if (now === 0) return;
		for (let nth = 0; nth < now; nth++, stream += 2) {
			many.writeUInt32BE(stream, nth * one.length + 5);
			many.writeUInt32BE(stream, nth * one.length + HEAD_LENGTH + HEADERS_LENGTH + 5);
		}
		socket.write(Buffer.from(many.subarray(0, now * one.length)));
	};
	await new Promise<void>((resolve, reject) => {
		let rest = Buffer.alloc(0);
		socket.on('error', reject);
		socket.on('data', (chunk: Buffer) => {
			const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
			let at = 0;
			let come = 0;
			while (bytes.length - at >= HEAD_LENGTH) {
				const end = at + HEAD_LENGTH + bytes.readUIntBE(at, 3);
				if (end > bytes.length) break;
				if (bytes[at + 3] === HEADERS) come++;
				at = end;
			}
			rest = Buffer.from(bytes.subarray(at));
			toCome -= come;
			if (toCome <= 0) resolve();
			else write(come);
		});
		write(inFlight);
	});
}
