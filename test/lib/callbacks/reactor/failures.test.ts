import { systemClock } from '../../../../lib/clock';
import { createScrubber } from '../../../../lib/delivery/masking';
import type { Authentication } from '../../../../lib/transport/authentication';
import { getDispatcher } from '../../../../lib/transport/dispatcher';
import { oauth2Authentication } from '../../../../lib/transport/oauth2/oauth2Authentication';
import { readOAuth2Settings } from '../../../../lib/transport/oauth2/settings';
import { tokenEndpointGuard } from '../../../../lib/transport/oauth2/tokenEndpoint';
import { forgetTokens } from '../../../../lib/transport/oauth2/tokenStates';
import {
	ACCESS_TOKEN,
	API_KEY,
	PROPERTY,
	startReactorDouble,
	type ReactorDouble,
} from '../../../support/reactorDouble';
import {
	closedPort,
	startReceiver,
	startSocketServer,
	type Answer,
} from '../../transport/support/servers';
import { clientFor, endAll, errorOf, hastyClock, TIMEOUT_MS } from './support';

afterEach(async () => {
	forgetTokens();
	await endAll();
});

const changes = { url: 'https://www.example.com/hook', subscriptions: ['rule.created'] };

const status =
	(code: number, headers: Record<string, string> = {}): Answer =>
	(_request, response) => {
		const errors = [{ status: String(code), code: 'internal-error', title: 'Not Now' }];
		response.writeHead(code, headers).end(JSON.stringify({ errors }));
	};

/** The first `times` requests are answered otherwise. */
const atFirst = (times: number, answer: Answer) => (_request: unknown, nth: number) =>
	nth <= times ? answer : undefined;

describe('what may pass is tried again', () => {
	test.each([429, 500, 502, 503, 504])('a list after %i', async (code) => {
		const double = await startReactorDouble({ instead: atFirst(2, status(code)) });
		const clock = hastyClock();
		const client = clientFor(double.origin, { means: { clock } });
		expect(await client.listCallbacks(PROPERTY)).toEqual([]);
		expect(clock.waits).toEqual([375, 750]);
	});

	test.each([429, 503])('a creation after %i, which says that nothing was done', async (code) => {
		const double = await startReactorDouble({ instead: atFirst(1, status(code)) });
		await clientFor(double.origin, { means: { clock: hastyClock() } }).createCallback(
			PROPERTY,
			changes,
		);
		expect(double.callbacks.size).toBe(1);
	});

	test('a change and a deletion after 502, since they do the same again', async () => {
		const double = await startReactorDouble();
		const { id } = double.put({});
		const client = clientFor(double.origin, { means: { clock: hastyClock() } });
		let failed = 0;
		double.instead(() => (failed++ % 2 === 0 ? status(502) : undefined));
		await client.updateCallback(id, changes);
		await client.deleteCallback(id);
		expect(double.callbacks.size).toBe(0);
	});

	test('after as long as Retry-After asks for', async () => {
		const double = await startReactorDouble({
			instead: atFirst(1, status(429, { 'retry-after': '7' })),
		});
		const clock = hastyClock();
		await clientFor(double.origin, { means: { clock } }).listCallbacks(PROPERTY);
		expect(clock.waits).toEqual([7_000]);
	});

	test('a connection that was cut before the answer', async () => {
		const double = await startReactorDouble({
			instead: atFirst(1, (_request, response) => response.destroy()),
		});
		const clock = hastyClock();
		await clientFor(double.origin, { means: { clock } }).listCallbacks(PROPERTY);
		expect(clock.waits).toHaveLength(1);
	});

	test('half an answer', async () => {
		const double = await startReactorDouble({
			instead: atFirst(1, (_request, response) => {
				response.writeHead(200, { 'content-length': '1000' }).write('{"data":');
				setTimeout(() => response.destroy(), 20);
			}),
		});
		const clock = hastyClock();
		await clientFor(double.origin, { means: { clock } }).listCallbacks(PROPERTY);
		expect(clock.waits).toHaveLength(1);
	});
});

describe('there is an end to it', () => {
	test('after four tries', async () => {
		const double = await startReactorDouble({ instead: () => status(500) });
		const client = clientFor(double.origin, { means: { clock: hastyClock() } });
		const error = await errorOf(client.listCallbacks(PROPERTY));
		expect(error).toMatchObject({ kind: 'unavailable', status: 500 });
		expect(error.message).toMatch(/answered 500: Not Now \(internal-error\)$/);
		expect(double.requests()).toHaveLength(4);
	});

	test('at once when Retry-After asks for longer than anybody waits', async () => {
		const double = await startReactorDouble({
			instead: () => status(429, { 'retry-after': '3600' }),
		});
		const error = await errorOf(clientFor(double.origin).listCallbacks(PROPERTY));
		expect(error).toMatchObject({ kind: 'unavailable', retryAfterMs: 3_600_000 });
		expect(error.message).toMatch(/it asks to wait 3600 s$/);
		expect(double.requests()).toHaveLength(1);
	});

	test('at once when the execution is stopped', async () => {
		const stop = new AbortController();
		const double = await startReactorDouble({
			instead: () => {
				stop.abort();
				return status(503);
			},
		});
		const client = clientFor(double.origin, { signal: stop.signal });
		expect(await errorOf(client.listCallbacks(PROPERTY))).toMatchObject({ kind: 'unavailable' });
		expect(double.requests()).toHaveLength(1);
	});
});

