import { Webhook } from 'standardwebhooks';
import { createSigner } from '../../../lib/delivery/signature';
import { bearerAuthentication } from '../../../lib/transport/authentication';
import { closeDispatchers } from '../../../lib/transport/dispatcher';
import { sending } from '../transport/support/sending';
import { closeServers, startReceiver } from '../transport/support/servers';

afterEach(async () => {
	await closeDispatchers();
	await closeServers();
});

const SECRET = `whsec_${Buffer.from('a secret of twenty-four b').toString('base64')}`;

test('sends the method, the target and the bytes of the body exactly', async () => {
	const receiver = await startReceiver();
	const body = '{"name":"Zoë 🎈","n":1.0}\r\n\u0000';
	const outcome = await sending().send(
		`${receiver.origin}/p/%7Ea//b?user=bob&zip=90210&c27=cln,132&e=#part`,
		{ method: 'PATCH', body },
	);
	expect(outcome.statusCode).toBe(200);
	const [request] = receiver.received;
	expect(request.method).toBe('PATCH');
	expect(request.target).toBe('/p/%7Ea//b?user=bob&zip=90210&c27=cln,132&e=');
	expect(request.body.equals(Buffer.from(body, 'utf8'))).toBe(true);
	expect(request.headers['content-length']).toBe(String(Buffer.byteLength(body)));
});

test('sends the headers as they are written, and nothing but what has to be there', async () => {
	const receiver = await startReceiver();
	await sending().send(receiver.origin, {
		headers: { 'Content-Type': 'application/json', 'X-Trace': 'a  b;c=Zoë'.replace('ë', '\xeb') },
	});
	const { rawHeaders, headers } = receiver.received[0];
	expect(rawHeaders).toEqual(expect.arrayContaining(['Content-Type', 'X-Trace']));
	expect(headers).toEqual({
		host: `127.0.0.1:${receiver.port}`,
		connection: 'keep-alive',
		'content-length': '7',
		'content-type': 'application/json',
		'x-trace': 'a  b;c=Zo\xeb',
		'user-agent': 'n8n-nodes-postback',
		'webhook-id': 'msg_0190',
	});
});

test.each(['GET', 'HEAD', 'DELETE'])(
	'sends %s without a body when there is none',
	async (method) => {
		const receiver = await startReceiver();
		const outcome = await sending().send(receiver.origin, { method, body: undefined });
		expect(outcome.statusCode).toBe(200);
		expect(receiver.received[0]).toMatchObject({ method, body: Buffer.alloc(0) });
		expect(receiver.received[0].headers).not.toHaveProperty('transfer-encoding');
	},
);

test('takes an empty body for none', async () => {
	const receiver = await startReceiver();
	await sending().send(receiver.origin, { method: 'GET', body: '' });
	expect(receiver.received[0].headers).not.toHaveProperty('content-length');
});

test('lets a delivery and the options choose the user agent', async () => {
	const receiver = await startReceiver();
	const { send } = sending({ userAgent: 'ours/1' });
	await send(receiver.origin);
	await send(receiver.origin, { headers: { 'User-Agent': 'theirs/2' } });
	expect(receiver.received.map(({ headers }) => headers['user-agent'])).toEqual([
		'ours/1',
		'theirs/2',
	]);
});

test('signs the bytes that are sent, so that standardwebhooks accepts them', async () => {
	const receiver = await startReceiver();
	const signer = createSigner([SECRET]);
	const before = Math.floor(Date.now() / 1_000);
	await sending({ signer }).send(receiver.origin, { body: '{"name":"Zoë"}' });
	const { body, headers } = receiver.received[0];
	const verify = new Webhook(SECRET);
	expect(verify.verify(body, headers as Record<string, string>)).toEqual({ name: 'Zoë' });
	expect(headers['webhook-id']).toBe('msg_0190');
	expect(Number(headers['webhook-timestamp'])).toBeGreaterThanOrEqual(before);
	expect(Number(headers['webhook-timestamp'])).toBeLessThanOrEqual(before + 5);
	const changed = Buffer.concat([body, Buffer.from(' ')]);
	expect(() => verify.verify(changed, headers as Record<string, string>)).toThrow();
});

