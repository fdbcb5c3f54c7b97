import { EgressError } from '../../../lib/transport/egressGuard';
import { closeDispatchers } from '../../../lib/transport/dispatcher';
import { resolvesTo, sending } from '../transport/support/sending';
import {
	closedPort,
	closeServers,
	startReceiver,
	startSocketServer,
} from '../transport/support/servers';
import { FakeClock, settleDown } from '../../support/fakeClock';

afterEach(async () => {
	await closeDispatchers();
	await closeServers();
});

describe('a failure without a status', () => {
	test('a refused connection', async () => {
		const port = await closedPort();
		const outcome = await sending().send(`http://127.0.0.1:${port}/path?token=hush`);
		expect(outcome.error).toEqual({
			code: 'ECONNREFUSED',
			message: `127.0.0.1:${port} refused the connection: nothing listens there, or a firewall turns it away`,
		});
		expect([outcome.statusCode, outcome.verdict, outcome.cancelled]).toEqual([
			undefined,
			undefined,
			undefined,
		]);
	});

	test('a refused connection of a name with several addresses', async () => {
		const port = await closedPort();
		const guard = { allowedHosts: ['many.example'], resolve: resolvesTo('127.0.0.1', '127.0.0.2') };
		const outcome = await sending({ guard }).send(`http://many.example:${port}/`);
		expect(outcome.error?.code).toBe('ECONNREFUSED');
	});

	test('a name without an address', async () => {
		const outcome = await sending().send('http://no-such-host.invalid/');
		expect(['ENOTFOUND', 'EAI_AGAIN']).toContain(outcome.error?.code);
		expect(outcome.verdict).toBeUndefined();
	});

	test('a resolver that does not answer', async () => {
		const resolve = async () => {
			throw Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' });
		};
		const outcome = await sending({ guard: { resolve } }).send('http://slow.example/');
		expect(outcome.error?.code).toBe('EAI_AGAIN');
	});

	test('a connection closed before any answer', async () => {
		const receiver = await startSocketServer((socket) => socket.once('data', () => socket.end()));
		const outcome = await sending().send(receiver.origin);
		expect(outcome.error?.code).toBe('UND_ERR_SOCKET');
		expect(outcome.statusCode).toBeUndefined();
	});

	test('a connection reset before any answer', async () => {
		const receiver = await startSocketServer((socket) =>
			socket.once('data', () => socket.resetAndDestroy()),
		);
		expect((await sending().send(receiver.origin)).error?.code).toBe('ECONNRESET');
	});

	test('a connection closed amid the headers', async () => {
		const receiver = await startSocketServer((socket) =>
			socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Le')),
		);
		const outcome = await sending().send(receiver.origin);
		expect(outcome.statusCode).toBeUndefined();
		expect(outcome.error?.code).toBe('UND_ERR_SOCKET');
	});

	test('a connection closed after an early hint, which is no answer', async () => {
		const receiver = await startSocketServer((socket) =>
			socket.once('data', () => socket.end('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n')),
		);
		const outcome = await sending().send(receiver.origin);
		expect(outcome.statusCode).toBeUndefined();
		expect(outcome.error?.code).toBe('UND_ERR_SOCKET');
	});

	test('an answer that is not HTTP', async () => {
		const receiver = await startSocketServer((socket) =>
			socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.2\r\n')),
		);
		expect((await sending().send(receiver.origin)).error?.code).toBe('INVALID_RESPONSE');
	});

	test('more headers than anybody reads', async () => {
		const receiver = await startSocketServer((socket) =>
			socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(50_000)}\r\n\r\n`)),
		);
		expect((await sending().send(receiver.origin)).error?.code).toBe('HEADERS_TOO_LARGE');
	});

	test('TLS spoken to a server that has none', async () => {
		const receiver = await startReceiver();
		const outcome = await sending().send(`https://127.0.0.1:${receiver.port}/`);
		expect(outcome.error?.code).toBe('EPROTO');
	});
});

