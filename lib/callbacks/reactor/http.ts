import axios, { type AxiosRequestConfig } from 'axios';
import type { Dispatcher } from 'undici';
import type { Clock, Random } from '../../clock';
import { createScrubber } from '../../delivery/masking';
import { parseRetryAfter } from '../../delivery/retryAfter';
import {
	AuthenticationError,
	REFRESH_STATUSES,
	type HeaderPatch,
} from '../../transport/authentication';
import type { ExchangeResult } from '../../transport/exchange';
import { isPermanentErrorCode } from '../../transport/networkErrors';
import { documentOf, refusal, textOf } from './answers';
import { ReactorError } from './errors';
import { ExchangeFetch, fetchByOptions, REQUEST_TIMEOUT_MS } from './fetch';
import { retryDelay } from './retries';
import type { ReactorService } from './settings';

export interface ReactorMeans {
	/** Guarded: Base URL must not lead to where a receiver must not. */
	dispatcher: Dispatcher;
	clock: Clock;
	random: Random;
	/** For each try; {@link REQUEST_TIMEOUT_MS} unless given. */
	timeoutMs?: number;
}

export interface ReactorRequest {
	method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
	/** From the base URL on, URL-encoded; begins with a slash. */
	path: string;
	query?: string;
	headers: Readonly<Record<string, string>>;
	body?: string;
}

const USER_AGENT = 'n8n-nodes-postback';

/** Makes requests to the API: with the credential, again where that can help, and errors in words. */
export class ReactorHttp {
	private readonly host: string;

	constructor(
		private readonly service: ReactorService,
		private readonly means: ReactorMeans,
		private readonly signal: AbortSignal,
	) {
		this.host = new URL(service.baseUrl).host;
	}

	/**
	 * Makes a request and reads its answer.
	 * @returns the JSON of the answer; undefined where there is none
	 * @throws ReactorError
	 */
	async request(request: ReactorRequest): Promise<unknown> {
		for (let tries = 1; ; tries++) {
			const result = await this.tryOnce(request);
			const delay = this.delayAfter(request, result, tries);
			if (delay === undefined || this.signal.aborted) return this.read(request, result);
			await this.means.clock.sleep(delay, this.signal);
		}
	}

	private read(request: ReactorRequest, result: ExchangeResult): unknown {
		const { statusCode, failure } = result;
		// Every other request does the same however often it is made.
		const isChange = request.method === 'POST';
		if (statusCode === undefined) {
			const uncertain = isChange && mayHaveArrived(failure?.code);
			throw new ReactorError(
				`${failure?.message ?? `${this.host} could not be reached`}${uncertain ? `; ${UNCERTAIN}` : ''}`,
				{ kind: 'unavailable', uncertain },
			);
		}
		const text = textOf(result);
		if (statusCode >= 200 && statusCode < 300) {
			try {
				return documentOf(result, text, this.host);
			} catch (error) {
				if (!isChange || !(error instanceof ReactorError)) throw error;
				throw new ReactorError(`${error.message}; ${UNCERTAIN}`, { ...error, uncertain: true });
			}
		}
		const scrub = createScrubber(this.service.authentication.secrets);
		throw refusal(result, text, { host: this.host, scrub, now: this.means.clock.now() });
	}

	private delayAfter(
		{ method }: ReactorRequest,
		{ statusCode: status, failure, headers, cancelled }: ExchangeResult,
		tries: number,
	): number | undefined {
		return retryDelay(
			{
				repeatable: method !== 'POST',
				status,
				hopeless: cancelled || (failure !== undefined && isPermanentErrorCode(failure.code)),
				broken: status !== undefined && status < 300 && failure !== undefined,
				retryAfterMs: parseRetryAfter(headers['retry-after'], this.means.clock.now()),
			},
			tries,
			this.means.random,
		);
	}

	/** With another token once, when the first is refused. */
	private async tryOnce(request: ReactorRequest): Promise<ExchangeResult> {
		const { authentication } = this.service;
		const url = new URL(this.service.baseUrl + request.path);
		if (request.query) url.search = request.query;
		const { refreshOn = REFRESH_STATUSES } = authentication;
		try {
			const patch = await authentication.apply(url);
			const result = await this.send(url, request, patch);
			if (!refreshOn.includes(result.statusCode ?? 0)) return result;
			const renewed = await authentication.refresh?.(result.statusCode ?? 0, patch);
			if (renewed !== true) return result;
			return await this.send(url, request, await authentication.apply(url));
		} catch (error) {
			if (!(error instanceof AuthenticationError)) throw error;
			throw new ReactorError(error.message, {
				kind: error.verdict === 'retry' ? 'unavailable' : 'unauthorized',
			});
		}
	}

	private async send(
		url: URL,
		request: ReactorRequest,
		patch: HeaderPatch,
	): Promise<ExchangeResult> {
		const { dispatcher, clock, timeoutMs = REQUEST_TIMEOUT_MS } = this.means;
		const { authorization, ...others } = patch;
		// In the order and with the letters in which the documentation has them.
		const headers = {
			...(authorization === undefined ? {} : { Authorization: authorization }),
			...others,
			...this.service.headers,
			...request.headers,
			'User-Agent': USER_AGENT,
		};
		const own = new ExchangeFetch({ dispatcher, clock, signal: this.signal, timeoutMs, headers });
		await axios.request({
			...EXACTLY,
			// A fetch of ours and no Request of the platform, which would add headers of its own.
			env: { fetch: fetchByOptions, Request: null } as unknown as AxiosRequestConfig['env'],
			fetchOptions: { exchange: own },
			url: url.href,
			method: request.method,
			headers,
			data: request.body,
		});
		if (!own.result) throw new ReactorError(`${this.host} was not asked`, { kind: 'unavailable' });
		return own.result;
	}
}

const UNCERTAIN = 'it may have been carried out all the same: look before you repeat it';

/** A connection that never was carried nothing. */
const NEVER_CONNECTED: ReadonlySet<string> = new Set([
	'ECONNREFUSED',
	'ENOTFOUND',
	'EAI_AGAIN',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'EADDRNOTAVAIL',
	'ETIMEDOUT',
	'EGRESS_BLOCKED',
	'CANCELLED',
]);

const mayHaveArrived = (code: string | undefined) =>
	code !== undefined && !NEVER_CONNECTED.has(code);

/** Nothing of the client's own ways: the bytes are ours, and every status is read here. */
const EXACTLY: AxiosRequestConfig = {
	adapter: 'fetch',
	responseType: 'text',
	transformRequest: [(data: unknown) => data],
	transformResponse: [(data: unknown) => data],
	validateStatus: () => true,
	maxRedirects: 0,
	proxy: false,
};
