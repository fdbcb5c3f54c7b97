import { checkConfiguration } from '../../../lib/push/configuration';
import { deviceIdOf, type Device } from '../../../lib/push/devices/device';
import { EXCLUSIONS, type Consent } from '../../../lib/push/exclusions';
import { nobodyKnown, planFor, type Known } from '../../../lib/push/plan';
import { PushSetupError } from '../../../lib/push/setupError';
import { apnsCredential, fcmCredential } from './support/keys';

const apns = apnsCredential('https://a.example');
const fcm = fcmCredential('https://f.example');
const configuration = checkConfiguration({
	id: 'c',
	name: 'App',
	apns,
	fcm,
	androidAppId: 'com.example.android',
});

function device(overrides: Partial<Device> = {}): Device {
	const { platform = 'apns', token = 'a'.repeat(64) } = overrides;
	const appId = overrides.appId ?? (platform === 'fcm' ? 'com.example.android' : 'com.example.app');
	return {
		id: deviceIdOf(appId, platform, token),
		appId,
		platform,
		token,
		identity: { namespace: 'ECID', id: 'e' },
		profileKey: 'p',
		registeredAt: 1,
		...overrides,
	};
}

function known(devices: Device[], consent: Consent = 'unknown'): Known {
	return {
		byProfile: new Map([['p', devices]]),
		byId: new Map(devices.map((one) => [one.id, one])),
		consentOf: () => consent,
	};
}

const codes = (plan: ReturnType<typeof planFor>) =>
	plan.excluded.map(({ exclusion }) => `${exclusion.code} ${exclusion.reason}`);
const plan = (devices: Device[], consent?: Consent, other = configuration) =>
	planFor({ profileKey: 'p' }, known(devices, consent), other);

describe('of a profile', () => {
	it('every device with a token that is good gets the message', () => {
		const devices = [device(), device({ platform: 'fcm' }), device({ token: 'b'.repeat(64) })];
		const { send, excluded } = plan(devices);
		expect(send.map(({ id }) => id)).toEqual(devices.map(({ id }) => id));
		expect(excluded).toEqual([]);
	});

	it('without a device nobody is sent to', () => {
		expect(codes(plan([]))).toEqual(['050030 PushNoTokenFoundInProfile']);
	});

	it('with devices of other apps alone nobody is sent to', () => {
		expect(codes(plan([device({ appId: 'com.other' })]))).toEqual([
			'050031 PushNoValidTokenFoundForApps',
		]);
	});

	it('devices of other apps are passed over in silence beside one of the app', () => {
		const { send, excluded } = plan([device(), device({ appId: 'com.other' })]);
		expect([send.length, excluded.length]).toEqual([1, 0]);
	});

	it('a device of the other environment is excluded, by name', () => {
		const { excluded } = plan([device({ platform: 'apnsSandbox' })]);
		expect(excluded[0].exclusion).toMatchObject({
			code: '050031',
			details: expect.stringContaining('apnsSandbox') as string,
		});
		const sandbox = checkConfiguration({
			id: 'c',
			name: 'App',
			apns: apnsCredential('https://a.example', { environment: 'sandbox' }),
		});
		expect(plan([device()], 'yes', sandbox).send).toEqual([]);
		expect(plan([device({ platform: 'apnsSandbox' })], 'yes', sandbox).send).toHaveLength(1);
	});

	it('a device of a platform without a credential is excluded', () => {
		const appId = 'com.example.app';
		const iosOnly = checkConfiguration({ id: 'c', name: 'App', apns });
		expect(codes(plan([device({ platform: 'fcm', appId })], 'yes', iosOnly))).toEqual([
			'050033 PushNoApplicationDefinedInPreset',
		]);
	});

	it('a denylisted device is excluded, with time and reason', () => {
		const { excluded } = plan([device({ denylisted: { at: 0, reason: 'APNs 410' } })]);
		expect(excluded[0]).toMatchObject({ denylisted: true, exclusion: { code: '050031' } });
		expect(excluded[0].exclusion.details).toContain('1970-01-01T00:00:00.000Z: APNs 410');
	});

	it('without consent no device is sent to; without a word about it all are', () => {
		expect(codes(plan([device()], 'no'))).toEqual(['050111 PushNoConsent']);
		expect(plan([device()], 'unknown').send).toHaveLength(1);
	});
});