describe('a timeout', () => {
	test("strikes a receiver that stalls, at the delivery's own time", async () => {
		const receiver = await startReceiver(() => undefined);
		const outcome = await sending().send(receiver.origin, { timeoutMs: 150 });
		expect(outcome.error).toEqual({
			code: 'TIMEOUT',
			message: `127.0.0.1:${receiver.port} did not answer in time (150 ms)`,
		});
		expect(outcome.durationMs).toBeGreaterThanOrEqual(149);
		expect(outcome.durationMs).toBeLessThan(1_000);
	});

	test('closes the connection, so that the receiver sees that nobody waits any more', async () => {
		let closed = false;
		const receiver = await startReceiver((_request, response) => {
			response.on('close', () => (closed = true));
		});
		await sending().send(receiver.origin, { timeoutMs: 100 });
		for (let at = 0; at < 100 && !closed; at++) await new Promise((r) => setTimeout(r, 5));
		expect(closed).toBe(true);
	});

	test('is the default of the channel, or what it computes from the delivery', async () => {
		const receiver = await startReceiver(() => undefined);
		const fixed = await sending({ defaultTimeoutMs: 120 }).send(receiver.origin);
		expect(fixed.error?.message).toMatch(/\(120 ms\)$/);
		const computed = sending({ defaultTimeoutMs: ({ id }) => id.length * 10 });
		expect((await computed.send(receiver.origin)).error?.message).toMatch(/\(80 ms\)$/);
	});

	test('goes by the clock that was handed in', async () => {
		const clock = new FakeClock();
		const receiver = await startReceiver(() => undefined);
		let outcome: unknown;
		void sending({ clock, defaultTimeoutMs: 10_000 })
			.send(receiver.origin)
			.then((one) => (outcome = one));
		while (receiver.received.length === 0) await settleDown();
		await clock.advance(9_999);
		expect(outcome).toBeUndefined();
		await clock.advance(1);
		await settleDown();
		expect(outcome).toMatchObject({ error: { code: 'TIMEOUT' }, durationMs: 10_000 });
	});

	test('includes the time that a connection takes', async () => {
		const resolve = async () => await new Promise<never>(() => undefined);
		const outcome = await sending({ guard: { resolve } }).send('http://slow.example/', {
			timeoutMs: 100,
		});
		expect(outcome.error?.code).toBe('TIMEOUT');
	});

	test('of one that still waits for a connection keeps it from ever being sent', async () => {
		const answers: Array<() => void> = [];
		const receiver = await startReceiver((_request, response) => {
			answers.push(() => response.end('late'));
		});
		const { send } = sending({ connections: 1 });
		const first = send(receiver.origin, { body: 'first' });
		const second = await send(receiver.origin, { body: 'second', timeoutMs: 100 });
		expect(second.error?.code).toBe('TIMEOUT');
		answers[0]();
		expect(await first).toMatchObject({ statusCode: 200 });
		const third = send(receiver.origin, { body: 'third' });
		while (answers.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
		answers[1]();
		expect(await third).toMatchObject({ statusCode: 200 });
		expect(receiver.received.map(({ body }) => String(body))).toEqual(['first', 'third']);
		expect(receiver.connections).toBe(1);
	});
});

describe('an abort', () => {
	test('cancels what is under way, of which nothing is known then', async () => {
		const stop = new AbortController();
		const receiver = await startReceiver(() => stop.abort());
		const outcome = await sending().send(receiver.origin, {}, stop.signal);
		expect(outcome).toMatchObject({ cancelled: true, error: { code: 'CANCELLED' } });
		expect([outcome.statusCode, outcome.verdict]).toEqual([undefined, undefined]);
	});

	test('before the start sends nothing', async () => {
		const receiver = await startReceiver();
		const outcome = await sending().send(receiver.origin, {}, AbortSignal.abort());
		expect(outcome.cancelled).toBe(true);
		await new Promise((resolve) => setTimeout(resolve, 20));
		expect(receiver.received).toHaveLength(0);
	});

	test('of one run leaves another alone', async () => {
		const stop = new AbortController();
		const receiver = await startReceiver((_request, response) => {
			setTimeout(() => response.end('ok'), 100);
		});
		const { send } = sending();
		const [cancelled, other] = await Promise.all([
			send(receiver.origin, {}, stop.signal),
			send(receiver.origin),
			new Promise((resolve) => setTimeout(resolve, 30)).then(() => stop.abort()),
		]);
		expect(cancelled.cancelled).toBe(true);
		expect(other.statusCode).toBe(200);
	});
});

describe('an address that must not be reached', () => {
	test.each([
		['a private literal', 'http://10.0.0.1/'],
		['a literal written oddly', 'http://2130706433/'],
		['an IPv6 literal', 'http://[::1]/'],
		['localhost', 'http://localhost/'],
		['cloud metadata', 'http://169.254.169.254/latest/meta-data/'],
	])('%s ends the delivery', async (_, url) => {
		const outcome = await sending({ guard: { allowedHosts: [] } }).send(url);
		expect(outcome).toMatchObject({ error: { code: 'EGRESS_BLOCKED' }, verdict: 'dead' });
		expect(outcome.error?.message).toContain('Allowed Private Hosts');
	});

	test('is refused before anything reaches it', async () => {
		const receiver = await startReceiver();
		const { send } = sending({ guard: { allowedHosts: [] } });
		expect((await send(receiver.origin)).error?.code).toBe('EGRESS_BLOCKED');
		expect((await send(`http://localhost:${receiver.port}/`)).error?.code).toBe('EGRESS_BLOCKED');
		expect(receiver.connections).toBe(0);
	});

	test('is refused when a name has it', async () => {
		const receiver = await startReceiver();
		const guard = { allowedHosts: [], resolve: resolvesTo('127.0.0.1') };
		const outcome = await sending({ guard }).send(`http://sly.example:${receiver.port}/`);
		expect(outcome).toMatchObject({ error: { code: 'EGRESS_BLOCKED' }, verdict: 'dead' });
		expect(receiver.connections).toBe(0);
	});

	test('is refused when a name comes to have it between two looks', async () => {
		const receiver = await startReceiver();
		let looks = 0;
		const resolve = async () => {
			looks++;
			return [{ address: looks === 1 ? '127.0.0.9' : '127.0.0.1', family: 4 }];
		};
		// Only the first address is open: were the name looked up again to connect, 127.0.0.1 would get it.
		const guard = { allowedHosts: ['127.0.0.9'], resolve };
		const outcome = await sending({ guard }).send(`http://rebind.example:${receiver.port}/`);
		expect(outcome.error?.code).toBe('ECONNREFUSED');
		expect(looks).toBe(1);
		const again = await sending({ guard }).send(`http://rebind.example:${receiver.port}/`);
		expect(again.error?.code).toBe('EGRESS_BLOCKED');
		expect(receiver.connections).toBe(0);
	});

	test('is told by an error that carries its decision', () => {
		const error = new EgressError('a.example', 'why');
		expect(error).toMatchObject({ code: 'EGRESS_BLOCKED', host: 'a.example', reason: 'why' });
	});
});

describe('a kept connection', () => {
	test('that the receiver closed in the meantime costs no failure and no second request', async () => {
		const requests: string[] = [];
		const receiver = await startSocketServer((socket) => {
			socket.on('data', (data) => {
				requests.push(String(data));
				socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
				setTimeout(() => socket.end(), 10);
			});
		});
		const { send } = sending({ connections: 1 });
		for (let at = 0; at < 5; at++) {
			expect(await send(receiver.origin)).toMatchObject({ statusCode: 200 });
			await new Promise((resolve) => setTimeout(resolve, 40));
		}
		expect(requests).toHaveLength(5);
	});

	test('that breaks after the request was written is a failure: nobody knows whether it was processed', async () => {
		let requests = 0;
		const receiver = await startSocketServer((socket) => {
			socket.on('data', () => {
				requests++;
				if (requests === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
				else socket.resetAndDestroy();
			});
		});
		const { send } = sending({ connections: 1 });
		expect(await send(receiver.origin, { method: 'GET', body: undefined })).toMatchObject({
			statusCode: 200,
		});
		const outcome = await send(receiver.origin, { method: 'GET', body: undefined });
		expect(outcome.error?.code).toBe('ECONNRESET');
		expect(requests).toBe(2);
	});
});
