import type { LookupAddress } from 'node:dns';
import { systemClock, type Clock } from '../../../../lib/clock';
import type { Outcome } from '../../../../lib/delivery/channel';
import type { Delivery, DeliveryRequest } from '../../../../lib/delivery/delivery';
import { createHttpChannel, type HttpChannelOptions } from '../../../../lib/delivery/httpChannel';
import { noAuthentication } from '../../../../lib/transport/authentication';
import { getDispatcher, type DispatcherOptions } from '../../../../lib/transport/dispatcher';
import { createEgressGuard, type EgressGuardOptions } from '../../../../lib/transport/egressGuard';

export function deliveryTo(url: string, request: Partial<DeliveryRequest> = {}): Delivery {
	return {
		id: 'msg_0190',
		kind: 'profile',
		name: 'test',
		request: { method: 'POST', url, headers: {}, body: '{"a":1}', ...request },
		attempt: 0,
		status: 'pending',
	};
}

export interface SendingOptions extends Partial<HttpChannelOptions> {
	guard?: Partial<EgressGuardOptions>;
	connections?: number;
	proxy?: DispatcherOptions['proxy'];
	tls?: DispatcherOptions['tls'];
	clock?: Clock;
	signal?: AbortSignal;
}

export interface Sending {
	send(url: string, request?: Partial<DeliveryRequest>, signal?: AbortSignal): Promise<Outcome>;
}

/** A channel over a real dispatcher that may reach 127.0.0.1. */
export function sending(options: SendingOptions = {}): Sending {
	const { guard, connections = 10, proxy = 'none', tls, ...channelOptions } = options;
	const channel = createHttpChannel({
		dispatcher: getDispatcher({
			guard: createEgressGuard({ allowedHosts: ['127.0.0.1'], ...guard }),
			connectionsPerOrigin: connections,
			proxy,
			tls,
		}),
		clock: systemClock,
		authentication: noAuthentication,
		defaultTimeoutMs: 5_000,
		...channelOptions,
	});
	const patient = new AbortController().signal;
	return {
		send: async (url, request, signal = patient) =>
			await channel.attempt(deliveryTo(url, request), signal),
	};
}

export function resolvesTo(...addresses: string[]): () => Promise<LookupAddress[]> {
	return async () =>
		addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
}
