import type { Dispatcher } from 'undici';
import type { Clock } from '../clock';
import {
	AuthenticationError,
	REFRESH_STATUSES,
	type Authentication,
	type HeaderPatch,
} from '../transport/authentication';
import { bodyExcerpt, first } from '../transport/excerpt';
import {
	exchange,
	targetOf,
	type ExchangeMeans,
	type ExchangeResult,
	type Target,
} from '../transport/exchange';
import { InFlight } from '../transport/inFlight';
import { networkFailure } from '../transport/networkErrors';
import type { Channel, Outcome } from './channel';
import type { Delivery } from './delivery';
import { isReservedHeader } from './deliverySchema';
import { createScrubber, maskUrl, type Scrubber } from './masking';
import { classifyErrorCode } from './policy';
import type { Signer } from './signature';

export interface HttpChannelOptions {
	dispatcher: Dispatcher;
	clock: Clock;
	authentication: Authentication;
	/** Signs every message when given. */
	signer?: Signer;
	/** Gives the signer of a message that has a secret of its own; where there is none, `signer` signs. */
	signerOf?: SignerOf;
	/** Milliseconds, for deliveries that bring none of their own; a function where it depends on them. */
	defaultTimeoutMs: number | ((delivery: Delivery) => number);
	/** For deliveries without a User-Agent header of their own. */
	userAgent?: string;
}

export type SignerOf = (delivery: Delivery) => Promise<Signer | undefined> | Signer | undefined;

/** Sends deliveries over HTTP: Standard Webhooks headers, a credential, no redirects. */
export function createHttpChannel(options: HttpChannelOptions): Channel {
	return new HttpChannel(options);
}

const DEFAULT_USER_AGENT = 'n8n-nodes-postback';

/** One delivery on its way. */
interface Message {
	delivery: Delivery;
	target: Target;
	signer: Signer | undefined;
}

/** What cannot be sent as it stands. */
class UnsendableError extends Error {
	readonly code = 'INVALID_REQUEST';
}

class HttpChannel implements Channel {
	private readonly means: ExchangeMeans;
	private readonly clock: Clock;
	private readonly authentication: Authentication;
	private readonly signer: Signer | undefined;
	private readonly signerOf: SignerOf | undefined;
	private readonly userAgent: string;
	private readonly refreshOn: readonly number[];
	private readonly timeoutOf: (delivery: Delivery) => number;
	private target: { text: string; value: Target } | undefined;
	private scrubbed: readonly string[] = [];
	private scrub: Scrubber = createScrubber([]);

	constructor(options: HttpChannelOptions) {
		const { dispatcher, clock, authentication, defaultTimeoutMs } = options;
		this.means = { dispatcher, inFlight: new InFlight(clock) };
		this.clock = clock;
		this.authentication = authentication;
		this.signer = options.signer;
		this.signerOf = options.signerOf;
		this.userAgent = options.userAgent ?? DEFAULT_USER_AGENT;
		this.refreshOn = authentication.refresh ? (authentication.refreshOn ?? REFRESH_STATUSES) : [];
		this.timeoutOf =
			typeof defaultTimeoutMs === 'number' ? () => defaultTimeoutMs : defaultTimeoutMs;
	}

	async attempt(delivery: Delivery, signal: AbortSignal): Promise<Outcome> {
		const outcome = emptyOutcome(this.clock.now());
		const started = this.clock.monotonic();
		try {
			const target = this.targetOf(delivery.request.url);
			const applied = this.authentication.apply(target.url);
			const patch = applied instanceof Promise ? await applied : applied;
			const own = this.signerOf?.(delivery);
			const signer = (own instanceof Promise ? await own : own) ?? this.signer;
			const message = { delivery, target, signer };
			const result = await this.exchange(message, patch, signal);
			this.report(result, target, outcome);
			if (result.statusCode !== undefined && this.refreshOn.includes(result.statusCode)) {
				await this.resend(message, patch, signal, outcome);
			}
		} catch (error) {
			reportRefusal(error, outcome);
		}
		outcome.durationMs = Math.round(this.clock.monotonic() - started);
		return outcome;
	}

	/** Once, if the credential can be renewed; each of the two requests has the whole timeout. */
	private async resend(
		message: Message,
		refused: HeaderPatch,
		signal: AbortSignal,
		outcome: Outcome,
	): Promise<void> {
		const statusCode = outcome.statusCode ?? 0;
		if (signal.aborted || !(await this.authentication.refresh?.(statusCode, refused))) return;
		const patch = await this.authentication.apply(message.target.url);
		this.report(await this.exchange(message, patch, signal), message.target, outcome);
	}

