import { closeApnsConnections } from '../../../lib/push/apns/shared';
import { closeDispatchers } from '../../../lib/transport/dispatcher';
import { testApns, testFcm } from '../../../nodes/shared/pushCredentialTests';
import { refuse, startApns, type ApnsTestServer } from '../../lib/push/support/apnsServer';
import { json, refuseFcm, startFcm, type FcmTestServer } from '../../lib/push/support/fcmServer';
import { serviceAccount } from '../../lib/push/support/keys';
import { credentialsFor } from '../PushNotification/support';

let apns: ApnsTestServer;
let fcm: FcmTestServer;

beforeEach(async () => {
	apns = await startApns();
	fcm = await startFcm();
});

afterEach(async () => {
	closeApnsConnections();
	await closeDispatchers();
	await apns.close();
	await fcm.close();
});

type Result = { status: string; message: string };

const tryApns = async (fields: object = {}) =>
	(await testApns.call(
		{} as never,
		{ data: { ...credentialsFor(apns, fcm).postbackApnsApi, ...fields } } as never,
	)) as Result;
const tryFcm = async (fields: object = {}) =>
	(await testFcm.call(
		{} as never,
		{ data: { ...credentialsFor(apns, fcm).postbackFcmApi, ...fields } } as never,
	)) as Result;

describe('an APNs credential', () => {
	test('whose key is taken is fine: APNs complains about the device alone', async () => {
		apns.answers.push(refuse(400, 'BadDeviceToken'));
		expect(await tryApns()).toMatchObject({
			status: 'OK',
			message: expect.stringContaining('APNs takes it') as string,
		});
		const [{ headers }] = apns.received;
		expect(headers[':path']).toBe(`/3/device/${'0'.repeat(64)}`);
		expect(headers['apns-push-type']).toBe('background');
	});

	test('of another team is told apart', async () => {
		apns.answers.push(refuse(403, 'InvalidProviderToken'));
		const { status, message } = await tryApns();
		expect(status).toBe('Error');
		expect(message).toContain("the Team ID TEAM123456 is not that of the key's team");
	});

	test('for another app is told apart', async () => {
		apns.answers.push(refuse(400, 'TopicDisallowed'));
		expect((await tryApns()).message).toContain('check the Bundle ID');
	});

	test('for another environment is told apart', async () => {
		apns.answers.push(refuse(403, 'BadEnvironmentKeyIdInToken'));
		expect((await tryApns()).message).toContain('check Environment');
	});

	test('on a machine whose clock is wrong is told apart', async () => {
		apns.answers.push(refuse(403, 'ExpiredProviderToken'));
		expect((await tryApns()).message).toContain("this machine's clock");
	});

	test('that signs is fine where APNs cannot be reached, and says so', async () => {
		const { origin } = apns;
		await apns.close();
		expect(await tryApns({ server: origin })).toMatchObject({
			status: 'OK',
			message: expect.stringContaining('could not be asked') as string,
		});
		apns = await startApns();
	});

	test.each([
		['a JSON of FCM', JSON.stringify(serviceAccount('https://a.example')), 'is a JSON'],
		[
			'a wrong key',
			'-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----',
			'cannot be read',
		],
	])('with %s is refused before anything is sent', async (_name, privateKey, words) => {
		expect(await tryApns({ privateKey })).toMatchObject({
			status: 'Error',
			message: expect.stringContaining(words) as string,
		});
		expect(apns.received).toEqual([]);
	});
});

describe('an FCM credential', () => {
	test('whose key is taken is fine: FCM checks a message without sending it', async () => {
		expect(await tryFcm()).toMatchObject({
			status: 'OK',
			message: expect.stringContaining('for the project demo') as string,
		});
		expect(JSON.parse(fcm.received[0].body)).toMatchObject({ validate_only: true });
	});

	test('whose key was deleted is told apart', async () => {
		fcm.tokenAnswers.push(json(400, { error: 'invalid_grant', error_description: 'Invalid JWT' }));
		expect(await tryFcm()).toMatchObject({
			status: 'Error',
			message: expect.stringContaining('key was deleted') as string,
		});
	});

	test('that may not send for its project is told apart', async () => {
		fcm.answers.push(refuseFcm(403, 'PERMISSION_DENIED'));
		expect((await tryFcm()).message).toContain('check the service account');
	});

	test('that signs is fine where Google cannot be reached, and says so', async () => {
		fcm.tokenAnswers.push((response) => response.destroy());
		expect(await tryFcm()).toMatchObject({
			status: 'OK',
			message: expect.stringContaining('could not be asked') as string,
		});
	});

	test.each([
		['google-services.json', '{"project_info":{}}', 'google-services.json'],
		['an OAuth client', '{"installed":{}}', 'OAuth client'],
		['a key of APNs', '-----BEGIN PRIVATE KEY-----', 'is a key alone'],
	])('with %s is refused before anything is sent', async (_name, text, words) => {
		expect(await tryFcm({ serviceAccountPrivateKey: text })).toMatchObject({
			status: 'Error',
			message: expect.stringContaining(words) as string,
		});
		expect(fcm.tokenRequests).toEqual([]);
	});
});
