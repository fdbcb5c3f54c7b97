import { toPushDetails, type Device } from '../../../lib/push/devices/device';
import { readRegistrations, type Registration } from '../../../lib/push/devices/registration';
import {
	denylistDevices,
	devicesOfIdentity,
	devicesOfProfiles,
	registerDevices,
	removeDevices,
	REPLACED,
} from '../../../lib/push/store/devices';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { FakeClock } from '../../support/fakeClock';
import { describeStores, testFolder, type TestFolder } from '../../support/stores';
import { describeConformance } from '../delivery/conformance';
import { openPushStore } from './support/sending';

let folder: TestFolder;
let clock: FakeClock;
let store: DeliveryStore;

beforeEach(async () => {
	folder = testFolder();
	clock = new FakeClock();
	store = await openPushStore(folder.path, clock);
});

afterEach(async () => {
	await store.close();
	folder.remove();
});

const hex = (letter: string) => letter.repeat(64);

function registration(overrides: Partial<Registration> = {}): Registration {
	return {
		appId: 'com.example.app',
		platform: 'apns',
		token: hex('a'),
		identity: { namespace: 'ECID', id: 'e1' },
		profileKey: 'p1',
		denylisted: false,
		...overrides,
	};
}

const register = async (...registrations: Registration[]): Promise<Device[]> =>
	await store.write(async (unit) => await registerDevices(unit, registrations));
const devicesOf = async (profileKey: string): Promise<Device[]> =>
	await store.read(
		async (unit) => (await devicesOfProfiles(unit, [profileKey])).get(profileKey) ?? [],
	);
const isGood = ({ denylisted }: Device) => denylisted === undefined;

describeStores('a registration', () => {
	it('stores the device with its profile', async () => {
		await register(registration());
		const [device] = await devicesOf('p1');
		expect(device).toMatchObject({ token: hex('a'), registeredAt: clock.now() });
		expect(toPushDetails(device)).toEqual({
			appID: 'com.example.app',
			platform: 'apns',
			token: hex('a'),
			denylisted: false,
			identity: { namespace: { code: 'ECID' }, id: 'e1' },
		});
	});

	it('of a token that is known moves it to the identity and the profile that it has now', async () => {
		await register(registration());
		await register(registration({ identity: { namespace: 'ECID', id: 'e2' }, profileKey: 'p2' }));
		expect(await devicesOf('p1')).toEqual([]);
		expect(await devicesOf('p2')).toHaveLength(1);
	});

	it('that is older than the known one changes nothing', async () => {
		await register(registration());
		await register(registration({ profileKey: 'p2', at: clock.now() - 1 }));
		expect(await devicesOf('p1')).toHaveLength(1);
		expect(await devicesOf('p2')).toEqual([]);
	});

	it('of the same token twice at once takes the later one', async () => {
		const at = clock.now();
		await register(
			registration({ profileKey: 'late', at }),
			registration({ profileKey: 'early', at: at - 5 }),
		);
		expect(await devicesOf('late')).toHaveLength(1);
	});

	it('from a device whose clock is ahead is not younger than now', async () => {
		const [device] = await register(registration({ at: clock.now() + 3_600_000 }));
		expect(device.registeredAt).toBe(clock.now());
	});

	it('keeps apart app, platform and token, which are unique together', async () => {
		await register(
			registration({ identity: { namespace: 'ECID', id: 'e1' } }),
			registration({ appId: 'com.example.other', identity: { namespace: 'ECID', id: 'e2' } }),
			registration({ platform: 'apnsSandbox', identity: { namespace: 'ECID', id: 'e3' } }),
		);
		expect(await devicesOf('p1')).toHaveLength(3);
	});

	it('of a new token of the same ECID denylists the one before, and says why', async () => {
		await register(registration());
		await clock.advance(1_000);
		await register(registration({ token: hex('b') }));
		const devices = await devicesOf('p1');
		expect(devices.filter(isGood).map(({ token }) => token)).toEqual([hex('b')]);
		const old = devices.find(({ token }) => token === hex('a'));
		expect(old?.denylisted).toEqual({ at: clock.now(), reason: REPLACED });
	});

	it('with another ECID, as after a reinstall, keeps both devices', async () => {
		await register(registration());
		await clock.advance(1_000);
		await register(registration({ token: hex('b'), identity: { namespace: 'ECID', id: 'e2' } }));
		expect((await devicesOf('p1')).filter(isGood)).toHaveLength(2);
	});

	it('of several devices under an identity that is no ECID keeps them all', async () => {
		const identity = { namespace: 'CRMID', id: 'c1' };
		await register(registration({ identity }));
		await clock.advance(1_000);
		await register(registration({ identity, token: hex('b') }));
		expect((await devicesOf('p1')).filter(isGood)).toHaveLength(2);
	});

	it('makes a token good again that was denylisted', async () => {
		const [{ id }] = await register(registration());
		await store.write(async (unit) => await denylistDevices(unit, [{ id, reason: 'gone' }]));
		expect((await devicesOf('p1'))[0].denylisted).toEqual({ at: clock.now(), reason: 'gone' });
		await clock.advance(1_000);
		await register(registration());
		expect((await devicesOf('p1')).filter(isGood)).toHaveLength(1);
	});

	it('without a profile key belongs to the profile of the same identity', async () => {
		await register(registration());
		await register(registration({ token: hex('b'), platform: 'fcm', profileKey: undefined }));
		expect(await devicesOf('p1')).toHaveLength(2);
	});

	it('without a profile key and of an unknown identity has the identity as its profile', async () => {
		await register(registration({ profileKey: undefined }));
		expect(await devicesOf('e1')).toHaveLength(1);
	});
});

