import type { Registration } from '../../../lib/push/devices/registration';
import type { Platform } from '../../../lib/push/platforms';
import { setConsents } from '../../../lib/push/store/consents';
import { devicesOfProfiles, registerDevices, removeDevices } from '../../../lib/push/store/devices';
import { followOpen } from '../../../lib/push/store/follow';
import { reportOf, type ReportLine } from '../../../lib/push/store/reports';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { closeDispatchers } from '../../../lib/transport/dispatcher';
import { FakeClock } from '../../support/fakeClock';
import { batchInputs } from '../../support/senders';
import { describeStores, rowsOf, testFolder, type TestFolder } from '../../support/stores';
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

const hex = (letter: string) => letter.repeat(64);

function device(token: string, platform: Platform = 'apns', profileKey = 'p1'): Registration {
	return {
		appId: platform === 'fcm' ? ANDROID_APP : APP,
		platform,
		token,
		identity: { namespace: 'ECID', id: `e-${token.slice(0, 4)}-${profileKey}` },
		profileKey,
		denylisted: false,
		at: clock.now() - 1_000,
	};
}

const register = async (...all: Registration[]) =>
	await store.write(async (unit) => await registerDevices(unit, all));
const report = async (): Promise<ReportLine[]> =>
	await store.read(
		async (unit) => await reportOf(unit, { from: 0, to: clock.now() + 1, by: 'whole' }),
	);
const line = async (platform: string) => (await report()).find((one) => one.platform === platform);
const denylisted = async (profileKey: string) => {
	const devices = await store.read(async (unit) => await devicesOfProfiles(unit, [profileKey]));
	return (devices.get(profileKey) ?? []).filter((one) => one.denylisted).map(({ token }) => token);
};

async function threeDevices() {
	await register(device(hex('a')), device(hex('b')), device('android-token', 'fcm'));
	push.apns.answers.push(
		(stream, received) => answerFor(received.headers[':path'])(stream, received),
		(stream, received) => answerFor(received.headers[':path'])(stream, received),
	);
	const answerFor = (path = '') =>
		path.endsWith(hex('a'))
			? refuse(410, 'Unregistered', { timestamp: clock.now() })
			: refuse(429, 'TooManyRequests', { headers: { 'Retry-After': '60' } });
	return await push.run([toProfile('p1')]);
}

it('three devices of a profile: one is gone, one has to wait, one has it', async () => {
	const { report: sent } = await threeDevices();
	const kinds = sent.results.map(({ kind, delivery }) => [
		kind,
		delivery.request.url.includes('/3/device/') ? delivery.request.url.slice(-1) : 'fcm',
	]);
	expect(kinds.sort()).toEqual([
		['dead', 'a'],
		['delivered', 'fcm'],
		['retrying', 'b'],
	]);
	expect(await denylisted('p1')).toEqual([hex('a')]);
	expect(await line('apns')).toMatchObject({ targeted: 2, bounced: 1, waiting: 1, sent: 0 });
	expect(await line('fcm')).toMatchObject({ targeted: 1, sent: 1, waiting: 0 });

	// The one that has to wait comes again by itself, with the same id.
	await clock.advance(61_000);
	const batch = await store.claim('queue:q', 10);
	const { report: retried } = await push.run([], batchInputs(batch));
	expect(retried.results).toMatchObject([{ kind: 'delivered', delivery: { attempt: 2 } }]);
	expect(await line('apns')).toMatchObject({ targeted: 2, bounced: 1, waiting: 0, sent: 1 });
	const ids = push.apns.received
		.filter(({ headers }) => headers[':path']?.endsWith(hex('b')))
		.map(({ headers }) => headers['apns-id']);
	expect(ids).toHaveLength(2);
	expect(new Set(ids).size).toBe(1);

	// The next message passes over the one that is gone.
	const { taken } = await push.run([toProfile('p1')]);
	expect(taken.deliveries).toHaveLength(2);
	expect(taken.excluded).toMatchObject([{ denylisted: true, exclusion: { code: '050031' } }]);
	expect(await line('apns')).toMatchObject({ targeted: 4, excluded: 1, bounced: 1, sent: 2 });
});

