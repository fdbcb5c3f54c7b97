import {
	createHmac,
	createPrivateKey,
	createPublicKey,
	createSecretKey,
	sign as signWithKey,
	timingSafeEqual,
	verify as verifyWithKey,
	type KeyObject,
} from 'node:crypto';

/** Why a signature or a secret was refused. */
export type SignatureErrorCode =
	| 'SECRET_INVALID'
	| 'ID_MISSING'
	| 'TIMESTAMP_MISSING'
	| 'TIMESTAMP_INVALID'
	| 'TIMESTAMP_TOO_OLD'
	| 'TIMESTAMP_TOO_NEW'
	| 'SIGNATURE_MISSING'
	| 'SIGNATURE_MISMATCH';

/** A refusal; never holds a secret or the signature that would have been right. */
export class SignatureError extends Error {
	override readonly name = 'SignatureError';

	constructor(
		readonly code: SignatureErrorCode,
		message: string,
	) {
		super(message);
	}
}

/** Signs messages, Standard Webhooks specification. */
export interface Signer {
	/**
	 * @param timestampSeconds epoch seconds, a whole number.
	 * @param body exactly what is sent.
	 * @returns the `webhook-signature` header: one signature for each secret.
	 */
	sign(id: string, timestampSeconds: number, body: string | Buffer): string;
}

/** What came with a message. */
export interface SignedMessage {
	id: string | undefined;
	/** The header's text. */
	timestamp: string | undefined;
	/** The header's text: signatures with spaces between. */
	signature: string | undefined;
	/** The bytes as they came, before any parsing. */
	body: string | Buffer;
	/** Wall clock, epoch milliseconds. */
	now: number;
}

/** Verifies messages, Standard Webhooks specification. */
export interface Verifier {
	/** @throws SignatureError unless one of the signatures is by one of the secrets. */
	verify(message: SignedMessage): void;
}

interface SigningKey {
	label: 'v1' | 'v1a';
	/** @returns base64. @param head what is signed before the body. */
	sign(head: string, body: string | Buffer): string;
}

interface VerifyingKey {
	label: 'v1' | 'v1a';
	matches(content: Buffer, signature: Buffer): boolean;
}

/** What stands before a bare ed25519 key in DER, RFC 8410. */
const PRIVATE_KEY_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_KEY_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const KEY_BYTES = 32;

/** A header with more is somebody's attempt to keep us busy: each costs a verification. */
const MOST_SIGNATURES = 16;

/**
 * A signer with one or, during a rotation, several secrets.
 * @param secrets `whsec_…` (or its bare base64) for HMAC-SHA256, `whsk_…` for ed25519: the base64
 * of the seed, alone or followed by the public key.
 * @throws SignatureError with the code SECRET_INVALID.
 */
export function createSigner(secrets: readonly string[]): Signer {
	const keys = atLeastOne(secrets).map(signingKey);
	return {
		sign(id, timestampSeconds, body) {
			const head = `${id}.${timestampSeconds}.`;
			return keys.map((key) => `${key.label},${key.sign(head, body)}`).join(' ');
		},
	};
}

/**
 * A verifier that accepts any of the secrets.
 * @param secrets `whsec_…` (or its bare base64), `whpk_…` for ed25519; `whsk_…` serves too.
 * @param options how far the timestamp may be off, either way.
 * @throws SignatureError with the code SECRET_INVALID.
 */
export function createVerifier(
	secrets: readonly string[],
	{ toleranceSeconds = 300 }: { toleranceSeconds?: number } = {},
): Verifier {
	const keys = atLeastOne(secrets).map(verifyingKey);
	return {
		verify({ id, timestamp, signature, body, now }) {
			if (!id) throw new SignatureError('ID_MISSING', 'The header webhook-id is missing');
			checkTimestamp(timestamp, now, toleranceSeconds);
			if (!signature) {
				throw new SignatureError('SIGNATURE_MISSING', 'The header webhook-signature is missing');
			}
			const content = contentOf(`${id}.${timestamp}.`, body);
			for (const entry of signature.split(' ', MOST_SIGNATURES)) {
				const comma = entry.indexOf(',');
				const label = entry.slice(0, comma);
				const bytes = Buffer.from(entry.slice(comma + 1), 'base64');
				if (keys.some((key) => key.label === label && key.matches(content, bytes))) return;
			}
			throw new SignatureError('SIGNATURE_MISMATCH', 'No signature is by a secret known here');
		},
	};
}

