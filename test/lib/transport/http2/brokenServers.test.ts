import { ErrorCode, Http2Error } from '../../../../lib/transport/http2/protocol';
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
	PUSH_PROMISE,
	RST_STREAM,
	SETTINGS,
	settings,
	STATUS_200,
	STATUS_400,
	uint32,
	WINDOW_UPDATE,
	WITH_PRIORITY,
} from './support/frames';
import { closePairs, connectPair } from './support/peer';

afterEach(closePairs);

const {
	COMPRESSION_ERROR,
	ENHANCE_YOUR_CALM,
	FLOW_CONTROL_ERROR,
	FRAME_SIZE_ERROR,
	NO_ERROR,
	PROTOCOL_ERROR,
} = ErrorCode;

const head = (...fields: Buffer[]) => Buffer.concat(fields);
const many = (count: number, bytes: Buffer) => Buffer.concat(new Array<Buffer>(count).fill(bytes));

/** Streams 1 and 3 are under way. */
const CONNECTION_ERRORS: [name: string, bytes: Buffer, code: number][] = [
	['a frame longer than is taken', hex('004001 00 00 00000001'), FRAME_SIZE_ERROR],
	['data on no stream', frame(DATA, 0, 0, 'x'), PROTOCOL_ERROR],
	['data on a stream that was not begun', frame(DATA, 0, 5, 'x'), PROTOCOL_ERROR],
	['data on a stream of its own', frame(DATA, 0, 2, 'x'), PROTOCOL_ERROR],
	['more padding than frame', frame(DATA, PADDED, 1, hex('03 0000')), PROTOCOL_ERROR],
	['padding without a length', frame(DATA, PADDED, 1), FRAME_SIZE_ERROR],
	['a head on no stream', frame(HEADERS, END_HEADERS, 0, STATUS_200), PROTOCOL_ERROR],
	['a head on a stream that was not begun', answer200(5), PROTOCOL_ERROR],
	['a head on a stream of its own', answer200(2), PROTOCOL_ERROR],
	[
		'a head with more padding than frame',
		frame(HEADERS, END_HEADERS | PADDED, 1, hex('02 88')),
		PROTOCOL_ERROR,
	],
	[
		'a head with half a priority',
		frame(HEADERS, END_HEADERS | WITH_PRIORITY, 1, hex('00 00')),
		FRAME_SIZE_ERROR,
	],
	['a head that cannot be read', frame(HEADERS, END_HEADERS, 1, hex('bf')), COMPRESSION_ERROR],
	['a priority of nothing', frame(PRIORITY, 0, 0, hex('00000000 10')), PROTOCOL_ERROR],
	['half a priority', frame(PRIORITY, 0, 1, hex('0000')), FRAME_SIZE_ERROR],
	['a reset of the connection', frame(RST_STREAM, 0, 0, uint32(0)), PROTOCOL_ERROR],
	['a reset of what was not begun', frame(RST_STREAM, 0, 5, uint32(0)), PROTOCOL_ERROR],
	['half a reset', frame(RST_STREAM, 0, 1, hex('0000')), FRAME_SIZE_ERROR],
	['settings of a stream', frame(SETTINGS, 0, 1), PROTOCOL_ERROR],
	['settings that are cut off', frame(SETTINGS, 0, 0, hex('0001 0000')), FRAME_SIZE_ERROR],
	[
		'an acknowledgement with settings',
		frame(SETTINGS, ACK, 0, hex('000100000000')),
		FRAME_SIZE_ERROR,
	],
	['pushes that a server switches on', settings([2, 1]), PROTOCOL_ERROR],
	['a window that is too wide from the start', settings([4, 0x8000_0000]), FLOW_CONTROL_ERROR],
	['frames that are too short', settings([5, 16_383]), PROTOCOL_ERROR],
	['frames that are too long', settings([5, 0x100_0000]), PROTOCOL_ERROR],
	['a push', frame(PUSH_PROMISE, END_HEADERS, 1, head(uint32(2), STATUS_200)), PROTOCOL_ERROR],
	['a ping on a stream', frame(PING, 0, 1, uint32(0, 0)), PROTOCOL_ERROR],
	['half a ping', frame(PING, 0, 0, uint32(0)), FRAME_SIZE_ERROR],
	['a goodbye on a stream', frame(GOAWAY, 0, 1, uint32(0, 0)), PROTOCOL_ERROR],
	['half a goodbye', frame(GOAWAY, 0, 0, uint32(0)), FRAME_SIZE_ERROR],
	['a window wider by nothing', frame(WINDOW_UPDATE, 0, 0, uint32(0)), PROTOCOL_ERROR],
	[
		'a window wider than can be',
		frame(WINDOW_UPDATE, 0, 0, uint32(0x7fff_ffff)),
		FLOW_CONTROL_ERROR,
	],
	['half a window', frame(WINDOW_UPDATE, 0, 0, hex('0000')), FRAME_SIZE_ERROR],
	['a window of what was not begun', frame(WINDOW_UPDATE, 0, 5, uint32(1)), PROTOCOL_ERROR],
	[
		'streams whose windows become too wide at once',
		head(frame(WINDOW_UPDATE, 0, 1, uint32(0x7fff_0000)), settings([4, 0x7fff_ffff])),
		FLOW_CONTROL_ERROR,
	],
	['a continuation of nothing', frame(CONTINUATION, END_HEADERS, 1, STATUS_200), PROTOCOL_ERROR],
	[
		'a continuation of another stream',
		head(frame(HEADERS, 0, 1, STATUS_200), frame(CONTINUATION, END_HEADERS, 3)),
		PROTOCOL_ERROR,
	],
	[
		'another frame within a head',
		head(frame(HEADERS, 0, 1, STATUS_200), frame(PING, 0, 0, uint32(0, 0))),
		PROTOCOL_ERROR,
	],
	[
		'a frame that nobody knows within a head',
		head(frame(HEADERS, 0, 1, STATUS_200), frame(0xfe, 0, 0)),
		PROTOCOL_ERROR,
	],
	[
		'a head without an end',
		head(frame(HEADERS, 0, 1, STATUS_200), many(8, frame(CONTINUATION, 0, 1, 'x'.repeat(16_000)))),
		ENHANCE_YOUR_CALM,
	],
	[
		'a head of empty frames without an end',
		head(frame(HEADERS, 0, 1, STATUS_200), many(100, frame(CONTINUATION, 0, 1))),
		ENHANCE_YOUR_CALM,
	],
	['empty data without an end', many(20_000, frame(DATA, 0, 1)), ENHANCE_YOUR_CALM],
	[
		'windows without an end',
		many(20_000, frame(WINDOW_UPDATE, 0, 0, uint32(1))),
		ENHANCE_YOUR_CALM,
	],
	['unknown frames without an end', many(20_000, frame(0xfe, 0, 0, 'x')), ENHANCE_YOUR_CALM],
	[
		'priorities without an end',
		many(20_000, frame(PRIORITY, 0, 1, hex('00000000 10'))),
		ENHANCE_YOUR_CALM,
	],
	[
		'informations without an end',
		many(20_000, frame(HEADERS, END_HEADERS, 1, field(':status', '103'))),
		ENHANCE_YOUR_CALM,
	],
];