it('what a crash cut off in between is found by the report', async () => {
	await register(device(hex('a')), device('android-token', 'fcm'));
	const { taken } = await push.run([toProfile('p1')]);
	// As if the process had ended before it could note how the two fared.
	await store.write(async ({ db }) => {
		await db
			.updateTable('push_feedback' as never)
			.set({ status: 'pending' } as never)
			.execute();
		await db
			.updateTable('push_counts' as never)
			.set({ waiting: 1, sent: 0 } as never)
			.execute();
	});
	expect(await line('fcm')).toMatchObject({ targeted: 1, sent: 0, waiting: 1 });
	await followOpen(store);
	expect(await line('fcm')).toMatchObject({ targeted: 1, sent: 1, waiting: 0 });
	expect(taken.deliveries).toHaveLength(2);
	await followOpen(store);
	expect(await line('apns')).toMatchObject({ targeted: 1, sent: 1, waiting: 0 });
});

it('every delivery is stored before the first byte leaves', async () => {
	await register(...Array.from({ length: 30 }, (_, i) => device(`t${i}`, 'fcm', `p${i}`)));
	let least = Infinity;
	const counting: (typeof push.fcm.answers)[number] = (response) => {
		void rowsOf(store).then((rows) => {
			least = Math.min(least, rows.length);
			response.end('{}');
		});
	};
	push.fcm.answers.push(...Array.from({ length: 30 }, () => counting));
	await push.run(Array.from({ length: 30 }, (_, i) => toProfile(`p${i}`, { body: 'B' }, i)));
	expect(least).toBe(30);
});

describeStores('a look before an attempt', () => {
	async function retrying() {
		await register(device(hex('a')));
		push.apns.answers.push(refuse(503, 'ServiceUnavailable'));
		await push.run([toProfile('p1')]);
		await clock.advance(120_000);
	}
	const again = async () => {
		const { report: sent } = await push.run([], batchInputs(await store.claim('queue:q', 10)));
		return sent.results;
	};

	it('ends what is for a token that was given up meanwhile', async () => {
		await retrying();
		push.apns.answers.push(refuse(410, 'Unregistered', { timestamp: clock.now() }));
		await push.run([toProfile('p1')]);
		expect(await again()).toMatchObject([
			{ kind: 'dead', delivery: { reason: 'not sent: the token was denylisted meanwhile' } },
		]);
		expect(push.apns.received).toHaveLength(2);
		expect(await line('apns')).toMatchObject({ targeted: 2, bounced: 1, excluded: 1 });
	});

	it('ends what is for a profile that does not want it any more', async () => {
		await retrying();
		const change = { profileKey: 'p1', consent: 'no' as const };
		await store.write(async (unit) => await setConsents(unit, [change]));
		expect(await again()).toMatchObject([
			{ kind: 'dead', delivery: { reason: 'not sent: the consent was withdrawn meanwhile' } },
		]);
		expect(push.apns.received).toHaveLength(1);
		expect(await line('apns')).toMatchObject({ targeted: 1, excluded: 1, waiting: 0 });
	});

	it('ends what is for a device that was removed', async () => {
		await retrying();
		await store.write(async (unit) => {
			const [one] = (await devicesOfProfiles(unit, ['p1'])).get('p1') ?? [];
			await removeDevices(unit, [one.id]);
		});
		expect(await again()).toMatchObject([
			{ kind: 'dead', delivery: { reason: 'not sent: the device was removed meanwhile' } },
		]);
	});

	it('lets through what is still wanted', async () => {
		await retrying();
		expect(await again()).toMatchObject([{ kind: 'delivered' }]);
	});
});

describeStores('a collapse key', () => {
	it('lets a newer notification take the place of one that waits', async () => {
		await register(device(hex('a')));
		push.apns.answers.push(refuse(503, 'ServiceUnavailable'));
		const score = (body: string) => toProfile('p1', { body, collapseKey: 'score' });
		await push.run([score('1:0')]);
		await push.run([score('2:0')]);
		const rows = await rowsOf(store);
		expect(rows.map(({ status, reason }) => [status, reason])).toEqual([
			['closed', 'superseded'],
			['delivered', null],
		]);
		await followOpen(store);
		expect(await line('apns')).toMatchObject({ targeted: 2, sent: 1, excluded: 1, waiting: 0 });
	});

	it('of another kind leaves it', async () => {
		await register(device(hex('a')));
		push.apns.answers.push(refuse(503, 'ServiceUnavailable'));
		await push.run([toProfile('p1', { body: 'a', collapseKey: 'one' })]);
		await push.run([toProfile('p1', { body: 'b', collapseKey: 'two' })]);
		expect((await rowsOf(store)).map(({ status }) => status)).toEqual(['retrying', 'delivered']);
	});

	it('without one every notification is sent', async () => {
		await register(device(hex('a')));
		push.apns.answers.push(refuse(503, 'ServiceUnavailable'));
		await push.run([toProfile('p1')]);
		await push.run([toProfile('p1')]);
		expect((await rowsOf(store)).map(({ status }) => status)).toEqual(['retrying', 'delivered']);
	});
});