function checkTimestamp(
	timestamp: string | undefined,
	now: number,
	toleranceSeconds: number,
): asserts timestamp is string {
	if (!timestamp) {
		throw new SignatureError('TIMESTAMP_MISSING', 'The header webhook-timestamp is missing');
	}
	if (!/^\d{1,15}$/.test(timestamp)) {
		throw new SignatureError(
			'TIMESTAMP_INVALID',
			'The header webhook-timestamp is no number of seconds',
		);
	}
	const age = Math.floor(now / 1_000) - Number(timestamp);
	if (age > toleranceSeconds) {
		throw new SignatureError('TIMESTAMP_TOO_OLD', `The message is ${age} s old`);
	}
	if (-age > toleranceSeconds) {
		throw new SignatureError('TIMESTAMP_TOO_NEW', `The message is ${-age} s ahead of our clock`);
	}
}

function contentOf(head: string, body: string | Buffer): Buffer {
	if (typeof body === 'string') return Buffer.from(head + body, 'utf8');
	return Buffer.concat([Buffer.from(head, 'utf8'), body]);
}

function atLeastOne(secrets: readonly string[]): readonly string[] {
	if (secrets.length > 0) return secrets;
	throw new SignatureError('SECRET_INVALID', 'At least one signing secret is needed');
}

function signingKey(secret: string, at: number): SigningKey {
	if (secret.startsWith('whpk_')) {
		throw new SignatureError(
			'SECRET_INVALID',
			`Secret ${at + 1} is a public key (whpk_), with which nothing can be signed`,
		);
	}
	if (secret.startsWith('whsk_')) {
		const key = privateKey(decode(secret, at, [KEY_BYTES, 2 * KEY_BYTES]));
		return {
			label: 'v1a',
			sign: (head, body) => signWithKey(null, contentOf(head, body), key).toString('base64'),
		};
	}
	const key = hmacKey(secret, at);
	return {
		label: 'v1',
		sign: (head, body) => createHmac('sha256', key).update(head).update(body).digest('base64'),
	};
}

function verifyingKey(secret: string, at: number): VerifyingKey {
	if (secret.startsWith('whpk_') || secret.startsWith('whsk_')) {
		const isPublic = secret.startsWith('whpk_');
		const bytes = decode(secret, at, isPublic ? [KEY_BYTES] : [KEY_BYTES, 2 * KEY_BYTES]);
		const key = isPublic ? publicKey(bytes) : createPublicKey(privateKey(bytes));
		return {
			label: 'v1a',
			matches: (content, signature) => verifyWithKey(null, content, key, signature),
		};
	}
	const key = hmacKey(secret, at);
	return {
		label: 'v1',
		matches(content, signature) {
			const expected = createHmac('sha256', key).update(content).digest();
			return signature.length === expected.length && timingSafeEqual(signature, expected);
		},
	};
}

function hmacKey(secret: string, at: number): KeyObject {
	return createSecretKey(decode(secret, at));
}

function privateKey(bytes: Buffer): KeyObject {
	const key = Buffer.concat([PRIVATE_KEY_PREFIX, bytes.subarray(0, KEY_BYTES)]);
	return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function publicKey(bytes: Buffer): KeyObject {
	const key = Buffer.concat([PUBLIC_KEY_PREFIX, bytes]);
	return createPublicKey({ key, format: 'der', type: 'spki' });
}

/** Strictly, since Node's decoder drops what it does not know and would make another key of a typo. */
function decode(secret: string, at: number, lengths?: readonly number[]): Buffer {
	const text = secret.replace(/^wh(?:sec|sk|pk)_/, '');
	if (
		!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/.test(text) ||
		text === ''
	) {
		throw new SignatureError(
			'SECRET_INVALID',
			`Secret ${at + 1} is not whsec_, whsk_ or whpk_ followed by base64`,
		);
	}
	const bytes = Buffer.from(text, 'base64');
	if (lengths && !lengths.includes(bytes.length)) {
		throw new SignatureError(
			'SECRET_INVALID',
			`Secret ${at + 1} has ${bytes.length} bytes; an ed25519 key has ${lengths.join(' or ')}`,
		);
	}
	return bytes;
}
