import type { Dispatcher } from 'undici';
import type { Clock } from '../clock';
import type { Channel } from '../delivery/channel';
import type { Delivery } from '../delivery/delivery';
import { createApnsChannel } from './apns/channel';
import type { ApnsConnections } from './apns/connections';
import { emptyOutcome } from './conclude';
import type { ChannelConfiguration } from './configuration';
import { createFcmChannel } from './fcm/channel';
import type { PushOutcome } from './pushOutcome';
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

/**
 * Sends each notification to the provider that its request names. Once a provider has shown that nothing of
 * a batch would be taken, the rest of it is not sent there.
 */
export function createPushChannel(options: PushChannelOptions): Channel {
	const { configuration, connections, ...common } = options;
	const { ios, android } = configuration;
	const apns =
		ios && connections && createApnsChannel({ ...common, credential: ios.credential, connections });
	const fcm = android && createFcmChannel({ ...common, credential: android.credential });
	const forApns = new StoppingChannel(apns, 'APNs', common.clock);
	const forFcm = new StoppingChannel(fcm, 'FCM', common.clock);
	return {
		attempt: async (delivery, signal) =>
			await (isForFcm(delivery) ? forFcm : forApns).attempt(delivery, signal),
	};
}

/** Both providers have paths of their own. */
const isForFcm = ({ request }: Delivery) =>
	/\/v1\/projects\/[^/]+\/messages:send$/.test(request.url);

class StoppingChannel implements Channel {
	private stoppedBy: PushOutcome | undefined;

	constructor(
		private readonly channel: Channel | undefined,
		private readonly provider: string,
		private readonly clock: Clock,
	) {}

	async attempt(delivery: Delivery, signal: AbortSignal): Promise<PushOutcome> {
		if (!this.channel) return this.withoutCredential();
		if (this.stoppedBy) return this.unsent(this.stoppedBy);
		const outcome: PushOutcome = await this.channel.attempt(delivery, signal);
		if (outcome.pauseQueue !== undefined) this.stoppedBy = outcome;
		return outcome;
	}

	/** Without a status, so that it counts against the endpoint, which is then paused for this reason. */
	private unsent({ error, reason, pauseQueue }: PushOutcome): PushOutcome {
		const outcome = emptyOutcome(this.clock.now());
		return { ...outcome, error, reason, pauseQueue, verdict: 'retry' };
	}

	private withoutCredential(): PushOutcome {
		const reason = `the channel configuration has no ${this.provider} credential any more; choose one, then replay`;
		const error = { code: 'AUTHENTICATION_FAILED', message: reason };
		return { ...emptyOutcome(this.clock.now()), error, reason, verdict: 'dead' };
	}
}
