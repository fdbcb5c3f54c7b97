import { readInteraction, type Interaction } from '../../../lib/push/interactions';
import { eraseProfile } from '../../../lib/push/store/erasure';
import { registerDevices } from '../../../lib/push/store/devices';
import { trackInteractions } from '../../../lib/push/store/interactions';
import { reportOf } from '../../../lib/push/store/reports';
import { purgePushRecords } from '../../../lib/push/store/retention';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { closeDispatchers } from '../../../lib/transport/dispatcher';
import { FakeClock } from '../../support/fakeClock';
import { describeStores, rowsOf, testFolder, type TestFolder } from '../../support/stores';
import { describeConformance } from '../delivery/conformance';
import { refuse } from './support/apnsServer';
import { APP, openPushStore, startPush, toProfile, type PushBench } from './support/sending';

const execution = { messageExecutionID: 'msg_1', messageID: 'm1' };
const event = (overrides: Record<string, unknown> = {}, messageExecution: object = execution) => ({
	xdm: {
		eventType: 'pushTracking.applicationOpened',
		pushNotificationTracking: { pushProvider: 'apns', pushProviderMessageID: 'pm1' },
		application: { launches: { value: 1 } },
		_experience: { customerJourneyManagement: { messageExecution } },
		...overrides,
	},
	meta: { collect: { datasetId: 'd' } },
});
const read = (value: unknown): Interaction => {
	const reading = readInteraction(value);
	if (!reading.ok) throw new Error(reading.problem);
	return reading.interaction;
};
const action = (actionID: string, launches: number, more: object = {}) =>
	event({
		eventType: 'pushTracking.customAction',
		pushNotificationTracking: {
			pushProvider: 'apns',
			pushProviderMessageID: 'pm1',
			customAction: { actionID },
		},
		application: { launches: { value: launches } },
		...more,
	});

describeStores('reading an interaction', () => {
	it('takes an opening and completes the event', () => {
		const interaction = read(event());
		expect(interaction).toMatchObject({
			type: 'pushTracking.applicationOpened',
			provider: 'apns',
			providerMessageId: 'pm1',
			executionId: 'msg_1',
			messageId: 'm1',
			launched: true,
		});
		expect(interaction.event).toEqual({
			meta: { collect: { datasetId: 'd' } },
			xdm: {
				eventType: 'pushTracking.applicationOpened',
				pushNotificationTracking: { pushProvider: 'apns', pushProviderMessageID: 'pm1' },
				application: { launches: { value: 1 } },
				_experience: {
					customerJourneyManagement: {
						messageExecution: execution,
						messageProfile: { channel: { _id: 'https://ns.adobe.com/xdm/channels/push' } },
						pushChannelContext: { platform: 'apns' },
					},
				},
			},
		});
	});

	it('takes what stands in xdm alone, a button, a dismissal and a receipt', () => {
		expect(read(event().xdm).type).toBe('pushTracking.applicationOpened');
		expect(read(action('yes', 1))).toMatchObject({ actionId: 'yes', launched: true });
		expect(read(action('Dismiss', 0))).toMatchObject({ actionId: 'Dismiss', launched: false });
		const receipt = read(event({ eventType: 'pushTracking.receive', application: undefined }));
		expect(receipt).toMatchObject({ launched: false });
		expect(receipt.event).not.toHaveProperty('xdm.application');
	});

	it('has the same id for the same event', () => {
		expect(read(event()).id).toBe(read(event()).id);
		expect(read(event({ timestamp: '2026-01-01T00:00:00Z' })).id).not.toBe(read(event()).id);
		expect(read(event({ _id: 'own' })).id).toBe('own');
	});

	test.each<[string, unknown, string]>([
		['no event', 'x', 'unknownError'],
		['another event', event({ eventType: 'commerce.purchases' }), 'unknownError'],
		['no id of the notification', event({ pushNotificationTracking: {} }), 'invalidMessageId'],
		['no tracking data', event({ _experience: {} }), 'noTrackingData'],
		['a button without a name', action('', 1), 'unknownError'],
	])("refuses %s with the SDK's own status", (_name, value, status) => {
		expect(readInteraction(value)).toMatchObject({ ok: false, status });
	});

	describeConformance<object>('xdm-push/ios-tracking-event-01.json', (sample) => {
		it("gives back the SDK's own event as it is", () => {
			expect(read(sample).event).toEqual(sample);
		});
	});
});

