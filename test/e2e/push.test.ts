import { itemsOf, N8n, poll, startN8n, type Execution, type Item } from './harness/index.ts';
import {
	apnsToken,
	device,
	operationWorkflow,
	post,
	publish,
	PUSH_NODE,
	sendWorkflow,
	type DeviceDetails,
} from './harness/push.ts';
import { ANDROID_APP, IOS_APP, PushServers } from './harness/pushServers.ts';

const DELIVERED = 0;
const RETRYING = 1;
const DEAD = 2;
const EXCLUDED = 3;

let servers: PushServers;
let n8n: N8n;
let credentials: Awaited<ReturnType<PushServers['createCredentials']>>;

beforeAll(async () => {
	servers = await PushServers.start();
	n8n = await startN8n({ env: { N8N_POSTBACK_TIME_SCALE: '0.05', N8N_DISABLE_UI: 'true' } });
	credentials = await servers.createCredentials(n8n);
	const fields = { profile: '={{ $json.profileKey }}', registrationFrom: 'item' };
	await publish(n8n, operationWorkflow('register', 'registerToken', fields));
	const byKey = { findBy: 'profile', deviceProfile: '={{ $json.profileKey }}' };
	await publish(n8n, operationWorkflow('devices', 'getDevices', byKey));
	const ofMessage = { reportMessageId: '={{ $json.messageId }}', period: 'whole' };
	await publish(n8n, operationWorkflow('report', 'report', ofMessage));
});

afterAll(async () => {
	await n8n.remove();
	await servers.close();
});

beforeEach(() => {
	servers.otherwise({});
});

/** Registers devices as the mobile SDK's events tell of them. */
async function register(profileKey: string, ...devices: DeviceDetails[]): Promise<void> {
	const events = devices.map((one) => ({ profileKey, data: { pushNotificationDetails: [one] } }));
	expect(await post<object[]>(n8n, 'register', events)).toHaveLength(devices.length);
}

interface Line {
	platform: string;
	appId: string;
	[count: string]: unknown;
}

async function reportOf(messageId: string): Promise<Line[]> {
	const lines = await post<Line[]>(n8n, 'report', [{ messageId }]);
	return lines.sort((a, b) => a.platform.localeCompare(b.platform));
}

/** The executions of a workflow that are over, oldest first, with their data. */
async function executions(workflowId: string, count: number): Promise<Execution[]> {
	const over = await poll(
		async () => {
			const found = await n8n.api.listExecutions(workflowId, ['success', 'error']);
			return found.length >= count && found;
		},
		{ timeoutMs: 90_000, what: `${count} executions of ${workflowId}` },
	);
	return await Promise.all(
		over
			.sort((a, b) => Number(a.id) - Number(b.id))
			.map(async ({ id }) => await n8n.api.getExecution(id)),
	);
}

interface PushItem {
	delivery: {
		id: string;
		attempt: number;
		nextAttemptAt?: string;
		reason?: string;
		error?: { code: string; message: string };
	};
	push: { platform: string; profileKey: string; deviceId: string };
	feedback: {
		_experience: { customerJourneyManagement: { messageDeliveryfeedback: Feedback } };
	};
	excluded?: { code: string; reason: string; details: string };
}

interface Feedback {
	feedbackStatus: string;
	messageFailure?: { code: string; type: string };
	retryCount: number;
	responseCode?: number;
}

const pushItems = (execution: Execution, output: number) =>
	itemsOf(execution, PUSH_NODE, output).map(({ json }: Item) => json as unknown as PushItem);
const feedbackOf = ({ feedback }: PushItem) =>
	feedback._experience.customerJourneyManagement.messageDeliveryfeedback;

