import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { ClientSession } from '../../../../../lib/transport/http2/clientSession';
import type { StreamEnd, StreamListener } from '../../../../../lib/transport/http2/clientStream';
import type { Indexing } from '../../../../../lib/transport/http2/hpack/encoder';
import { framesOf, settings, type Frame } from './frames';

const PREFACE_LENGTH = 24;

/** The server's side of a connection, which says what a test has it say. */
export interface Peer {
	readonly socket: Socket;
	/** What the client has said, but for how it begins. */
	readonly frames: Frame[];
	readonly preface: string;
	/** Says something, after what the client has made by now has left. */
	write(...bytes: Buffer[]): void;
	/** The first frame from now on, or among those that came, that is as wanted. */
	until(wanted: (frame: Frame) => boolean): Promise<Frame>;
	isClosed: boolean;
}

/** An answer as it was told. */
export interface Told extends StreamListener {
	status?: number;
	fields: string[];
	body: Buffer;
	end?: StreamEnd;
	code?: number;
	/** How often it was said to be over. */
	closed: number;
	done: Promise<Told>;
}

export function listen(more: Partial<StreamListener> = {}): Told {
	let resolve: (told: Told) => void = () => undefined;
	const told: Told = {
		fields: [],
		body: Buffer.alloc(0),
		closed: 0,
		done: new Promise((fulfil) => (resolve = fulfil)),
		onHead(status, fields) {
			told.status = status;
			told.fields = [...fields];
			more.onHead?.(status, fields);
		},
		onData(chunk) {
			told.body = Buffer.concat([told.body, chunk]);
			more.onData?.(chunk);
		},
		onClose(end, code) {
			told.end = end;
			told.code = code;
			told.closed++;
			more.onClose?.(end, code);
			resolve(told);
		},
	};
	return told;
}

/** What a session has said of itself. */
export interface SessionTold {
	settings: number;
	goodbyes: string[];
	closed: number;
	error?: Error;
	over: Promise<void>;
}

export interface Connected {
	session: ClientSession;
	told: SessionTold;
	/** Sends a request and tells what comes of it. */
	send(body?: string, more?: readonly string[], listener?: Told): Told;
}

export const REQUEST = [
	':method',
	'POST',
	':path',
	'/p',
	':authority',
	'a.example',
	':scheme',
	'http',
];

/** A session on a socket that is connected. */
export function sessionOn(
	socket: ConstructorParameters<typeof ClientSession>[0],
	indexing?: Record<string, Indexing>,
): Connected {
	let end: () => void = () => undefined;
	const told: SessionTold = {
		settings: 0,
		goodbyes: [],
		closed: 0,
		over: new Promise((resolve) => (end = resolve)),
	};
	const session = new ClientSession(
		socket,
		{
			onSettings: () => told.settings++,
			onGoAway: (data) => told.goodbyes.push(data.toString()),
			onClose: (error) => {
				told.closed++;
				told.error = error;
				end();
			},
		},
		{ indexing },
	);
	return {
		session,
		told,
		send(body = '', more = [], listener = listen()) {
			if (!session.request([...REQUEST, ...more], body, listener)) throw new Error('not taken');
			return listener;
		},
	};
}

const open: (() => void)[] = [];

/** Ends what {@link connectPair} began. */
export function closePairs(): void {
	for (const close of open.splice(0)) close();
}

/**
 * A session and its server, over a socket of this machine.
 * @param opening what the server says first; empty settings unless given
 */
export async function connectPair(
	opening: Buffer = settings(),
): Promise<Connected & { peer: Peer }> {
	const server = net.createServer();
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const accepted = once(server, 'connection') as Promise<[Socket]>;
	const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
	await once(socket, 'connect');
	const [far] = await accepted;
	server.close();
	open.push(() => {
		socket.destroy();
		far.destroy();
	});
	const peer = peerOn(far);
	const connected = sessionOn(socket);
	if (opening.length > 0) peer.write(opening);
	return { ...connected, peer };
}

function peerOn(socket: Socket): Peer {
	const frames: Frame[] = [];
	const waiting = new Set<() => void>();
	let bytes = Buffer.alloc(0);
	let preface = '';
	const peer: Peer = {
		socket,
		frames,
		get preface() {
			return preface;
		},
		isClosed: false,
		write: (...parts) => void setImmediate(() => socket.write(Buffer.concat(parts))),
		until: async (wanted) =>
			await new Promise((resolve) => {
				const look = () => {
					const found = frames.find(wanted);
					if (!found) return;
					waiting.delete(look);
					resolve(found);
				};
				waiting.add(look);
				look();
			}),
	};
	socket.on('error', () => undefined);
	socket.on('close', () => (peer.isClosed = true));
	socket.on('data', (chunk) => {
		bytes = Buffer.concat([bytes, chunk]);
		if (preface === '') {
			if (bytes.length < PREFACE_LENGTH) return;
			preface = bytes.toString('latin1', 0, PREFACE_LENGTH);
			bytes = bytes.subarray(PREFACE_LENGTH);
		}
		const { frames: come, rest } = framesOf(bytes);
		bytes = Buffer.from(rest);
		frames.push(...come);
		for (const look of waiting) look();
	});
	return peer;
}
