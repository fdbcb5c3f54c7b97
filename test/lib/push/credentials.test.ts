import { generateKeyPairSync } from 'node:crypto';
import { readApnsCredential } from '../../../lib/push/apns/credential';
import { readFcmCredential } from '../../../lib/push/fcm/serviceAccount';
import { PushSetupError } from '../../../lib/push/setupError';
import { newP8, RSA_KEY, serviceAccount } from './support/keys';

const P8 = newP8();
const good = {
	privateKey: P8,
	keyId: 'KEY1234567',
	teamId: 'TEAM123456',
	bundleId: 'com.example.app',
	environment: 'production',
};

const problemsOf = (read: () => unknown): readonly string[] => {
	try {
		read();
	} catch (error) {
		if (error instanceof PushSetupError) return error.problems;
		throw error;
	}
	return [];
};
const apns = (fields: object) => problemsOf(() => readApnsCredential({ ...good, ...fields }));
const fcm = (json: unknown) => problemsOf(() => readFcmCredential({ serviceAccount: json }));

describe('an APNs credential', () => {
	it('leads to the server of its environment', () => {
		expect(readApnsCredential(good).origin).toBe('https://api.push.apple.com');
		const sandbox = readApnsCredential({ ...good, environment: 'sandbox' });
		expect(sandbox.origin).toBe('https://api.sandbox.push.apple.com');
		const relay = readApnsCredential({ ...good, server: 'https://api.push.apple.com:2197' });
		expect(relay.origin).toBe('https://api.push.apple.com:2197');
	});

	test.each([
		['in one line, as a field without line breaks has it', P8.replaceAll('\n', ' ')],
		['with line breaks written out', P8.replaceAll('\n', '\\n')],
		['without its frame', P8.replace(/-----[^-]*-----/g, '').trim()],
		['with the line breaks of another system', P8.replaceAll('\n', '\r\n')],
	])('takes a key %s', (_name, privateKey) => {
		expect(apns({ privateKey })).toEqual([]);
	});

	const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
	const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
	test.each([
		['no key', '', 'is empty'],
		['a service account of FCM', JSON.stringify(serviceAccount('https://a.example')), 'is a JSON'],
		['an RSA key', RSA_KEY, 'is an RSA key'],
		['a key on another curve', p384.export({ type: 'pkcs8', format: 'pem' }), 'P-256'],
		['a public key', rsa.publicKey.export({ type: 'spki', format: 'pem' }), 'is a public key'],
		[
			'a certificate',
			'-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----',
			'certificate',
		],
		['a key that was cut off', P8.slice(0, 80), 'cannot be read'],
	])('refuses %s, in words', (_name, privateKey, words) => {
		const problems = apns({ privateKey });
		expect(problems).toEqual([expect.stringContaining(words)]);
		expect(problems[0]).toContain('AuthKey_');
	});

	test.each([
		['a short Key ID', { keyId: 'KEY1' }, 'Key ID has to be'],
		['a Team ID in small letters', { teamId: 'team123456' }, 'Team ID has to be'],
		['one id in both fields', { keyId: 'TEAM123456' }, 'are the same'],
		['a Bundle ID with a space', { bundleId: 'com example' }, 'Bundle ID has to be'],
		['another environment', { environment: 'staging' }, 'Environment has to be'],
		['a server with a path', { server: 'https://a.example/3' }, 'Server has to be'],
		['a server with a password', { server: 'https://u:p@a.example' }, 'Server has to be'],
	])('refuses %s', (_name, fields, words) => {
		expect(apns(fields)).toEqual([expect.stringContaining(words)]);
	});

	it('tells every problem at once and never the key', () => {
		const privateKey = P8.replace('BEGIN PRIVATE', 'BEGIN PUBLIC');
		const problems = apns({ privateKey, keyId: '', teamId: '', bundleId: '' });
		expect(problems).toHaveLength(4);
		expect(problems.join()).not.toContain(P8.split('\n')[1]);
	});
});

describe('an FCM credential', () => {
	it('takes the JSON as text or as an object', () => {
		const json = serviceAccount('https://a.example');
		expect(readFcmCredential({ serviceAccount: json }).projectId).toBe('demo');
		expect(readFcmCredential({ serviceAccount: JSON.stringify(json) })).toMatchObject({
			projectId: 'demo',
			origin: 'https://fcm.googleapis.com',
		});
	});

	it("asks Google's own token endpoint unless the JSON has another", () => {
		const { token_uri: _, ...json } = serviceAccount('https://a.example');
		const credential = readFcmCredential({ serviceAccount: json });
		expect(credential.tokenUrl.href).toBe('https://oauth2.googleapis.com/token');
	});

	const base = serviceAccount('https://a.example');
	test.each<[string, unknown, string]>([
		['nothing', '', 'is empty'],
		['the key alone', RSA_KEY, 'is a key alone'],
		['a server key of the old FCM', 'AAAAabc_-1:APA91bF', 'old FCM'],
		['an API key', 'AIzaSyAbc-123', 'is an API key'],
		['no JSON', '{ "type": ', 'is no JSON'],
		['google-services.json', { project_info: {}, client: [] }, 'google-services.json'],
		['an OAuth client', { installed: {} }, 'OAuth client'],
		['the configuration of a web app', { apiKey: 'x', projectId: 'y' }, 'web app'],
		["a user's login", { type: 'authorized_user', refresh_token: 'x' }, "user's own login"],
		['another type', { ...base, type: 'something' }, '"something"'],
		['no type', { project_id: 'demo' }, 'has no type'],
		['no client_email', { ...base, client_email: '' }, 'client_email'],
		['no project_id', { ...base, project_id: '' }, 'project_id'],
		['no private_key', { ...base, private_key: '' }, 'private_key'],
		['a key that was cut off', { ...base, private_key: RSA_KEY.slice(0, 200) }, 'cannot be read'],
		['a key of APNs', { ...base, private_key: P8 }, 'EC key, as APNs'],
	])('refuses %s, in words', (_name, json, words) => {
		const problems = fcm(json);
		expect(problems).toEqual([expect.stringContaining(words)]);
		expect(problems.join()).not.toContain(RSA_KEY.split('\n')[1]);
	});
});
