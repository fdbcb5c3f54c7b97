import { systemClock } from '../../../../lib/clock';
import { send, type SenderOptions, type SenderReport } from '../../../../lib/delivery/sender';
import type { SenderInput } from '../../../../lib/delivery/senderTypes';
import { presetForKind } from '../../../../lib/delivery/presets';
import { ApnsConnections } from '../../../../lib/push/apns/connections';
import { connectHttp2 } from '../../../../lib/push/apns/connect';
import type { Composition } from '../../../../lib/push/compose';
import { checkConfiguration, type ConfigurationFields } from '../../../../lib/push/configuration';
import { pushFeed } from '../../../../lib/push/feed';
import { pushLook } from '../../../../lib/push/look';
import { createPushChannel } from '../../../../lib/push/pushChannel';
import { followDeliveries } from '../../../../lib/push/store/follow';
import { pushMigrations } from '../../../../lib/push/store/migrations';
import { storedTokenKeeper } from '../../../../lib/push/storedTokenKeeper';
import type { TakeOptions, TakenPushes } from '../../../../lib/push/take';
import type { PushRequest } from '../../../../lib/push/targets';
import type { DeliveryStore } from '../../../../lib/store/deliveryStore';
import { deliveriesMigration } from '../../../../lib/store/migrations/0001-deliveries';
import { getDispatcher } from '../../../../lib/transport/dispatcher';
import type { FakeClock } from '../../../support/fakeClock';
import { openTestStore } from '../../../support/stores';
import { senderOptions } from '../../../support/senders';
import { startApns, type ApnsTestServer } from './apnsServer';
import { guard } from './channels';
import { startFcm, type FcmTestServer } from './fcmServer';
import { apnsCredential, fcmCredential } from './keys';

export const APP = 'com.example.app';
export const ANDROID_APP = 'com.example.android';

/** Opens a store with the tables of push notifications. */
export async function openPushStore(folder: string, clock: FakeClock): Promise<DeliveryStore> {
	return await openTestStore(folder, clock, {
		migrations: { '0001-deliveries': deliveriesMigration, ...pushMigrations },
	});
}

export interface PushBench {
	apns: ApnsTestServer;
	fcm: FcmTestServer;
	/** Sends requests that are new, and what a batch brings back. */
	run(
		requests: readonly PushRequest<Composition>[],
		inputs?: readonly SenderInput[],
		overrides?: Partial<SenderOptions>,
	): Promise<{ report: SenderReport; taken: TakenPushes }>;
	options: TakeOptions;
	close(): Promise<void>;
}

/** A sender of push notifications with a store, and both providers as local servers. */
export async function startPush(
	store: DeliveryStore,
	clock: FakeClock,
	fields: Partial<ConfigurationFields> = {},
): Promise<PushBench> {
	const apns = await startApns();
	const fcm = await startFcm();
	const configuration = checkConfiguration({
		id: 'w/node',
		name: 'App',
		apns: apnsCredential(apns.origin),
		fcm: fcmCredential(fcm.origin),
		androidAppId: ANDROID_APP,
		tracking: {},
		...fields,
	});
	const connections = new ApnsConnections({
		origin: apns.origin,
		clock: systemClock,
		connect: async () => await connectHttp2(new URL(apns.origin), { guard, tls: { ca: apns.ca } }),
	});
	const channel = createPushChannel({
		configuration,
		connections,
		dispatcher: getDispatcher({ guard, connectionsPerOrigin: 50, proxy: 'none' }),
		clock: { ...systemClock, now: () => clock.now() },
		keeper: storedTokenKeeper(store),
		defaultTimeoutMs: 5_000,
	});
	const options: TakeOptions = {
		configuration,
		messageId: 'm1',
		messageName: 'Welcome',
		queue: 'q',
		expiresAt: clock.now() + 3 * 24 * 3_600_000,
	};
	const base = senderOptions(store, clock, channel, {
		policyOf: () => presetForKind('push'),
		beforeAttempt: pushLook(store),
	});
	return {
		apns,
		fcm,
		options,
		async run(requests, inputs = [], overrides = {}) {
			const taken: TakenPushes = { deliveries: [], excluded: [] };
			const feed =
				requests.length === 0
					? {}
					: {
							feed: pushFeed(store, requests, options, (part) => {
								taken.deliveries.push(...part.deliveries);
								taken.excluded.push(...part.excluded);
							}),
						};
			const report = await send(inputs, { ...base, ...feed, ...overrides });
			await followDeliveries(
				store,
				report.results.map(({ delivery }) => delivery.id),
			);
			return { report, taken };
		},
		async close() {
			connections.destroy();
			await apns.close();
			await fcm.close();
		},
	};
}

/** A request for a profile. */
export function toProfile(
	profileKey: string,
	message: Composition['message'] = { title: 'Hi', body: 'There' },
	index = 0,
): PushRequest<Composition> {
	return { index, target: { profileKey }, message: { message, variables: {} } };
}
