import { once } from 'node:events';
import http2, {
	type Http2Server,
	type IncomingHttpHeaders,
	type ServerHttp2Session,
	type ServerHttp2Stream,
	type ServerOptions,
} from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import type { Indexing } from '../../../../lib/transport/http2/hpack/encoder';
import { ErrorCode } from '../../../../lib/transport/http2/protocol';
import { sessionOn, type Connected } from './support/peer';

/** Node.js's server, which is nghttp2: whatever it does not like it refuses. */
let server: Http2Server;
let connected: Connected;
let far: ServerHttp2Session;

interface Received {
	headers: IncomingHttpHeaders;
	raw: string[];
	body: Buffer;
}
let received: Received[];
let answer: (stream: ServerHttp2Stream, request: Received) => void;

async function begin(options: ServerOptions = {}, indexing?: Record<string, Indexing>) {
	received = [];
	answer = (stream, { body }) => {
		stream.respond({ ':status': 200, 'x-length': String(body.length) });
		stream.end(body);
	};
	server = http2.createServer(options);
	server.on('sessionError', () => undefined);
	server.on('stream', (stream, headers, _flags, raw) => {
		const chunks: Buffer[] = [];
		stream.on('error', () => undefined);
		stream.on('data', (chunk: Buffer) => chunks.push(chunk));
		stream.on('end', () => {
			const request = { headers, raw: raw as unknown as string[], body: Buffer.concat(chunks) };
			received.push(request);
			answer(stream, request);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const session = once(server, 'session') as Promise<[ServerHttp2Session]>;
	const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
	await once(socket, 'connect');
	connected = sessionOn(socket, indexing);
	[far] = await session;
	far.on('error', () => undefined);
}

afterEach(async () => {
	connected.session.destroy();
	far.destroy();
	await new Promise((resolve) => server.close(resolve));
});

it('requests arrive as they were made, and answers come as they were given', async () => {
	await begin();
	const one = await connected.send('Grüße 😀', ['apns-topic', 'app', 'x', 'a, b']).done;
	expect(received[0].raw).toEqual([
		...[':method', 'POST', ':path', '/p', ':authority', 'a.example', ':scheme', 'http'],
		...['apns-topic', 'app', 'x', 'a, b'],
	]);
	expect(received[0].body.toString()).toBe('Grüße 😀');
	expect(one).toMatchObject({ status: 200, end: 'complete', code: 0 });
	expect(one.fields).toEqual(expect.arrayContaining(['x-length', '12']));
	expect(one.body.toString()).toBe('Grüße 😀');
});

it('thousands of requests, with headers that repeat and headers that do not', async () => {
	await begin({}, { id: 'name', authorization: 'never', ':path': 'nothing' });
	const all = Array.from({ length: 3_000 }, (_, nth) => [
		...['id', `id-${nth}`, 'authorization', `bearer ${nth % 3}`, 'topic', `app ${nth % 7}`],
		...['made-up', `value-${nth % 200}-${'x'.repeat(nth % 90)}`],
	]);
	const told = await Promise.all(
		all.map(async (fields, nth) => await connected.send(`body ${nth}`, fields).done),
	);
	expect(told.map(({ end, body }) => [end, body.toString()])).toEqual(
		all.map((_, nth) => ['complete', `body ${nth}`]),
	);
	const sent = new Map(received.map(({ body, raw }) => [body.toString(), raw.slice(8)]));
	expect(all.map((_, nth) => sent.get(`body ${nth}`))).toEqual(all);
});

describe('whatever the server takes,', () => {
	it.each<[string, ServerOptions]>([
		['windows of one octet', { settings: { initialWindowSize: 1 } }],
		['narrow windows', { settings: { initialWindowSize: 1_000 } }],
		['wide windows', { settings: { initialWindowSize: 2 ** 31 - 1 } }],
		['no table', { settings: { headerTableSize: 0 } }],
		['a small table', { settings: { headerTableSize: 100 } }],
		['a large table', { settings: { headerTableSize: 1 << 20 } }],
		['long frames', { settings: { maxFrameSize: 2 ** 24 - 1 } }],
	])('with %s it all arrives', async (_name, options) => {
		await begin(options);
		const body = 'ü'.repeat(options.settings?.initialWindowSize === 1 ? 200 : 150_000);
		const sent = Array.from({ length: 8 }, (_, nth) => ['a', `${nth}`, 'b', 'x'.repeat(nth * 20)]);
		const told = await Promise.all(
			sent.map(async (fields) => await connected.send(body, fields).done),
		);
		for (const one of told) {
			expect(one).toMatchObject({ status: 200, end: 'complete' });
			expect(one.body.toString() === body).toBe(true);
		}
		expect(received.map(({ raw }) => raw.slice(8))).toEqual(expect.arrayContaining(sent));
	});

	it('and however it changes that', async () => {
		await begin();
		for (const headerTableSize of [0, 4_096, 64, 1_000, 0, 50]) {
			far.settings({ headerTableSize, initialWindowSize: headerTableSize + 10 });
			await connected.send('', ['a', 'b']).done;
			const body = 'x'.repeat(5_000);
			const one = await connected.send(body, ['a', 'b', 'c', 'd']).done;
			expect(one.body.toString()).toBe(body);
			expect(received.at(-1)?.headers).toMatchObject({ a: 'b', c: 'd' });
		}
	});
});

it('headers that take more than one frame', async () => {
	await begin({ settings: { maxHeaderListSize: 200_000 }, maxSessionMemory: 100 });
	const long = Array.from({ length: 5 }, (_, nth) => [`n${nth}`, 'v'.repeat(9_000)]).flat();
	expect(await connected.send('body', long).done).toMatchObject({ end: 'complete', status: 200 });
	expect(received[0].raw.slice(8)).toEqual(long);
	expect(await connected.send('body').done).toMatchObject({ end: 'complete' });
});

it('answers larger than every window', async () => {
	await begin();
	const body = Buffer.alloc(5_000_000, 'answer ');
	answer = (stream) => {
		stream.respond({ ':status': 200 });
		stream.end(body);
	};
	const [one, other] = await Promise.all([connected.send().done, connected.send().done]);
	expect(one.body.equals(body)).toBe(true);
	expect(other.body.equals(body)).toBe(true);
}, 20_000);

it('answers with trailers, informations and heads of many fields', async () => {
	await begin();
	answer = (stream) => {
		stream.additionalHeaders({ ':status': 103, link: '</a>' });
		stream.respond(
			{ ':status': 429, 'retry-after': '7', 'set-cookie': ['a=1', 'b=2'], long: 'x'.repeat(9_000) },
			{ waitForTrailers: true },
		);
		stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
		stream.end('later');
	};
	const told = await connected.send().done;
	expect(told).toMatchObject({ status: 429, end: 'complete' });
	expect(told.fields).toEqual(
		expect.arrayContaining(['retry-after', '7', 'set-cookie', 'a=1', 'b=2', 'x'.repeat(9_000)]),
	);
	expect(told.fields).not.toContain('grpc-status');
	expect(told.body.toString()).toBe('later');
});

it('resets and goodbyes', async () => {
	await begin();
	answer = (stream) => stream.close(ErrorCode.REFUSED_STREAM);
	expect(await connected.send('x').done).toMatchObject({ end: 'unprocessed' });
	answer = (stream) => stream.close(ErrorCode.INTERNAL_ERROR);
	expect(await connected.send('x').done).toMatchObject({ end: 'broken', code: 2 });
	answer = (stream) => {
		far.goaway(0, stream.id, Buffer.from('bye'));
		stream.respond({ ':status': 200 }, { endStream: true });
	};
	const [last, beyond] = [connected.send('x'), connected.send('x')];
	expect(await last.done).toMatchObject({ end: 'complete' });
	expect(await beyond.done).toMatchObject({ end: 'unprocessed' });
	await connected.told.over;
	expect(connected.told.goodbyes[0]).toBe('bye');
});

it('the server hears the goodbye', async () => {
	await begin();
	const goodbye = once(far, 'goaway');
	await connected.send().done;
	connected.session.close();
	expect((await goodbye)[0]).toBe(ErrorCode.NO_ERROR);
});

it('a request given up is closed there as well', async () => {
	await begin();
	const closed = new Promise<number>((resolve) => {
		answer = (stream) => {
			stream.on('close', () => resolve(stream.rstCode));
			connected.session.cancel(request as NonNullable<typeof request>);
		};
	});
	const { session } = connected;
	const request = session.request(
		[':method', 'POST', ':path', '/', ':authority', 'a', ':scheme', 'http'],
		'x',
		{ onHead: () => undefined, onData: () => undefined, onClose: () => undefined },
	);
	expect(await closed).toBe(ErrorCode.CANCEL);
});