test('signs a message with its own secret, and with the common one where it has none', async () => {
	const receiver = await startReceiver();
	const own = `whsec_${Buffer.from('a secret of its own, long enough').toString('base64')}`;
	const { send } = sending({
		signer: createSigner([SECRET]),
		signerOf: async ({ request }) =>
			await Promise.resolve(request.body === 'own' ? createSigner([own]) : undefined),
	});
	await send(receiver.origin, { body: 'own' });
	await send(receiver.origin, { body: 'common' });
	const signatureOf = (nth: number) => receiver.received[nth].headers['webhook-signature'];
	const expected = (nth: number, secret: string) =>
		createSigner([secret]).sign(
			'msg_0190',
			Number(receiver.received[nth].headers['webhook-timestamp']),
			receiver.received[nth].body,
		);
	expect(signatureOf(0)).toBe(expected(0, own));
	expect(signatureOf(1)).toBe(expected(1, SECRET));
});

test('signs a request without a body', async () => {
	const receiver = await startReceiver();
	const signer = createSigner([SECRET]);
	await sending({ signer }).send(receiver.origin, { method: 'GET', body: undefined });
	const headers = receiver.received[0].headers as Record<string, string>;
	expect(() => new Webhook(SECRET).verify('', headers)).not.toThrow();
});

describe('refuses for good, without sending,', () => {
	test.each([
		['a URL that is none', 'a.example/path', {}],
		['a scheme that is not of the web', 'ftp://127.0.0.1/', {}],
		['a user in the URL', 'http://user@127.0.0.1/', {}],
		['a password in the URL', 'http://:hush@127.0.0.1/', {}],
		['a reserved header', 'http://127.0.0.1:1/', { headers: { Host: 'other.example' } }],
		['a webhook header', 'http://127.0.0.1:1/', { headers: { 'Webhook-Id': 'x' } }],
		['a line break in a header', 'http://127.0.0.1:1/', { headers: { 'x-a': 'a\r\nb: c' } }],
		['a header name that is none', 'http://127.0.0.1:1/', { headers: { 'x a': 'b' } }],
		['a method that is none', 'http://127.0.0.1:1/', { method: 'GE T' }],
		['CONNECT', 'http://127.0.0.1:1/', { method: 'CONNECT' }],
	])('%s', async (_, url, request) => {
		const outcome = await sending().send(url, request);
		expect(outcome).toMatchObject({ error: { code: 'INVALID_REQUEST' }, verdict: 'dead' });
		expect(outcome.statusCode).toBeUndefined();
		expect(outcome.error?.message).not.toContain('hush');
	});
});

test('the credential wins over a header of the delivery, whatever its case', async () => {
	const receiver = await startReceiver();
	const authentication = bearerAuthentication('right', { allowedDomains: ['127.0.0.1'] });
	await sending({ authentication }).send(receiver.origin, {
		headers: { AUTHORIZATION: 'Bearer wrong', accept: '*/*' },
	});
	const { rawHeaders, headers } = receiver.received[0];
	expect(headers.authorization).toBe('Bearer right');
	expect(rawHeaders.filter((name) => name.toLowerCase() === 'authorization')).toHaveLength(1);
	expect(headers.accept).toBe('*/*');
});

test('reports when it began and how long it took', async () => {
	const receiver = await startReceiver((_request, response) => {
		setTimeout(() => response.end(), 50);
	});
	const before = Date.now();
	const outcome = await sending().send(receiver.origin);
	expect(outcome.startedAt).toBeGreaterThanOrEqual(before);
	expect(outcome.startedAt).toBeLessThanOrEqual(Date.now() - 40);
	expect(outcome.durationMs).toBeGreaterThanOrEqual(45);
	expect(outcome.durationMs).toBeLessThan(2_000);
});
