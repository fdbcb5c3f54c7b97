import type { IDataObject } from 'n8n-workflow';
import { closeApnsConnections } from '../../../lib/push/apns/shared';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { refuse, startApns, type ApnsTestServer } from '../../lib/push/support/apnsServer';
import { startFcm, type FcmTestServer } from '../../lib/push/support/fcmServer';
import {
	ANDROID_APP,
	APP,
	counts,
	credentialsFor,
	DEAD,
	deliveriesAt,
	DELIVERED,
	emitted,
	EXCLUDED,
	jsonAt,
	RETRY,
	runPush,
	serveQueue,
	type PushRun,
} from './support';

let apns: ApnsTestServer;
let fcm: FcmTestServer;
let store: DeliveryStore;
let workflowId: string;
let profile: string;
let runs = 0;

beforeEach(async () => {
	apns = await startApns();
	fcm = await startFcm();
	workflowId = `push-${++runs}`;
	profile = `profile-${runs}`;
	store = await serveQueue(workflowId);
});

afterEach(async () => {
	closeApnsConnections();
	await apns.close();
	await fcm.close();
});

const hex = (letter: string) => `${letter.repeat(60)}${String(runs).padStart(4, '0')}`;

const register = async (token: string, platform = 'apns', appId = APP) =>
	await runPush({
		parameters: {
			operation: 'registerToken',
			registrationFrom: 'fields',
			appId: platform === 'fcm' ? ANDROID_APP : appId,
			tokenPlatform: platform,
			token,
			identity: `ecid-${token}`,
			profile,
		},
		workflowId,
	});

const send = async (run: PushRun = {}) =>
	await runPush({
		credentials: credentialsFor(apns, fcm),
		workflowId,
		items: [{ profileKey: profile, name: 'Ada' }],
		...run,
		parameters: {
			profileKey: '={{ $json.profileKey }}',
			title: 'Hello {name}',
			body: 'There',
			trackingData: true,
			messageId: 'm1',
			...run.parameters,
		},
	});

const report = async () =>
	jsonAt(
		await runPush({
			parameters: { operation: 'report', reportMessageId: 'm1' },
			workflowId,
		}),
	);

const feedbackIn = (json: IDataObject) =>
	(
		json.feedback as unknown as {
			_experience: {
				customerJourneyManagement: { messageDeliveryfeedback: { feedbackStatus: string } };
			};
		}
	)._experience.customerJourneyManagement.messageDeliveryfeedback;

test('three devices of a profile: one is gone, one has to wait, one has it', async () => {
	await register(hex('a'));
	await register(hex('b'));
	await register(`android-${runs}`, 'fcm');
	const answer: (typeof apns.answers)[number] = (stream, push) => {
		const isGone = push.headers[':path']?.endsWith(hex('a'));
		const wait = refuse(429, 'TooManyRequests', { headers: { 'retry-after': '60' } });
		(isGone ? refuse(410, 'Unregistered', { timestamp: Date.now() + 1_000 }) : wait)(stream, push);
	};
	apns.answers.push(answer, answer);
	const before = await report();
	const run = await send();
	expect(run.error).toBeUndefined();
	expect(counts(run)).toEqual([1, 1, 1, 0]);
	const [delivered] = jsonAt(run, DELIVERED);
	expect(delivered).toMatchObject({
		name: 'Ada',
		push: { messageId: 'm1', platform: 'fcm', profileKey: profile },
	});
	expect(feedbackIn(delivered).feedbackStatus).toBe('sent');
	expect(feedbackIn(jsonAt(run, RETRY)[0]).feedbackStatus).toBe('delay');
	expect(feedbackIn(jsonAt(run, DEAD)[0])).toMatchObject({
		feedbackStatus: 'bounce',
		messageFailure: { code: 'Unregistered', type: 'hard' },
	});
	const body = JSON.parse(fcm.received[0].body) as { message: { android: { data: IDataObject } } };
	expect(body.message.android.data.adb_title).toBe('Hello Ada');

	const after = await report();
	const grown = (platform: string, count: string) => {
		const of = (lines: IDataObject[]) =>
			Number(lines.find((line) => line.platform === platform)?.[count] ?? 0);
		return of(after) - of(before);
	};
	expect(['targeted', 'bounced', 'waiting', 'sent'].map((one) => grown('apns', one))).toEqual([
		2, 1, 1, 0,
	]);
	expect(['targeted', 'sent'].map((one) => grown('fcm', one))).toEqual([1, 1]);

	const [gone] = jsonAt(
		await runPush({ parameters: { operation: 'getDevices', deviceProfile: profile }, workflowId }),
	).filter((device) => device.denylisted);
	expect(gone).toMatchObject({ token: hex('a'), platform: 'apns' });
	expect(gone.denylistedReason).toContain('Unregistered');
});

