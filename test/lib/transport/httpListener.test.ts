import { connect, type Socket } from 'node:net';
import { HttpListener, type ListenerRoute } from '../../../lib/transport/httpListener';
import type { IntakeAnswer, IntakeRequest } from '../../../lib/transport/intake';
import { IntakeError } from '../../../lib/transport/intake';

const MB = 1024 * 1024;
const open: HttpListener[] = [];

afterEach(async () => {
	await Promise.all(open.splice(0).map(async (listener) => await listener.close()));
});

async function listen(
	route: Partial<ListenerRoute> = {},
	options: { graceMs?: number; proxyHops?: number } = {},
) {
	const listener = await HttpListener.open({
		port: 0,
		host: '127.0.0.1',
		proxyHops: 0,
		graceMs: 200,
		...options,
	});
	open.push(listener);
	const remove = listener.add({
		owner: 'trigger',
		paths: ['/hits'],
		methods: ['GET', 'POST'],
		isReady: () => true,
		answer: echo,
		...route,
	});
	return { listener, remove, url: `http://127.0.0.1:${listener.port}` };
}

async function echo(request: IntakeRequest): Promise<IntakeAnswer> {
	try {
		const body = await request.readBody(MB);
		const { method, query, remoteAddress } = request;
		return { status: 202, body: { method, query, remoteAddress, body: body.toString() } };
	} catch (error) {
		if (!(error instanceof IntakeError)) throw error;
		return { status: error.status, body: { error: error.message } };
	}
}

const post = async (url: string, body: string | Buffer, headers: Record<string, string> = {}) =>
	await fetch(url, { method: 'POST', body: body as never, headers });

/** Sends bytes as they are, and gives all that comes until the other side ends. */
async function raw(port: number, ...parts: Array<string | number>): Promise<string> {
	const socket = connect(port, '127.0.0.1');
	const chunks: Buffer[] = [];
	socket.on('data', (chunk) => chunks.push(chunk));
	socket.on('error', () => undefined);
	const over = new Promise<void>((resolve) => socket.once('close', () => resolve()));
	for (const part of parts) {
		if (typeof part === 'number') await sleep(part);
		else socket.write(part);
	}
	await over;
	return Buffer.concat(chunks).toString();
}

const sleep = async (ms: number) => await new Promise((resolve) => setTimeout(resolve, ms));

test('a request reaches its route with method, query, sender and bytes as they came', async () => {
	const { url } = await listen();
	const answer = await post(`${url}/hits?a=%20&b`, '{ "x" :1}');
	expect(answer.status).toBe(202);
	expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
	expect(await answer.json()).toEqual({
		method: 'POST',
		query: 'a=%20&b',
		remoteAddress: '127.0.0.1',
		body: '{ "x" :1}',
	});
});

test('a body that comes in pieces is put together', async () => {
	const { listener } = await listen();
	const answer = await raw(
		listener.port,
		'POST /hits HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n',
		20,
		'2\r\nde\r\n0\r\n\r\n',
	);
	expect(answer).toContain('"body":"abcde"');
});

test('one connection carries many requests', async () => {
	const { listener } = await listen();
	const one = 'GET /hits?n=1 HTTP/1.1\r\nhost: x\r\n\r\n';
	const last = 'GET /hits?n=2 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
	const answers = await raw(listener.port, one + last);
	expect(answers.match(/HTTP\/1\.1 202/g)).toHaveLength(2);
	expect(answers.indexOf('n=1')).toBeLessThan(answers.indexOf('n=2'));
});

test('the answer has the headers that its route gives', async () => {
	const { url } = await listen({
		answer: async () => ({ status: 503, body: {}, headers: { 'retry-after': '30' } }),
	});
	const answer = await fetch(`${url}/hits`);
	expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '30']);
});

test('another path is refused with 404', async () => {
	const { url } = await listen();
	const answer = await fetch(`${url}/other?x`);
	expect([answer.status, await answer.json()]).toEqual([
		404,
		{ error: 'Nothing is served at /other' },
	]);
});

test('another method is refused with 405, naming those that are taken', async () => {
	const { url } = await listen();
	const answer = await fetch(`${url}/hits`, { method: 'PUT', body: 'x' });
	expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST']);
});