it('a notification ends with its time to live', async () => {
	await register(device(hex('a')));
	push.apns.answers.push(refuse(503, 'ServiceUnavailable'));
	const { report: sent } = await push.run([toProfile('p1', { body: 'B', timeToLiveSeconds: 60 })]);
	const [row] = await rowsOf(store);
	expect(row.expires_at).toBe(clock.now() + 60_000);
	expect(sent.results).toMatchObject([{ kind: 'retrying' }]);
	await clock.advance(61_000);
	await push.run([], batchInputs(await store.claim('queue:q', 10)));
	expect(await rowsOf(store)).toMatchObject([{ status: 'dead', reason: 'expired' }]);
	expect(push.apns.received).toHaveLength(1);
	await followOpen(store);
	expect(await line('apns')).toMatchObject({ bounced: 1, waiting: 0 });
});

describeStores('a message that cannot be made', () => {
	it('is excluded as a rendering error, with the reason', async () => {
		await register(device(hex('a')));
		const { taken } = await push.run([toProfile('p1', { body: 'Hello {name}' })]);
		expect(taken.deliveries).toEqual([]);
		expect(taken.excluded).toMatchObject([
			{ exclusion: { code: '050302', reason: 'RuntimeRenderingError' } },
		]);
		expect(taken.excluded[0].exclusion.details).toContain('{name}');
		expect(await line('apns')).toMatchObject({ targeted: 1, excluded: 1 });
	});

	it('is told with its size when it is too long', async () => {
		await register(device(hex('a')));
		const { taken } = await push.run([toProfile('p1', { body: 'x'.repeat(5_000) })]);
		expect(taken.excluded[0].exclusion.details).toMatch(/5,\d\d\d bytes, and APNs takes 4,096/);
	});
});

it('an event that comes twice is sent once to each device', async () => {
	await register(device(hex('a')), device('t', 'fcm'));
	const expiresAt = clock.now() + 1e9;
	push.options.deduplicationOf = () => ({ scope: 's', key: 'event-1', expiresAt });
	await push.run([toProfile('p1')]);
	const { taken } = await push.run([toProfile('p1')]);
	expect(taken.deliveries.map(({ standing }) => standing)).toEqual(['duplicate', 'duplicate']);
	expect(push.apns.received).toHaveLength(1);
	expect(push.fcm.received).toHaveLength(1);
	expect(await line('apns')).toMatchObject({ targeted: 1 });
});

it('the tracking data of a notification leads to its delivery', async () => {
	await register(device(hex('a')));
	const { report: sent } = await push.run([toProfile('p1')]);
	const { _xdm } = JSON.parse(push.apns.received[0].body) as { _xdm: object };
	expect(_xdm).toEqual({
		cjm: {
			_experience: {
				customerJourneyManagement: {
					messageExecution: {
						messageExecutionID: sent.results[0].delivery.id,
						messageID: 'm1',
					},
				},
			},
		},
	});
});

it('a thousand profiles with two devices each are all sent to, once', async () => {
	const all = Array.from({ length: 1_000 }, (_, i) => [
		device(`${hex('a').slice(8)}${String(i).padStart(8, '0')}`, 'apns', `p${i}`),
		device(`t${i}`, 'fcm', `p${i}`),
	]).flat();
	await register(
		...all.map((one, i) => ({ ...one, identity: { namespace: 'ECID', id: `e${i}` } })),
	);
	push.fcm.answers.push(refuseFcm(500, 'INTERNAL'));
	const requests = Array.from({ length: 1_000 }, (_, i) => toProfile(`p${i}`, { body: 'B' }, i));
	const { report: sent } = await push.run(requests);
	const delivered = sent.results.filter(({ kind }) => kind === 'delivered');
	expect(delivered).toHaveLength(1_999);
	expect(sent.results).toHaveLength(2_000);
	expect(new Set(push.apns.received.map(({ headers }) => headers[':path'])).size).toBe(1_000);
	expect(await line('apns')).toMatchObject({ targeted: 1_000, sent: 1_000 });
	expect(await line('fcm')).toMatchObject({ targeted: 1_000, sent: 999, waiting: 1 });
}, 30_000);
