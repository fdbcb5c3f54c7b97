import { gzipSync } from 'node:zlib';
import { closeDispatchers } from '../../../lib/transport/dispatcher';
import { sending } from '../transport/support/sending';
import { closeServers, startReceiver, startSocketServer } from '../transport/support/servers';

afterEach(async () => {
	await closeDispatchers();
	await closeServers();
});

test('reports status and body', async () => {
	const receiver = await startReceiver((_request, response) => {
		response.writeHead(202, { 'content-type': 'application/json' }).end('{"id":1}');
	});
	const outcome = await sending().send(receiver.origin);
	expect(outcome).toMatchObject({ statusCode: 202, bodyExcerpt: '{"id":1}' });
	expect([outcome.error, outcome.reason, outcome.verdict, outcome.retryAfter]).toEqual([
		undefined,
		undefined,
		undefined,
		undefined,
	]);
});

test('reports a 503 with its Retry-After, whatever its case', async () => {
	const receiver = await startSocketServer((socket) => {
		socket.once('data', () =>
			socket.end('HTTP/1.1 503 Busy\r\nRETRY-AFTER: 120\r\nContent-Length: 4\r\n\r\nbusy'),
		);
	});
	expect(await sending().send(receiver.origin)).toMatchObject({
		statusCode: 503,
		retryAfter: '120',
		bodyExcerpt: 'busy',
	});
});

test('of two Retry-After headers the first counts', async () => {
	const receiver = await startReceiver((_request, response) => {
		response.writeHead(429, [
			['retry-after', '1'],
			['retry-after', '2'],
		]);
		response.end();
	});
	expect((await sending().send(receiver.origin)).retryAfter).toBe('1');
});

test.each([301, 302, 303, 307, 308])(
	'does not follow a %i, and says where it leads',
	async (status) => {
		const other = await startReceiver();
		const receiver = await startReceiver((_request, response) => {
			response.writeHead(status, { location: `${other.origin}/next?token=hush` }).end();
		});
		const outcome = await sending().send(receiver.origin);
		expect(outcome.statusCode).toBe(status);
		expect(outcome.reason).toBe(
			`redirects are not followed; this one leads to ${other.origin}/next?token=***`,
		);
		expect(other.received).toHaveLength(0);
	},
);

test.each([201, 299, 400, 503])('a %i with a location is no redirect', async (status) => {
	const receiver = await startReceiver((_request, response) => {
		response.writeHead(status, { location: '/x' }).end();
	});
	expect((await sending().send(receiver.origin)).reason).toBeUndefined();
});

test('a redirect without a target is one all the same', async () => {
	const receiver = await startReceiver((_request, response) => response.writeHead(302).end());
	expect((await sending().send(receiver.origin)).reason).toBe('redirects are not followed');
});

test('an early hint is not taken for the answer', async () => {
	const receiver = await startReceiver((_request, response) => {
		response.writeProcessing();
		response.writeEarlyHints({ link: '</a>; rel=preload' }, () =>
			response.writeHead(201).end('made'),
		);
	});
	expect(await sending().send(receiver.origin)).toMatchObject({
		statusCode: 201,
		bodyExcerpt: 'made',
	});
});

describe('an excerpt', () => {
	async function excerptOf(
		body: Buffer | string,
		headers: Record<string, string> = {},
	): Promise<string | undefined> {
		const receiver = await startReceiver((_request, response) => {
			response.writeHead(500, headers).end(body);
		});
		return (await sending().send(receiver.origin)).bodyExcerpt;
	}

	test('is absent when there is no body', async () => {
		expect(await excerptOf('')).toBeUndefined();
	});

	test('has at most 2,000 characters', async () => {
		expect(await excerptOf('x'.repeat(2_000))).toBe('x'.repeat(2_000));
		expect(await excerptOf('x'.repeat(50_000))).toBe('x'.repeat(2_000));
	});

	test('has 2,000 characters also where each takes three bytes', async () => {
		expect(await excerptOf('€'.repeat(30_000))).toBe('€'.repeat(2_000));
	});

	test('ends before a character that would be cut in half', async () => {
		expect(await excerptOf(`x${'🎈'.repeat(20_000)}`)).toBe(`x${'🎈'.repeat(999)}`);
	});

	test('drops the mark of the byte order', async () => {
		expect(await excerptOf('\ufefftext')).toBe('text');
	});

	test('says what was there when it is no text', async () => {
		const image = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
		expect(await excerptOf(image, { 'content-type': 'image/png; x=y' })).toBe(
			'[not text: image/png, 16 bytes]',
		);
		const latin = Buffer.from('é'.repeat(100), 'latin1');
		expect(await excerptOf(latin)).toBe('[not text, 100 bytes]');
	});

	test('says so of what is compressed, although nobody asked for that', async () => {
		const zipped = gzipSync('secret '.repeat(10));
		expect(await excerptOf(zipped, { 'content-encoding': 'gzip' })).toBe(
			`[not text: gzip, ${zipped.length} bytes]`,
		);
		expect(await excerptOf('plain', { 'content-encoding': 'identity' })).toBe('plain');
	});

	test('shows a stray byte as what it is', async () => {
		const body = Buffer.concat([Buffer.from('a'.repeat(100)), Buffer.from([0xff])]);
		expect(await excerptOf(body)).toBe(`${'a'.repeat(100)}\ufffd`);
	});
});

