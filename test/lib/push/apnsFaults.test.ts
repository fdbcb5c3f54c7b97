import { constants } from 'node:http2';
import fc from 'fast-check';
import { forgetProviderTokens } from '../../../lib/push/apns/providerToken';
import {
	answer200,
	DATA,
	END_HEADERS,
	frame,
	GOAWAY,
	HEADERS,
	RST_STREAM,
	settings,
	STATUS_200,
	STATUS_400,
	uint32,
} from '../transport/http2/support/frames';
import { accept, refuse, startApns, type ApnsTestServer } from './support/apnsServer';
import { apnsDelivery, apnsSending, type ApnsSending } from './support/channels';
import { startRawApns, type RawApns } from './support/rawApns';

type Limits = Parameters<typeof apnsSending>[1];

let server: ApnsTestServer | RawApns;
let sending: ApnsSending;

beforeEach(forgetProviderTokens);

afterEach(async () => {
	sending.connections.destroy();
	await server.close();
});

async function begin(
	options: Parameters<typeof startApns>[0] = {},
	limits: Limits = {},
): Promise<ApnsTestServer> {
	const started = await startApns(options);
	server = started;
	sending = apnsSending(started, limits);
	return started;
}

async function beginRaw(opening?: Buffer, limits: Limits = {}): Promise<RawApns> {
	const raw = await startRawApns(opening);
	server = raw;
	sending = apnsSending(raw, limits);
	return raw;
}

describe('a header that HTTP/2 cannot carry', () => {
	it('fails its notification for good, and no other', async () => {
		const apns = await begin();
		const bad = apnsDelivery(apns.origin, { headers: { 'apns-collapse-id': 'a\r\nb: c' } });
		const outcomes = await Promise.all(
			[apnsDelivery(apns.origin), bad, apnsDelivery(apns.origin)].map(
				async (one) => await sending.send(one),
			),
		);
		expect(outcomes.map(({ verdict }) => verdict)).toEqual(['delivered', 'dead', 'delivered']);
		expect(outcomes[1].error).toMatchObject({ code: 'INVALID_REQUEST' });
		expect(outcomes[1].error?.message).toContain('apns-collapse-id');
		expect(apns.received).toHaveLength(2);
	});

	it('in thousands of notifications holds up nothing', async () => {
		const apns = await begin();
		const headers = { 'apns-collapse-id': '€' };
		const bad = Array.from({ length: 5_000 }, () => apnsDelivery(apns.origin, { headers }));
		const outcomes = await Promise.all(
			[...bad, apnsDelivery(apns.origin)].map(async (one) => await sending.send(one)),
		);
		expect(outcomes.filter(({ verdict }) => verdict === 'dead')).toHaveLength(5_000);
		expect(outcomes.at(-1)).toMatchObject({ verdict: 'delivered' });
	});
});

describe('an answer without an end', () => {
	it('holds its place no longer than its time, though it is an acceptance', async () => {
		const raw = await beginRaw(settings([3, 1]), { timeoutMs: 300 });
		raw.answer = ({ nth, stream }) =>
			nth === 1 ? frame(HEADERS, END_HEADERS, stream, STATUS_200) : answer200(stream);
		expect(await sending.send()).toMatchObject({ verdict: 'delivered' });
		await new Promise((resolve) => setTimeout(resolve, 150));
		expect(await sending.send()).toMatchObject({ verdict: 'delivered' });
		expect(raw.connections).toBe(1);
	});

	it.each([200, 410])('of status %i is cut off', async (status) => {
		const apns = await begin();
		const closed = new Promise<number>((resolve) => {
			apns.answers.push((stream) => {
				stream.respond({ ':status': status });
				const more = () => {
					while (!stream.destroyed && stream.write('x'.repeat(10_000)));
				};
				stream.on('drain', more);
				stream.on('close', () => resolve(stream.rstCode ?? 0));
				more();
			});
		});
		const outcome = await sending.send();
		expect(outcome.verdict).toBe(status === 200 ? 'delivered' : 'retry');
		expect(await closed).toBe(constants.NGHTTP2_CANCEL);
		expect(await sending.send()).toMatchObject({ verdict: 'delivered' });
		expect(apns.connections).toBe(1);
	});
});

it('headers that repeat go over a connection once, the token and the path every time', async () => {
	const raw = await beginRaw();
	const blocks: string[] = [];
	raw.answer = ({ stream, block }) => {
		blocks.push(block.toString('latin1'));
		return answer200(stream);
	};
	const more = { 'apns-priority': '10', 'apns-expiration': '1', 'apns-collapse-id': 'c' };
	const deliveries = Array.from({ length: 3 }, () => apnsDelivery(raw.origin)).map((one) => {
		const headers: Record<string, string> = { ...one.request.headers, ...more };
		return { ...one, request: { ...one.request, headers } };
	});
	for (const one of deliveries) await sending.send(one);
	const [first, ...rest] = blocks;
	for (const name of ['apns-topic', 'apns-push-type', 'apns-priority', 'apns-id']) {
		expect(first).toContain(name);
	}
	for (const [nth, block] of rest.entries()) {
		expect(block).not.toMatch(/apns-|com\.example\.app|127\.0\.0\.1|alert/);
		expect(block).toContain(deliveries[nth + 1].request.headers['apns-id']);
		expect(block).toContain('/3/device/');
		// Never to be remembered, by its number in the static table (RFC 7541, 6.2.3).
		expect(block).toContain('\x1f\x08\x7f');
	}
});