describe('a body over the limit', () => {
	test('is refused with 413 before it is read, when it says its length', async () => {
		const { url } = await listen();
		const answer = await post(`${url}/hits`, Buffer.alloc(2 * MB));
		expect([answer.status, await answer.json()]).toEqual([
			413,
			{ error: 'The request is larger than 1 MB' },
		]);
	});

	test('is refused with 413 when it turns out longer', async () => {
		const { url } = await listen();
		const body = new ReadableStream({
			start(controller) {
				for (let i = 0; i < 24; i++) controller.enqueue(Buffer.alloc(64 * 1024));
				controller.close();
			},
		});
		const answer = await fetch(`${url}/hits`, {
			method: 'POST',
			body,
			duplex: 'half',
		} as RequestInit);
		expect(answer.status).toBe(413);
	});

	test('is not even sent by those who ask first', async () => {
		const { listener } = await listen();
		const head = `POST /hits HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: ${2 * MB}\r\n\r\n`;
		const answer = await raw(listener.port, head);
		expect(answer).toMatch(/^HTTP\/1\.1 413 /);
		expect(answer).not.toContain('100 Continue');
	});

	test('that does not end is not read for ever', async () => {
		const { listener } = await listen();
		const socket = connect(listener.port, '127.0.0.1');
		socket.on('error', () => undefined);
		const over = new Promise((resolve) => socket.once('close', resolve));
		socket.write('POST /hits HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
		const block = `${(64 * 1024).toString(16)}\r\n${'x'.repeat(64 * 1024)}\r\n`;
		const pump = setInterval(() => socket.writable && socket.write(block.repeat(8)), 5);
		socket.resume();
		await over;
		clearInterval(pump);
		// What its own kernel has taken is beyond 1 MB and 4 MB that were read and dropped.
		expect(socket.bytesWritten).toBeLessThan(64 * MB);
	});
});

test('who asks before sending is told to go on', async () => {
	const { listener } = await listen();
	const head =
		'POST /hits HTTP/1.1\r\nhost: x\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n';
	const answer = await raw(listener.port, head, 50, 'ab');
	expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 202 /);
	expect(answer).toContain('"body":"ab"');
});

test('a sender that goes away in the middle ends its own request only', async () => {
	const statuses: number[] = [];
	const { listener, url } = await listen({
		answer: async (request) => {
			const answer = await echo(request);
			statuses.push(answer.status);
			return answer;
		},
	});
	const socket = connect(listener.port, '127.0.0.1');
	socket.write('POST /hits HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc');
	await sleep(50);
	socket.destroy();
	while (statuses.length === 0) await sleep(5);
	expect(statuses).toEqual([400]);
	expect((await fetch(`${url}/hits`)).status).toBe(202);
});