	private exchange(
		message: Message,
		patch: HeaderPatch,
		signal: AbortSignal,
	): Promise<ExchangeResult> {
		const { delivery, target } = message;
		const { request } = delivery;
		const body = request.body ? Buffer.from(request.body, 'utf8') : undefined;
		return exchange(this.means, {
			target,
			method: request.method,
			headers: this.headersOf(message, patch, body),
			body,
			timeoutMs: request.timeoutMs ?? this.timeoutOf(delivery),
			signal,
		});
	}

	/** Most deliveries go where the one before went. */
	private targetOf(text: string): Target {
		if (this.target?.text === text) return this.target.value;
		const value = targetOf(parseUrl(text));
		this.target = { text, value };
		return value;
	}

	/** Names and values in turn: the credential's win over the delivery's, ours over both. */
	private headersOf(
		{ delivery, signer }: Message,
		patch: HeaderPatch,
		body: Buffer | undefined,
	): string[] {
		const headers = ['webhook-id', delivery.id];
		if (signer) {
			const timestamp = Math.floor(this.clock.now() / 1_000);
			const signature = signer.sign(delivery.id, timestamp, body ?? '');
			headers.push('webhook-timestamp', String(timestamp), 'webhook-signature', signature);
		}
		for (const name of Object.keys(patch)) headers.push(name, patch[name]);
		let hasUserAgent = 'user-agent' in patch;
		const own = delivery.request.headers;
		for (const name of Object.keys(own)) {
			const lowerCased = name.toLowerCase();
			if (isReservedHeader(lowerCased)) {
				throw new UnsendableError(`The header "${name}" is set by the sender itself`);
			}
			if (Object.hasOwn(patch, lowerCased)) continue;
			if (lowerCased === 'user-agent') hasUserAgent = true;
			headers.push(name, own[name]);
		}
		if (!hasUserAgent) headers.push('user-agent', this.userAgent);
		return headers;
	}

	private report(result: ExchangeResult, { url }: Target, outcome: Outcome): void {
		const scrub = this.currentScrubber();
		const { statusCode, failure } = result;
		outcome.statusCode = statusCode;
		outcome.bodyExcerpt = bodyExcerpt(result, scrub);
		outcome.retryAfter = first(result.headers['retry-after']);
		outcome.error = undefined;
		outcome.reason = undefined;
		if (statusCode === undefined) {
			if (result.cancelled) outcome.cancelled = true;
			outcome.error = failure ?? networkFailure('NETWORK_ERROR', url.host);
			// The guard and undici's own checks refuse for good; what the network does, may change.
			if (classifyErrorCode(outcome.error.code) === 'dead') outcome.verdict = 'dead';
		} else if (statusCode >= 300 && statusCode < 400) {
			outcome.reason = redirectReason(scrub, first(result.headers.location));
		} else if (failure) {
			outcome.reason = `the status came, the rest of the answer did not: ${failure.message}`;
		}
	}

	/** Remade only when the secrets are others, such as after a renewed token. */
	private currentScrubber(): Scrubber {
		const { secrets } = this.authentication;
		if (secrets !== this.scrubbed) {
			this.scrubbed = secrets;
			this.scrub = createScrubber(secrets);
		}
		return this.scrub;
	}
}

/** With every field from the start, since objects that grow are slow. */
function emptyOutcome(startedAt: number): Outcome {
	return {
		startedAt,
		durationMs: 0,
		statusCode: undefined,
		bodyExcerpt: undefined,
		retryAfter: undefined,
		error: undefined,
		verdict: undefined,
		reason: undefined,
		cancelled: undefined,
	};
}

function parseUrl(text: string): URL {
	const url = URL.parse(text);
	if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
		throw new UnsendableError('The URL is no absolute http or https URL');
	}
	if (url.username !== '' || url.password !== '') {
		throw new UnsendableError('The URL holds a user or a password; use a credential instead');
	}
	return url;
}

function redirectReason(scrub: Scrubber, location: string | undefined): string {
	if (!location) return 'redirects are not followed';
	return `redirects are not followed; this one leads to ${scrub(maskUrl(location)).slice(0, 500)}`;
}

/** A request that was not made, or not made again. A status that came before stays known. */
function reportRefusal(error: unknown, outcome: Outcome): void {
	if (error instanceof AuthenticationError) {
		outcome.error = { code: error.code, message: error.message };
		outcome.verdict = error.verdict;
	} else if (error instanceof UnsendableError) {
		outcome.error = { code: error.code, message: error.message };
		outcome.verdict = 'dead';
	} else {
		throw error;
	}
}