describe('what has a status stays one', () => {
	test('when the body is reset midway', async () => {
		const receiver = await startReceiver((_request, response) => {
			response.writeHead(200, { 'content-length': '100' });
			response.write('half an ans', () => setTimeout(() => response.destroy(), 20));
		});
		const outcome = await sending().send(receiver.origin);
		expect(outcome).toMatchObject({ statusCode: 200, bodyExcerpt: 'half an ans' });
		expect(outcome.error).toBeUndefined();
		expect(outcome.reason).toMatch(
			/^the status came, the rest of the answer did not: 127\.0\.0\.1/,
		);
	});

	test('when the body trickles on past the timeout', async () => {
		const receiver = await startReceiver((_request, response) => {
			response.writeHead(201);
			const drip = setInterval(() => response.write('.'), 5);
			response.on('close', () => clearInterval(drip));
		});
		const outcome = await sending().send(receiver.origin, { timeoutMs: 200 });
		expect(outcome.statusCode).toBe(201);
		expect(outcome.error).toBeUndefined();
		expect(outcome.bodyExcerpt).toMatch(/^\.{3,}$/);
		expect(outcome.reason).toMatch(/did not answer in time \(200 ms\)$/);
		expect(outcome.durationMs).toBeLessThan(1_000);
	});

	test('when the body stalls', async () => {
		const receiver = await startReceiver((_request, response) => {
			response.writeHead(204 + 1);
			response.flushHeaders();
		});
		const outcome = await sending().send(receiver.origin, { timeoutMs: 100 });
		expect(outcome).toMatchObject({ statusCode: 205, error: undefined });
	});

	test('when it is cancelled during the body', async () => {
		const stop = new AbortController();
		const receiver = await startReceiver((_request, response) => {
			response.writeHead(200);
			response.write('begun', () => setTimeout(() => stop.abort(), 20));
		});
		const outcome = await sending().send(receiver.origin, {}, stop.signal);
		expect(outcome).toMatchObject({ statusCode: 200, bodyExcerpt: 'begun', error: undefined });
		expect(outcome.cancelled).toBeUndefined();
	});

	test('when the body has no end: it is cut off, early and without filling memory', async () => {
		let written = 0;
		const closed = new Promise<void>((resolve) => {
			void startReceiver((_request, response) => {
				response.writeHead(200, { 'content-type': 'text/plain' });
				const chunk = Buffer.alloc(16_384, 'x');
				const pour = () => {
					while (!response.destroyed && written < 1e9) {
						written += chunk.length;
						if (!response.write(chunk)) return void response.once('drain', pour);
					}
				};
				response.on('close', resolve);
				pour();
			}).then(async (receiver) => {
				const outcome = await sending().send(receiver.origin, { timeoutMs: 4_000 });
				expect(outcome).toMatchObject({ statusCode: 200, bodyExcerpt: 'x'.repeat(2_000) });
				expect([outcome.reason, outcome.error]).toEqual([undefined, undefined]);
				expect(outcome.durationMs).toBeLessThan(2_000);
			});
		});
		await closed;
		expect(written).toBeLessThan(50_000_000);
	});
});

test('a body of up to 64 KiB leaves the connection usable, a longer one does not', async () => {
	let size = 60_000;
	const receiver = await startReceiver((_request, response) => void response.end('x'.repeat(size)));
	const { send } = sending({ connections: 1 });
	for (let at = 0; at < 3; at++) await send(receiver.origin);
	expect(receiver.connections).toBe(1);
	size = 500_000;
	await send(receiver.origin);
	await send(receiver.origin);
	expect(receiver.connections).toBeGreaterThan(1);
});