describe('what is no request', () => {
	test('is refused with 400', async () => {
		const { listener } = await listen();
		expect(await raw(listener.port, 'HELO example.com\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
	});

	test('with two different lengths is refused with 400', async () => {
		const { listener } = await listen();
		const smuggling =
			'POST /hits HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /hits HTTP/1.1\r\n\r\n';
		expect(await raw(listener.port, smuggling)).toMatch(/^HTTP\/1\.1 400 /);
	});

	test('with headers without end is refused with 431', async () => {
		const { listener } = await listen();
		const answer = await raw(
			listener.port,
			`GET /hits HTTP/1.1\r\nhost: x\r\nlong: ${'x'.repeat(20_000)}\r\n\r\n`,
		);
		expect(answer).toMatch(/^HTTP\/1\.1 431 /);
	});
});

describe('health', () => {
	test('is well as long as the port is open', async () => {
		const { url } = await listen({ isReady: () => false });
		expect((await fetch(`${url}/healthz`)).status).toBe(200);
	});

	test('is ready when every route is', async () => {
		let ready = false;
		const { url } = await listen({ isReady: () => ready });
		expect((await fetch(`${url}/healthz/readiness`)).status).toBe(503);
		ready = true;
		expect((await fetch(`${url}/healthz/readiness`)).status).toBe(200);
	});

	test('has no path that a route could take', async () => {
		const { listener } = await listen();
		const add = () => listener.add(route({ paths: ['/healthz'] }));
		expect(add).toThrow('The path /healthz is taken');
	});
});

const route = (more: Partial<ListenerRoute> = {}): ListenerRoute => ({
	owner: 'other',
	paths: ['/hits'],
	methods: ['POST'],
	isReady: () => true,
	answer: echo,
	...more,
});

describe('several routes at one port', () => {
	test('are told apart by their path', async () => {
		const { listener, url } = await listen();
		listener.add(route({ paths: ['/a/b'], answer: async () => ({ status: 200, body: [] }) }));
		expect((await post(`${url}/a/b`, '')).status).toBe(200);
		expect((await post(`${url}/hits`, '')).status).toBe(202);
	});

	test('a path of somebody else is refused', async () => {
		const { listener } = await listen();
		expect(() => listener.add(route())).toThrow(`The path /hits is taken at port ${listener.port}`);
	});

	test("an owner's new route takes the place of its old one, whose removal does no harm", async () => {
		const { listener, remove, url } = await listen();
		const next = async () => ({ status: 200, body: {} });
		listener.add(route({ owner: 'trigger', answer: next }));
		remove();
		expect((await post(`${url}/hits`, '')).status).toBe(200);
	});

	test('one that was taken away is not found any more', async () => {
		const { listener, remove, url } = await listen();
		expect(listener.isUnused).toBe(false);
		remove();
		expect(listener.isUnused).toBe(true);
		expect((await post(`${url}/hits`, '')).status).toBe(404);
	});
});

describe('behind proxies', () => {
	test('the sender is whom the outermost of them names', async () => {
		const { url } = await listen({}, { proxyHops: 2 });
		const headers = { 'x-forwarded-for': '6.6.6.6, 192.0.2.1, 198.51.100.2' };
		const answer = await fetch(`${url}/hits`, { headers });
		expect(await answer.json()).toMatchObject({ remoteAddress: '192.0.2.1' });
	});

	test('without any, what a sender says of itself is not believed', async () => {
		const { url } = await listen();
		const answer = await fetch(`${url}/hits`, { headers: { 'x-forwarded-for': '192.0.2.1' } });
		expect(await answer.json()).toMatchObject({ remoteAddress: '127.0.0.1' });
	});
});

describe('closing', () => {
	/** A route that answers when it is told to. */
	function held() {
		let release!: () => void;
		let begun!: () => void;
		const answered = new Promise<void>((resolve) => (release = resolve));
		const reached = new Promise<void>((resolve) => (begun = resolve));
		const answer = async () => {
			begun();
			await answered;
			return { status: 202, body: {} };
		};
		return { answer, release, reached };
	}

	test('answers what is under way and takes nothing new', async () => {
		const { answer, release, reached } = held();
		const { listener, url } = await listen({ answer }, { graceMs: 5_000 });
		const pending = fetch(`${url}/hits`);
		await reached;
		const closed = listener.close();
		await expect(fetch(`${url}/hits`)).rejects.toThrow();
		release();
		const last = await pending;
		expect([last.status, last.headers.get('connection')]).toEqual([202, 'close']);
		await closed;
	});

	test('does not wait for ever', async () => {
		const { answer, reached } = held();
		const { listener, url } = await listen({ answer }, { graceMs: 50 });
		const pending = fetch(`${url}/hits`).then(
			() => 'answered',
			() => 'cut off',
		);
		await reached;
		await listener.close();
		expect(await pending).toBe('cut off');
	});

	test('ends connections on which nothing is under way at once', async () => {
		const { listener } = await listen({}, { graceMs: 60_000 });
		const socket: Socket = connect(listener.port, '127.0.0.1');
		socket.write('GET /hits HTTP/1.1\r\nhost: x\r\n\r\n');
		await new Promise((resolve) => socket.once('data', resolve));
		const over = new Promise((resolve) => socket.once('close', resolve));
		await listener.close();
		await over;
	});
});

describe('a port that cannot be had', () => {
	test('is taken', async () => {
		const { listener } = await listen();
		const { port } = listener;
		await expect(
			HttpListener.open({ port, host: '127.0.0.1', proxyHops: 0 }),
		).rejects.toMatchObject({ code: 'PORT_TAKEN', message: expect.stringContaining(`${port}`) });
	});

	test('is at an address of another machine', async () => {
		await expect(
			HttpListener.open({ port: 0, host: '192.0.2.1', proxyHops: 0 }),
		).rejects.toMatchObject({ code: 'NO_SUCH_ADDRESS' });
	});
});
