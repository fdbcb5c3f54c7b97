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
		const token = this.tokens.get();
		const used = typeof token === 'string' ? token : await token;
		const result = await this.request(delivery, used, signal);
		if (result.statusCode === 200) {
			// Most of them, in which nothing else is to be looked at.
			outcome.statusCode = 200;
			outcome.verdict = 'delivered';
			outcome.code = '200';
		} else {
			const judged = await this.read(result, used, delivery, outcome);
			if (judged?.class === 'refresh') await this.again(delivery, used, signal, outcome, judged);
		}
		outcome.durationMs = Math.round(clock.monotonic() - started);
		return outcome;
	}

	/** Once more with another token, if there is one. */
	private async again(
		delivery: Delivery,
		refused: string,
		signal: AbortSignal,
		outcome: PushOutcome,
		judged: Classified,
	): Promise<void> {
		if (signal.aborted || !(await this.tokens.renew(refused))) return this.stale(outcome, judged);
		const renewed = await this.tokens.get();
		const result = await this.request(delivery, renewed, signal);
		const second = await this.read(result, renewed, delivery, outcome);
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

	private request(delivery: Delivery, token: string, signal: AbortSignal): Promise<ApnsResult> {
		const { connections, defaultTimeoutMs, credential } = this.options;
		const { url, headers, body = '', timeoutMs = defaultTimeoutMs } = delivery.request;
		const { origin, bundleId } = credential;
		// Cut off rather than taken apart: this is done for every notification.
		const path = url.startsWith(origin) ? url.slice(origin.length) : '';
		return new Promise((resolve) => {
			if (!path.startsWith('/')) return resolve(elsewhere(url, origin));
			const topic = headers['apns-topic'] ?? bundleId;
			if (topic !== bundleId && !topic.startsWith(`${bundleId}.`)) {
				return resolve(otherApp(topic, bundleId));
			}
			const authorization = `bearer ${token}`;
			connections.start({ path, headers, authorization, body, timeoutMs, signal }, resolve);
		});
	}

	private async read(
		result: ApnsResult,
		token: string,
		delivery: Delivery,
		outcome: PushOutcome,
	): Promise<Classified | undefined> {
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
		outcome.bodyExcerpt = result.body?.length ? this.excerptOf(result.body, token) : undefined;
		const judged = await judgeAnswer(answerOf(result), delivery, this.options.keeper);
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

/** The credential goes nowhere else, whatever a delivery says. */
function elsewhere(url: string, origin: string): ApnsResult {
	const host = URL.parse(url)?.host ?? 'The URL';
	const { code, message } = networkFailure('CREDENTIAL_NOT_ALLOWED', host);
	const failure = { code, message: `${message}: the credential is for ${origin}` };
	return { headers: {}, failure, cancelled: false };
}

/**
 * The device's token is of the app that the notification was made for. Sent with the credential of another, it
 * would only be refused, and for a fault of the set-up at that, which would hold up the others.
 */
function otherApp(topic: string, bundleId: string): ApnsResult {
	const message = `the notification was made for the app ${topic}, and the credential is now for ${bundleId}`;
	return { headers: {}, failure: { code: 'CREDENTIAL_NOT_ALLOWED', message }, cancelled: false };
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
