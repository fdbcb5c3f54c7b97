import type * as Clock from '../../lib/clock.ts';
import type { Channel } from '../../lib/delivery/channel.ts';
import type * as Gates from '../../lib/delivery/endpointGates.ts';
import type * as HttpChannel from '../../lib/delivery/httpChannel.ts';
import type * as Presets from '../../lib/delivery/presets.ts';
import type * as RateLimiter from '../../lib/delivery/rateLimiter.ts';
import type * as Sender from '../../lib/delivery/sender.ts';
import type * as SendOnce from '../../lib/delivery/sendOnce.ts';
import type { SenderInput, SenderResult } from '../../lib/delivery/senderTypes.ts';
import type { DeliveryStore } from '../../lib/store/deliveryStore.ts';
import type * as Authentication from '../../lib/transport/authentication.ts';
import type * as Dispatcher from '../../lib/transport/dispatcher.ts';
import type * as Guard from '../../lib/transport/egressGuard.ts';
import { compiledPackage } from './package.ts';

export type Send = (inputs: readonly SenderInput[]) => Promise<void>;

/** The package's sender without a store and with one, put together as the nodes do it. */
export function ourSenders(
	store: DeliveryStore,
	concurrency: number,
): { withoutStore: Send; withStore: Send } {
	const { load } = compiledPackage();
	const { systemClock } = load<typeof Clock>('lib/clock');
	const { PRESETS } = load<typeof Presets>('lib/delivery/presets');
	const { createRateLimiter } = load<typeof RateLimiter>('lib/delivery/rateLimiter');
	const { EndpointGates } = load<typeof Gates>('lib/delivery/endpointGates');
	const { send } = load<typeof Sender>('lib/delivery/sender');
	const { sendOnce } = load<typeof SendOnce>('lib/delivery/sendOnce');

	const common = {
		channel: httpChannel(concurrency),
		policyOf: () => PRESETS.httpApiDestination,
		concurrency,
		limiter: createRateLimiter({ requestsPerSecond: 0, clock: systemClock }),
		signal: new AbortController().signal,
		random: Math.random,
	};
	return {
		async withoutStore(inputs) {
			const { results } = await sendOnce(inputs, { ...common, now: Date.now });
			assertDelivered(results, inputs.length);
		},
		async withStore(inputs) {
			const { results } = await send(inputs, {
				...common,
				store,
				clock: systemClock,
				queue: 'bench',
				workflowId: 'bench',
				executionId: 'bench',
				gates: new EndpointGates(true),
			});
			assertDelivered(results, inputs.length);
		},
	};
}

function httpChannel(concurrency: number): Channel {
	const { load } = compiledPackage();
	const { createHttpChannel } = load<typeof HttpChannel>('lib/delivery/httpChannel');
	const { getDispatcher } = load<typeof Dispatcher>('lib/transport/dispatcher');
	const { createEgressGuard } = load<typeof Guard>('lib/transport/egressGuard');
	const { noAuthentication } = load<typeof Authentication>('lib/transport/authentication');
	const { PRESETS } = load<typeof Presets>('lib/delivery/presets');
	const guard = createEgressGuard({ allowedHosts: ['127.0.0.1'] });
	return createHttpChannel({
		dispatcher: getDispatcher({ guard, connectionsPerOrigin: concurrency, proxy: 'none' }),
		clock: load<typeof Clock>('lib/clock').systemClock,
		authentication: noAuthentication,
		// A tenth of a million requests under way on a busy machine are no timeouts to be measured.
		defaultTimeoutMs: () => 10 * PRESETS.httpApiDestination.timeoutMs,
	});
}

function assertDelivered(results: readonly SenderResult[], count: number): void {
	const delivered = results.filter(({ kind }) => kind === 'delivered').length;
	if (delivered === count) return;
	const other = results.find(({ kind }) => kind !== 'delivered');
	throw new Error(
		`${delivered} of ${count} delivered; one of the others: ${JSON.stringify(other)}`,
	);
}
