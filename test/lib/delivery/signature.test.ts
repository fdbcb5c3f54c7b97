import { generateKeyPairSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import {
	createSigner,
	createVerifier,
	SignatureError,
	type SignatureErrorCode,
	type SignedMessage,
} from '../../../lib/delivery/signature';
import { describeConformance } from './conformance';

const SECRET = `whsec_${Buffer.from('a secret of twenty-four b').toString('base64')}`;
const OTHER = `whsec_${Buffer.from('another of twenty-four by').toString('base64')}`;
const NOW = 1_700_000_000_000;
const SECONDS = NOW / 1_000;
const BODY = '{"name":"Zoë"}';

const ed25519 = (() => {
	const { publicKey, privateKey } = generateKeyPairSync('ed25519');
	const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
	const bare = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
	return {
		signing: `whsk_${seed.toString('base64')}`,
		signingWithPublic: `whsk_${Buffer.concat([seed, bare]).toString('base64')}`,
		verifying: `whpk_${bare.toString('base64')}`,
	};
})();

function message(fields: Partial<SignedMessage> = {}): SignedMessage {
	return {
		id: 'msg_1',
		timestamp: String(SECONDS),
		signature: createSigner([SECRET]).sign('msg_1', SECONDS, BODY),
		body: BODY,
		now: NOW,
		...fields,
	};
}

function refusal(act: () => void): SignatureErrorCode | undefined {
	try {
		act();
	} catch (error) {
		if (error instanceof SignatureError) return error.code;
		throw error;
	}
	return undefined;
}

const verifier = createVerifier([SECRET]);

describe('signing', () => {
	test('an example with a key that anybody can compute again', () => {
		// printf 'msg_1.1700000000.{}' | openssl dgst -sha256 -hmac key -binary | base64
		const signer = createSigner([`whsec_${Buffer.from('key').toString('base64')}`]);
		expect(signer.sign('msg_1', SECONDS, '{}')).toBe(
			'v1,XaXLFEFQ69Q4+demDWPEv5ydXczDW2mM5crCUEFcFBA=',
		);
	});

	test('signs text and its bytes alike', () => {
		const signer = createSigner([SECRET, ed25519.signing]);
		expect(signer.sign('msg_1', SECONDS, Buffer.from(BODY))).toBe(
			signer.sign('msg_1', SECONDS, BODY),
		);
	});

	test('gives one signature for each secret, in their order', () => {
		const header = createSigner([SECRET, ed25519.signing, OTHER]).sign('msg_1', SECONDS, BODY);
		expect(header.split(' ').map((one) => one.split(',')[0])).toEqual(['v1', 'v1a', 'v1']);
	});

	test('takes an ed25519 key with or without its public half', () => {
		expect(createSigner([ed25519.signingWithPublic]).sign('a', 1, 'b')).toBe(
			createSigner([ed25519.signing]).sign('a', 1, 'b'),
		);
	});

	test('is taken for right by standardwebhooks', () => {
		fc.assert(
			fc.property(
				fc.uint8Array({ minLength: 1, maxLength: 64 }),
				fc.string({ unit: 'grapheme' }),
				(key, body) => {
					const secret = `whsec_${Buffer.from(key).toString('base64')}`;
					const seconds = Math.floor(Date.now() / 1_000);
					const headers = {
						'webhook-id': 'msg_1',
						'webhook-timestamp': String(seconds),
						'webhook-signature': createSigner([OTHER, secret]).sign('msg_1', seconds, body),
					};
					new Webhook(secret).verify(body, headers, { jsonParse: false });
				},
			),
		);
	});
});

describe('verifying', () => {
	test('accepts what it should', () => {
		expect(refusal(() => verifier.verify(message()))).toBeUndefined();
	});

	test('accepts what standardwebhooks signs', () => {
		fc.assert(
			fc.property(
				fc.uint8Array({ minLength: 1, maxLength: 64 }),
				fc.string({ unit: 'grapheme' }),
				(key, body) => {
					const secret = `whsec_${Buffer.from(key).toString('base64')}`;
					const signature = new Webhook(secret).sign('msg_1', new Date(NOW), body);
					createVerifier([OTHER, secret]).verify(message({ body, signature }));
				},
			),
		);
	});

	test('accepts a secret without its prefix', () => {
		expect(refusal(() => createVerifier([SECRET.slice(6)]).verify(message()))).toBeUndefined();
	});

	test('accepts either of two secrets during a rotation', () => {
		const rotating = createVerifier([OTHER, SECRET]);
		const signature = createSigner([OTHER]).sign('msg_1', SECONDS, BODY);
		expect(refusal(() => rotating.verify(message()))).toBeUndefined();
		expect(refusal(() => rotating.verify(message({ signature })))).toBeUndefined();
	});

	test('accepts a right signature among wrong and unknown ones', () => {
		const right = message().signature;
		const signature = `v1,AAAA v2,xyz nonsense , ${right}`;
		expect(refusal(() => verifier.verify(message({ signature })))).toBeUndefined();
	});

	test.each(['verifying', 'signing', 'signingWithPublic'] as const)(
		'accepts ed25519 with the %s key',
		(which) => {
			const signature = createSigner([ed25519.signing]).sign('msg_1', SECONDS, BODY);
			expect(refusal(() => createVerifier([ed25519[which]]).verify(message({ signature })))).toBe(
				undefined,
			);
		},
	);

	test.each([300, -300])('accepts a timestamp %i s off', (off) => {
		const timestamp = SECONDS + off;
		const signature = createSigner([SECRET]).sign('msg_1', timestamp, BODY);
		expect(
			refusal(() => verifier.verify(message({ timestamp: String(timestamp), signature }))),
		).toBeUndefined();
	});

	test('accepts an empty body', () => {
		const signature = createSigner([SECRET]).sign('msg_1', SECONDS, '');
		expect(refusal(() => verifier.verify(message({ signature, body: '' })))).toBeUndefined();
	});
});

describe('refuses', () => {
	const right = message().signature ?? '';
	const late = String(SECONDS - 301);
	const early = String(SECONDS + 301);
	const cases: Array<[string, Partial<SignedMessage>, SignatureErrorCode]> = [
		['no id', { id: undefined }, 'ID_MISSING'],
		['an empty id', { id: '' }, 'ID_MISSING'],
		['no timestamp', { timestamp: undefined }, 'TIMESTAMP_MISSING'],
		['a timestamp that is a word', { timestamp: 'hello' }, 'TIMESTAMP_INVALID'],
		['a timestamp with something behind', { timestamp: `${SECONDS}x` }, 'TIMESTAMP_INVALID'],
		['a fraction', { timestamp: `${SECONDS}.5` }, 'TIMESTAMP_INVALID'],
		['a timestamp 301 s old, rightly signed', signedAt(late), 'TIMESTAMP_TOO_OLD'],
		['a timestamp 301 s ahead, rightly signed', signedAt(early), 'TIMESTAMP_TOO_NEW'],
		['no signature', { signature: undefined }, 'SIGNATURE_MISSING'],
		['an empty signature', { signature: '' }, 'SIGNATURE_MISSING'],
		['a signature without a value', { signature: 'v1,' }, 'SIGNATURE_MISMATCH'],
		['a signature cut short', { signature: right.slice(0, 12) }, 'SIGNATURE_MISMATCH'],
		['a signature without its version', { signature: right.slice(3) }, 'SIGNATURE_MISMATCH'],
		['a signature of another version', { signature: `v2,${right.slice(3)}` }, 'SIGNATURE_MISMATCH'],
		['an HMAC passed off as ed25519', { signature: `v1a,${right.slice(3)}` }, 'SIGNATURE_MISMATCH'],
		['another id', { id: 'msg_2' }, 'SIGNATURE_MISMATCH'],
		['another body', { body: `${BODY} ` }, 'SIGNATURE_MISMATCH'],
		['another time', { timestamp: String(SECONDS + 1) }, 'SIGNATURE_MISMATCH'],
		[
			'another secret',
			{ signature: createSigner([OTHER]).sign('msg_1', SECONDS, BODY) },
			'SIGNATURE_MISMATCH',
		],
		[
			'a right signature behind so many that checking them is the attack',
			{ signature: `${'v1,AAAA '.repeat(16)}${right}` },
			'SIGNATURE_MISMATCH',
		],
	];

	function signedAt(timestamp: string): Partial<SignedMessage> {
		const signature = createSigner([SECRET]).sign('msg_1', Number(timestamp), BODY);
		return { timestamp, signature };
	}

	test.each(cases)('%s', (_, fields, code) => {
		expect(refusal(() => verifier.verify(message(fields)))).toBe(code);
	});

	test('every signature of which one byte was changed', () => {
		fc.assert(
			fc.property(fc.nat({ max: 31 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
				const bytes = Buffer.from(right.slice(3), 'base64');
				bytes[at] ^= change;
				const signature = `v1,${bytes.toString('base64')}`;
				return refusal(() => verifier.verify(message({ signature }))) === 'SIGNATURE_MISMATCH';
			}),
		);
	});

	test('ed25519 signatures by another key', () => {
		const { publicKey } = generateKeyPairSync('ed25519');
		const bare = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
		const signature = createSigner([ed25519.signing]).sign('msg_1', SECONDS, BODY);
		const stranger = createVerifier([`whpk_${bare.toString('base64')}`]);
		expect(refusal(() => stranger.verify(message({ signature })))).toBe('SIGNATURE_MISMATCH');
	});

	test.each([
		['nothing', ''],
		['a prefix alone', 'whsec_'],
		['what is no base64', 'whsec_not base64'],
		['base64 with a stray character', 'whsec_AAAA*AAA'],
		['a single character', 'whsec_A'],
		['an ed25519 key of the wrong length', `whsk_${randomBytes(31).toString('base64')}`],
		['a public key', ed25519.verifying],
	])('%s as a secret to sign with', (_, secret) => {
		expect(refusal(() => createSigner([SECRET, secret]))).toBe('SECRET_INVALID');
	});

	test('a public key of the wrong length', () => {
		const secret = `whpk_${randomBytes(64).toString('base64')}`;
		expect(refusal(() => createVerifier([secret]))).toBe('SECRET_INVALID');
	});

	test('to sign or verify without any secret', () => {
		expect(refusal(() => createSigner([]))).toBe('SECRET_INVALID');
		expect(refusal(() => createVerifier([]))).toBe('SECRET_INVALID');
	});

	test('in words that hold no secret', () => {
		const secret = `whsk_${randomBytes(31).toString('base64')}`;
		expect(() => createSigner([secret])).toThrow(/^Secret 1 has 31 bytes/);
		expect(() => createSigner([SECRET, 'whsec_hush hush'])).toThrow(
			/^Secret 2 is not((?!hush).)*$/,
		);
	});
});

interface Vectors {
	sign: Array<{
		alg: string;
		secret?: string;
		keypairBase64_seedThenPublic?: string;
		id: string;
		timestamp: number;
		payload: string;
		expectedHeader: string;
	}>;
	verify: Array<{
		name: string;
		now: number;
		secretVariants?: string[];
		headers: Record<string, string>;
		payload: string;
		valid: boolean;
	}>;
	constructorErrors: Array<string | null>;
}

describeConformance<Vectors>('standard-webhooks.json', ({ sign, verify, constructorErrors }) => {
	const secret = sign[0].secret ?? '';

	test.each(sign)('signs with $alg', (one) => {
		const key = one.secret ?? `whsk_${one.keypairBase64_seedThenPublic}`;
		expect(createSigner([key]).sign(one.id, one.timestamp, one.payload)).toBe(one.expectedHeader);
	});

	test.each(verify)('$name: $valid', ({ now, headers, payload, valid, secretVariants }) => {
		for (const variant of secretVariants ?? [secret]) {
			const code = refusal(() =>
				createVerifier([variant]).verify({
					id: headers['webhook-id'],
					timestamp: headers['webhook-timestamp'],
					signature: headers['webhook-signature'],
					body: payload,
					now: now * 1_000,
				}),
			);
			expect(code === undefined).toBe(valid);
		}
	});

	test.each(constructorErrors)('refuses the secret %j', (bad) => {
		expect(() => createVerifier([bad ?? ''])).toThrow(SignatureError);
	});
});