describeStores('tracking', () => {
	let folder: TestFolder;
	let clock: FakeClock;
	let store: DeliveryStore;
	let push: PushBench;

	beforeEach(async () => {
		folder = testFolder();
		clock = new FakeClock();
		store = await openPushStore(folder.path, clock);
		push = await startPush(store, clock);
		await store.write(
			async (unit) =>
				await registerDevices(unit, [
					{
						appId: APP,
						platform: 'apns',
						token: 'a'.repeat(64),
						identity: { namespace: 'ECID', id: 'e1' },
						profileKey: 'p1',
						denylisted: false,
						at: clock.now() - 1_000,
					},
				]),
		);
	});

	afterEach(async () => {
		await push.close();
		await closeDispatchers();
		await store.close();
		folder.remove();
	});

	const track = async (...values: unknown[]) =>
		await store.write(async (unit) => await trackInteractions(unit, values.map(read)));
	const counts = async () => {
		const lines = await store.read(
			async (unit) => await reportOf(unit, { from: 0, to: clock.now() + 1, by: 'whole' }),
		);
		return lines[0];
	};
	const send = async () => (await push.run([toProfile('p1')])).report.results[0].delivery.id;
	const about = (id: string) => ({ messageExecutionID: id, messageID: 'm1' });

	it('an opening counts once for its notification, however often it comes', async () => {
		const id = await send();
		const opened = event({}, about(id));
		expect(await track(opened, opened)).toMatchObject([
			{ isKnown: false, deliveryId: id, messageId: 'm1', appId: APP, profileKey: 'p1' },
			{ isKnown: true },
		]);
		expect(await track(opened)).toMatchObject([{ isKnown: true }]);
		// Another opening of the same notification is stored, and opens it no second time.
		await track(event({ timestamp: '2026-02-01T00:00:00Z' }, about(id)));
		expect(await counts()).toMatchObject({ sent: 1, delivered: 1, opened: 1 });
	});

	it('a receipt is what counts as delivered', async () => {
		const id = await send();
		expect(await counts()).toMatchObject({ sent: 1, delivered: 0 });
		await track(event({ eventType: 'pushTracking.receive', application: undefined }, about(id)));
		expect(await counts()).toMatchObject({ sent: 1, delivered: 1, opened: 0 });
	});

	it('buttons and dismissals count by themselves', async () => {
		const id = await send();
		const of = { _experience: { customerJourneyManagement: { messageExecution: about(id) } } };
		await track(action('yes', 1, of), action('Dismiss', 0, of));
		expect(await counts()).toMatchObject({ clicked: 1, opened: 1, dismissed: 1, delivered: 1 });
	});

	it("finds the notification by the provider's name for it too", async () => {
		await send();
		const name = String(push.apns.received[0].headers['apns-id']).toUpperCase();
		const unknown = event(
			{ pushNotificationTracking: { pushProvider: 'apns', pushProviderMessageID: name } },
			{ messageExecutionID: 'of another system', messageID: 'x' },
		);
		expect(await track(unknown)).toMatchObject([{ messageId: 'm1', platform: 'apns' }]);
		expect(await counts()).toMatchObject({ opened: 1 });
	});

	it('what is about a notification of somebody else is stored and not counted', async () => {
		await send();
		expect(await track(event({}, about('msg_other')))).toMatchObject([
			{ isKnown: false, messageId: 'm1' },
		]);
		expect(await counts()).toMatchObject({ opened: 0 });
	});

	it('erasing a profile leaves its counts and nothing that tells who it was', async () => {
		const id = await send();
		await track(event({}, about(id)));
		push.apns.answers.push(refuse(503, 'ServiceUnavailable'));
		await push.run([toProfile('p1')]);
		const erased = await store.write(async (unit) => await eraseProfile(unit, 'p1'));
		expect(erased).toEqual({ devices: 1, interactions: 1, cancelled: 1, notifications: 2 });
		const rows = await rowsOf(store);
		expect(rows.map(({ status }) => status)).toEqual(['delivered', 'closed']);
		const left = await store.read(async ({ db }) => [
			rows,
			await db
				.selectFrom('push_feedback' as never)
				.selectAll()
				.execute(),
			await db
				.selectFrom('push_devices' as never)
				.selectAll()
				.execute(),
			await db
				.selectFrom('push_interactions' as never)
				.selectAll()
				.execute(),
		]);
		for (const trace of ['a'.repeat(64), '"p1"', 'e1"', 'There']) {
			expect(JSON.stringify(left)).not.toContain(trace);
		}
		expect(await counts()).toMatchObject({ targeted: 2, sent: 1, opened: 1 });
	});

	it('single notifications and interactions are removed after their time, counts are not', async () => {
		const id = await send();
		await track(event({}, about(id)));
		expect(await purgePushRecords(store, clock.now())).toBe(0);
		await clock.advance(10);
		expect(await purgePushRecords(store, clock.now())).toBe(2);
		expect(await counts()).toMatchObject({ sent: 1, opened: 1 });
	});
});