describe('three devices of one profile', () => {
	const [gone, busy, android] = [apnsToken(1), apnsToken(2), 'android-token-1'];
	const profileKey = 'three';
	let workflowId: string;
	let sentAt: number;
	let first: Execution;

	beforeAll(async () => {
		await register(
			profileKey,
			device('apns', IOS_APP, gone),
			device('apns', IOS_APP, busy),
			device('fcm', ANDROID_APP, android),
		);
		servers.on(gone, { status: 410, reason: 'Unregistered', timestamp: Date.now() + 60_000 });
		servers.on(busy, { status: 429, reason: 'TooManyRequests', retryAfter: 5 }, {});
		workflowId = await publish(n8n, sendWorkflow({ path: 'welcome', credentials }));
		sentAt = Date.now();
		await post(n8n, 'welcome', [{ profileKey, name: 'Ada' }]);
		[first] = await executions(workflowId, 1);
	});

	test('each leaves by the output of what its provider said, with its feedback', () => {
		const [accepted, ...others] = pushItems(first, DELIVERED);
		expect(others).toEqual([]);
		expect(accepted.push).toMatchObject({ platform: 'fcm', profileKey });
		expect(feedbackOf(accepted)).toMatchObject({ feedbackStatus: 'sent', responseCode: 200 });

		const waiting = pushItems(first, RETRYING);
		expect(waiting).toHaveLength(1);
		expect(waiting[0].delivery).toMatchObject({ attempt: 1, error: { code: 'TooManyRequests' } });
		expect(Date.parse(waiting[0].delivery.nextAttemptAt ?? '')).toBeGreaterThan(sentAt + 4_900);
		expect(feedbackOf(waiting[0])).toMatchObject({
			feedbackStatus: 'delay',
			messageFailure: { code: 'TooManyRequests', type: 'soft' },
		});

		const dead = pushItems(first, DEAD);
		expect(dead).toHaveLength(1);
		expect(dead[0].delivery.error?.code).toBe('Unregistered');
		expect(feedbackOf(dead[0])).toMatchObject({
			feedbackStatus: 'bounce',
			messageFailure: { code: 'Unregistered', type: 'hard' },
			responseCode: 410,
		});
		expect(pushItems(first, EXCLUDED)).toEqual([]);
	});

	test('the text of each is its own, on both platforms', () => {
		expect(servers.to(gone)[0].payload).toMatchObject({
			aps: { alert: { title: 'Hello Ada', body: 'Your order is on its way' } },
		});
		expect(servers.to(android)[0].payload).toMatchObject({
			android: { data: { adb_title: 'Hello Ada' } },
		});
	});

	test('the token that is gone is denylisted with time and reason, and kept', async () => {
		const devices = await post<Record<string, unknown>[]>(n8n, 'devices', [{ profileKey }]);
		expect(devices).toHaveLength(3);
		const byToken = new Map(devices.map((one) => [one.token, one]));
		expect(byToken.get(gone)).toMatchObject({
			denylisted: true,
			denylistedReason: expect.stringContaining('Unregistered') as string,
		});
		const at = Date.parse(String(byToken.get(gone)?.denylistedAt));
		expect(at).toBeGreaterThanOrEqual(sentAt);
		expect(at).toBeLessThanOrEqual(Date.now());
		expect(byToken.get(busy)).toMatchObject({ denylisted: false });
		expect(byToken.get(android)).toMatchObject({ denylisted: false });
	});

	test('the report counts one sent, one bounced, one waiting', async () => {
		expect(await reportOf('welcome')).toMatchObject([
			{ platform: 'apns', appId: IOS_APP, targeted: 2, sent: 0, bounced: 1, waiting: 1 },
			{ platform: 'fcm', appId: ANDROID_APP, targeted: 1, sent: 1, bounced: 0, waiting: 0 },
		]);
	});

	test('the retry goes through Delivery Queue Trigger, with the same id, and is counted', async () => {
		const [, second] = await executions(workflowId, 2);
		expect(second.mode).toBe('trigger');
		const [retried] = pushItems(second, DELIVERED);
		expect(retried.delivery).toMatchObject({
			id: pushItems(first, RETRYING)[0].delivery.id,
			attempt: 2,
		});
		expect(feedbackOf(retried)).toMatchObject({ feedbackStatus: 'sent', retryCount: 1 });

		const [before, after] = servers.to(busy);
		expect(after.time).toBeGreaterThanOrEqual(before.time + 4_900);
		expect(after.apnsId).toBe(before.apnsId);
		expect(servers.to(busy).map(({ status }) => status)).toEqual([429, 200]);
		expect(servers.to(gone)).toHaveLength(1);
		expect(servers.to(android)).toHaveLength(1);
		expect(await reportOf('welcome')).toMatchObject([
			{ platform: 'apns', targeted: 2, sent: 1, bounced: 1, waiting: 0 },
			{ platform: 'fcm', targeted: 1, sent: 1, bounced: 0, waiting: 0 },
		]);
	});

	test('a second message excludes the denylisted device, and says so', async () => {
		const id = await publish(n8n, sendWorkflow({ path: 'second', credentials }));
		await post(n8n, 'second', [{ profileKey }]);
		const [execution] = await executions(id, 1);
		expect(pushItems(execution, DELIVERED)).toHaveLength(2);
		const [excluded, ...others] = pushItems(execution, EXCLUDED);
		expect(others).toEqual([]);
		expect(excluded.excluded).toMatchObject({
			code: '050031',
			reason: 'PushNoValidTokenFoundForApps',
			details: expect.stringContaining('Unregistered') as string,
		});
		expect(feedbackOf(excluded).feedbackStatus).toBe('denylist');
		expect(servers.to(gone)).toHaveLength(1);
		expect(await reportOf('second')).toMatchObject([
			{ platform: 'apns', targeted: 2, sent: 1, excluded: 1 },
			{ platform: 'fcm', targeted: 1, sent: 1, excluded: 0 },
		]);
	});
});

