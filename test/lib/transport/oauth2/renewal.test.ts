import { FakeClock } from '../../../support/fakeClock';
import { startReceiver } from '../support/servers';
import {
	ANYWHERE,
	authenticationFor,
	forgetEverything,
	formOf,
	grantsOf,
	inTurn,
	issues,
	json,
	PASSWORD,
	renew,
	startIssuer,
	tokenOf,
} from './support';

afterEach(forgetEverything);

describe('a refresh token', () => {
	const password = { grant: 'password', username: 'u', password: PASSWORD } as const;

	test('is used in place of the password, and changes when the server gives another', async () => {
		const issuer = await startIssuer((nth) => ({ refresh_token: `ref_issued_${nth}` }));
		const authentication = authenticationFor(issuer, password);
		for (let nth = 1; nth <= 3; nth++) {
			await renew(authentication, await authentication.apply(ANYWHERE));
		}
		expect(grantsOf(issuer)).toEqual([
			'password',
			'refresh_token',
			'refresh_token',
			'refresh_token',
		]);
		expect(issuer.received.map((one) => formOf(one).refresh_token)).toEqual([
			undefined,
			'ref_issued_1',
			'ref_issued_2',
			'ref_issued_3',
		]);
	});

	test('stays good when a refresh brings no other', async () => {
		const issuer = await startIssuer((nth) => (nth === 1 ? { refresh_token: 'ref_only' } : {}));
		const authentication = authenticationFor(issuer, password);
		for (let nth = 1; nth <= 2; nth++) {
			await renew(authentication, await authentication.apply(ANYWHERE));
		}
		expect(formOf(issuer.received[2]).refresh_token).toBe('ref_only');
	});

	test('that is refused gives way to a fresh grant', async () => {
		const issuer = await startReceiver(
			inTurn(
				issues('tok_1', { refresh_token: 'ref_1' }),
				json(400, { error: 'invalid_grant', error_description: 'Refresh token has expired' }),
				issues('tok_2'),
			),
		);
		const authentication = authenticationFor(issuer, password);
		expect(await renew(authentication, await authentication.apply(ANYWHERE))).toBe(true);
		expect(await tokenOf(authentication)).toBe('Bearer tok_2');
		expect(grantsOf(issuer)).toEqual(['password', 'refresh_token', 'password']);
	});

	test('is not tried again after an outage, since the grant is sure', async () => {
		const clock = new FakeClock();
		const issuer = await startReceiver(
			inTurn(issues('tok_1', { refresh_token: 'ref_1' }), json(503, {}), issues('tok_2')),
		);
		const authentication = authenticationFor(issuer, password, { clock });
		const refused = await authentication.apply(ANYWHERE);
		await expect(renew(authentication, refused)).rejects.toMatchObject({ verdict: 'retry' });
		await clock.advance(5_000);
		expect(await renew(authentication, refused)).toBe(true);
		expect(grantsOf(issuer)).toEqual(['password', 'refresh_token', 'password']);
	});
});

describe('a failure', () => {
	test('is told to all that wait for it, and held for those that come after', async () => {
		const clock = new FakeClock();
		const issuer = await startReceiver(inTurn(json(503, {}), issues('tok_1')));
		const all = Array.from({ length: 20 }, () => authenticationFor(issuer, {}, { clock }));
		const told = await Promise.allSettled(all.map(tokenOf));
		for (const one of told) {
			expect(one).toMatchObject({
				status: 'rejected',
				reason: { verdict: 'retry', code: 'TOKEN_UNAVAILABLE' },
			});
		}
		await clock.advance(4_999);
		await expect(tokenOf(all[3])).rejects.toThrow(/answered 503/);
		expect(issuer.received).toHaveLength(1);
		await clock.advance(1);
		expect(await tokenOf(all[3])).toBe('Bearer tok_1');
	});

	test.each([
		['a refusal for 30 s', json(401, { error: 'invalid_client' }), 30_000],
		['an outage for as long as the server asks', json(429, {}, { 'retry-after': '20' }), 20_000],
		['and no longer than a minute', json(503, {}, { 'retry-after': '86400' }), 60_000],
	])('is held: %s', async (_name, answer, ms) => {
		const clock = new FakeClock();
		const issuer = await startReceiver(inTurn(answer, issues('tok_1')));
		const authentication = authenticationFor(issuer, {}, { clock });
		await expect(tokenOf(authentication)).rejects.toThrow();
		await clock.advance(ms - 1);
		await expect(tokenOf(authentication)).rejects.toThrow();
		expect(issuer.received).toHaveLength(1);
		await clock.advance(1);
		expect(await tokenOf(authentication)).toBe('Bearer tok_1');
	});

	test('of one content of the credential says nothing of another', async () => {
		const issuer = await startReceiver(
			inTurn(json(401, { error: 'invalid_client' }), issues('tok_1')),
		);
		await expect(tokenOf(authenticationFor(issuer))).rejects.toThrow(/invalid_client/);
		const mended = authenticationFor(issuer, { clientSecret: 'mended' });
		expect(await tokenOf(mended)).toBe('Bearer tok_1');
	});
});

describe('a receiver that refuses every token', () => {
	test('causes five token requests in a minute and no more', async () => {
		const clock = new FakeClock();
		const issuer = await startIssuer();
		const authentication = authenticationFor(issuer, {}, { clock });
		const refuse = async () => await renew(authentication, await authentication.apply(ANYWHERE));
		for (let nth = 0; nth < 5; nth++) expect(await refuse()).toBe(true);
		for (let nth = 0; nth < 20; nth++) expect(await refuse()).toBe(false);
		expect(issuer.received).toHaveLength(6);
		await clock.advance(60_000);
		expect(await refuse()).toBe(true);
	});

	test('is not sent to again when the server gives the same token', async () => {
		const authentication = authenticationFor(await startIssuer({ access_token: 'tok_same' }));
		expect(await renew(authentication, await authentication.apply(ANYWHERE))).toBe(false);
	});
});
