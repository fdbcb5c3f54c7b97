import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import { readOrigin, textOf } from '../apns/credential';
import { PushSetupError } from '../setupError';

/** An FCM credential as it is typed in. */
export interface FcmCredentialFields {
	/** The service account's JSON, as text or read already. */
	serviceAccount?: unknown;
	/** In place of Google's own. */
	server?: unknown;
	/** The app ids (package names) that may be sent to with it; empty: any of the project. */
	appIds?: unknown;
}

/** An FCM credential that can sign. */
export interface FcmCredential {
	readonly key: KeyObject;
	readonly keyId: string | undefined;
	readonly clientEmail: string;
	readonly projectId: string;
	readonly tokenUrl: URL;
	/** Scheme, host and port of FCM. */
	readonly origin: string;
	readonly appIds: readonly string[];
	/** What must show nowhere. */
	readonly secrets: readonly string[];
	/** Tells credentials apart by what they sign with; a hash. */
	readonly stateKey: string;
}

export const FCM_ORIGIN = 'https://fcm.googleapis.com';
const TOKEN_URL = 'https://oauth2.googleapis.com/token';
const PROJECT_ID = /^[a-z0-9][a-z0-9:.-]*$/;

const WHERE =
	"make one under Project settings > Service accounts > Generate new private key in the Firebase console, and paste the file's whole text";

/**
 * Reads an FCM credential.
 * @throws PushSetupError that names each field and what to mend, never the key
 */
export function readFcmCredential(fields: FcmCredentialFields): FcmCredential {
	const problems: string[] = [];
	const json = readJson(fields.serviceAccount, problems);
	const origin = readOrigin(fields.server, FCM_ORIGIN, problems);
	const account = json && readAccount(json, problems);
	if (problems.length > 0 || !account) throw new PushSetupError(problems);
	const stateKey = createHash('sha256')
		.update(JSON.stringify([account.clientEmail, account.text, account.tokenUrl.href]))
		.digest('base64');
	const { text, ...rest } = account;
	const bare = text.replace(/-----[^-]*-----|\s/g, '');
	return { ...rest, origin, appIds: listOf(fields.appIds), secrets: [text, bare], stateKey };
}

const listOf = (value: unknown) =>
	textOf(value)
		.split(/[\s,]+/)
		.filter((one) => one !== '');

type Json = Readonly<Record<string, unknown>>;

function readJson(value: unknown, problems: string[]): Json | undefined {
	const problem = (what: string) => {
		problems.push(`Service Account JSON ${what}; ${WHERE}`);
		return undefined;
	};
	if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
	const text = textOf(value);
	if (text === '') return problem('is empty');
	if (text.startsWith('-----BEGIN')) return problem('is a key alone, without the JSON around it');
	if (/^AAAA[\w-]+:/.test(text))
		return problem('is a server key of the old FCM, which is switched off');
	if (/^AIza[\w-]+$/.test(text)) return problem('is an API key');
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch {
		return problem('is no JSON');
	}
	if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Json;
	return problem('is no JSON object');
}

/** What people paste in place of it, and how it is told. */
const OTHER_KINDS: readonly [string, string][] = [
	['project_info', 'is google-services.json, which belongs into the Android app'],
	['installed', 'is the JSON of an OAuth client'],
	['web', 'is the JSON of an OAuth client'],
	['apiKey', 'is the configuration of a web app'],
	['refresh_token', "is a user's own login (application default credentials)"],
	['credential_source', 'is the configuration of workload identity federation'],
];

function readAccount(json: Json, problems: string[]) {
	const other = OTHER_KINDS.find(([field]) => Object.hasOwn(json, field));
	if (other) {
		problems.push(`Service Account JSON ${other[1]}; ${WHERE}`);
		return undefined;
	}
	const type = textOf(json.type);
	if (type !== 'service_account') {
		const told = type === '' ? 'has no type' : `has the type "${type.slice(0, 40)}"`;
		problems.push(`Service Account JSON ${told} in place of "service_account"; ${WHERE}`);
		return undefined;
	}
	const clientEmail = textOf(json.client_email);
	const projectId = textOf(json.project_id);
	if (!/^[^\s@]+@[^\s@]+$/.test(clientEmail)) {
		problems.push(`Service Account JSON has no client_email; ${WHERE}`);
	}
	if (!PROJECT_ID.test(projectId)) {
		problems.push(`Service Account JSON has no project_id; ${WHERE}`);
	}
	const tokenUrl = URL.parse(textOf(json.token_uri) || TOKEN_URL);
	if (!tokenUrl || !/^https?:$/.test(tokenUrl.protocol)) {
		problems.push(
			'Service Account JSON has a token_uri that is no URL; leave it as Google made it',
		);
	}
	const text = textOf(json.private_key);
	const key = readKey(text, problems);
	if (!key || !tokenUrl) return undefined;
	return {
		key,
		keyId: textOf(json.private_key_id) || undefined,
		clientEmail,
		projectId,
		tokenUrl,
		text,
	};
}

function readKey(text: string, problems: string[]): KeyObject | undefined {
	if (text === '') {
		problems.push(`Service Account JSON has no private_key; ${WHERE}`);
		return undefined;
	}
	try {
		const key = createPrivateKey(text.replaceAll('\\n', '\n'));
		if (key.asymmetricKeyType === 'rsa') return key;
		const kind = key.asymmetricKeyType === 'ec' ? 'an EC key, as APNs uses them' : 'no RSA key';
		problems.push(`private_key of the Service Account JSON is ${kind}; ${WHERE}`);
	} catch {
		problems.push(`private_key of the Service Account JSON cannot be read; ${WHERE}`);
	}
	return undefined;
}
