import { systemClock, type Clock } from '../../../../lib/clock';
import { ReactorClient } from '../../../../lib/callbacks/reactor/client';
import { ReactorError } from '../../../../lib/callbacks/reactor/errors';
import type { ReactorMeans } from '../../../../lib/callbacks/reactor/http';
import { adobeHeaders, type WriteForm } from '../../../../lib/callbacks/reactor/settings';
import {
	bearerAuthentication,
	type Authentication,
} from '../../../../lib/transport/authentication';
import { closeDispatchers, getDispatcher } from '../../../../lib/transport/dispatcher';
import { createEgressGuard } from '../../../../lib/transport/egressGuard';
import { ACCESS_TOKEN, API_KEY, ORGANIZATION } from '../../../support/reactorDouble';
import { closeServers } from '../../transport/support/servers';

/** For `afterEach`. */
export async function endAll(): Promise<void> {
	await closeDispatchers();
	await closeServers();
}

/** A clock whose waits are over at once, with a note of them. */
export function hastyClock(): Clock & { waits: number[] } {
	const waits: number[] = [];
	return {
		...systemClock,
		waits,
		// Longer ones are time limits of requests, which are not to be up.
		sleep: async (ms, signal) => {
			if (ms > 31_000) return await systemClock.sleep(ms, signal);
			if (ms === TIMEOUT_MS) return await systemClock.sleep(ms, signal);
			waits.push(ms);
		},
	};
}

/** Of a request in a test, unlike any wait between tries. */
export const TIMEOUT_MS = 1_234;

export interface ClientOptions {
	writeForm?: WriteForm;
	authentication?: Authentication;
	means?: Partial<ReactorMeans>;
	signal?: AbortSignal;
	bearerOnly?: boolean;
	allowedHosts?: string[];
}

/** A client for a service on loopback, with Adobe's headers unless told. */
export function clientFor(origin: string, options: ClientOptions = {}): ReactorClient {
	const guard = createEgressGuard({ allowedHosts: options.allowedHosts ?? ['127.0.0.1'] });
	return new ReactorClient(
		{
			baseUrl: origin,
			authentication:
				options.authentication ??
				bearerAuthentication(ACCESS_TOKEN, { literalOrigins: [new URL(origin).origin] }),
			headers: options.bearerOnly ? {} : adobeHeaders(API_KEY, ORGANIZATION),
			writeForm: options.writeForm ?? 'guide',
		},
		{
			dispatcher: getDispatcher({ guard, connectionsPerOrigin: 4, proxy: 'none' }),
			clock: systemClock,
			random: () => 0.5,
			timeoutMs: TIMEOUT_MS,
			...options.means,
		},
		options.signal,
	);
}

/** The error that something ends with. */
export async function errorOf(promise: Promise<unknown>): Promise<ReactorError> {
	try {
		await promise;
	} catch (error) {
		if (error instanceof ReactorError) return error;
		throw error;
	}
	throw new Error('It did not fail');
}
