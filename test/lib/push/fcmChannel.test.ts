import net from 'node:net';
import { FCM_ANSWERS } from '../../../lib/push/errorTable';
import { forgetTokens } from '../../../lib/transport/oauth2/tokenStates';
import { closeDispatchers } from '../../../lib/transport/dispatcher';
import { FakeClock } from '../../support/fakeClock';
import { fcmDelivery, fcmSending, rememberingKeeper } from './support/channels';
import {
	acceptFcm,
	json,
	refuseFcm,
	startFcm,
	type FcmAnswer,
	type FcmTestServer,
} from './support/fcmServer';
import { fcmCredential, serviceAccount } from './support/keys';

let server: FcmTestServer;

beforeEach(async () => {
	forgetTokens();
	server = await startFcm();
});

afterEach(async () => {
	await closeDispatchers();
	await server.close();
});

it('an accepted notification is delivered', async () => {
	const delivery = fcmDelivery(server.origin);
	const outcome = await fcmSending(fcmCredential(server.origin)).send(delivery);
	expect(outcome).toMatchObject({ statusCode: 200, verdict: 'delivered' });
	expect(outcome.bodyExcerpt).toContain('projects/demo/messages/0:');
	const [{ path, body, headers }] = server.received;
	expect(path).toBe('/v1/projects/demo/messages:send');
	expect(body).toBe(delivery.request.body);
	expect(headers.authorization).toMatch(/^Bearer ya29\.token-\d+$/);
});

const STATUS: Record<string, number> = {
	UNAVAILABLE: 503,
	INTERNAL: 500,
	DEADLINE_EXCEEDED: 504,
	ABORTED: 409,
	UNKNOWN: 500,
	QUOTA_EXCEEDED: 429,
	RESOURCE_EXHAUSTED: 429,
	UNREGISTERED: 404,
	NOT_FOUND: 404,
	PERMISSION_DENIED: 403,
	SENDER_ID_MISMATCH: 403,
	THIRD_PARTY_AUTH_ERROR: 401,
	APNS_AUTH_ERROR: 401,
};

describe('every code, answered once by a server, leads to its class', () => {
	const codes = Object.entries(FCM_ANSWERS).filter(([, meaning]) => meaning.class !== 'refresh');
	test.each(codes)('%s', async (code, meaning) => {
		const keeper = rememberingKeeper();
		const status = STATUS[code] ?? 400;
		server.answers.push(refuseFcm(status, 'FAILED', code));
		const outcome = await fcmSending(fcmCredential(server.origin), { keeper }).send();
		expect(outcome).toMatchObject({
			statusCode: status,
			code,
			verdict: meaning.class === 'drop' || meaning.class === 'forget' ? 'dead' : 'retry',
		});
		expect(outcome.configurationError !== undefined).toBe(meaning.class === 'configuration');
		expect(keeper.forgotten.map((one) => one.code)).toEqual(
			meaning.class === 'forget' ? [code] : [],
		);
		expect(server.received).toHaveLength(1);
	});
});

it('the code of the own detail wins over the status of the error', async () => {
	server.answers.push(refuseFcm(404, 'NOT_FOUND', 'UNREGISTERED'));
	const keeper = rememberingKeeper();
	const outcome = await fcmSending(fcmCredential(server.origin), { keeper }).send();
	expect(outcome).toMatchObject({ code: 'UNREGISTERED', verdict: 'dead' });
	expect(keeper.forgotten).toHaveLength(1);
});

it('a 404 without that detail is a fault of the project and forgets nobody', async () => {
	server.answers.push(refuseFcm(404, 'NOT_FOUND'));
	const keeper = rememberingKeeper();
	const outcome = await fcmSending(fcmCredential(server.origin), { keeper }).send();
	expect(outcome.configurationError).toContain('no such project');
	expect(keeper.forgotten).toEqual([]);
});

