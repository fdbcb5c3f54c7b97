import { systemClock } from '../../../lib/clock';
import type { Delivery } from '../../../lib/delivery/delivery';
import { Emitter } from '../../../lib/delivery/emitter';
import { EndpointGates } from '../../../lib/delivery/endpointGates';
import { createHttpChannel } from '../../../lib/delivery/httpChannel';
import { customizePolicy } from '../../../lib/delivery/policy';
import { createRateLimiter } from '../../../lib/delivery/rateLimiter';
import { send, type SenderOptions } from '../../../lib/delivery/sender';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { queueConsumer } from '../../../lib/store/lines';
import { findDelivery } from '../../../lib/store/look';
import { noAuthentication } from '../../../lib/transport/authentication';
import { closeDispatchers, getDispatcher } from '../../../lib/transport/dispatcher';
import { createEgressGuard } from '../../../lib/transport/egressGuard';
import { freshDelivery, inputsOf } from '../../support/senders';
import { describeStores, openTestStore, testFolder, type TestFolder } from '../../support/stores';
import { closeServers, closedPort, startReceiver, type Answer } from '../transport/support/servers';

/** The whole path with nothing replaced: store, emitter, sender and HTTP channel against a receiver. */
describeStores('from the store over HTTP to a receiver and back', () => {
	let folder: TestFolder;
	let store: DeliveryStore;
	let emitter: Emitter;

	beforeEach(async () => {
		folder = testFolder();
		store = await openTestStore(folder.path, systemClock);
		const options = senderOptions();
		emitter = new Emitter({
			store,
			clock: systemClock,
			consumer: queueConsumer('q'),
			batchSize: 100,
			longestWaitMs: 0,
			emit: async (deliveries) => {
				await send(inputsOf(deliveries), options);
				return 'success';
			},
			onError: (error) => {
				throw error;
			},
		});
		emitter.start();
	});

	afterEach(async () => {
		await emitter.stop();
		await emitter.idle();
		await store.close();
		await closeDispatchers();
		await closeServers();
		folder.remove();
	});

	function senderOptions(): SenderOptions {
		const guard = createEgressGuard({ allowedHosts: ['127.0.0.1'] });
		return {
			store,
			clock: systemClock,
			queue: 'q',
			channel: createHttpChannel({
				dispatcher: getDispatcher({ guard, connectionsPerOrigin: 10 }),
				clock: systemClock,
				authentication: noAuthentication,
				defaultTimeoutMs: 1_000,
			}),
			policyOf: () =>
				customizePolicy('httpApiDestination', { scheduleMs: [50, 50], timeoutMs: 1_000 }),
			concurrency: 10,
			limiter: createRateLimiter({ requestsPerSecond: 0, clock: systemClock }),
			signal: new AbortController().signal,
			random: Math.random,
			gates: new EndpointGates(true),
		};
	}

	const to = (url: string): Delivery =>
		freshDelivery({
			request: {
				method: 'POST',
				url,
				headers: { 'content-type': 'application/json' },
				body: '{"ä":1}',
			},
		});
	const sendFirst = async (delivery: Delivery) =>
		(await send(inputsOf([delivery]), senderOptions())).results[0];

	async function ended(id: string) {
		for (let looks = 0; looks < 300; looks++) {
			const found = await store.read(async (unit) => await findDelivery(unit, id));
			if (found?.settledAt) return found;
			await systemClock.sleep(10);
		}
		throw new Error(`${id} did not end`);
	}

	it('delivers', async () => {
		const receiver = await startReceiver();
		const delivery = to(`${receiver.origin}/hook?a=1`);
		expect(await sendFirst(delivery)).toMatchObject({
			kind: 'delivered',
			delivery: { response: { statusCode: 200, bodyExcerpt: 'ok' } },
		});
		expect(receiver.received).toMatchObject([
			{ method: 'POST', target: '/hook?a=1', headers: { 'webhook-id': delivery.id } },
		]);
		expect(receiver.received[0].body.toString()).toBe('{"ä":1}');
		expect((await ended(delivery.id)).stored).toBe('delivered');
	});

	const once =
		(first: Answer): Answer =>
		(request, response, message) => {
			if (!seen.has(message.socket.localPort ?? 0)) {
				seen.add(message.socket.localPort ?? 0);
				first(request, response, message);
			} else {
				response.end('ok');
			}
		};
	const seen = new Set<number>();

	it.each<[string, Answer, string]>([
		['a 503', (_request, response) => response.writeHead(503).end('busy'), 'HTTP_503'],
		['a reset', (_request, _response, message) => message.socket.destroy(), 'UND_ERR_SOCKET'],
		['no answer in time', () => undefined, 'TIMEOUT'],
	])('sends again after %s, with the same id and the same bytes', async (_name, first, code) => {
		const receiver = await startReceiver(once(first));
		const delivery = to(`${receiver.origin}/`);
		expect(await sendFirst(delivery)).toMatchObject({ kind: 'retrying', delivery: { attempt: 1 } });
		const found = await ended(delivery.id);
		expect(found).toMatchObject({ stored: 'delivered', delivery: { attempt: 2 } });
		expect(found.attempts).toMatchObject([
			{ number: 1, verdict: 'retrying', error_code: expect.stringMatching(new RegExp(code)) },
			{ number: 2, verdict: 'delivered', status_code: 200 },
		]);
		const [before, after] = receiver.received;
		expect(after.headers['webhook-id']).toBe(before.headers['webhook-id']);
		expect(after.body).toEqual(before.body);
		expect(receiver.received).toHaveLength(2);
	});

	it('ends when the schedule is used up', async () => {
		const port = await closedPort();
		const delivery = to(`http://127.0.0.1:${port}/`);
		await sendFirst(delivery);
		const found = await ended(delivery.id);
		expect(found).toMatchObject({ stored: 'dead', delivery: { attempt: 3 } });
		expect(found.attempts).toHaveLength(3);
	});

	it('ends at once what the guard does not let out', async () => {
		const delivery = to('http://169.254.169.254/latest/meta-data');
		expect(await sendFirst(delivery)).toMatchObject({
			kind: 'dead',
			delivery: { error: { code: 'EGRESS_BLOCKED' } },
		});
	});
});