test('a retry comes back from the queue and is told with the same message', async () => {
	await register(hex('a'));
	apns.answers.push(refuse(503, 'ServiceUnavailable'));
	const first = await send();
	expect(counts(first)).toEqual([0, 1, 0, 0]);
	const [{ id }] = deliveriesAt(first, RETRY);
	await store.write(
		async ({ db }) =>
			await db.updateTable('deliveries').set({ due_at: 0 }).where('id', '=', id).execute(),
	);
	await store.write(
		async ({ db }) => await db.updateTable('lanes').set({ next_due_at: 0, ready_at: 0 }).execute(),
	);
	const items = await emitted(store, workflowId);
	expect(items).toHaveLength(1);
	const second = await send({ items });
	expect(counts(second)).toEqual([1, 0, 0, 0]);
	expect(jsonAt(second, DELIVERED)[0]).toMatchObject({
		delivery: { id, attempt: 2 },
		push: { messageId: 'm1', profileKey: profile, appId: APP },
	});
	expect(new Set(apns.received.map(({ headers }) => headers['apns-id'])).size).toBe(1);
});

test('who cannot be reached leaves by Excluded, with code and reason', async () => {
	await register(hex('c'), 'apnsSandbox');
	const run = await send();
	expect(counts(run)).toEqual([0, 0, 0, 1]);
	expect(jsonAt(run, EXCLUDED)[0]).toMatchObject({
		profileKey: profile,
		excluded: { code: '050031', reason: 'PushNoValidTokenFoundForApps', platform: 'apnsSandbox' },
	});
	expect(feedbackIn(jsonAt(run, EXCLUDED)[0])).toMatchObject({
		feedbackStatus: 'exclude',
		messageExclusion: { code: '050031' },
	});
	const nobody = await send({ items: [{ profileKey: 'nobody', name: 'x' }, { name: 'y' }] });
	expect(jsonAt(nobody, EXCLUDED).map((one) => (one.excluded as IDataObject).code)).toEqual([
		'050030',
		'050034',
	]);
});

test('a withdrawn consent keeps everything back', async () => {
	await register(hex('d'));
	await runPush({
		parameters: { operation: 'setConsent', profile, consent: 'no' },
		workflowId,
	});
	const run = await send();
	expect(jsonAt(run, EXCLUDED)[0]).toMatchObject({ excluded: { code: '050111' } });
	expect(apns.received).toEqual([]);
});

test('tokens of the input are sent to without a registration', async () => {
	const token = 'e'.repeat(64);
	const run = await send({
		parameters: { sendTo: 'tokens', platform: 'apns', tokens: `${token}, ${token}` },
	});
	expect(counts(run)).toEqual([1, 0, 0, 0]);
	expect(apns.received).toHaveLength(1);
});

test('devices in the item are sent to, those that are denylisted are not', async () => {
	const device = (token: string, denylisted = false) => ({
		appID: APP,
		platform: 'apns',
		token,
		denylisted,
		identity: { namespace: { code: 'ECID' }, id: 'x' },
	});
	const pushNotificationDetails = [device('f'.repeat(64)), device('0'.repeat(64), true)];
	const run = await send({
		items: [{ name: 'Ada', profile: { pushNotificationDetails } }],
		parameters: { sendTo: 'devices', devicesField: 'profile.pushNotificationDetails' },
	});
	expect(counts(run)).toEqual([1, 0, 0, 0]);
	expect(apns.received[0].headers[':path']).toBe(`/3/device/${'f'.repeat(64)}`);
});

