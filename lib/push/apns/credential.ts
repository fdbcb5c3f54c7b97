import { createPrivateKey, type KeyObject } from 'node:crypto';
import { PushSetupError } from '../setupError';

/** An APNs credential as it is typed in. */
export interface ApnsCredentialFields {
	/** The .p8 file's text. */
	privateKey?: unknown;
	keyId?: unknown;
	teamId?: unknown;
	bundleId?: unknown;
	/** production or sandbox. */
	environment?: unknown;
	/** In place of Apple's own, such as its port 2197 or a relay. */
	server?: unknown;
}

export type ApnsEnvironment = 'production' | 'sandbox';

/** An APNs credential that can sign. */
export interface ApnsCredential {
	readonly key: KeyObject;
	readonly keyId: string;
	readonly teamId: string;
	readonly bundleId: string;
	readonly environment: ApnsEnvironment;
	/** Scheme, host and port. */
	readonly origin: string;
	/** What must show nowhere. */
	readonly secrets: readonly string[];
}

/** Apple, "Sending notification requests to APNs", by environment. */
export const APNS_ORIGINS: Readonly<Record<ApnsEnvironment, string>> = Object.freeze({
	production: 'https://api.push.apple.com',
	sandbox: 'https://api.sandbox.push.apple.com',
});

const TEN_CHARACTERS = /^[A-Z0-9]{10}$/;
const BUNDLE_ID = /^[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/;

/**
 * Reads an APNs credential.
 * @throws PushSetupError that names each field and what to mend, never the key
 */
export function readApnsCredential(fields: ApnsCredentialFields): ApnsCredential {
	const problems: string[] = [];
	const privateKey = textOf(fields.privateKey);
	const key = readKey(privateKey, problems);
	const [keyId, teamId, bundleId] = [fields.keyId, fields.teamId, fields.bundleId].map(textOf);
	if (!TEN_CHARACTERS.test(keyId)) {
		problems.push(
			'Key ID has to be the 10 capital letters and digits of the key, as its file name AuthKey_….p8 has them',
		);
	}
	if (!TEN_CHARACTERS.test(teamId)) {
		problems.push(
			'Team ID has to be the 10 capital letters and digits under Membership details of the developer account',
		);
	}
	if (keyId !== '' && keyId === teamId) {
		problems.push('Key ID and Team ID are the same; each has a value of its own');
	}
	if (!BUNDLE_ID.test(bundleId)) {
		problems.push("Bundle ID has to be the app's identifier, such as com.example.app");
	}
	const environment = textOf(fields.environment) || 'production';
	if (environment !== 'production' && environment !== 'sandbox') {
		problems.push('Environment has to be production or sandbox');
	}
	const origin = readOrigin(fields.server, APNS_ORIGINS[environment as ApnsEnvironment], problems);
	if (problems.length > 0 || key === undefined) throw new PushSetupError(problems);
	return {
		key,
		keyId,
		teamId,
		bundleId,
		environment: environment as ApnsEnvironment,
		origin,
		secrets: [privateKey, bare(privateKey)],
	};
}

export const textOf = (value: unknown) => (typeof value === 'string' ? value.trim() : '');

/** A server in place of the provider's own. @returns its origin */
export function readOrigin(value: unknown, otherwise: string, problems: string[]): string {
	const text = textOf(value);
	if (text === '') return otherwise;
	const url = URL.parse(text);
	const isOrigin = url && /^https?:$/.test(url.protocol) && `${url.pathname}${url.search}` === '/';
	if (isOrigin && url.username === '' && url.password === '') return url.origin;
	problems.push('Server has to be a URL without a path, such as https://api.push.apple.com:2197');
	return otherwise;
}

const bare = (pem: string) => pem.replace(/-----[^-]*-----|\s/g, '');

/** Fields of one line take the line breaks out of a key; without its frame it is a key all the same. */
function repaired(text: string): string {
	const body = bare(text.replaceAll('\\n', '\n'));
	const lines = body.match(/.{1,64}/g) ?? [];
	return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}

const P8 = 'paste the whole text of the file AuthKey_….p8 from the developer account';

function readKey(text: string, problems: string[]): KeyObject | undefined {
	const problem = (what: string) => {
		problems.push(`Private Key ${what}; ${P8}`);
		return undefined;
	};
	if (text === '') return problem('is empty');
	if (text.startsWith('{')) return problem('is a JSON, such as that of a service account of FCM');
	if (text.includes('BEGIN CERTIFICATE')) return problem('is a certificate');
	if (text.includes('BEGIN PUBLIC KEY')) return problem('is a public key');
	if (text.includes('BEGIN ENCRYPTED')) return problem('is encrypted, which no .p8 file is');
	let key: KeyObject;
	try {
		key = createPrivateKey(/BEGIN (?:EC|RSA) /.test(text) ? text : repaired(text));
	} catch {
		return problem('cannot be read');
	}
	if (key.asymmetricKeyType === 'rsa') return problem('is an RSA key, as FCM uses them');
	if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
		return problem('is no key on the curve P-256');
	}
	return key;
}
