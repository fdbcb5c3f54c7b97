import { systemClock } from '../../../../lib/clock';
import { createEgressGuard } from '../../../../lib/transport/egressGuard';
import { closeDispatchers, getDispatcher } from '../../../../lib/transport/dispatcher';
import { requestToken } from '../../../../lib/transport/oauth2/tokenRequest';
import { requestAccessToken } from '../../../../lib/push/fcm/accessToken';
import { fcmCredential } from '../../push/support/keys';
import { connectHttp2 } from '../../../../lib/push/apns/connect';
import { openBench, newCallback, openApi, PROPERTY } from '../../callbacks/support';
import { clientFor, errorOf } from '../../callbacks/reactor/support';
import { meansFor, settingsFor } from '../oauth2/support';
import { sending } from '../support/sending';
import { closeServers, startReceiver, type TestServer } from '../support/servers';

afterEach(async () => {
	await closeDispatchers();
	await closeServers();
});

describe('a redirect to an address that must not be reached', () => {
	let inside: TestServer;
	let redirecting: TestServer;
	beforeEach(async () => {
		inside = await startReceiver();
		redirecting = await startReceiver((_request, response) => {
			// The port is another one, and only that of the redirecting server is open.
			response.writeHead(307, { location: `${inside.origin}/metadata` }).end();
		});
	});
	afterEach(() => expect(inside.connections).toBe(0));
	const opened = () => [`127.0.0.1:${redirecting.port}`];

	test.each([301, 302, 303, 307, 308])('with %i ends a delivery as a failure', async (status) => {
		const other = await startReceiver((_request, response) => {
			response.writeHead(status, { location: inside.origin }).end();
		});
		const { send } = sending({ guard: { allowedHosts: ['127.0.0.1'] } });
		expect(await send(other.origin)).toMatchObject({ statusCode: status });
	});

	test('is not followed with a client’s secret', async () => {
		const result = await requestToken(settingsFor(redirecting), meansFor(undefined, opened()));
		expect(result).toMatchObject({ ok: false, failure: { verdict: 'retry' } });
	});

	test('is not followed with an assertion of a service account', async () => {
		const guard = createEgressGuard({ allowedHosts: opened() });
		const result = await requestAccessToken(
			{ ...fcmCredential(redirecting.origin), tokenUrl: new URL(redirecting.origin) },
			{
				dispatcher: getDispatcher({ guard, connectionsPerOrigin: 1, proxy: 'none' }),
				clock: systemClock,
			},
		);
		expect(result).toMatchObject({ ok: false, failure: { verdict: 'retry' } });
	});

	test('is not followed with the credential of the callbacks API', async () => {
		const client = clientFor(redirecting.origin, { allowedHosts: opened() });
		const error = await errorOf(client.getCallback(`CB${'1'.repeat(32)}`));
		expect(error.message).toContain('redirects are not followed');
	});
});

describe('a name that changes its address', () => {
	/** Public as often as it is told, then this machine. */
	function rebinding(publicLooks: number) {
		let looks = 0;
		return async () => [
			{ address: ++looks <= publicLooks ? '93.184.216.34' : '127.0.0.1', family: 4 },
		];
	}

	test('after a callback was made is refused when a message is sent there', async () => {
		const receiver = await startReceiver();
		const resolve = rebinding(1);
		const bench = await openBench();
		const guard = createEgressGuard({ allowedHosts: [], resolve });
		const api = openApi(
			bench.serviceWith({
				rules: { allowHttp: true, checkUrl: async (url) => await guard.check(url) },
			}),
		);
		const url = `http://rebind.example:${receiver.port}/`;
		const body = newCallback({ url });
		const created = await api.call('POST', `/properties/${PROPERTY}/callbacks`, { body });
		expect(created.status).toBe(201);
		const { send } = sending({ guard: { allowedHosts: [], resolve } });
		expect(await send(url)).toMatchObject({ error: { code: 'EGRESS_BLOCKED' }, verdict: 'dead' });
		const again = await api.call('PATCH', `/callbacks/${created.json.data.id}`, { body });
		expect(again.status).toBe(422);
		expect(receiver.connections).toBe(0);
		await bench.close();
	});

	test('between the look and the connection of HTTP/2 is refused', async () => {
		const receiver = await startReceiver();
		const guard = createEgressGuard({ allowedHosts: [], resolve: rebinding(1) });
		const url = new URL(`http://rebind.example:${receiver.port}/`);
		await guard.check(url);
		const refused = await connectHttp2(url, { guard }).catch((error: unknown) => error);
		expect(refused).toMatchObject({ code: 'EGRESS_BLOCKED' });
		expect(receiver.connections).toBe(0);
	});

	test('is looked up once for a connection, so that what was judged is what is connected to', async () => {
		const receiver = await startReceiver();
		let looks = 0;
		const resolve = async () => {
			looks++;
			return [{ address: '127.0.0.1', family: 4 }];
		};
		const { send } = sending({ guard: { allowedHosts: ['127.0.0.1'], resolve } });
		await send(`http://steady.example:${receiver.port}/`);
		expect([looks, receiver.connections]).toEqual([1, 1]);
	});
});