test('preset, fields, buttons and tracking make the payload', async () => {
	await register(hex('a'));
	await send({
		parameters: {
			preset: { sound: 'ding', timeToLiveSeconds: 60, priority: 'high' },
			message: {
				badge: 2,
				clickType: 'DEEPLINK',
				uri: 'app://{name}',
				customData: '{"k":"{name}"}',
			},
			buttons: { button: [{ label: 'Yes', type: 'OPENAPP', id: 'yes', uri: '' }] },
			tracking: { journeyVersionId: 'j1' },
		},
	});
	const [{ body, headers }] = apns.received;
	expect(headers).toMatchObject({ 'apns-priority': '10', 'apns-topic': APP });
	expect(JSON.parse(body)).toMatchObject({
		aps: { alert: { title: 'Hello Ada', body: 'There' }, sound: 'ding', badge: 2 },
		adb_a_type: 'DEEPLINK',
		adb_uri: 'app://Ada',
		adb_act: [{ aid: 'yes', label: 'Yes', type: 'OPENAPP' }],
		k: 'Ada',
		_xdm: {
			cjm: {
				_experience: {
					customerJourneyManagement: {
						messageExecution: { messageID: 'm1', journeyVersionID: 'j1' },
					},
				},
			},
		},
	});
});

test('a raw payload is sent as it is', async () => {
	await register(hex('a'));
	await send({
		parameters: {
			rawPayload: true,
			rawApns: '{"aps":{"alert":"{name}"}}',
			trackingData: false,
		},
	});
	expect(apns.received[0].body).toBe('{"aps":{"alert":"Ada"}}');
});

describe('a test run in the editor', () => {
	test('sends once and remembers nothing', async () => {
		await register(hex('a'));
		apns.answers.push(refuse(410, 'Unregistered'));
		const run = await send({ mode: 'manual' });
		expect(counts(run)).toEqual([0, 0, 1, 0]);
		expect(deliveriesAt(run, DEAD)[0].test).toBe(true);
		const [device] = jsonAt(
			await runPush({
				parameters: { operation: 'getDevices', deviceProfile: profile },
				workflowId,
			}),
		);
		expect(device.denylisted).toBe(false);
	});
});

test('retries by the workflow itself carry what they need', async () => {
	apns.answers.push(refuse(503, 'ServiceUnavailable'));
	const parameters = {
		retries: 'output',
		sendTo: 'tokens',
		platform: 'apns',
		tokens: 'a'.repeat(64),
	};
	const run = await send({ parameters });
	expect(counts(run)).toEqual([0, 1, 0, 0]);
	expect(deliveriesAt(run, RETRY)[0]).toMatchObject({ attempt: 1, kind: 'push' });
});

describe('a node that is set up wrongly says what to mend', () => {
	test.each<[string, PushRun, string]>([
		[
			"an app that is not the credential's",
			{ parameters: { iosAppId: 'com.other' } },
			'iOS App ID is com.other, and the APNs credential is for com.example.app',
		],
		['no credential', { credentials: {} }, 'Choose an APNs or an FCM credential'],
		[
			'a broken custom data',
			{ parameters: { message: { customData: '{' } } },
			'Custom Data is no valid JSON',
		],
		[
			'no text for an on-tap link',
			{ parameters: { messageId: 'm1', message: { badge: 'x' } } },
			'Badge: "x" is no number',
		],
		["n8n's own retry", { node: { retryOnFail: true } }, 'Switch "Retry On Fail" off'],
	])('%s', async (_name, run, words) => {
		const done = await send(run);
		expect(done.error?.message).toContain(words);
		expect(apns.received).toEqual([]);
	});

	test('a credential that cannot be used', async () => {
		const credentials = credentialsFor(apns, fcm);
		credentials.postbackApnsApi.keyId = 'x';
		const done = await send({ credentials });
		expect(done.error?.message).toContain('Key ID has to be');
	});
});
