import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { join } from 'node:path';
import { readInteraction, type Interaction } from '../../../lib/push/interactions';
import { setConsents } from '../../../lib/push/store/consents';
import {
	denylistDevices,
	devicesOfIdentity,
	registerDevices,
	removeDevices,
} from '../../../lib/push/store/devices';
import { eraseProfile } from '../../../lib/push/store/erasure';
import { followOpen } from '../../../lib/push/store/follow';
import { trackInteractions } from '../../../lib/push/store/interactions';
import { reportOf } from '../../../lib/push/store/reports';
import { purgePushRecords } from '../../../lib/push/store/retention';
import { closeDispatchers } from '../../../lib/transport/dispatcher';
import { FakeClock } from '../../support/fakeClock';
import { testFolder } from '../../support/stores';
import { refuse } from './support/apnsServer';
import { APP, openPushStore, startPush, toProfile } from './support/sending';

/** Steps of a plan that read a whole table: they take longer the more is stored. */
const WHOLE_TABLE = /\bSCAN (deliveries|requests|d|f|a|c|m|push_\w+)\b/;

it('what is asked about push notifications is answered by index, whatever is stored', async () => {
	const folder = testFolder();
	const clock = new FakeClock();
	const prepared = new Set<string>();
	const prepare = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, 'prepare')
		?.value as DatabaseSync['prepare'];
	const spy = jest.spyOn(DatabaseSync.prototype, 'prepare').mockImplementation(function (
		this: DatabaseSync,
		text: string,
	): StatementSync {
		prepared.add(text);
		return prepare.call(this, text);
	});
	const store = await openPushStore(folder.path, clock);
	const push = await startPush(store, clock);
	prepared.clear();

	const identity = { namespace: 'ECID', id: 'e1' };
	const registration = { appId: APP, platform: 'apns' as const, identity, denylisted: false };
	const [{ id }] = await store.write(
		async (unit) =>
			await registerDevices(unit, [
				{ ...registration, token: 'a'.repeat(64), profileKey: 'p1' },
				{ ...registration, token: 'b'.repeat(64) },
			]),
	);
	await store.write(
		async (unit) => await setConsents(unit, [{ profileKey: 'p1', consent: 'yes' }]),
	);
	push.apns.answers.push(refuse(410, 'Unregistered'));
	const { report } = await push.run([toProfile('p1')]);
	await push.run([
		{ ...toProfile('p1'), target: { tokens: [{ platform: 'apns', token: 'c'.repeat(64) }] } },
	]);
	await followOpen(store);
	const reading = readInteraction({
		eventType: 'pushTracking.applicationOpened',
		pushNotificationTracking: { pushProviderMessageID: 'x' },
		_experience: {
			customerJourneyManagement: {
				messageExecution: { messageExecutionID: report.results[0].delivery.id },
			},
		},
	}) as { interaction: Interaction };
	await store.write(async (unit) => {
		await trackInteractions(unit, [reading.interaction]);
		await trackInteractions(unit, [{ ...reading.interaction, id: 'other', executionId: 'x' }]);
		await denylistDevices(unit, [{ id, reason: 'x' }]);
		await devicesOfIdentity(unit, 'ECID', 'e1');
		for (const by of ['hour', 'day', 'whole'] as const) {
			await reportOf(unit, { from: 0, to: 1, by });
			await reportOf(unit, { from: 0, to: 1, by, messageId: 'm1' });
		}
		await removeDevices(unit, [id]);
		await eraseProfile(unit, 'p1');
	});
	await purgePushRecords(store, clock.now());

	spy.mockRestore();
	const reader = new DatabaseSync(join(folder.path, 'deliveries.sqlite'), { readOnly: true });
	const texts = [...prepared].filter((text) => /push_|requests/.test(text));
	expect(texts.length).toBeGreaterThan(25);
	for (const text of texts.filter((one) => /^\s*(select|insert|update|delete)/.test(one))) {
		const parameters = (text.match(/\?/g) ?? []).map(() => null);
		const steps = reader.prepare(`explain query plan ${text}`).all(...parameters);
		const whole = steps.map((step) => String(step.detail)).filter((step) => WHOLE_TABLE.test(step));
		expect({ text, whole }).toEqual({ text, whole: [] });
	}
	reader.close();
	await push.close();
	await closeDispatchers();
	await store.close();
	folder.remove();
});
