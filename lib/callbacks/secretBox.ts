import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import { SecretUnreadableError } from './errors';

const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** Encrypts the secrets of callbacks, so that the store's file alone does not give them away. */
export interface SecretBox {
	/** @param owner the callback; a secret cannot be read as another's. */
	seal(secret: string, owner: string): string;
	/** @throws SecretUnreadableError */
	open(sealed: string, owner: string): string;
}

interface Key {
	/** Tells with which key a secret was sealed. */
	id: string;
	bytes: Buffer;
}

/**
 * A box with the given keys (AES-256-GCM).
 * @param materials at least one; the first one seals, all of them open
 * @param randomBytes gives so many bytes
 */
export function createSecretBox(
	materials: readonly (string | Buffer)[],
	randomBytes: (count: number) => Buffer,
): SecretBox {
	const keys = materials.map(keyOf);
	const [current] = keys;
	return {
		seal(secret, owner) {
			const nonce = randomBytes(NONCE_BYTES);
			const cipher = createCipheriv('aes-256-gcm', current.bytes, nonce).setAAD(Buffer.from(owner));
			const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
			const sealed = Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64');
			return [VERSION, current.id, sealed].join(':');
		},
		open(sealed, owner) {
			const [version, id, content] = sealed.split(':');
			const key = keys.find((one) => one.id === id);
			if (version !== VERSION || !key || !content) throw new SecretUnreadableError();
			try {
				return opened(Buffer.from(content, 'base64'), key.bytes, owner);
			} catch {
				throw new SecretUnreadableError();
			}
		},
	};
}

function opened(bytes: Buffer, key: Buffer, owner: string): string {
	const nonce = bytes.subarray(0, NONCE_BYTES);
	const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
	const options = { authTagLength: TAG_BYTES };
	const decipher = createDecipheriv('aes-256-gcm', key, nonce, options);
	decipher.setAAD(Buffer.from(owner)).setAuthTag(tag);
	const text = bytes.subarray(NONCE_BYTES + TAG_BYTES);
	return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8');
}

/** A key of its own, derived, so that what n8n encrypts with the same material stays apart. */
function keyOf(material: string | Buffer): Key {
	const derived = hkdfSync('sha256', material, '', 'n8n-nodes-postback callbacks', KEY_BYTES);
	const bytes = Buffer.from(derived);
	return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 8), bytes };
}

const SECRET_BYTES = 32;

/** A new signing secret, Standard Webhooks specification: `whsec_` and base64. */
export function newSigningSecret(randomBytes: (count: number) => Buffer): string {
	return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}
