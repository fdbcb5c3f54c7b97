import { tokenStateOf } from '../../../../lib/transport/oauth2/tokenStates';
import { FakeClock, settleDown } from '../../../support/fakeClock';
import { startReceiver } from '../support/servers';
import {
	ANYWHERE,
	authenticationFor,
	CLIENT_SECRET,
	forgetEverything,
	inTurn,
	issues,
	json,
	renew,
	settingsFor,
	startIssuer,
	tokenOf,
} from './support';

afterEach(forgetEverything);

/** Waits for what goes on beside the test, without letting the fake clock move. */
async function until(reached: () => boolean): Promise<void> {
	for (let turn = 0; turn < 500 && !reached(); turn++) await settleDown();
	expect(reached()).toBe(true);
}

describe('a token is asked for once', () => {
	test('by 50 deliveries at the same time', async () => {
		const issuer = await startIssuer({ expires_in: 3600 });
		const authentication = authenticationFor(issuer);
		const patches = await Promise.all(
			Array.from({ length: 50 }, async () => await authentication.apply(ANYWHERE)),
		);
		expect(new Set(patches)).toEqual(new Set([{ authorization: 'Bearer tok_issued_1' }]));
		expect(issuer.received).toHaveLength(1);
	});

	test('by executions at the same time and one after the other', async () => {
		const issuer = await startIssuer({ expires_in: 3600 });
		const tokens = await Promise.all(
			Array.from({ length: 20 }, async () => await tokenOf(authenticationFor(issuer))),
		);
		tokens.push(await tokenOf(authenticationFor(issuer)));
		expect(new Set(tokens)).toEqual(new Set(['Bearer tok_issued_1']));
		expect(issuer.received).toHaveLength(1);
	});

	test('and then given without waiting, always as the same object', async () => {
		const authentication = authenticationFor(await startIssuer());
		const patch = await authentication.apply(ANYWHERE);
		expect(authentication.apply(ANYWHERE)).toBe(patch);
	});

	test('for 50 that were refused with it', async () => {
		const issuer = await startIssuer();
		const authentications = Array.from({ length: 50 }, () => authenticationFor(issuer));
		const refused = await authentications[0].apply(ANYWHERE);
		const renewed = await Promise.all(
			authentications.map(async (one) => await renew(one, refused)),
		);
		expect(new Set(renewed)).toEqual(new Set([true]));
		expect(await tokenOf(authentications[7])).toBe('Bearer tok_issued_2');
		expect(issuer.received).toHaveLength(2);
	});

	test('for one that is refused after others have renewed it', async () => {
		const issuer = await startIssuer();
		const authentication = authenticationFor(issuer);
		const refused = await authentication.apply(ANYWHERE);
		expect(await renew(authentication, refused)).toBe(true);
		expect(await renew(authentication, refused)).toBe(true);
		expect(issuer.received).toHaveLength(2);
	});

	test('but again for other content of the credential', async () => {
		const issuer = await startIssuer();
		await tokenOf(authenticationFor(issuer));
		await tokenOf(authenticationFor(issuer, { clientSecret: 'another' }));
		expect(issuer.received).toHaveLength(2);
	});
});

describe('a lifetime', () => {
	test.each([
		['of 100 s: after 90 s', 100, 90_000],
		['of an hour: a minute before its end', 3_600, 3_540_000],
	])('%s another token is got, while the old one is used', async (_name, seconds, early) => {
		const clock = new FakeClock();
		const issuer = await startIssuer({ expires_in: seconds });
		const authentication = authenticationFor(issuer, {}, { clock });
		await tokenOf(authentication);
		await clock.advance(early - 1);
		await tokenOf(authentication);
		expect(issuer.received).toHaveLength(1);
		await clock.advance(1);
		expect(await tokenOf(authentication)).toBe('Bearer tok_issued_1');
		expect(await tokenOf(authentication)).toBe('Bearer tok_issued_1');
		await until(() => tokenStateOf(settingsFor(issuer).key).flight === undefined);
		expect(await tokenOf(authentication)).toBe('Bearer tok_issued_2');
		expect(issuer.received).toHaveLength(2);
	});

	test('that is over is never used', async () => {
		const clock = new FakeClock();
		const authentication = authenticationFor(await startIssuer({ expires_in: 100 }), {}, { clock });
		await tokenOf(authentication);
		await clock.advance(100_000);
		expect(await tokenOf(authentication)).toBe('Bearer tok_issued_2');
	});

	test('does not depend on the wall clock', async () => {
		const clock = new FakeClock();
		const issuer = await startIssuer({ expires_in: 100 });
		const authentication = authenticationFor(issuer, {}, { clock });
		await tokenOf(authentication);
		clock.setWall(clock.now() + 365 * 86_400_000);
		await tokenOf(authentication);
		expect(issuer.received).toHaveLength(1);
	});

	test('that is not told lasts until a receiver refuses the token', async () => {
		const clock = new FakeClock();
		const issuer = await startIssuer();
		const authentication = authenticationFor(issuer, {}, { clock });
		const patch = await authentication.apply(ANYWHERE);
		await clock.advance(365 * 86_400_000);
		expect(authentication.apply(ANYWHERE)).toBe(patch);
		await renew(authentication, patch);
		expect(await tokenOf(authentication)).toBe('Bearer tok_issued_2');
	});

	test('goes on when the token endpoint is down before its end', async () => {
		const clock = new FakeClock();
		const issuer = await startReceiver(
			inTurn(issues('tok_1', { expires_in: 100 }), json(503, {}), json(503, {}), issues('tok_2')),
		);
		const authentication = authenticationFor(issuer, {}, { clock });
		await tokenOf(authentication);
		await clock.advance(90_000);
		expect(await tokenOf(authentication)).toBe('Bearer tok_1');
		const state = tokenStateOf(settingsFor(issuer).key);
		await until(() => state.flight === undefined);
		expect(await tokenOf(authentication)).toBe('Bearer tok_1');
		expect(issuer.received).toHaveLength(2);
		await clock.advance(5_000);
		expect(await tokenOf(authentication)).toBe('Bearer tok_1');
		await until(() => state.flight === undefined);
		await clock.advance(5_000);
		expect(await tokenOf(authentication)).toBe('Bearer tok_2');
	});
});

test('secrets are the credential’s and every token of late, in another array when they change', async () => {
	const issuer = await startIssuer((nth) => ({ refresh_token: `ref_issued_${nth}` }));
	const authentication = authenticationFor(issuer);
	const patch = await authentication.apply(ANYWHERE);
	const { secrets } = authentication;
	expect(secrets).toEqual([CLIENT_SECRET, 'tok_issued_1', 'ref_issued_1']);
	expect(authentication.secrets).toBe(secrets);
	await renew(authentication, patch);
	expect(authentication.secrets).not.toBe(secrets);
	expect(authentication.secrets).toEqual(
		expect.arrayContaining([CLIENT_SECRET, 'tok_issued_1', 'tok_issued_2', 'ref_issued_2']),
	);
});

test('a token goes nowhere but to its scope, and is not even asked for', async () => {
	const issuer = await startIssuer();
	const authentication = authenticationFor(issuer);
	expect(() => authentication.apply(new URL('https://evil.example/'))).toThrow(
		expect.objectContaining({ code: 'CREDENTIAL_NOT_ALLOWED', verdict: 'dead' }),
	);
	expect(issuer.received).toHaveLength(0);
});
