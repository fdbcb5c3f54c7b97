import { createPrivateKey, createPublicKey, verify } from 'node:crypto';
import { forgetProviderTokens, ProviderTokens } from '../../../lib/push/apns/providerToken';
import { FakeClock } from '../../support/fakeClock';
import { describeConformance } from '../delivery/conformance';
import { apnsCredential, newP8 } from './support/keys';

const MINUTE = 60_000;
const privateKey = newP8();
const credential = apnsCredential('https://a.example', { privateKey });

let clock: FakeClock;
let tokens: ProviderTokens;

beforeEach(() => {
	forgetProviderTokens();
	clock = new FakeClock();
	tokens = new ProviderTokens(credential, clock);
});

function verifies(token: string, key: string): boolean {
	const [header, claims, signature] = token.split('.');
	return verify(
		'sha256',
		Buffer.from(`${header}.${claims}`),
		{ key: createPublicKey(createPrivateKey(key)), dsaEncoding: 'ieee-p1363' },
		Buffer.from(signature, 'base64url'),
	);
}

const decoded = (token: string) =>
	token
		.split('.')
		.slice(0, 2)
		.map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object);

it('says the team, the key and when it was signed, and nothing else', async () => {
	expect(decoded(await tokens.get())).toEqual([
		{ alg: 'ES256', typ: 'JWT', kid: 'KEY1234567' },
		{ iss: 'TEAM123456', iat: clock.now() / 1_000 },
	]);
});

it('is signed with 64 raw bytes, which verify', async () => {
	const token = await tokens.get();
	expect(Buffer.from(token.split('.')[2], 'base64url')).toHaveLength(64);
	expect(verifies(token, privateKey)).toBe(true);
	expect(verifies(token, newP8())).toBe(false);
});

it('is signed once, however many ask at once', async () => {
	const all = await Promise.all(Array.from({ length: 100 }, async () => await tokens.get()));
	expect(new Set(all).size).toBe(1);
});

it('is used up to 50 minutes and then signed anew', async () => {
	const first = await tokens.get();
	await clock.advance(49 * MINUTE);
	expect(await tokens.get()).toBe(first);
	await clock.advance(MINUTE);
	expect(await tokens.get()).not.toBe(first);
});

it('is shared by all that use the same key', async () => {
	const other = new ProviderTokens(apnsCredential('https://b.example', { privateKey }), clock);
	expect(await other.get()).toBe(await tokens.get());
});

it('of another key is another one', async () => {
	const other = new ProviderTokens(apnsCredential('https://a.example'), clock);
	expect(await other.get()).not.toBe(await tokens.get());
});

it('outlives a clock that is set back', async () => {
	const first = await tokens.get();
	clock.setWall(clock.now() - 10 * 3_600_000);
	expect(await tokens.get()).toBe(first);
});

describe('a refused token', () => {
	it('is replaced once, however many were refused with it', async () => {
		const first = await tokens.get();
		const renewed = await Promise.all(
			Array.from({ length: 20 }, async () => await tokens.renew(first)),
		);
		expect(renewed).toEqual(renewed.map(() => true));
		const second = await tokens.get();
		expect(second).not.toBe(first);
		// One that was on its way with the old one goes out with the new one, without another being signed.
		expect(await tokens.renew(first)).toBe(true);
		expect(await tokens.get()).toBe(second);
	});

	it('is not replaced again within 20 minutes, which APNs would call too many', async () => {
		await tokens.renew(await tokens.get());
		const second = await tokens.get();
		await clock.advance(19 * MINUTE);
		expect(await tokens.renew(second)).toBe(false);
		expect(await tokens.get()).toBe(second);
		await clock.advance(MINUTE);
		expect(await tokens.renew(second)).toBe(true);
	});
});

interface Es256 {
	jws: string;
	pkcs8Pem_of_jwk: string;
	tampered: string;
}

describeConformance<Es256>('rfc7515-es256.json', ({ jws, pkcs8Pem_of_jwk: pem, tampered }) => {
	it('the check that our tokens pass takes the example and refuses the tampered one', () => {
		expect(verifies(jws, pem)).toBe(true);
		expect(verifies(tampered, pem)).toBe(false);
	});

	it('our token signed with its key passes it too', async () => {
		const own = apnsCredential('https://a.example', { privateKey: pem });
		expect(verifies(await new ProviderTokens(own, clock).get(), pem)).toBe(true);
	});
});
