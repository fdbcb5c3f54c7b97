import type { Dispatcher } from 'undici';
import type { Clock } from '../clock';
import type { Channel } from '../delivery/channel';
import type { Delivery } from '../delivery/delivery';
import { createApnsChannel } from './apns/channel';
import type { ApnsConnections } from './apns/connections';
import { emptyOutcome } from './conclude';
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
	const forApns = apns ?? withoutCredential('APNs', common.clock);
	const forFcm = fcm ?? withoutCredential('FCM', common.clock);
	return {
		attempt: async (delivery, signal) =>
			await (isForFcm(delivery) ? forFcm : forApns).attempt(delivery, signal),
	};
}

/** Both providers have paths of their own. */
const isForFcm = ({ request }: Delivery) =>
	/\/v1\/projects\/[^/]+\/messages:send$/.test(request.url);

function withoutCredential(provider: string, clock: Clock): Channel {
	const reason = `the channel configuration has no ${provider} credential any more; choose one, then replay`;
	const error = { code: 'AUTHENTICATION_FAILED', message: reason };
	return {
		attempt: async () => ({ ...emptyOutcome(clock.now()), error, reason, verdict: 'dead' }),
	};
}