it('denylisting keeps the time and the reason of the first time', async () => {
	const [{ id }] = await register(registration());
	await store.write(async (unit) => await denylistDevices(unit, [{ id, reason: 'first' }]));
	const at = clock.now();
	await clock.advance(1_000);
	await store.write(async (unit) => await denylistDevices(unit, [{ id, reason: 'second' }]));
	expect((await devicesOf('p1'))[0].denylisted).toEqual({ at, reason: 'first' });
});

it('a device is found by its identity and removed by its id', async () => {
	const [{ id }] = await register(registration());
	const found = async () =>
		await store.read(async (unit) => await devicesOfIdentity(unit, 'ECID', 'e1'));
	expect(await found()).toHaveLength(1);
	expect(await store.write(async (unit) => await removeDevices(unit, [id]))).toEqual([id]);
	expect(await found()).toEqual([]);
});

describeStores('reading a registration', () => {
	const detail = {
		appID: 'com.example.app',
		token: hex('a'),
		platform: 'apns',
		denylisted: false,
		identity: { namespace: { code: 'ECID' }, id: 'e1' },
	};
	const expected = {
		appId: 'com.example.app',
		platform: 'apns',
		token: hex('a'),
		identity: { namespace: 'ECID', id: 'e1' },
		denylisted: false,
	};

	test.each<[string, unknown]>([
		["the SDK's event", { data: { pushNotificationDetails: [detail] } }],
		['a profile record', { xdm: { pushNotificationDetails: [detail] } }],
		['details with nothing around them', { pushNotificationDetails: detail }],
		['one detail', detail],
		['an identity without a namespace', { ...detail, identity: 'e1' }],
	])('takes %s', (_name, value) => {
		expect(readRegistrations(value)).toEqual({ ok: true, registrations: [expected] });
	});

	it('takes the time that the device says and the profile key of the node', () => {
		const timestamp = '2026-01-01T00:00:00Z';
		const event = { timestamp, data: { pushNotificationDetails: [detail] } };
		expect(readRegistrations(event, 'p')).toEqual({
			ok: true,
			registrations: [{ ...expected, profileKey: 'p', at: Date.parse(timestamp) }],
		});
	});

	test.each<[string, object, string]>([
		['another platform', { platform: 'ios' }, 'platform has to be one of fcm, apns, apnsSandbox'],
		['no app', { appID: '' }, 'appID is missing'],
		['no token', { token: '' }, 'token is missing'],
		['a token that is none of APNs', { token: 'not-hex' }, 'token is none of APNs'],
		['a token with a space', { token: 'a b', platform: 'fcm' }, 'token holds spaces'],
		['no identity', { identity: {} }, 'identity is missing'],
	])('refuses %s', (_name, fields, words) => {
		const reading = readRegistrations({ ...detail, ...fields });
		expect(reading).toMatchObject({ ok: false, problems: [expect.stringContaining(words)] });
	});

	it('refuses what is no registration, and shows no token', () => {
		expect(readRegistrations({ data: {} })).toMatchObject({ ok: false });
		expect(readRegistrations('x')).toMatchObject({ ok: false });
		const reading = readRegistrations({ ...detail, token: 'secret token', platform: 'x' });
		expect(JSON.stringify(reading)).not.toContain('secret token');
	});

	describeConformance<object>(
		'xdm-push/profile-push-notification-details.example.2.json',
		(sample) => {
			it("reads the schema's own example, but for its token, which is none of APNs", () => {
				const reading = readRegistrations(sample);
				expect(reading).toEqual({ ok: false, problems: [expect.stringMatching(/^token is none/)] });
			});
		},
	);
});