describe('Retry-After', () => {
	test.each(['retry-after', 'Retry-After', 'RETRY-AFTER', 'rEtRy-AfTeR'])('as %s', async (name) => {
		server.answers.push(refuseFcm(429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED', { [name]: '77' }));
		const outcome = await fcmSending(fcmCredential(server.origin)).send();
		expect(outcome).toMatchObject({ verdict: 'retry', retryAfter: '77' });
	});
});

describe('the access token', () => {
	it('is asked for once, however many wait', async () => {
		const { send } = fcmSending(fcmCredential(server.origin));
		await Promise.all(Array.from({ length: 40 }, async () => await send()));
		expect(server.tokenRequests).toHaveLength(1);
		expect(server.received).toHaveLength(40);
	});

	it('is asked for with an assertion and no other credential', async () => {
		const credential = fcmCredential(server.origin);
		await fcmSending(credential).send();
		const form = new URLSearchParams(server.tokenRequests[0].body);
		expect([...form.keys()]).toEqual(['grant_type', 'assertion']);
		expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
		const [header, claims] = (form.get('assertion') ?? '')
			.split('.')
			.slice(0, 2)
			.map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object);
		expect(header).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'k1' });
		expect(claims).toMatchObject({
			iss: credential.clientEmail,
			aud: `${server.origin}/token`,
			scope: 'https://www.googleapis.com/auth/firebase.messaging',
		});
	});

	it('is renewed once when it is refused, and each notification goes out again', async () => {
		const { send } = fcmSending(fcmCredential(server.origin));
		await send();
		const old = server.received[0].headers.authorization;
		const refuse = refuseFcm(401, 'UNAUTHENTICATED');
		const byToken: FcmAnswer = (response, request) =>
			(request.headers.authorization === old ? refuse : acceptFcm)(response, request);
		server.answers.push(...Array.from({ length: 20 }, () => byToken));
		const outcomes = await Promise.all(Array.from({ length: 10 }, async () => await send()));
		expect(outcomes.map(({ verdict }) => verdict)).toEqual(outcomes.map(() => 'delivered'));
		expect(server.tokenRequests).toHaveLength(2);
		expect(old).not.toBe(server.received.at(-1)?.headers.authorization);
	});

	it('that is refused again is a fault of the service account', async () => {
		const refuse = refuseFcm(401, 'UNAUTHENTICATED');
		server.answers.push(refuse, refuse);
		const outcome = await fcmSending(fcmCredential(server.origin)).send();
		expect(outcome).toMatchObject({ verdict: 'retry', statusCode: 401 });
		expect(outcome.configurationError).toContain('service account');
	});

	it('is not renewed where the key of APNs in the project is at fault', async () => {
		server.answers.push(refuseFcm(401, 'UNAUTHENTICATED', 'THIRD_PARTY_AUTH_ERROR'));
		await fcmSending(fcmCredential(server.origin)).send();
		expect(server.tokenRequests).toHaveLength(1);
	});

	it('is renewed before it ends', async () => {
		const clock = new FakeClock();
		const { send } = fcmSending(fcmCredential(server.origin), { clock });
		await send();
		await clock.advance(3_590_000);
		await send();
		await new Promise((resolve) => setTimeout(resolve, 50));
		expect(server.tokenRequests).toHaveLength(2);
	});

	it('that is not to be had pauses the queue and says why, without showing the key', async () => {
		const credential = fcmCredential(server.origin);
		server.tokenAnswers.push((response, { body }) => {
			const assertion = new URLSearchParams(body).get('assertion');
			const error_description = `Invalid JWT Signature ${assertion}`;
			json(400, { error: 'invalid_grant', error_description })(response, {} as never);
		});
		const outcome = await fcmSending(credential).send();
		expect(outcome).toMatchObject({ verdict: 'retry', error: { code: 'TOKEN_REFUSED' } });
		expect(outcome.configurationError).toContain("the service account's key was deleted");
		const form = new URLSearchParams(server.tokenRequests[0].body);
		expect(JSON.stringify(outcome)).not.toContain(form.get('assertion'));
		expect(server.received).toHaveLength(0);
	});

	it('that cannot be asked for at the moment leaves the notification to the retry', async () => {
		server.tokenAnswers.push(json(503, {}));
		const outcome = await fcmSending(fcmCredential(server.origin)).send();
		expect(outcome).toMatchObject({ verdict: 'retry', error: { code: 'TOKEN_UNAVAILABLE' } });
		expect(outcome.configurationError).toBeUndefined();
	});
});

describe('the network', () => {
	it('a slow server costs a notification its time', async () => {
		server.answers.push(() => undefined);
		const { send } = fcmSending(fcmCredential(server.origin), { timeoutMs: 100 });
		expect(await send()).toMatchObject({ verdict: 'retry', error: { code: 'TIMEOUT' } });
		expect(await send()).toMatchObject({ verdict: 'delivered' });
	});

	it('half a refusal is none: it could mean anything', async () => {
		server.answers.push((response) => {
			response.writeHead(404, { 'content-length': '500' });
			response.write('{"error":{"status":"NOT_F');
			setTimeout(() => response.destroy(), 10);
		});
		const outcome = await fcmSending(fcmCredential(server.origin)).send();
		expect(outcome).toMatchObject({ verdict: 'retry', statusCode: undefined });
		expect(outcome.configurationError).toBeUndefined();
	});

	it('a killed connection leaves the notification to the retry', async () => {
		server.answers.push((response) => response.destroy());
		const { send } = fcmSending(fcmCredential(server.origin));
		expect(await send()).toMatchObject({ verdict: 'retry', statusCode: undefined });
		expect(await send()).toMatchObject({ verdict: 'delivered' });
	});

	it('a server that is not there leaves it to the retry', async () => {
		const probe = net.createServer().listen(0, '127.0.0.1');
		await new Promise((resolve) => probe.once('listening', resolve));
		const { port } = probe.address() as net.AddressInfo;
		await new Promise((resolve) => probe.close(resolve));
		const origin = `http://127.0.0.1:${port}`;
		const credential = fcmCredential(server.origin, { server: origin });
		const outcome = await fcmSending(credential).send();
		expect(outcome).toMatchObject({ verdict: 'retry', error: { code: 'ECONNREFUSED' } });
	});
});

it('sends what waited for another service account to the project of the present one', async () => {
	const account = serviceAccount(server.origin, { project_id: 'mended' });
	const { send } = fcmSending(fcmCredential(server.origin, { serviceAccount: account }));
	expect(await send(fcmDelivery(server.origin))).toMatchObject({ verdict: 'delivered' });
	expect(server.received.at(-1)?.path).toBe('/v1/projects/mended/messages:send');
});

it('refuses to give the credential to another server', async () => {
	const { send } = fcmSending(fcmCredential(server.origin));
	expect(await send(fcmDelivery('http://127.0.0.1:9'))).toMatchObject({
		verdict: 'dead',
		error: { code: 'CREDENTIAL_NOT_ALLOWED' },
	});
	expect(server.tokenRequests).toHaveLength(0);
});

it('redirects are not followed', async () => {
	server.answers.push((response) =>
		response.writeHead(302, { location: 'http://x.example/' }).end(),
	);
	const outcome = await fcmSending(fcmCredential(server.origin)).send();
	expect(outcome).toMatchObject({ statusCode: 302, verdict: 'retry' });
	expect(outcome.configurationError).toContain('redirects are not followed');
});
