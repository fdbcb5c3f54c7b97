import { constants } from 'node:http2';
import type { Delivery } from '../../../lib/delivery/delivery';
import { forgetProviderTokens } from '../../../lib/push/apns/providerToken';
import { FakeClock, settleDown } from '../../support/fakeClock';
import { accept, startApns, type ApnsTestServer } from './support/apnsServer';
import { apnsDelivery, apnsSending, type ApnsSending } from './support/channels';
import { startRelay } from './support/relay';

let server: ApnsTestServer;
let sending: ApnsSending;

async function begin(
	options: Parameters<typeof startApns>[0] = {},
	limits: Parameters<typeof apnsSending>[1] = {},
): Promise<void> {
	forgetProviderTokens();
	server = await startApns(options);
	sending = apnsSending(server, limits);
}

afterEach(async () => {
	sending.connections.destroy();
	await server.close();
});

const many = (count: number) => Array.from({ length: count }, () => apnsDelivery(server.origin));
const idOf = ({ request }: Delivery) => request.headers['apns-id'];
const idsReceived = () => server.received.map(({ headers }) => headers['apns-id']);

it('hundreds of notifications go over one connection', async () => {
	await begin();
	const deliveries = many(500);
	const outcomes = await Promise.all(deliveries.map(async (one) => await sending.send(one)));
	expect(outcomes.filter(({ verdict }) => verdict === 'delivered')).toHaveLength(500);
	expect(server.connections).toBe(1);
	expect(new Set(idsReceived()).size).toBe(500);
	expect(server.received).toHaveLength(500);
});

it('never more streams at once than the server takes, and another connection once the first has proved itself', async () => {
	await begin({ maxConcurrentStreams: 5 }, { mostConnections: 2 });
	let most = 0;
	const under = new Map<unknown, number>();
	for (let i = 0; i < 60; i++) {
		server.answers.push((stream, push) => {
			under.set(push.session, (under.get(push.session) ?? 0) + 1);
			most = Math.max(most, under.get(push.session) ?? 0);
			setTimeout(() => {
				under.set(push.session, (under.get(push.session) ?? 0) - 1);
				accept(stream, push);
			}, 5);
		});
	}
	const outcomes = await Promise.all(many(60).map(async (one) => await sending.send(one)));
	expect(outcomes.every(({ verdict }) => verdict === 'delivered')).toBe(true);
	expect(most).toBeLessThanOrEqual(5);
	expect(server.connections).toBe(2);
});

it('never more than so many under way over all connections', async () => {
	await begin({}, { mostStreams: 7 });
	let [now, most] = [0, 0];
	for (let i = 0; i < 40; i++) {
		server.answers.push((stream, push) => {
			most = Math.max(most, ++now);
			setTimeout(() => {
				now--;
				accept(stream, push);
			}, 3);
		});
	}
	await Promise.all(many(40).map(async (one) => await sending.send(one)));
	expect(most).toBe(7);
});

describe('GOAWAY', () => {
	it('what APNs has not looked at goes out again on another connection, once each', async () => {
		await begin();
		await sending.send();
		const deliveries = many(40);
		let seen = 0;
		const answer: (typeof server.answers)[number] = (stream, push) => {
			// Those behind the tenth are never looked at.
			if (++seen === 10) push.session.goaway(constants.NGHTTP2_NO_ERROR, stream.id);
			if (seen <= 10 || server.connections > 1) accept(stream, push);
		};
		server.answers.push(...Array.from({ length: 80 }, () => answer));
		const outcomes = await Promise.all(deliveries.map(async (one) => await sending.send(one)));
		expect(outcomes.map(({ verdict }) => verdict)).toEqual(deliveries.map(() => 'delivered'));
		expect(server.connections).toBe(2);
	});

	it('what is on its way before it is let finish', async () => {
		await begin();
		const first = sending.send();
		server.answers.push((stream, push) => {
			push.session.goaway(constants.NGHTTP2_NO_ERROR, stream.id);
			setTimeout(() => accept(stream, push), 30);
		});
		expect(await first).toMatchObject({ verdict: 'delivered' });
		expect(await sending.send()).toMatchObject({ verdict: 'delivered' });
		expect(server.connections).toBe(2);
		expect(server.received).toHaveLength(2);
	});

	it('tells what APNs says, where nothing is known of a notification', async () => {
		await begin();
		server.answers.push((_stream, { session }) => {
			const data = Buffer.from('{"reason":"BadCertificateEnvironment"}');
			session.goaway(constants.NGHTTP2_PROTOCOL_ERROR, 1, data);
			setImmediate(() => session.destroy());
		});
		const outcome = await sending.send();
		expect(outcome).toMatchObject({ verdict: 'retry', error: { code: 'ECONNRESET' } });
		expect(outcome.error?.message).toContain('BadCertificateEnvironment');
		expect(server.received).toHaveLength(1);
	});
});

