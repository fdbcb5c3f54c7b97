import { closeApnsConnections } from '../../../lib/push/apns/shared';
import { startApns, type ApnsTestServer } from '../../lib/push/support/apnsServer';
import { startFcm, type FcmTestServer } from '../../lib/push/support/fcmServer';
import { APP, credentialsFor, deliveriesAt, jsonAt, runPush, serveQueue } from './support';

let profile: string;
let runs = 0;
const workflowId = 'push-operations';

beforeEach(() => (profile = `operations-${++runs}`));

const token = (letter: string) => `${letter.repeat(60)}${String(runs).padStart(4, '0')}`;
const event = (letter: string, ecid = `e-${runs}`) => ({
	data: {
		pushNotificationDetails: [
			{
				appID: APP,
				platform: 'apns',
				token: token(letter),
				denylisted: false,
				identity: { namespace: { code: 'ECID' }, id: ecid },
			},
		],
	},
});
const register = async (...items: object[]) =>
	await runPush({ parameters: { operation: 'registerToken', profile }, items, workflowId });
const devices = async () =>
	jsonAt(
		await runPush({
			parameters: { operation: 'getDevices', deviceProfile: profile, includeDenylisted: false },
			workflowId,
		}),
	);

test("the SDK's event is registered as it is sent", async () => {
	const run = await register(event('a'));
	expect(jsonAt(run)).toMatchObject([
		{
			profileKey: profile,
			appID: APP,
			platform: 'apns',
			token: token('a'),
			denylisted: false,
			identity: { namespace: { code: 'ECID' }, id: `e-${runs}` },
		},
	]);
	expect(await devices()).toHaveLength(1);
});

test('devices are found by their ECID too', async () => {
	await register(event('a'));
	const run = await runPush({
		parameters: { operation: 'getDevices', findBy: 'identity', deviceIdentity: `e-${runs}` },
		workflowId,
	});
	expect(jsonAt(run)).toMatchObject([{ token: token('a') }]);
});

test('an item that is no registration fails the node, which names item and field', async () => {
	const run = await register(event('a'), { platform: 'x', token: 'y' });
	expect(run.error?.message).toContain('Item 1: platform has to be one of');
	expect(await devices()).toEqual([]);
});

test('a node that goes on in spite of errors registers the others', async () => {
	const run = await runPush({
		parameters: { operation: 'registerToken', profile },
		items: [{ nothing: true }, event('a')],
		workflowId,
		node: { onError: 'continueRegularOutput' },
	});
	expect(jsonAt(run)[0].error).toContain('pushNotificationDetails is missing');
	expect(jsonAt(run)[1]).toMatchObject({ token: token('a') });
});

test('a token is removed', async () => {
	await register(event('a'));
	const parameters = {
		operation: 'removeToken',
		removedAppId: APP,
		removedPlatform: 'apns',
		removedToken: token('a'),
	};
	expect(jsonAt(await runPush({ parameters, workflowId }))).toMatchObject([{ removed: true }]);
	expect(jsonAt(await runPush({ parameters, workflowId }))).toMatchObject([{ removed: false }]);
	expect(await devices()).toEqual([]);
});

test('a profile is erased', async () => {
	await register(event('a'), event('b', 'other'));
	const run = await runPush({
		parameters: { operation: 'removeProfile', profile },
		workflowId,
	});
	expect(jsonAt(run)).toMatchObject([{ profileKey: profile, erased: { devices: 2 } }]);
	expect(await devices()).toEqual([]);
});

test('a consent that is neither yes nor no is refused', async () => {
	const run = await runPush({
		parameters: { operation: 'setConsent', profile, consent: '={{ "perhaps" }}' },
		workflowId,
	});
	expect(run.error?.message).toContain('Consent is "perhaps"');
});

describe('an opening', () => {
	let apns: ApnsTestServer;
	let fcm: FcmTestServer;

	beforeEach(async () => {
		apns = await startApns();
		fcm = await startFcm();
		await serveQueue(workflowId);
	});
	afterEach(async () => {
		closeApnsConnections();
		await apns.close();
		await fcm.close();
	});

	test('comes back as the experience event of its message, and counts once', async () => {
		await register(event('a'));
		const sent = await runPush({
			credentials: credentialsFor(apns, fcm),
			workflowId,
			parameters: {
				profileKey: profile,
				body: 'Hi',
				trackingData: true,
				messageId: `message-${runs}`,
			},
		});
		const { _xdm } = JSON.parse(apns.received[0].body) as { _xdm: { cjm: object } };
		const opened = {
			xdm: {
				eventType: 'pushTracking.applicationOpened',
				pushNotificationTracking: { pushProvider: 'apns', pushProviderMessageID: 'x' },
				application: { launches: { value: 1 } },
				..._xdm.cjm,
			},
			meta: { collect: { datasetId: 'd' } },
		};
		const run = await runPush({
			parameters: { operation: 'trackInteraction' },
			items: [opened, opened, { xdm: { eventType: 'other' } }],
			workflowId,
		});
		const [first, second, third] = jsonAt(run);
		expect(first).toMatchObject({
			xdm: { eventType: 'pushTracking.applicationOpened' },
			trackingStatus: 'trackingInitiated',
			interaction: {
				type: 'pushTracking.applicationOpened',
				messageId: `message-${runs}`,
				deliveryId: deliveriesAt(sent, 0)[0].id,
				profileKey: profile,
				duplicate: false,
			},
		});
		expect(second).toMatchObject({ interaction: { duplicate: true } });
		expect(third).toMatchObject({ trackingStatus: 'unknownError' });

		const report = await runPush({
			parameters: {
				operation: 'report',
				reportMessageId: `message-${runs}`,
				period: 'day',
				from: '={{ $now.minus({ days: 1 }).toISO() }}',
			},
			workflowId,
		});
		expect(jsonAt(report)).toMatchObject([
			{ messageId: `message-${runs}`, appId: APP, sent: 1, delivered: 1, opened: 1 },
		]);
	});
});

test('a report with a date that is none says so', async () => {
	const run = await runPush({ parameters: { operation: 'report', from: 'soon' }, workflowId });
	expect(run.error?.message).toContain('From is "soon", which is no date');
});
