import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorCode } from '../../../../lib/transport/http2/protocol';
import {
	ACK,
	answer200,
	CONTINUATION,
	DATA,
	END_HEADERS,
	END_STREAM,
	field,
	frame,
	GOAWAY,
	HEADERS,
	hex,
	PADDED,
	PING,
	PRIORITY,
	RST_STREAM,
	SETTINGS,
	settings,
	STATUS_200,
	STATUS_400,
	uint32,
	WINDOW_UPDATE,
	WITH_PRIORITY,
	type Frame,
} from './support/frames';
import { closePairs, connectPair, listen, type Peer } from './support/peer';

afterEach(closePairs);

const isOf = (type: number, stream?: number) => (one: Frame) =>
	one.type === type && (stream === undefined || one.stream === stream);
const isAck = (type: number) => (one: Frame) => one.type === type && (one.flags & ACK) !== 0;

/** Waits until the client has read, and answered, all that was written to it. */
let asked = 0;
async function heard(peer: Peer): Promise<void> {
	const payload = uint32(0xffff_0000, ++asked);
	peer.write(frame(PING, 0, 0, payload));
	await peer.until((one) => isAck(PING)(one) && one.payload.equals(payload));
}

const dataOf = (peer: Peer, stream: number) =>
	Buffer.concat(peer.frames.filter(isOf(DATA, stream)).map(({ payload }) => payload)).toString();

