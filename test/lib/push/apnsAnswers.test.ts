import { judge } from '../../../lib/delivery/judge';
import { presetForKind } from '../../../lib/delivery/presets';
import { APNS_ANSWERS } from '../../../lib/push/errorTable';
import { forgetProviderTokens } from '../../../lib/push/apns/providerToken';
import { accept, refuse, startApns, type Answer, type ApnsTestServer } from './support/apnsServer';
import { apnsDelivery, apnsSending, rememberingKeeper, type ApnsSending } from './support/channels';
import { apnsCredential } from './support/keys';

let server: ApnsTestServer;
let sending: ApnsSending;

beforeEach(async () => {
	forgetProviderTokens();
	server = await startApns();
	sending = apnsSending(server);
});

afterEach(async () => {
	sending.connections.destroy();
	await server.close();
});

it('an accepted notification is delivered', async () => {
	const delivery = apnsDelivery(server.origin);
	expect(await sending.send(delivery)).toMatchObject({ statusCode: 200, verdict: 'delivered' });
	const [{ headers, body }] = server.received;
	expect(headers[':path']).toBe(new URL(delivery.request.url).pathname);
	expect(headers['apns-id']).toBe(delivery.request.headers['apns-id']);
	expect(body).toBe(delivery.request.body);
});

it('the id of the notification stays the same over attempts', async () => {
	const delivery = apnsDelivery(server.origin);
	server.answers.push(refuse(503, 'ServiceUnavailable'));
	expect(await sending.send(delivery)).toMatchObject({ verdict: 'retry' });
	await sending.send({ ...delivery, attempt: 1 });
	const ids = server.received.map(({ headers }) => headers['apns-id']);
	expect(new Set(ids).size).toBe(1);
	expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
});

const STATUS: Record<string, number> = {
	InternalServerError: 500,
	ServiceUnavailable: 503,
	Shutdown: 503,
	TooManyProviderTokenUpdates: 429,
	TooManyRequests: 429,
	Unregistered: 410,
	ExpiredToken: 410,
	PayloadTooLarge: 413,
	MethodNotAllowed: 405,
	BadPath: 404,
	InvalidProviderToken: 403,
	MissingProviderToken: 403,
	ExpiredProviderToken: 403,
	Forbidden: 403,
};

describe('every reason, answered once by a server, leads to its class', () => {
	const reasons = Object.entries(APNS_ANSWERS).filter(([, meaning]) => meaning.class !== 'refresh');
	test.each(reasons)('%s', async (reason, meaning) => {
		const keeper = rememberingKeeper();
		const one = apnsSending(server, { keeper });
		server.answers.push(refuse(STATUS[reason] ?? 400, reason));
		const outcome = await one.send();
		one.connections.destroy();
		expect(outcome).toMatchObject({
			statusCode: STATUS[reason] ?? 400,
			code: reason,
			verdict: meaning.class === 'drop' || meaning.class === 'forget' ? 'dead' : 'retry',
			reason: expect.stringContaining(reason) as string,
			bodyExcerpt: JSON.stringify({ reason }),
		});
		expect(outcome.configurationError !== undefined).toBe(meaning.class === 'configuration');
		expect(outcome.onlyThisDelivery ?? false).toBe(meaning.onlyThisDevice ?? false);
		expect(keeper.forgotten.map(({ code }) => code)).toEqual(
			meaning.class === 'forget' ? [reason] : [],
		);
		expect(server.received).toHaveLength(1);
	});
});

it('a token that was registered again after the time of the 410 is left', async () => {
	const keeper = rememberingKeeper({ environmentKnown: true, registeredAt: 2_000 });
	const one = apnsSending(server, { keeper });
	server.answers.push(refuse(410, 'Unregistered', { timestamp: 1_000 }));
	expect(await one.send()).toMatchObject({ verdict: 'dead' });
	expect(keeper.forgotten).toEqual([]);
	one.connections.destroy();
});

