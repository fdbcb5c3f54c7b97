import type { Dispatcher } from 'undici';
import type { Clock } from '../../clock';
import { exchange, targetOf, type ExchangeResult } from '../../transport/exchange';
import { InFlight } from '../../transport/inFlight';
import { LONGEST_ANSWER } from './answers';

/** For connecting and the whole answer: a full page takes the service seconds. */
export const REQUEST_TIMEOUT_MS = 30_000;

interface FetchMeans {
	dispatcher: Dispatcher;
	clock: Clock;
	signal: AbortSignal;
	timeoutMs: number;
	/** What is sent, in this order; the client's own headers are not. */
	headers: Readonly<Record<string, string>>;
}

/** What the HTTP client gives to a fetch, as far as it is used. */
interface FetchOptions {
	method: string;
	body?: string | null;
	/** What was put there for it. */
	exchange?: ExchangeFetch;
}

/**
 * The one fetch that the HTTP client is given. It keeps every fetch that it has ever seen, so that one made
 * for a request would stay, and its answer with it; the request's own comes along as an option.
 */
export const fetchByOptions = async (url: string, options: FetchOptions): Promise<Response> => {
	if (!options.exchange) throw new TypeError('no exchange among the options');
	return await options.exchange.fetch(url, options);
};

/**
 * A fetch for the HTTP client over our own guarded connections: one time limit for everything, a bounded
 * answer, no redirect, and no header but those that are meant.
 */
export class ExchangeFetch {
	/** What the last request came to, also where the client sees only a failure. */
	result: ExchangeResult | undefined;

	constructor(private readonly means: FetchMeans) {}

	readonly fetch = async (url: string, options: FetchOptions): Promise<Response> => {
		const { dispatcher, clock, signal, timeoutMs, headers } = this.means;
		const { method, body } = options;
		const result = await exchange(
			{ dispatcher, inFlight: new InFlight(clock) },
			{
				target: targetOf(new URL(url)),
				method,
				headers: Object.entries(headers).flat(),
				body: body ? Buffer.from(body, 'utf8') : undefined,
				timeoutMs,
				signal,
				keepBytes: LONGEST_ANSWER,
			},
		);
		this.result = result;
		// The bytes stay with the result; nothing has to be read twice.
		return new Response(null, { status: result.statusCode ?? 599 });
	};
}