test('the credentials are tested at the providers, and a refused key is told', async () => {
	const tested = async (type: 'postbackApnsApi' | 'postbackFcmApi', data: object) =>
		await n8n.api.testCredential({ ...credentials[type], type, data: { ...data } });
	// The token that no device has.
	servers.on('0'.repeat(64), { status: 400, reason: 'BadDeviceToken' });
	expect(await tested('postbackApnsApi', servers.apnsData())).toMatchObject({ status: 'OK' });
	expect(await tested('postbackFcmApi', servers.fcmData())).toMatchObject({ status: 'OK' });
	servers.on('0'.repeat(64), { status: 403, reason: 'InvalidProviderToken' });
	expect(await tested('postbackApnsApi', servers.apnsData())).toMatchObject({
		status: 'Error',
		message: expect.stringContaining('TEAM123456') as string,
	});
});

test('a wrong key stops what goes to APNs, says what to mend, and uses up no attempt; mended, all arrive', async () => {
	const tokens = Array.from({ length: 20 }, (_, i) => apnsToken(100 + i));
	const profiles = tokens.map((token, i) => ({ profileKey: `mend-${i}`, token }));
	const devices = profiles.map(({ profileKey, token }) => ({
		profileKey,
		data: { pushNotificationDetails: [device('apns', IOS_APP, token)] },
	}));
	await post(n8n, 'register', devices);
	await register('mend-0', device('fcm', ANDROID_APP, 'android-mend'));
	servers.otherwise((_before, { provider }) =>
		provider === 'apns' ? { status: 403, reason: 'InvalidProviderToken' } : {},
	);
	const parameters = { options: { concurrency: 2 } };
	const id = await publish(n8n, sendWorkflow({ path: 'mend', credentials, parameters }));
	await post(n8n, 'mend', profiles);
	const [execution] = await executions(id, 1);

	const tried = tokens.flatMap((token) => servers.to(token));
	expect(tried.length).toBeGreaterThanOrEqual(1);
	expect(tried.length).toBeLessThanOrEqual(2);
	expect(pushItems(execution, DELIVERED).map(({ push }) => push.platform)).toEqual(['fcm']);
	const waiting = pushItems(execution, RETRYING);
	expect(waiting).toHaveLength(20);
	for (const item of waiting) {
		expect(item.delivery).toMatchObject({
			attempt: 0,
			error: {
				code: 'InvalidProviderToken',
				message: expect.stringContaining(
					'check the private key, Key ID and Team ID of the APNs credential',
				) as string,
			},
		});
		expect(feedbackOf(item).feedbackStatus).toBe('delay');
	}
	expect(pushItems(execution, DEAD)).toEqual([]);
	const [run] = execution.data.resultData.runData[PUSH_NODE];
	expect(run.hints?.map(({ message }) => message).join('\n')).toContain(
		'check the private key, Key ID and Team ID of the APNs credential',
	);
	expect(await reportOf('mend')).toMatchObject([
		{ platform: 'apns', targeted: 20, waiting: 20, sent: 0, bounced: 0 },
		{ platform: 'fcm', targeted: 1, sent: 1 },
	]);

	servers.otherwise({});
	await poll(async () => tokens.every((token) => servers.acceptedBy(token).length > 0), {
		timeoutMs: 90_000,
		what: 'all that waited for the key to be mended',
	});
	expect(tokens.flatMap((token) => servers.acceptedBy(token))).toHaveLength(20);
	await poll(async () => (await reportOf('mend'))[0].sent === 20, {
		timeoutMs: 30_000,
		what: 'the report to count them',
	});
});

