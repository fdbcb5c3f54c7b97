import type { Dispatcher } from 'undici';
import type { Clock } from '../clock';
import type { Channel, Outcome } from '../delivery/channel';
import type { Delivery } from '../delivery/delivery';
import { createApnsChannel } from './apns/channel';
import type { ApnsConnections } from './apns/connections';
import type { ChannelConfiguration } from './configuration';
import { createFcmChannel } from './fcm/channel';
import type { TokenKeeper } from './tokenKeeper';

export interface PushChannelOptions {
	configuration: ChannelConfiguration;
	/** For APNs; used when the configuration has a credential for it. */
	connections: ApnsConnections | undefined;
	/** For FCM. */
	dispatcher: Dispatcher;
	clock: Clock;
	keeper: TokenKeeper;
	defaultTimeoutMs: number;
}

/** Sends each notification to the provider that its request names. */
export function createPushChannel(options: PushChannelOptions): Channel {
	const { configuration, connections, ...common } = options;
	const { ios, android } = configuration;
	const apns =
		ios && connections && createApnsChannel({ ...common, credential: ios.credential, connections });
	const fcm = android && createFcmChannel({ ...common, credential: android.credential });
	return {
		async attempt(delivery: Delivery, signal: AbortSignal): Promise<Outcome> {
			const channel = isForFcm(delivery) ? fcm : apns;
			if (channel) return await channel.attempt(delivery, signal);
			const provider = isForFcm(delivery) ? 'FCM' : 'APNs';
			const message = `the channel configuration has no ${provider} credential any more; choose one, then replay`;
			return {
				startedAt: common.clock.now(),
				durationMs: 0,
				error: { code: 'AUTHENTICATION_FAILED', message },
				verdict: 'dead',
				reason: message,
			};
		},
	};
}

/** Both providers have paths of their own. */
const isForFcm = ({ request }: Delivery) =>
	/\/v1\/projects\/[^/]+\/messages:send$/.test(request.url);