describe('a reset', () => {
	it('of a stream that was refused unread sends it again', async () => {
		await begin();
		server.answers.push((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM));
		const delivery = apnsDelivery(server.origin);
		expect(await sending.send(delivery)).toMatchObject({ verdict: 'delivered' });
		expect(idsReceived()).toEqual([idOf(delivery), idOf(delivery)]);
	});

	it('again and again is given up', async () => {
		await begin();
		for (let i = 0; i < 10; i++) {
			server.answers.push((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM));
		}
		expect(await sending.send()).toMatchObject({ verdict: 'retry', error: { code: 'ECONNRESET' } });
		expect(server.received).toHaveLength(4);
	});

	it('of a stream that was looked at is not repeated in the same attempt', async () => {
		await begin();
		server.answers.push((stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
		expect(await sending.send()).toMatchObject({ verdict: 'retry', error: { code: 'ECONNRESET' } });
		expect(server.received).toHaveLength(1);
	});
});

it('a killed connection leaves what was on its way to the retry, and the rest goes over a new one', async () => {
	await begin();
	await sending.send();
	server.answers.push((_stream, { session }) => session.destroy());
	const outcome = await sending.send();
	expect(outcome).toMatchObject({ verdict: 'retry', statusCode: undefined });
	expect(outcome.error?.code).toBe('ECONNRESET');
	expect(await sending.send()).toMatchObject({ verdict: 'delivered' });
	expect(server.connections).toBe(2);
	expect(server.received).toHaveLength(3);
});

describe('half an answer', () => {
	it('of an acceptance is an acceptance', async () => {
		await begin();
		server.answers.push((stream) => {
			stream.respond({ ':status': 200 });
			setTimeout(() => stream.close(constants.NGHTTP2_INTERNAL_ERROR), 10);
		});
		expect(await sending.send()).toMatchObject({ verdict: 'delivered' });
	});

	it('of a refusal is none: it could mean anything', async () => {
		await begin();
		server.answers.push((stream, { session }) => {
			stream.respond({ ':status': 410 });
			stream.write('{"reas');
			setTimeout(() => session.destroy(), 10);
		});
		const outcome = await sending.send();
		expect(outcome).toMatchObject({ verdict: 'retry', statusCode: undefined });
		expect(outcome.error?.message).toContain('half an answer, status 410');
	});
});

describe('a slow server', () => {
	it('costs a notification its time and no more', async () => {
		await begin({}, { timeoutMs: 100 });
		server.answers.push(() => undefined);
		expect(await sending.send()).toMatchObject({ verdict: 'retry', error: { code: 'TIMEOUT' } });
		expect(await sending.send()).toMatchObject({ verdict: 'delivered' });
		expect(server.connections).toBe(1);
	});

	it('that does not answer a ping either is left for a new connection', async () => {
		const clock = new FakeClock();
		await begin();
		const relay = await startRelay(server.port);
		sending = apnsSending({ ...server, origin: relay.origin }, { clock, timeoutMs: 1_000 });
		await sending.send(apnsDelivery(relay.origin));
		relay.freeze();
		const dead = sending.send(apnsDelivery(relay.origin));
		await settleDown();
		await clock.advance(1_000);
		expect(await dead).toMatchObject({ error: { code: 'TIMEOUT' } });
		await clock.advance(5_000);
		expect(await sending.send(apnsDelivery(relay.origin))).toMatchObject({ verdict: 'delivered' });
		expect(server.connections).toBe(2);
		await relay.close();
	});
});

it('an idle connection is asked whether it is there before it is used', async () => {
	const clock = new FakeClock();
	await begin({}, { clock, timeoutMs: 60_000 });
	await sending.send();
	let pings = 0;
	for (const session of server.sessions) session.on('ping', () => pings++);
	await sending.send();
	expect(pings).toBe(0);
	await clock.advance(31_000);
	expect(await sending.send()).toMatchObject({ verdict: 'delivered' });
	expect(pings).toBe(1);
	expect(server.connections).toBe(1);
});

it('an idle connection that is gone without a word costs no notification', async () => {
	const clock = new FakeClock();
	await begin();
	const relay = await startRelay(server.port);
	sending = apnsSending({ ...server, origin: relay.origin }, { clock, timeoutMs: 60_000 });
	await sending.send(apnsDelivery(relay.origin));
	relay.freeze();
	await clock.advance(31_000);
	const sent = sending.send(apnsDelivery(relay.origin));
	await settleDown();
	await clock.advance(5_000);
	expect(await sent).toMatchObject({ verdict: 'delivered' });
	expect(server.received).toHaveLength(2);
	await relay.close();
});

it('a server that is not there fails all that wait, and is tried anew by the next', async () => {
	await begin();
	const { port } = server;
	await server.close();
	const outcomes = await Promise.all(many(20).map(async (one) => await sending.send(one)));
	expect(new Set(outcomes.map(({ error }) => error?.code))).toEqual(new Set(['ECONNREFUSED']));
	server = await startApns({ port });
	// The server shows a certificate of the same authority.
	expect(await sending.send()).toMatchObject({ verdict: 'delivered' });
});

it('a delivery whose run is cancelled says so', async () => {
	await begin();
	server.answers.push(() => undefined);
	const controller = new AbortController();
	const sent = sending.send(apnsDelivery(server.origin), controller.signal);
	setTimeout(() => controller.abort(), 50);
	expect(await sent).toMatchObject({ cancelled: true });
});