it('headers of a refusal are read, and those that repeat are all there', async () => {
	const apns = await begin();
	apns.answers.push((stream, push) => {
		const headers = { 'Retry-After': '17', 'x-many': ['a', 'b', 'c'] };
		refuse(429, 'TooManyRequests', { headers: headers as never })(stream, push);
	});
	expect(await sending.send()).toMatchObject({ verdict: 'retry', retryAfter: '17' });
});

describe('a server that breaks HTTP/2', () => {
	it('from the start is told as such, and nothing went to it', async () => {
		const raw = await beginRaw(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
		const outcome = await sending.send();
		expect(outcome).toMatchObject({ verdict: 'retry', error: { code: 'INVALID_RESPONSE' } });
		expect(outcome.error?.message).toContain('HTTP/2 FRAME_SIZE_ERROR');
		expect(raw.connections).toBe(1);
	});

	it('and closes before its settings as well', async () => {
		await beginRaw(frame(GOAWAY, 0, 0, uint32(0, 1)));
		expect(await sending.send()).toMatchObject({ error: { code: 'INVALID_RESPONSE' } });
	});

	it('later leaves what was under way to the retry, and the next goes over a new connection', async () => {
		const raw = await beginRaw();
		raw.answer = ({ connection, stream }) =>
			connection === 1 ? frame(HEADERS, END_HEADERS, 2, STATUS_400) : answer200(stream);
		const outcome = await sending.send();
		expect(outcome).toMatchObject({ verdict: 'retry', error: { code: 'ECONNRESET' } });
		expect(outcome.error?.message).toContain('HTTP/2 PROTOCOL_ERROR');
		expect(await sending.send()).toMatchObject({ verdict: 'delivered' });
		expect(raw.connections).toBe(2);
	});

	it('in one answer only loses that one', async () => {
		const raw = await beginRaw();
		raw.answer = ({ nth, stream }) => (nth === 2 ? frame(DATA, 0, stream, 'x') : answer200(stream));
		const outcomes = await Promise.all([1, 2, 3].map(async () => await sending.send()));
		expect(outcomes.map(({ verdict }) => verdict)).toEqual(['delivered', 'retry', 'delivered']);
		expect(outcomes[1].error?.message).toContain('HTTP/2 PROTOCOL_ERROR');
		expect(raw.connections).toBe(1);
	});
});

it('a connection that takes no streams at first is waited for', async () => {
	const raw = await beginRaw(settings([3, 0]));
	raw.answer = ({ stream }) => answer200(stream);
	const sent = sending.send();
	while (raw.sockets.size === 0) await new Promise((resolve) => setTimeout(resolve, 10));
	await new Promise((resolve) => setTimeout(resolve, 50));
	for (const socket of raw.sockets) socket.write(settings([3, 1]));
	expect(await sent).toMatchObject({ verdict: 'delivered' });
	expect(raw.connections).toBe(1);
});

describe('without losing or doubling', () => {
	/** What a connection does at its nth request. */
	const fault = fc.record({
		at: fc.integer({ min: 1, max: 60 }),
		kind: fc.constantFrom('goaway', 'goaway twice', 'refuse', 'cut'),
	});

	it('whenever a server says goodbye, refuses or is cut off', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(fault, { maxLength: 3 }), async (faults) => {
				const raw = await beginRaw(settings([3, 40]));
				const processed = new Map<string, number>();
				const ended = new Set<number>();
				raw.answer = ({ connection, stream, nth, body, socket }) => {
					if (ended.has(connection)) return Buffer.alloc(0);
					const now = faults.find(({ at }, which) => which + 1 === connection && at === nth);
					if (now?.kind === 'refuse') return frame(RST_STREAM, 0, stream, uint32(7));
					processed.set(body, (processed.get(body) ?? 0) + 1);
					if (!now) return answer200(stream);
					ended.add(connection);
					if (now.kind === 'cut') {
						socket.destroy();
						return Buffer.alloc(0);
					}
					const goodbye = frame(GOAWAY, 0, 0, uint32(stream, 0));
					const notice = frame(GOAWAY, 0, 0, uint32(0x7fff_ffff, 0));
					const before = now.kind === 'goaway' ? [goodbye] : [notice, goodbye];
					return Buffer.concat([...before, answer200(stream)]);
				};
				const bodies = Array.from({ length: 150 }, (_, nth) => `{"n":${nth}}`);
				const outcomes = await Promise.all(
					bodies.map(async (body) => await sending.send(apnsDelivery(raw.origin, { body }))),
				);
				for (const [nth, { verdict }] of outcomes.entries()) {
					const times = processed.get(bodies[nth]) ?? 0;
					// Of what was cut off nobody knows; everything else has arrived, once.
					expect(times).toBeLessThanOrEqual(1);
					if (verdict === 'delivered') expect(times).toBe(1);
					else expect(faults.some(({ kind }) => kind === 'cut')).toBe(true);
				}
				sending.connections.destroy();
				await raw.close();
			}),
			{ numRuns: 20 },
		);
	}, 60_000);
});

it('an answer to what comes in one piece with others is given to each', async () => {
	const apns = await begin();
	apns.answers.push(refuse(410, 'Unregistered', { timestamp: 1 }), accept, refuse(400, 'BadTopic'));
	const outcomes = await Promise.all([1, 2, 3].map(async () => await sending.send()));
	expect(outcomes.map(({ statusCode }) => statusCode)).toEqual([410, 200, 400]);
});
