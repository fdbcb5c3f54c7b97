import { systemClock, type Clock } from '../../../../lib/clock';
import type { Delivery } from '../../../../lib/delivery/delivery';
import { newDeliveryId } from '../../../../lib/delivery/identifiers';
import { createApnsChannel } from '../../../../lib/push/apns/channel';
import { connectHttp2 } from '../../../../lib/push/apns/connect';
import { ApnsConnections } from '../../../../lib/push/apns/connections';
import type { ApnsCredential } from '../../../../lib/push/apns/credential';
import { apnsIdOf } from '../../../../lib/push/deliveries';
import type { TokenFacts } from '../../../../lib/push/errors';
import { createFcmChannel } from '../../../../lib/push/fcm/channel';
import type { FcmCredential } from '../../../../lib/push/fcm/serviceAccount';
import type { PushOutcome } from '../../../../lib/push/pushOutcome';
import { subjectOf } from '../../../../lib/push/subject';
import {
	noTokenKeeper,
	type ForgetReason,
	type TokenKeeper,
} from '../../../../lib/push/tokenKeeper';
import { getDispatcher } from '../../../../lib/transport/dispatcher';
import { createEgressGuard } from '../../../../lib/transport/egressGuard';
import { apnsCredential } from './keys';
import type { ApnsTestServer } from './apnsServer';

export const TOKEN = 'a'.repeat(64);

export const guard = createEgressGuard({ allowedHosts: ['127.0.0.1', 'localhost'] });

/** A keeper that tells what it was asked to forget. */
export function rememberingKeeper(
	facts: TokenFacts = { environmentKnown: true },
): TokenKeeper & { forgotten: ForgetReason[] } {
	const forgotten: ForgetReason[] = [];
	return {
		forgotten,
		factsOf: () => facts,
		forget: (_delivery, why) => {
			forgotten.push(why);
		},
	};
}

/** A delivery to a device at a server of the test's. */
export function apnsDelivery(
	origin: string,
	overrides: Partial<Delivery['request']> = {},
): Delivery {
	const id = newDeliveryId();
	return {
		id,
		kind: 'push',
		name: 'App',
		subject: subjectOf('d', true),
		request: {
			method: 'POST',
			url: `${origin}/3/device/${TOKEN}`,
			headers: {
				'apns-id': apnsIdOf(id),
				'apns-topic': 'com.example.app',
				'apns-push-type': 'alert',
			},
			body: '{"aps":{"alert":"Hello"}}',
			...overrides,
		},
		attempt: 0,
		status: 'pending',
	};
}

export interface ApnsSending {
	connections: ApnsConnections;
	send(delivery?: Delivery, signal?: AbortSignal): Promise<PushOutcome>;
}

/** A channel to a local server. */
export function apnsSending(
	server: Pick<ApnsTestServer, 'origin' | 'ca'>,
	options: {
		credential?: ApnsCredential;
		keeper?: TokenKeeper;
		clock?: Clock;
		timeoutMs?: number;
		mostConnections?: number;
		mostStreams?: number;
	} = {},
): ApnsSending {
	const { clock = systemClock, keeper = noTokenKeeper, timeoutMs = 5_000, ...limits } = options;
	const credential = options.credential ?? apnsCredential(server.origin);
	const connections = new ApnsConnections({
		origin: server.origin,
		clock,
		connect: async () =>
			await connectHttp2(new URL(server.origin), { guard, tls: { ca: server.ca } }),
		...limits,
	});
	const channel = createApnsChannel({
		credential,
		connections,
		clock,
		keeper,
		defaultTimeoutMs: timeoutMs,
	});
	const never = new AbortController().signal;
	return {
		connections,
		send: async (delivery = apnsDelivery(server.origin), signal = never) =>
			await channel.attempt(delivery, signal),
	};
}

/** A delivery by FCM at a server of the test's. */
export function fcmDelivery(
	origin: string,
	overrides: Partial<Delivery['request']> = {},
): Delivery {
	return {
		id: newDeliveryId(),
		kind: 'push',
		name: 'App',
		subject: subjectOf('d', true),
		request: {
			method: 'POST',
			url: `${origin}/v1/projects/demo/messages:send`,
			headers: { 'content-type': 'application/json;charset=utf-8' },
			body: '{"message":{"token":"t","data":{"k":"v"}}}',
			...overrides,
		},
		attempt: 0,
		status: 'pending',
	};
}

/** A channel to a local server. */
export function fcmSending(
	credential: FcmCredential,
	options: { keeper?: TokenKeeper; clock?: Clock; timeoutMs?: number } = {},
): { send(delivery?: Delivery): Promise<PushOutcome> } {
	const { clock = systemClock, keeper = noTokenKeeper, timeoutMs = 5_000 } = options;
	const channel = createFcmChannel({
		credential,
		dispatcher: getDispatcher({ guard, connectionsPerOrigin: 50, proxy: 'none' }),
		clock,
		keeper,
		defaultTimeoutMs: timeoutMs,
	});
	return {
		send: async (delivery = fcmDelivery(credential.origin)) =>
			await channel.attempt(delivery, new AbortController().signal),
	};
}
