import type { Clock } from '../../clock';
import type { Channel } from '../../delivery/channel';
import type { Delivery } from '../../delivery/delivery';
import { createScrubber, type Scrubber } from '../../delivery/masking';
import { EXCERPT_LENGTH, first } from '../../transport/excerpt';
import { isPermanentErrorCode, networkFailure } from '../../transport/networkErrors';
import { conclude, concludeFailure, emptyOutcome, judgeAnswer } from '../conclude';
import type { Classified, ProviderAnswer } from '../errors';
import type { PushOutcome } from '../pushOutcome';
import type { TokenKeeper } from '../tokenKeeper';
import type { ApnsConnections } from './connections';
import type { ApnsCredential } from './credential';
import { ProviderTokens } from './providerToken';
import type { ApnsResult } from './stream';

export interface ApnsChannelOptions {
	credential: ApnsCredential;
	connections: ApnsConnections;
	clock: Clock;
	keeper: TokenKeeper;
	/** For connecting, answer and body together, in milliseconds, for deliveries without one of their own. */
	defaultTimeoutMs: number;
}

/** Sends notifications to APNs, one HTTP/2 stream each (Apple, "Sending notification requests to APNs"). */
export function createApnsChannel(options: ApnsChannelOptions): Channel {
	return new ApnsChannel(options);
}

const CLOCK_HINT =
	"APNs calls a new provider token too old as well: set this machine's clock, and check that no other program signs with the same key";

class ApnsChannel implements Channel {
	private readonly tokens: ProviderTokens;
	private scrubbed = '';
	private scrub: Scrubber = createScrubber([]);

	constructor(private readonly options: ApnsChannelOptions) {
		this.tokens = new ProviderTokens(options.credential, options.clock);
	}

	async attempt(delivery: Delivery, signal: AbortSignal): Promise<PushOutcome> {
		const { clock } = this.options;
		const outcome = emptyOutcome(clock.now());
		const started = clock.monotonic();
		await this.send(delivery, signal, outcome);
		outcome.durationMs = Math.round(clock.monotonic() - started);
		return outcome;
	}

	private async send(delivery: Delivery, signal: AbortSignal, outcome: PushOutcome): Promise<void> {
		const url = URL.parse(delivery.request.url);
		const { origin } = this.options.credential;
		if (url?.origin !== origin) {
			const { code, message } = networkFailure('CREDENTIAL_NOT_ALLOWED', url?.host ?? 'The URL');
			const mend = `the credential is for ${origin}`;
			return concludeFailure(outcome, { code, message: `${message}: ${mend}` }, false, true);
		}
		const token = this.tokens.get();
		const used = typeof token === 'string' ? token : await token;
		const judged = await this.request(delivery, url.pathname, used, signal, outcome);
		if (judged?.class !== 'refresh') return;
		if (signal.aborted || !(await this.tokens.renew(used))) return this.stale(outcome, judged);
		const renewed = await this.tokens.get();
		const second = await this.request(delivery, url.pathname, renewed, signal, outcome);
		if (second?.class === 'refresh') this.stale(outcome, second);
	}

	/** Another token would be refused as well. */
	private stale(outcome: PushOutcome, judged: Classified): void {
		conclude(outcome, {
			...judged,
			class: 'configuration',
			reason: `${judged.reason}; ${CLOCK_HINT}`,
		});
	}

	private async request(
		delivery: Delivery,
		path: string,
		token: string,
		signal: AbortSignal,
		outcome: PushOutcome,
	): Promise<Classified | undefined> {
		const { connections, defaultTimeoutMs, keeper } = this.options;
		const { headers, body = '', timeoutMs = defaultTimeoutMs } = delivery.request;
		const result = await connections.send({
			path,
			headers: { ...headers, authorization: `bearer ${token}` },
			body: Buffer.from(body, 'utf8'),
			timeoutMs,
			signal,
		});
		if (result.statusCode === undefined) {
			const failure = result.failure ?? networkFailure('NETWORK_ERROR', 'APNs');
			const isPermanent = isPermanentErrorCode(failure.code);
			concludeFailure(outcome, failure, result.cancelled, isPermanent);
			return undefined;
		}
		outcome.statusCode = result.statusCode;
		outcome.retryAfter = first(result.headers['retry-after']);
		outcome.error = undefined;
		outcome.reason = undefined;
		const text = result.body?.length ? this.excerptOf(result.body, token) : undefined;
		outcome.bodyExcerpt = text;
		const judged = await judgeAnswer(answerOf(result), delivery, keeper);
		conclude(outcome, judged);
		return judged;
	}

	private excerptOf(body: Buffer, token: string): string {
		if (token !== this.scrubbed) {
			this.scrubbed = token;
			this.scrub = createScrubber([token, ...this.options.credential.secrets]);
		}
		return this.scrub(body.toString('utf8')).slice(0, EXCERPT_LENGTH);
	}
}

function answerOf({ statusCode = 0, body }: ApnsResult): ProviderAnswer {
	const answer: ProviderAnswer = { provider: 'apns', statusCode };
	if (!body?.length) return answer;
	try {
		const json = JSON.parse(body.toString('utf8')) as {
			reason?: unknown;
			timestamp?: unknown;
		} | null;
		if (typeof json?.reason === 'string') answer.reason = json.reason;
		if (typeof json?.timestamp === 'number') answer.timestamp = json.timestamp;
	} catch {
		// Not of APNs, such as a gateway's page; the status has to do.
	}
	return answer;
}