describe('of tokens in the input', () => {
	const token = 'a'.repeat(64);

	it('one that is there twice is sent to once', () => {
		const target = { tokens: [{ platform: 'apns' as const, token }], profileKey: 'p' };
		expect(planFor(target, known([device({ token })]), configuration).send).toHaveLength(1);
	});

	it('one that nobody registered is sent to', () => {
		const target = { tokens: [{ platform: 'apns' as const, token }] };
		expect(planFor(target, nobodyKnown, configuration).send).toEqual([
			expect.objectContaining({ appId: 'com.example.app', isRegistered: false }),
		]);
	});

	it('one that is registered is judged like a device', () => {
		const target = { tokens: [{ platform: 'apns' as const, token }] };
		const gone = device({ token, denylisted: { at: 0, reason: 'x' } });
		expect(codes(planFor(target, known([gone]), configuration))).toEqual([
			'050031 PushNoValidTokenFoundForApps',
		]);
		expect(codes(planFor(target, known([device({ token })], 'no'), configuration))).toEqual([
			'050111 PushNoConsent',
		]);
	});

	it('one that is none is excluded', () => {
		const target = { tokens: [{ platform: 'apns' as const, token: 'xyz' }] };
		expect(codes(planFor(target, nobodyKnown, configuration))).toEqual([
			'050034 PushMalformedProfile',
		]);
	});

	it('one of another app is excluded', () => {
		const target = { tokens: [{ platform: 'apns' as const, token, appId: 'com.other' }] };
		expect(codes(planFor(target, nobodyKnown, configuration))).toEqual([
			'050031 PushNoValidTokenFoundForApps',
		]);
	});
});

it('without a profile and without tokens there is nobody', () => {
	expect(codes(planFor({}, nobodyKnown, configuration))).toEqual(['050034 PushMalformedProfile']);
});

it('the codes are those of the exclusion list', () => {
	expect(EXCLUSIONS).toEqual({
		PushNoTokenFoundInProfile: '050030',
		PushNoValidTokenFoundForApps: '050031',
		PushNoApplicationDefinedInPreset: '050033',
		PushMalformedProfile: '050034',
		PushNoVariantDefined: '050035',
		PushNoConsent: '050111',
		RuntimeRenderingError: '050302',
	});
});

describe('a channel configuration is refused', () => {
	const check = (fields: object) => () => checkConfiguration({ id: 'c', name: 'App', ...fields });

	test.each<[string, object, string]>([
		['without a credential', {}, 'Choose an APNs or an FCM credential'],
		['with a name that begins with a digit', { name: '1', apns }, 'has to begin with a letter'],
		[
			"with an iOS app that is not the credential's",
			{ apns, iosAppId: 'com.other' },
			'iOS App ID is com.other, and the APNs credential is for com.example.app',
		],
		['without the Android app', { fcm }, 'Android App ID is empty'],
		[
			"with an Android app that is not the credential's",
			{
				fcm: fcmCredential('https://f.example', { appIds: 'com.a, com.b' }),
				androidAppId: 'com.c',
			},
			'the FCM credential is for com.a, com.b',
		],
	])('%s', (_name, fields, words) => {
		expect(check(fields)).toThrow(PushSetupError);
		expect(check(fields)).toThrow(words);
	});

	it('not, when the credential itself names the one Android app', () => {
		const one = fcmCredential('https://f.example', { appIds: 'com.a' });
		expect(checkConfiguration({ id: 'c', name: 'App', fcm: one }).android?.appId).toBe('com.a');
	});
});