describe('a server that breaks the protocol is left, with the reason:', () => {
	it.each(CONNECTION_ERRORS)('%s', async (_name, bytes, code) => {
		const { peer, send, told } = await connectPair();
		const [one, other] = [send(), send()];
		await peer.until(({ type, stream }) => type === HEADERS && stream === 3);
		peer.write(bytes);
		const { payload } = await peer.until(({ type }) => type === GOAWAY);
		expect(payload).toEqual(uint32(0, code));
		expect(await one.done).toMatchObject({ end: 'broken', closed: 1 });
		expect(await other.done).toMatchObject({ end: 'broken', closed: 1 });
		expect(told).toMatchObject({ closed: 1 });
		expect(told.error).toBeInstanceOf(Http2Error);
		expect(told.error).toMatchObject({ errorCode: code, code: 'INVALID_RESPONSE' });
	});

	it.each([
		['anything but its settings', answer200(1)],
		['an acknowledgement of what was not said', frame(SETTINGS, ACK, 0)],
	])('one that begins with %s', async (_name, bytes) => {
		const { peer, told } = await connectPair(bytes);
		const { payload } = await peer.until(({ type }) => type === GOAWAY);
		expect(payload).toEqual(uint32(0, PROTOCOL_ERROR));
		await told.over;
		expect(told.settings).toBe(0);
	});

	it('one that does not speak HTTP/2', async () => {
		const { told } = await connectPair(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
		await told.over;
		expect(told.error).toMatchObject({ errorCode: FRAME_SIZE_ERROR });
	});

	it.each([
		['pings', frame(PING, 0, 0, uint32(0, 0))],
		['settings', settings()],
	])('one that asks with %s without an end', async (_name, bytes) => {
		const { peer, send, told } = await connectPair();
		const one = send();
		await peer.until(({ type }) => type === HEADERS);
		peer.write(many(20_000, bytes));
		expect(await one.done).toMatchObject({ end: 'broken', closed: 1 });
		expect(told.error).toMatchObject({ errorCode: ENHANCE_YOUR_CALM });
	});

	it('one that asks without reading the answers', async () => {
		const { peer, told } = await connectPair();
		await peer.until(({ type, flags }) => type === SETTINGS && flags === ACK);
		peer.socket.pause();
		const asking = setInterval(() => peer.write(many(800, frame(PING, 0, 0, uint32(0, 0)))), 1);
		await told.over;
		clearInterval(asking);
		expect(told.error).toMatchObject({ errorCode: ENHANCE_YOUR_CALM });
	}, 20_000);
});

const STREAM_ERRORS: [name: string, bytes: Buffer, code: number][] = [
	['no status', frame(HEADERS, END_HEADERS | END_STREAM, 1, field('a', 'b')), PROTOCOL_ERROR],
	...['', '99', '1000', '2oo', '099'].map((status): [string, Buffer, number] => [
		`the status "${status}"`,
		frame(HEADERS, END_HEADERS | END_STREAM, 1, field(':status', status)),
		PROTOCOL_ERROR,
	]),
	[
		'two statuses',
		frame(HEADERS, END_HEADERS | END_STREAM, 1, head(STATUS_200, STATUS_400)),
		PROTOCOL_ERROR,
	],
	[
		'a status behind other fields',
		frame(HEADERS, END_HEADERS | END_STREAM, 1, head(field('a', 'b'), STATUS_200)),
		PROTOCOL_ERROR,
	],
	...(
		[
			['a pseudo-header of requests', ':path', '/'],
			['a name in capitals', 'Name', 'x'],
			['an empty name', '', 'x'],
			['a name with a space', 'a b', 'x'],
			['a value with a line break', 'a', 'x\r\ny: z'],
			['a value with a null', 'a', '\0'],
			['a value that begins with a space', 'a', ' x'],
			['a value that ends with a tab', 'a', 'x\t'],
			['a field of a connection', 'connection', 'close'],
			['an encoding of HTTP/1.1', 'transfer-encoding', 'chunked'],
			['a length that is no number', 'content-length', '1x'],
			['a length below nothing', 'content-length', '-1'],
		] as const
	).map(([name, of, value]): [string, Buffer, number] => [
		name,
		frame(HEADERS, END_HEADERS | END_STREAM, 1, head(STATUS_200, field(of, value))),
		PROTOCOL_ERROR,
	]),
	[
		'two lengths',
		frame(
			HEADERS,
			END_HEADERS | END_STREAM,
			1,
			head(STATUS_200, field('content-length', '0'), field('content-length', '1')),
		),
		PROTOCOL_ERROR,
	],
	[
		'less than the length says',
		head(
			frame(HEADERS, END_HEADERS, 1, head(STATUS_400, field('content-length', '3'))),
			frame(DATA, END_STREAM, 1, 'xx'),
		),
		PROTOCOL_ERROR,
	],
	[
		'more than the length says',
		head(
			frame(HEADERS, END_HEADERS, 1, head(STATUS_400, field('content-length', '3'))),
			frame(DATA, 0, 1, 'xxxx'),
		),
		PROTOCOL_ERROR,
	],
	['data before a head', frame(DATA, 0, 1, 'x'), PROTOCOL_ERROR],
	['switching protocols', frame(HEADERS, END_HEADERS, 1, field(':status', '101')), PROTOCOL_ERROR],
	[
		'an information that is the end',
		frame(HEADERS, END_HEADERS | END_STREAM, 1, field(':status', '103')),
		PROTOCOL_ERROR,
	],
	['two heads', many(2, frame(HEADERS, END_HEADERS, 1, STATUS_400)), PROTOCOL_ERROR],
	[
		'trailers that are not the end',
		head(
			frame(HEADERS, END_HEADERS, 1, STATUS_400),
			frame(HEADERS, END_HEADERS, 1, field('a', 'b')),
		),
		PROTOCOL_ERROR,
	],
	[
		'trailers with a status',
		head(
			frame(HEADERS, END_HEADERS, 1, STATUS_400),
			frame(HEADERS, END_HEADERS | END_STREAM, 1, STATUS_400),
		),
		PROTOCOL_ERROR,
	],
	[
		'a head that is too large',
		frame(HEADERS, END_HEADERS | END_STREAM, 1, head(STATUS_200, field('a', 'x'.repeat(16_351)))),
		ENHANCE_YOUR_CALM,
	],
	[
		'a small head that becomes too large',
		frame(
			HEADERS,
			END_HEADERS | END_STREAM,
			1,
			head(STATUS_200, hex('40016101 62'), Buffer.alloc(1_000, 0xbe)),
		),
		ENHANCE_YOUR_CALM,
	],
	['a window wider by nothing', frame(WINDOW_UPDATE, 0, 1, uint32(0)), PROTOCOL_ERROR],
	[
		'a window wider than can be',
		frame(WINDOW_UPDATE, 0, 1, uint32(0x7fff_ffff)),
		FLOW_CONTROL_ERROR,
	],
];

describe('an answer that is none resets its stream and leaves the others:', () => {
	it.each(STREAM_ERRORS)('%s', async (_name, bytes, code) => {
		const { peer, send } = await connectPair();
		const [one, other] = [send(), send()];
		await peer.until(({ type, stream }) => type === HEADERS && stream === 3);
		peer.write(bytes, answer200(3));
		expect(await one.done).toMatchObject({ end: 'broken', code, closed: 1 });
		expect((await peer.until(({ type }) => type === RST_STREAM)).payload).toEqual(uint32(code));
		expect(await other.done).toMatchObject({ end: 'complete', status: 200, code: NO_ERROR });
	});
});