describe('a creation of which nobody knows what became is not repeated', () => {
	test.each<[string, Answer, RegExp]>([
		['502', status(502), /answered 502: Not Now/],
		[
			'a connection that was cut',
			(_request, response) => response.destroy(),
			/closed the connection before it had answered; it may have been carried out all the same/,
		],
		['no answer in time', () => undefined, /did not answer in time.*look before you repeat/],
		[
			'half an answer',
			(_request, response) => {
				response.writeHead(201, { 'content-length': '1000' }).write('{"data":');
				setTimeout(() => response.destroy(), 20);
			},
			/answered 201, and the answer broke off .*may have been carried out/,
		],
		[
			'a page of HTML',
			(_request, response) => void response.writeHead(201).end('<html>'),
			/answered 201 with a page of HTML.*may have been carried out/,
		],
	])('%s', async (_name, answer, message) => {
		const server = await startReceiver(answer);
		const client = clientFor(server.origin, { means: { clock: hastyClock() } });
		const error = await errorOf(client.createCallback(PROPERTY, changes));
		expect(error.message).toMatch(message);
		expect(server.received).toHaveLength(1);
	});
});

describe('a service that is not there', () => {
	test('refuses the connection', async () => {
		const origin = `http://127.0.0.1:${await closedPort()}`;
		const clock = hastyClock();
		const client = clientFor(origin, { means: { clock } });
		const error = await errorOf(client.createCallback(PROPERTY, changes));
		expect(error).toMatchObject({ kind: 'unavailable', uncertain: false });
		expect(error.message).toMatch(/refused the connection: nothing listens there/);
	});

	test('answers too slowly', async () => {
		const server = await startReceiver(() => undefined);
		const client = clientFor(server.origin, { means: { clock: hastyClock() } });
		const error = await errorOf(client.getProperty(PROPERTY));
		expect(error.message).toMatch(new RegExp(`did not answer in time \\(${TIMEOUT_MS} ms\\)`));
	}, 15_000);

	test('answers with something that is not HTTP', async () => {
		const server = await startSocketServer((socket) => void socket.end('SSH-2.0-x\r\n\r\n'));
		const client = clientFor(server.origin, { means: { clock: hastyClock() } });
		const error = await errorOf(client.getProperty(PROPERTY));
		expect(error.message).toMatch(/something that is not HTTP/);
	});

	test('is on a host that must not be reached, which is not tried again', async () => {
		const double = await startReactorDouble();
		const clock = hastyClock();
		const client = clientFor(double.origin, { allowedHosts: [], means: { clock } });
		const error = await errorOf(client.getProperty(PROPERTY));
		expect(error.message).toMatch(/127\.0\.0\.1 may not be sent to.*Allowed Private Hosts/);
		expect(clock.waits).toEqual([]);
		expect(double.server.connections).toBe(0);
	});
});

describe('an access token', () => {
	function oauth2For(double: ReactorDouble): Authentication {
		const guard = tokenEndpointGuard({ allowedHosts: ['127.0.0.1'] });
		return oauth2Authentication({
			settings: readOAuth2Settings({
				grant: 'clientCredentials',
				accessTokenUrl: `${double.origin}/ims/token/v3`,
				clientId: API_KEY,
				clientSecret: 'p8e-secret-of-the-double',
				clientCredentialsType: 'body',
				scope: 'openid,AdobeID',
			}),
			scope: { literalOrigins: [double.origin] },
			refreshOn: [401, 407],
			means: {
				dispatcher: getDispatcher({ guard, connectionsPerOrigin: 2, proxy: 'none' }),
				clock: systemClock,
				scrubberOf: createScrubber,
			},
		});
	}

	test('is asked for once for many requests', async () => {
		const double = await startReactorDouble();
		const authentication = oauth2For(double);
		const client = clientFor(double.origin, { authentication });
		await Promise.all([1, 2, 3].map(async () => await client.listCallbacks(PROPERTY)));
		expect(double.tokensIssued).toBe(1);
	});

	test('that is refused is replaced, and the request made once more', async () => {
		const double = await startReactorDouble();
		const client = clientFor(double.origin, { authentication: oauth2For(double) });
		await client.listCallbacks(PROPERTY);
		double.acceptTokens('another_token_b81c');
		await client.createCallback(PROPERTY, changes);
		expect(double.tokensIssued).toBe(2);
		expect(double.callbacks.size).toBe(1);
	});

	test('that is refused again is not replaced for ever', async () => {
		const double = await startReactorDouble({ instead: () => status(401) });
		const client = clientFor(double.origin, { authentication: oauth2For(double) });
		const error = await errorOf(client.listCallbacks(PROPERTY));
		expect(error).toMatchObject({ kind: 'unauthorized', status: 401 });
		expect(double.requests().length).toBeLessThanOrEqual(2);
		expect(error.message).not.toContain(ACCESS_TOKEN);
	});

	test('that is not to be had says why', async () => {
		const double = await startReactorDouble();
		const authentication = oauth2For(await startReactorDouble({ apiKey: 'x' }));
		await double.server.close();
		const error = await errorOf(clientFor(double.origin, { authentication }).listCompanies());
		expect(error).toMatchObject({ kind: 'unauthorized' });
	});
});