describe('a connection', () => {
	it('begins as RFC 9113 has it, without pushes, and acknowledges what the server takes', async () => {
		const { peer, told } = await connectPair(settings([3, 7]));
		await peer.until(isAck(SETTINGS));
		expect(peer.preface).toBe('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
		const [first] = peer.frames;
		expect(first).toMatchObject({ type: SETTINGS, flags: 0, stream: 0 });
		expect(first.payload.subarray(0, 6)).toEqual(hex('0002 00000000'));
		expect(told.settings).toBe(1);
	});

	it('knows how many streams the server takes, now and later', async () => {
		const { peer, session } = await connectPair(settings([3, 7]));
		await heard(peer);
		expect(session.maxConcurrentStreams).toBe(7);
		peer.write(settings([3, 2], [99, 1]));
		await heard(peer);
		expect(session.maxConcurrentStreams).toBe(2);
	});

	it('answers a ping with what is in it, and hears the answer to its own', async () => {
		const { peer, session } = await connectPair();
		peer.write(frame(PING, 0, 0, 'abcdefgh'));
		expect((await peer.until(isAck(PING))).payload.toString()).toBe('abcdefgh');
		const answered = new Promise<void>((resolve) => session.ping(resolve));
		const own = await peer.until((one) => one.type === PING && one.flags === 0);
		peer.write(frame(PING, ACK, 0, '--------'), frame(PING, ACK, 0, own.payload));
		await answered;
	});

	it('sends all requests of one turn in one piece', async () => {
		const { peer, send } = await connectPair();
		await heard(peer);
		let pieces = 0;
		peer.socket.on('data', () => pieces++);
		const all = Array.from({ length: 40 }, () => send('body'));
		await peer.until(isOf(DATA, 79));
		expect(pieces).toBe(1);
		for (let id = 1; id < 80; id += 2) peer.write(answer200(id));
		await Promise.all(all.map(async ({ done }) => await done));
	});

	it('goes on where a listener is at fault only without it', async () => {
		const { peer, send, told } = await connectPair();
		const fault = listen({
			onHead: () => {
				throw new Error('of a listener');
			},
		});
		send('', [], fault);
		peer.write(answer200(1));
		const goodbye = await peer.until(isOf(GOAWAY));
		expect(goodbye.payload.readUInt32BE(4)).toBe(ErrorCode.INTERNAL_ERROR);
		expect(told.error?.message).toBe('of a listener');
		expect(await fault.done).toMatchObject({ end: 'broken', closed: 1 });
	});

	it('that is closed says goodbye, and breaks off what is under way', async () => {
		const { peer, session, send, told } = await connectPair();
		const one = send();
		await peer.until(isOf(HEADERS, 1));
		session.close();
		session.close();
		expect(await one.done).toMatchObject({ end: 'broken', code: 0 });
		expect((await peer.until(isOf(GOAWAY))).payload).toEqual(uint32(0, 0));
		expect(told).toMatchObject({ closed: 1, error: undefined });
		expect(session.request([], '', listen())).toBeUndefined();
		while (!peer.isClosed) await sleep(5);
	});

	it('that the server closes ends, and so does what is under way', async () => {
		const { peer, send, told } = await connectPair();
		const one = send();
		await peer.until(isOf(HEADERS, 1));
		peer.socket.end();
		expect(await one.done).toMatchObject({ end: 'broken', closed: 1 });
		expect(told).toMatchObject({ closed: 1, error: undefined });
	});

	it('that breaks tells with what error', async () => {
		const { peer, send, told } = await connectPair();
		const one = send();
		await peer.until(isOf(HEADERS, 1));
		peer.socket.resetAndDestroy();
		expect(await one.done).toMatchObject({ end: 'broken', closed: 1 });
		expect(told.error).toMatchObject({ code: 'ECONNRESET' });
	});

	it('what has not left when it ends was not processed', async () => {
		const { peer, session, send } = await connectPair();
		const left = send();
		await peer.until(isOf(HEADERS, 1));
		const unsent = send('body');
		session.destroy();
		expect(await left.done).toMatchObject({ end: 'broken' });
		expect(await unsent.done).toMatchObject({ end: 'unprocessed' });
	});

	it('takes no more when its numbers are used up', async () => {
		const { peer, session, send, told } = await connectPair();
		await heard(peer);
		(session as unknown as { nextId: number }).nextId = 0x7fff_ffff;
		const last = send();
		expect(session.isOpen).toBe(false);
		expect(told.goodbyes).toHaveLength(1);
		await peer.until(isOf(HEADERS, 0x7fff_ffff));
		peer.write(answer200(0x7fff_ffff));
		expect(await last.done).toMatchObject({ end: 'complete', status: 200 });
		await told.over;
	});
});

describe('an answer', () => {
	it('is its head, its body and its end', async () => {
		const { peer, send } = await connectPair();
		const one = send('question');
		await peer.until(isOf(DATA, 1));
		const head = Buffer.concat([STATUS_400, field('a', 'b'), field('a', 'c')]);
		peer.write(frame(HEADERS, END_HEADERS, 1, head), frame(DATA, 0, 1, 'an'));
		peer.write(frame(DATA, 0, 1), frame(DATA, END_STREAM, 1, 'swer'));
		const told = await one.done;
		expect(told).toMatchObject({ status: 400, fields: ['a', 'b', 'a', 'c'], end: 'complete' });
		expect(told).toMatchObject({ code: 0, closed: 1 });
		expect(told.body.toString()).toBe('answer');
	});

	it('may be padded, with a priority, in many frames, after others for information', async () => {
		const { peer, send } = await connectPair();
		const one = send();
		const padded = Buffer.concat([
			hex('03 00000000 10'),
			STATUS_200,
			field('a', 'b'),
			hex('000000'),
		]);
		peer.write(frame(HEADERS, END_HEADERS, 1, field(':status', '103')));
		peer.write(frame(HEADERS, END_HEADERS, 1, field(':status', '100')));
		const [first, ...parts] = [...padded.subarray(6, -3)].map((octet) => Buffer.from([octet]));
		peer.write(
			frame(
				HEADERS,
				PADDED | WITH_PRIORITY,
				1,
				Buffer.concat([padded.subarray(0, 6), first, hex('000000')]),
			),
			...parts.slice(0, -1).map((part) => frame(CONTINUATION, 0, 1, part)),
			frame(CONTINUATION, END_HEADERS, 1, parts.at(-1)),
		);
		peer.write(frame(DATA, PADDED, 1, hex('02 6f6b 0000')), frame(DATA, PADDED, 1, hex('00')));
		peer.write(frame(DATA, PADDED | END_STREAM, 1, hex('01 00')));
		const told = await one.done;
		expect(told).toMatchObject({ status: 200, fields: ['a', 'b'], end: 'complete' });
		expect(told.body.toString()).toBe('ok');
	});

	it('may have a long head in several frames, as others had', async () => {
		const { peer, send } = await connectPair();
		const block = Buffer.concat([STATUS_200, field('a', 'x'.repeat(15_000))]);
		for (let id = 1; id < 20; id += 2) {
			const one = send();
			peer.write(
				frame(HEADERS, END_STREAM, id, block.subarray(0, 10)),
				frame(CONTINUATION, END_HEADERS, id, block.subarray(10)),
			);
			expect(await one.done).toMatchObject({ status: 200, end: 'complete' });
		}
	});

	it('may have trailers, which nobody needs', async () => {
		const { peer, send } = await connectPair();
		const one = send();
		peer.write(frame(HEADERS, END_HEADERS, 1, STATUS_200), frame(DATA, 0, 1, 'ok'));
		peer.write(frame(HEADERS, END_HEADERS | END_STREAM, 1, field('grpc-status', '0')));
		expect(await one.done).toMatchObject({ status: 200, fields: [], end: 'complete' });
	});

	it('may come before the body was sent, which is then not sent', async () => {
		const { peer, send } = await connectPair(settings([4, 3]));
		await heard(peer);
		const one = send('question');
		await peer.until(isOf(DATA, 1));
		peer.write(frame(HEADERS, END_HEADERS | END_STREAM, 1, STATUS_400));
		peer.write(frame(RST_STREAM, 0, 1, uint32(ErrorCode.NO_ERROR)));
		expect(await one.done).toMatchObject({ status: 400, end: 'complete' });
		expect((await peer.until(isOf(RST_STREAM, 1))).payload).toEqual(uint32(ErrorCode.CANCEL));
		peer.write(frame(WINDOW_UPDATE, 0, 1, uint32(100)), frame(WINDOW_UPDATE, 0, 0, uint32(100)));
		await heard(peer);
		expect(dataOf(peer, 1)).toBe('que');
	});

	it('of not modified may tell a length that it does not have', async () => {
		const { peer, send } = await connectPair();
		const one = send();
		const head = Buffer.concat([field(':status', '304'), field('content-length', '5')]);
		peer.write(frame(HEADERS, END_HEADERS | END_STREAM, 1, head));
		expect(await one.done).toMatchObject({ status: 304, end: 'complete' });
	});

	it('is not disturbed by frames that mean nothing', async () => {
		const { peer, send } = await connectPair();
		const one = send();
		peer.write(
			frame(PRIORITY, 0, 1, hex('00000000 10')),
			frame(PRIORITY, 0, 8, hex('00000000 10')),
		);
		peer.write(
			frame(0xa, 0xff, 0, 'altsvc'),
			frame(0xc, 0, 1, 'origin'),
			frame(0xfe, 0, 77, 'new'),
		);
		peer.write(settings([77, 1], [0x4242 & 0xff, 2]), answer200(1));
		expect(await one.done).toMatchObject({ status: 200, end: 'complete' });
	});
});

describe('a stream that is reset', () => {
	it.each([
		['refused', ErrorCode.REFUSED_STREAM, 'unprocessed'],
		['in error', ErrorCode.INTERNAL_ERROR, 'broken'],
		['without an error', ErrorCode.NO_ERROR, 'broken'],
	])('%s tells so', async (_name, code, end) => {
		const { peer, send } = await connectPair();
		const [one, other] = [send(), send()];
		peer.write(frame(RST_STREAM, 0, 1, uint32(code)), answer200(3));
		expect(await one.done).toMatchObject({ end, code, closed: 1 });
		expect(await other.done).toMatchObject({ end: 'complete' });
	});

	it('refused after its head was looked at all the same', async () => {
		const { peer, send } = await connectPair();
		const one = send();
		peer.write(frame(HEADERS, END_HEADERS, 1, STATUS_400));
		peer.write(frame(RST_STREAM, 0, 1, uint32(ErrorCode.REFUSED_STREAM)));
		expect(await one.done).toMatchObject({ end: 'broken' });
	});
});

describe('a request that is given up', () => {
	it('is reset, and what still comes of it is read over', async () => {
		const { peer, session, send } = await connectPair();
		const gone = listen();
		const stream = session.request(['a', 'b'], '', gone);
		if (!stream) throw new Error('not taken');
		session.cancel(stream);
		session.cancel(stream);
		expect(gone).toMatchObject({ end: 'broken', code: ErrorCode.CANCEL, closed: 1 });
		expect((await peer.until(isOf(RST_STREAM))).payload).toEqual(uint32(ErrorCode.CANCEL));
		// Its fields are to be remembered none the less.
		peer.write(frame(HEADERS, END_HEADERS, 1, Buffer.concat([STATUS_200, hex('40016101 62')])));
		peer.write(frame(DATA, 0, 1, 'late'), frame(WINDOW_UPDATE, 0, 1, uint32(1)));
		peer.write(frame(RST_STREAM, 0, 1, uint32(0)));
		const next = send();
		peer.write(frame(HEADERS, END_HEADERS | END_STREAM, 3, Buffer.concat([STATUS_200, hex('be')])));
		expect(await next.done).toMatchObject({ fields: ['a', 'b'], end: 'complete' });
		expect(gone.closed).toBe(1);
	});

	it('in the middle of its answer hears nothing more', async () => {
		const { peer, session, send } = await connectPair();
		const one = listen({ onData: () => stream && session.cancel(stream) });
		const stream = session.request(['a', 'b'], '', one);
		peer.write(frame(HEADERS, END_HEADERS, 1, STATUS_200), frame(DATA, END_STREAM, 1, 'x'));
		expect(await one.done).toMatchObject({ end: 'broken', code: ErrorCode.CANCEL });
		const next = send();
		peer.write(answer200(3));
		await next.done;
		expect(one.closed).toBe(1);
	});
});

it('a field that no request can have is refused, and nothing of it is sent', async () => {
	const { peer, session, send } = await connectPair();
	for (const [name, value] of [
		['a', 'b\r\nc: d'],
		['a', '\0'],
		['a', ' b'],
		['a', '€'],
		['A', 'b'],
		['a b', 'c'],
		['', 'c'],
	]) {
		expect(() => session.request(['topic', 'app', name, value], '', listen())).toThrow(TypeError);
	}
	const one = send();
	peer.write(answer200(1));
	expect(await one.done).toMatchObject({ end: 'complete' });
	await heard(peer);
	expect(peer.frames.filter(isOf(HEADERS))).toHaveLength(1);
});

describe('GOAWAY', () => {
	it('tells what was not processed; the rest is answered, and then the connection is closed', async () => {
		const { peer, session, send, told } = await connectPair();
		const [first, second, third] = [send(), send(), send()];
		await peer.until(isOf(HEADERS, 5));
		peer.write(frame(GOAWAY, 0, 0, Buffer.concat([uint32(3, 0), Buffer.from('why')])));
		expect(await third.done).toMatchObject({ end: 'unprocessed', closed: 1 });
		expect(told.goodbyes).toEqual(['why']);
		expect(session.isOpen).toBe(false);
		expect(session.request(['a', 'b'], '', listen())).toBeUndefined();
		expect(told.closed).toBe(0);
		peer.write(answer200(3), answer200(1));
		expect(await first.done).toMatchObject({ end: 'complete' });
		expect(await second.done).toMatchObject({ end: 'complete' });
		await told.over;
		while (!peer.isClosed) await sleep(5);
	});

	it('said once more takes back more, never less', async () => {
		const { peer, send, told } = await connectPair();
		const [first, second] = [send(), send()];
		peer.write(frame(GOAWAY, 0, 0, uint32(0x7fff_ffff, 0)));
		peer.write(frame(GOAWAY, 0, 0, uint32(1, 0)), frame(GOAWAY, 0, 0, uint32(3, 0)));
		expect(await second.done).toMatchObject({ end: 'unprocessed' });
		peer.write(answer200(1));
		expect(await first.done).toMatchObject({ end: 'complete' });
		await told.over;
	});

	it('with an error still lets answers come that are on their way', async () => {
		const { peer, send } = await connectPair();
		const one = send();
		peer.write(frame(GOAWAY, 0, 0, uint32(1, ErrorCode.ENHANCE_YOUR_CALM)), answer200(1));
		expect(await one.done).toMatchObject({ end: 'complete', status: 200 });
	});

	it('on an idle connection closes it', async () => {
		const { peer, told } = await connectPair();
		peer.write(frame(GOAWAY, 0, 0, uint32(0, 0)));
		await told.over;
		expect(told).toMatchObject({ closed: 1, error: undefined });
	});
});

describe('the windows of the server', () => {
	it('let no more out than they have room for, in the order of the requests', async () => {
		const { peer, send } = await connectPair();
		await heard(peer);
		const bodies = ['a', 'b', 'c'].map((letter) => letter.repeat(30_000));
		for (const body of bodies) send(body);
		await peer.until(isOf(DATA, 5));
		await heard(peer);
		expect([1, 3, 5].map((id) => dataOf(peer, id).length)).toEqual([30_000, 30_000, 5_535]);
		send('d');
		peer.write(frame(WINDOW_UPDATE, 0, 0, uint32(24_465)));
		await peer.until((one) => isOf(DATA, 5)(one) && (one.flags & END_STREAM) !== 0);
		await heard(peer);
		expect(dataOf(peer, 7)).toBe('');
		peer.write(frame(WINDOW_UPDATE, 0, 0, uint32(1)));
		await peer.until(isOf(DATA, 7));
		expect([1, 3, 5, 7].map((id) => dataOf(peer, id))).toEqual([...bodies, 'd']);
		for (const { type, payload } of peer.frames) {
			if (type === DATA) expect(payload.length).toBeLessThanOrEqual(16_384);
		}
	});

	it('of a stream may be narrow, and change while it is open', async () => {
		const { peer, send } = await connectPair(settings([4, 4]));
		await heard(peer);
		send('0123456789');
		await peer.until(isOf(DATA, 1));
		// Four are out, so there is room for minus three.
		peer.write(settings([4, 1]), frame(WINDOW_UPDATE, 0, 1, uint32(3)));
		await heard(peer);
		expect(dataOf(peer, 1)).toBe('0123');
		peer.write(frame(WINDOW_UPDATE, 0, 1, uint32(2)));
		await heard(peer);
		expect(dataOf(peer, 1)).toBe('012345');
		peer.write(settings([4, 100]));
		await heard(peer);
		expect(dataOf(peer, 1)).toBe('0123456789');
	});

	it('that are shut for one stream hold up no other', async () => {
		const { peer, send } = await connectPair(settings([4, 2]));
		await heard(peer);
		send('first');
		send('second');
		peer.write(frame(WINDOW_UPDATE, 0, 3, uint32(10)));
		await peer.until((one) => isOf(DATA, 3)(one) && (one.flags & END_STREAM) !== 0);
		expect(dataOf(peer, 1)).toBe('fi');
	});

	it('are not used for what was given up', async () => {
		const { peer, session, send } = await connectPair();
		await heard(peer);
		send('x'.repeat(65_535));
		const stream = session.request(['a', 'b'], 'gone', listen());
		if (!stream) throw new Error('not taken');
		session.cancel(stream);
		send('next');
		await heard(peer);
		peer.write(frame(WINDOW_UPDATE, 0, 0, uint32(100)));
		await peer.until(isOf(DATA, 5));
		expect(dataOf(peer, 3)).toBe('');
		expect(dataOf(peer, 5)).toBe('next');
	});
});

it('a table that the server makes smaller is kept to', async () => {
	const { peer, send } = await connectPair();
	send('', ['topic', 'app']);
	peer.write(settings([1, 0]));
	await peer.until(isAck(SETTINGS));
	await heard(peer);
	send('', ['topic', 'app']);
	const { payload } = await peer.until(isOf(HEADERS, 3));
	expect(payload[0]).toBe(0x20);
	expect(payload.includes('topic')).toBe(true);
});

it('a table that is emptied and filled again in one word is emptied', async () => {
	const { peer, send } = await connectPair();
	send('', ['topic', 'app']);
	peer.write(settings([1, 0], [1, 4_096]));
	await heard(peer);
	send('', ['topic', 'app']);
	const { payload } = await peer.until(isOf(HEADERS, 3));
	expect(payload.subarray(0, 4)).toEqual(hex('20 3fe11f'));
	expect(payload.includes('topic')).toBe(true);
});

it('no frame waits for the answer to the one before, as sockets otherwise have it', async () => {
	const noDelay = jest.spyOn(net.Socket.prototype, 'setNoDelay');
	const { session } = await connectPair();
	expect(session.isOpen).toBe(true);
	expect(noDelay).toHaveBeenCalledWith(true);
	noDelay.mockRestore();
});
