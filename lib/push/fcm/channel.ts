import type { Dispatcher } from 'undici';
import type { Clock } from '../../clock';
import type { Channel } from '../../delivery/channel';
import type { Delivery } from '../../delivery/delivery';
import { createScrubber, type Scrubber } from '../../delivery/masking';
import {
	AuthenticationError,
	type Authentication,
	type HeaderPatch,
} from '../../transport/authentication';
import { bodyExcerpt, first } from '../../transport/excerpt';
import {
	exchange,
	targetOf,
	type ExchangeMeans,
	type ExchangeResult,
} from '../../transport/exchange';
import { InFlight } from '../../transport/inFlight';
import { isPermanentErrorCode, networkFailure } from '../../transport/networkErrors';
import { conclude, concludeFailure, emptyOutcome, judgeAnswer } from '../conclude';
import type { Classified } from '../errors';
import type { PushOutcome } from '../pushOutcome';
import type { TokenKeeper } from '../tokenKeeper';
import { fcmAuthentication } from './accessToken';
import { readFcmAnswer } from './answer';
import type { FcmCredential } from './serviceAccount';

export interface FcmChannelOptions {
	credential: FcmCredential;
	dispatcher: Dispatcher;
	clock: Clock;
	keeper: TokenKeeper;
	/** For connecting, answer and body together, in milliseconds, for deliveries without one of their own. */
	defaultTimeoutMs: number;
}

/** Sends notifications to FCM (HTTP v1, projects.messages.send). */
export function createFcmChannel(options: FcmChannelOptions): Channel {
	return new FcmChannel(options);
}

class FcmChannel implements Channel {
	private readonly means: ExchangeMeans;
	private readonly authentication: Authentication;
	/** Of the present service account: what waited for another one to be mended is sent with this one. */
	private readonly url: URL;
	private scrubbed: readonly string[] = [];
	private scrub: Scrubber = createScrubber([]);

	constructor(private readonly options: FcmChannelOptions) {
		const { dispatcher, clock, credential } = options;
		this.means = { dispatcher, inFlight: new InFlight(clock) };
		this.authentication = fcmAuthentication(credential, { dispatcher, clock });
		this.url = new URL(`${credential.origin}/v1/projects/${credential.projectId}/messages:send`);
	}

	async attempt(delivery: Delivery, signal: AbortSignal): Promise<PushOutcome> {
		const { clock } = this.options;
		const outcome = emptyOutcome(clock.now());
		const started = clock.monotonic();
		try {
			await this.send(delivery, signal, outcome);
		} catch (error) {
			if (!(error instanceof AuthenticationError)) throw error;
			this.unauthenticated(error, outcome);
		}
		outcome.durationMs = Math.round(clock.monotonic() - started);
		return outcome;
	}

	private async send(delivery: Delivery, signal: AbortSignal, outcome: PushOutcome): Promise<void> {
		const asked = URL.parse(delivery.request.url);
		const { origin } = this.options.credential;
		if (asked?.origin !== origin) {
			const { code, message } = networkFailure('CREDENTIAL_NOT_ALLOWED', asked?.host ?? 'The URL');
			const mend = `the credential is for ${origin}`;
			return concludeFailure(outcome, { code, message: `${message}: ${mend}` }, false, true);
		}
		const { url } = this;
		const applied = this.authentication.apply(url);
		const patch = applied instanceof Promise ? await applied : applied;
		const judged = await this.request(delivery, url, patch, signal, outcome);
		if (judged?.class !== 'refresh') return;
		const renewed = !signal.aborted && (await this.authentication.refresh?.(401, patch));
		const next = renewed ? await this.authentication.apply(url) : undefined;
		const second = next ? await this.request(delivery, url, next, signal, outcome) : judged;
		if (second?.class !== 'refresh') return;
		const reason = `${second.reason}, nor is a new one; check the service account of the FCM credential`;
		conclude(outcome, { ...second, class: 'configuration', reason });
	}

	private async request(
		delivery: Delivery,
		url: URL,
		patch: HeaderPatch,
		signal: AbortSignal,
		outcome: PushOutcome,
	): Promise<Classified | undefined> {
		const { headers, body = '', timeoutMs = this.options.defaultTimeoutMs } = delivery.request;
		const result = await exchange(this.means, {
			target: targetOf(url),
			method: 'POST',
			headers: Object.entries({ ...headers, ...patch }).flat(),
			body: Buffer.from(body, 'utf8'),
			timeoutMs,
			signal,
		});
		return await this.read(result, delivery, outcome);
	}

	private async read(
		result: ExchangeResult,
		delivery: Delivery,
		outcome: PushOutcome,
	): Promise<Classified | undefined> {
		const { statusCode, failure, cancelled } = result;
		// A refusal whose reason did not come could mean anything.
		const isHalf = failure !== undefined && (statusCode === undefined || statusCode >= 300);
		if (statusCode === undefined || isHalf) {
			const lost = failure ?? networkFailure('NETWORK_ERROR', 'FCM');
			concludeFailure(outcome, lost, cancelled, isPermanentErrorCode(lost.code));
			return undefined;
		}
		outcome.statusCode = statusCode;
		outcome.retryAfter = first(result.headers['retry-after']);
		outcome.bodyExcerpt = bodyExcerpt(result, this.currentScrubber());
		outcome.error = undefined;
		outcome.reason = undefined;
		const text = result.body?.toString('utf8') ?? '';
		const answer = readFcmAnswer(statusCode, text);
		const judged = await judgeAnswer(answer, delivery, this.options.keeper);
		conclude(outcome, judged);
		return judged;
	}

	/** There is no access token: for want of a connection, or since the service account is refused. */
	private unauthenticated(
		{ code, message, verdict }: AuthenticationError,
		outcome: PushOutcome,
	): void {
		outcome.error = { code, message };
		outcome.verdict = 'retry';
		if (verdict === 'retry') return;
		outcome.reason = message;
		outcome.configurationError = message;
	}

	private currentScrubber(): Scrubber {
		const { secrets } = this.authentication;
		if (secrets !== this.scrubbed) {
			this.scrubbed = secrets;
			this.scrub = createScrubber(secrets);
		}
		return this.scrub;
	}
}
