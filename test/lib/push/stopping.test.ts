import { registerDevices } from '../../../lib/push/store/devices';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { closeDispatchers } from '../../../lib/transport/dispatcher';
import { FakeClock } from '../../support/fakeClock';
import { batchInputs } from '../../support/senders';
import { rowsOf, testFolder, type TestFolder } from '../../support/stores';
import { refuse } from './support/apnsServer';
import { refuseFcm } from './support/fcmServer';
import {
	ANDROID_APP,
	APP,
	openPushStore,
	startPush,
	toProfile,
	type PushBench,
} from './support/sending';

let folder: TestFolder;
let clock: FakeClock;
let store: DeliveryStore;
let push: PushBench;

beforeEach(async () => {
	folder = testFolder();
	clock = new FakeClock();
	store = await openPushStore(folder.path, clock);
	push = await startPush(store, clock);
});

afterEach(async () => {
	await push.close();
	await closeDispatchers();
	await store.close();
	folder.remove();
});

it('a configuration error stops the batch for its provider and says what to mend; nothing is lost', async () => {
	const people = Array.from({ length: 40 }, (_, i) => `p${i}`);
	await store.write(
		async (unit) =>
			await registerDevices(
				unit,
				people.flatMap((profileKey, i) => [
					{
						appId: APP,
						platform: 'apns' as const,
						token: `${'a'.repeat(60)}${String(i).padStart(4, '0')}`,
						identity: { namespace: 'ECID', id: `ios-${i}` },
						profileKey,
						denylisted: false,
					},
					{
						appId: ANDROID_APP,
						platform: 'fcm' as const,
						token: `t${i}`,
						identity: { namespace: 'ECID', id: `android-${i}` },
						profileKey,
						denylisted: false,
					},
				]),
			),
	);
	push.apns.answers.push(...people.map(() => refuse(403, 'InvalidProviderToken')));
	const requests = people.map((profileKey, i) => toProfile(profileKey, { body: 'B' }, i));
	const { report } = await push.run(requests, [], { concurrency: 4 });

	// The other provider's go out all the same.
	expect(push.fcm.received).toHaveLength(40);
	expect(push.apns.received.length).toBeLessThanOrEqual(4);
	const waiting = report.results.filter(({ kind }) => kind === 'retrying');
	expect(waiting).toHaveLength(40);
	for (const { delivery } of waiting) {
		expect(JSON.stringify(delivery)).toContain('check the private key, Key ID and Team ID');
	}
	// Most were not even attempted, and keep all their attempts.
	const untried = (await rowsOf(store)).filter(
		({ status, attempt }) => status === 'pending' && attempt === 0,
	);
	expect(untried.length).toBeGreaterThan(25);
}, 20_000);

it('what was stopped arrives once it is mended', async () => {
	await store.write(
		async (unit) =>
			await registerDevices(unit, [
				{
					appId: APP,
					platform: 'apns',
					token: 'a'.repeat(64),
					identity: { namespace: 'ECID', id: 'e' },
					profileKey: 'p',
					denylisted: false,
				},
			]),
	);
	push.apns.answers.push(refuse(400, 'TopicDisallowed'));
	await push.run([toProfile('p')]);
	expect((await rowsOf(store)).map(({ status }) => status)).toEqual(['pending']);
	await clock.advance(10 * 60_000);
	// The next execution has a channel of its own.
	const next = await startPush(store, clock, {});
	const inputs = batchInputs(await store.claim('queue:q', 10)).map((input) => ({
		...input,
		endpoint: next.apns.origin,
		delivery: {
			...input.delivery,
			request: {
				...input.delivery.request,
				url: input.delivery.request.url.replace(push.apns.origin, next.apns.origin),
			},
		},
	}));
	const { report } = await next.run([], inputs);
	expect(report.results).toMatchObject([{ kind: 'delivered' }]);
	await next.close();
});

const androidDevices = (count: number) =>
	Array.from({ length: count }, (_, i) => ({
		appId: ANDROID_APP,
		platform: 'fcm' as const,
		token: `t${i}`,
		identity: { namespace: 'ECID', id: `e${i}` },
		profileKey: `p${i}`,
		denylisted: false,
	}));

it('a token of another project is no configuration error, however many there are', async () => {
	await store.write(async (unit) => await registerDevices(unit, androidDevices(8)));
	push.fcm.answers.push(
		...Array.from({ length: 5 }, () => refuseFcm(403, 'PERMISSION_DENIED', 'SENDER_ID_MISMATCH')),
	);
	const requests = androidDevices(8).map(({ profileKey }, i) =>
		toProfile(profileKey, { body: 'B' }, i),
	);
	const { report } = await push.run(requests, [], { concurrency: 1 });
	expect(report.results.map(({ kind }) => kind).sort()).toEqual([
		...Array.from({ length: 5 }, () => 'dead'),
		...Array.from({ length: 3 }, () => 'delivered'),
	]);
	expect(report.queuePaused).toBeUndefined();
	expect(report.configurationErrors).toBeUndefined();
});

it.each([
	['APNs: TooManyRequests', 'apns'],
	['FCM: DeviceMessageRateExceeded', 'fcm'],
] as const)('one device that gets too many holds up no other: %s', async (_name, platform) => {
	const devices = androidDevices(4).map((device, i) =>
		platform === 'fcm'
			? device
			: { ...device, appId: APP, platform, token: `${'a'.repeat(63)}${i}` },
	);
	await store.write(async (unit) => await registerDevices(unit, devices));
	const after = { 'retry-after': '600' };
	push.apns.answers.push(refuse(429, 'TooManyRequests', { headers: after }));
	push.fcm.answers.push(
		refuseFcm(429, 'RESOURCE_EXHAUSTED', 'DeviceMessageRateExceeded', { 'Retry-After': '600' }),
	);
	const requests = devices.map(({ profileKey }, i) => toProfile(profileKey, { body: 'B' }, i));
	const { report } = await push.run(requests, [], { concurrency: 1 });
	expect(report.results.map(({ kind }) => kind).sort()).toEqual([
		...Array.from({ length: 3 }, () => 'delivered'),
		'retrying',
	]);
	const [waiting] = report.results.filter(({ kind }) => kind === 'retrying');
	expect(Date.parse(waiting.delivery.nextAttemptAt ?? '')).toBeGreaterThanOrEqual(
		clock.now() + 600_000,
	);
});