describe('Retry-After', () => {
	// HTTP/2 knows small letters only; what a server writes otherwise arrives in them.
	test.each(['retry-after', 'Retry-After', 'RETRY-AFTER'])('written %s', async (name) => {
		server.answers.push(refuse(429, 'TooManyRequests', { headers: { [name]: '120' } }));
		const outcome = await sending.send();
		expect(outcome.retryAfter).toBe('120');
		const standing = { attempt: 0, step: 0 };
		const judged = judge(presetForKind('push'), standing, outcome, 1_000_000, () => 0);
		expect(judged).toMatchObject({ status: 'retrying', dueAt: 1_000_000 + 120_000 });
	});
});

describe('the provider token', () => {
	it('is the same for many notifications', async () => {
		await Promise.all(Array.from({ length: 50 }, async () => await sending.send()));
		const tokens = new Set(server.received.map(({ headers }) => headers.authorization));
		expect(tokens.size).toBe(1);
		expect([...tokens][0]).toMatch(/^bearer [\w-]+\.[\w-]+\.[\w-]+$/);
	});

	it('is renewed once when APNs calls it too old, however many are under way, and each goes out again', async () => {
		await sending.send();
		const old = server.received[0].headers.authorization;
		const byToken: Answer = (stream, push) =>
			(push.headers.authorization === old ? refuse(403, 'ExpiredProviderToken') : accept)(
				stream,
				push,
			);
		server.answers.push(...Array.from({ length: 40 }, () => byToken));
		const outcomes = await Promise.all(
			Array.from({ length: 20 }, async () => await sending.send()),
		);
		expect(outcomes.map(({ verdict }) => verdict)).toEqual(outcomes.map(() => 'delivered'));
		const tokens = new Set(server.received.map(({ headers }) => headers.authorization));
		expect(tokens.size).toBe(2);
		expect(tokens.has(old)).toBe(true);
	});

	it('is not renewed again and again: a second refusal is told as a fault of the clock', async () => {
		const expired = refuse(403, 'ExpiredProviderToken');
		server.answers.push(expired, expired);
		const outcome = await sending.send();
		expect(outcome).toMatchObject({ verdict: 'retry', statusCode: 403 });
		expect(outcome.configurationError).toContain("this machine's clock");
		server.answers.push(expired);
		await sending.send();
		const tokens = new Set(server.received.map(({ headers }) => headers.authorization));
		expect(tokens.size).toBe(2);
		expect(server.received).toHaveLength(3);
	});

	it('shows in no outcome', async () => {
		server.answers.push((stream, { headers }) => {
			stream.respond({ ':status': 400 });
			stream.end(JSON.stringify({ reason: 'BadTopic', echo: headers.authorization }));
		});
		const outcome = await sending.send();
		expect(outcome.bodyExcerpt).toContain('***');
		expect(JSON.stringify(outcome)).not.toContain(
			String(server.received[0].headers.authorization).slice('bearer '.length),
		);
	});
});

it.each([
	['com.example.app', true],
	['com.example.app.voip', true],
	['com.example.app2', false],
])('sends with the credential of its own app only: %s', async (topic, isOwn) => {
	const sending = apnsSending(server);
	const before = server.received.length;
	const outcome = await sending.send(
		apnsDelivery(server.origin, { headers: { 'apns-topic': topic } }),
	);
	expect(server.received.length - before).toBe(isOwn ? 1 : 0);
	if (isOwn) return expect(outcome.verdict).toBe('delivered');
	expect(outcome).toMatchObject({
		verdict: 'dead',
		error: {
			code: 'CREDENTIAL_NOT_ALLOWED',
			message:
				'the notification was made for the app com.example.app2, and the credential is now for com.example.app',
		},
	});
	expect(outcome.configurationError).toBeUndefined();
});

it('refuses to give the credential to another server', async () => {
	const other = apnsSending(server, { credential: apnsCredential('https://127.0.0.1:9') });
	expect(await other.send()).toMatchObject({
		verdict: 'dead',
		error: { code: 'CREDENTIAL_NOT_ALLOWED' },
	});
	expect(server.received).toHaveLength(0);
});

it('what is no answer of APNs is judged by its status', async () => {
	server.answers.push((stream) => {
		stream.respond({ ':status': 502 });
		stream.end('<html>bad gateway</html>');
	});
	expect(await sending.send()).toMatchObject({ verdict: 'retry', code: 'HTTP_502' });
});
