import { FakeClock, settleDown } from '../../../support/fakeClock';
import { sending } from '../support/sending';
import { startReceiver } from '../support/servers';
import {
	authenticationFor,
	CLIENT_SECRET,
	forgetEverything,
	json,
	PASSWORD,
	startIssuer,
	wantsToken,
} from './support';

afterEach(forgetEverything);

test('50 parallel 401s give one token request, and every delivery arrives', async () => {
	const issuer = await startIssuer({ expires_in: 3600 });
	const receiver = await startReceiver(wantsToken('tok_issued_2'));
	const senders = Array.from({ length: 50 }, () =>
		sending({ authentication: authenticationFor(issuer), connections: 50 }),
	);
	const outcomes = await Promise.all(
		senders.map(async ({ send }) => await send(`${receiver.origin}/in`)),
	);
	expect(outcomes.map(({ statusCode }) => statusCode)).toEqual(Array(50).fill(200));
	expect(issuer.received).toHaveLength(2);
});

test.each([401, 407])(
	'a %i causes one refresh and one resend within the attempt',
	async (status) => {
		const issuer = await startIssuer();
		const receiver = await startReceiver(wantsToken('tok_issued_2', status));
		const outcome = await sending({ authentication: authenticationFor(issuer) }).send(
			receiver.origin,
		);
		expect(outcome).toMatchObject({ statusCode: 200, error: undefined });
		expect(receiver.received).toHaveLength(2);
		expect(issuer.received).toHaveLength(2);
	},
);

test('a 403 does when the operator names it, and does not otherwise', async () => {
	const issuer = await startIssuer();
	const receiver = await startReceiver(wantsToken('tok_issued_2', 403));
	const { send } = sending({ authentication: authenticationFor(issuer) });
	expect((await send(receiver.origin)).statusCode).toBe(403);
	expect(issuer.received).toHaveLength(1);
	const named = authenticationFor(issuer, {}, { refreshOn: '403' });
	expect((await sending({ authentication: named }).send(receiver.origin)).statusCode).toBe(200);
});

test('no token and no secret is in an outcome, whatever a receiver repeats', async () => {
	const issuer = await startIssuer((nth) => ({ refresh_token: `ref_issued_${nth}` }));
	const all = ['tok_issued_1', 'tok_issued_2', 'ref_issued_1', CLIENT_SECRET, PASSWORD];
	const receiver = await startReceiver((_request, response) => {
		response.writeHead(401).end(`${all.join(' ')} ${btoa(all.join(' '))}`);
	});
	const authentication = authenticationFor(issuer, {
		grant: 'password',
		username: 'u',
		password: PASSWORD,
	});
	const outcome = JSON.stringify(await sending({ authentication }).send(receiver.origin));
	expect(outcome).toContain('***');
	for (const secret of all) expect(outcome).not.toContain(secret);
});

describe('a refresh that fails keeps the status', () => {
	test.each([
		['retry', json(503, {}), 'TOKEN_UNAVAILABLE', /answered 503$/],
		['dead', json(400, { error: 'invalid_grant' }), 'TOKEN_REFUSED', /says invalid_grant;/],
	] as const)('and decides: %s', async (verdict, answer, code, message) => {
		let asked = 0;
		const issuer = await startReceiver((...all) => {
			if (asked++ === 0) json(200, { access_token: 'tok_1', token_type: 'Bearer' })(...all);
			else answer(...all);
		});
		const receiver = await startReceiver(wantsToken('another'));
		const outcome = await sending({ authentication: authenticationFor(issuer) }).send(
			receiver.origin,
		);
		expect(outcome).toMatchObject({ statusCode: 401, verdict, error: { code } });
		expect(outcome.error?.message).toMatch(message);
		expect(receiver.received).toHaveLength(1);
	});
});

test('a token endpoint that never answers costs an attempt 10 s and sends nothing', async () => {
	const clock = new FakeClock();
	const issuer = await startReceiver(() => undefined);
	const receiver = await startReceiver();
	const attempt = sending({ authentication: authenticationFor(issuer, {}, { clock }) }).send(
		receiver.origin,
	);
	while (issuer.received.length === 0) await settleDown();
	await clock.advance(10_000);
	expect(await attempt).toMatchObject({
		statusCode: undefined,
		verdict: 'retry',
		error: { code: 'TOKEN_UNAVAILABLE' },
	});
	expect(receiver.connections).toBe(0);
});
