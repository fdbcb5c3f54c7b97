import { generateKeyPairSync } from 'node:crypto';
import { readApnsCredential, type ApnsCredential } from '../../../../lib/push/apns/credential';
import { readFcmCredential, type FcmCredential } from '../../../../lib/push/fcm/serviceAccount';

/** A new key such as the developer account gives as a .p8 file. */
export function newP8(): string {
	const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** A new key such as a service account has. */
export function newRsaKey(): string {
	const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
	return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

export const P8 = newP8();
export const RSA_KEY = newRsaKey();

/** A credential for a server of the test's. */
export function apnsCredential(
	server: string,
	overrides: Record<string, unknown> = {},
): ApnsCredential {
	return readApnsCredential({
		privateKey: newP8(),
		keyId: 'KEY1234567',
		teamId: 'TEAM123456',
		bundleId: 'com.example.app',
		environment: 'production',
		server,
		...overrides,
	});
}

/** A service account's JSON, its token endpoint on a server of the test's. */
export function serviceAccount(origin: string, overrides: Record<string, unknown> = {}) {
	return {
		type: 'service_account',
		project_id: 'demo',
		private_key_id: 'k1',
		private_key: RSA_KEY,
		client_email: `sa-${Math.random()}@demo.iam.gserviceaccount.com`,
		client_id: '1',
		token_uri: `${origin}/token`,
		...overrides,
	};
}

/** A credential for a server of the test's. */
export function fcmCredential(
	origin: string,
	overrides: Record<string, unknown> = {},
): FcmCredential {
	return readFcmCredential({
		serviceAccount: serviceAccount(origin),
		server: origin,
		...overrides,
	});
}