test('killed in the middle of a message to 600 devices: none is lost, and what comes twice is the same', async () => {
	const people = Array.from({ length: 300 }, (_, i) => ({
		profileKey: `crowd-${i}`,
		ios: apnsToken(1_000 + i),
		android: `android-crowd-${i}`,
	}));
	const registrations = people.map(({ profileKey, ios, android }) => ({
		profileKey,
		data: {
			pushNotificationDetails: [device('apns', IOS_APP, ios), device('fcm', ANDROID_APP, android)],
		},
	}));
	await post(n8n, 'register', registrations);
	const tokens = people.flatMap(({ ios, android }) => [ios, android]);
	const ofCrowd = new Set(tokens);
	// A third of them is slow to be answered.
	servers.otherwise((_before, { token }) => (token.charCodeAt(token.length - 1) % 3 ? {} : SLOW));
	const parameters = { options: { concurrency: 40 } };
	await publish(n8n, sendWorkflow({ path: 'crowd', credentials, parameters }));
	await post(n8n, 'crowd', people);
	const arrived = () => servers.sent.filter(({ token }) => ofCrowd.has(token));
	await poll(async () => arrived().length >= 150, { timeoutMs: 60_000, what: '150 notifications' });
	const killedAt = Date.now();
	await n8n.kill();
	expect(arrived().length).toBeLessThan(600);

	servers.otherwise({});
	await n8n.start();
	await poll(async () => new Set(arrived().map(({ token }) => token)).size === 600, {
		timeoutMs: 120_000,
		what: 'all 600 devices to be reached',
	});
	await poll(
		async () => (await reportOf('crowd')).reduce((sum, { sent }) => sum + Number(sent), 0) === 600,
		{ timeoutMs: 120_000, what: 'the report to count all 600' },
	);
	expect(await reportOf('crowd')).toMatchObject([
		{ platform: 'apns', targeted: 300, sent: 300, waiting: 0, bounced: 0 },
		{ platform: 'fcm', targeted: 300, sent: 300, waiting: 0, bounced: 0 },
	]);

	for (const token of tokens) {
		const ids = servers.to(token).map(({ apnsId, executionId }) => `${apnsId}/${executionId}`);
		expect(new Set(ids).size).toBe(1);
	}
	// Only what was under way when n8n died, or was answered the moment before, comes again.
	for (const token of tokens.filter((one) => servers.to(one).length > 1)) {
		expect(servers.to(token)[0].time).toBeGreaterThan(killedAt - 2_500);
	}
}, 300_000);

const SLOW = { afterMs: 1_500 };
