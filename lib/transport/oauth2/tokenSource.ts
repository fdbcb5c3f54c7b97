import type { Clock } from '../../clock';
import { AuthenticationError, type HeaderPatch } from '../authentication';
import type { IssuedToken, TokenFailure } from './tokenAnswer';
import type { TokenResult } from './tokenRequest';

/** A token in use. Times are monotonic milliseconds. */
export interface HeldToken {
	readonly accessToken: string;
	readonly patch: HeaderPatch;
	/** From then on another one is got, while this one is still used. */
	readonly refreshAt: number;
	readonly expiresAt: number;
	/** A receiver has refused it. */
	refused: boolean;
}

/**
 * What is known of one credential's tokens in this process. Plain data: n8n may load this package
 * twice, and both copies work on it.
 */
export interface TokenState {
	current?: HeldToken;
	refreshToken?: string;
	/** The request that is under way, one at a time. */
	flight?: Promise<TokenResult>;
	/** After a failure nobody asks again before. */
	hold?: { until: number; failure: TokenFailure };
	/** When tokens were renewed because a receiver refused one. */
	renewals: number[];
	/** Tokens that may show up in answers; another array when they change. */
	secrets: readonly string[];
}

/** Before its end, by this part of a token's life or this long, whichever is less. */
const EARLY_PART = 0.1;
const EARLY_MS = 60_000;

/** Thousands of deliveries meet the same failure; these keep them from asking each for itself. */
const HOLD_OUTAGE_MS = 5_000;
const HOLD_REFUSAL_MS = 30_000;
const LONGEST_HOLD_MS = 60_000;

/** A receiver that refuses every token must not turn each delivery into a token request. */
const MOST_RENEWALS = 5;
const RENEWALS_WITHIN_MS = 60_000;

/** An answer may still repeat a token that was replaced while it was under way. */
const KEPT_SECRETS = 6;

/** A state without any token. */
export function emptyTokenState(): TokenState {
	return { renewals: [], secrets: [] };
}

/**
 * Gives the tokens of one credential: kept as long as they are good, renewed before they end, and
 * asked for once however many wait.
 */
export class TokenSource {
	constructor(
		private readonly state: TokenState,
		private readonly clock: Clock,
		/** Never rejects. */
		private readonly request: (refreshToken?: string) => Promise<TokenResult>,
	) {}

	/**
	 * A token to send with; at once when there is one.
	 * @throws AuthenticationError when none is to be had.
	 */
	get(): HeldToken | Promise<HeldToken> {
		const { current, flight } = this.state;
		const now = this.clock.monotonic();
		if (!current || now >= current.expiresAt) return this.obtain();
		// A better one is on its way.
		if (current.refused && flight) return this.obtain();
		if (now >= current.refreshAt && !this.failureHeld()) void this.fly();
		return current;
	}

	/**
	 * Gets another token in place of a refused one, unless somebody has already.
	 * @returns whether there is another one to send with.
	 * @throws AuthenticationError when none is to be had.
	 */
	async renew(refused: string): Promise<boolean> {
		const { current, flight } = this.state;
		if (current && current.accessToken !== refused) return true;
		if (current) current.refused = true;
		if (!flight && !this.failureHeld() && !this.mayRenew()) return false;
		const token = await this.obtain();
		return token.accessToken !== refused;
	}

	private async obtain(): Promise<HeldToken> {
		const failure = this.state.flight ? undefined : this.failureHeld();
		const result = failure ? { ok: false as const, failure } : await this.fly();
		if (!result.ok) {
			const { message, verdict, code } = result.failure;
			throw new AuthenticationError(message, verdict, code);
		}
		return this.state.current ?? held(result.token, this.clock.monotonic());
	}

	/** Joins the request under way, or makes one. */
	private fly(): Promise<TokenResult> {
		const { state } = this;
		// Counted from before the request: the server counts from when it wrote its answer.
		const askedAt = this.clock.monotonic();
		state.flight ??= this.request(state.refreshToken).then((result) => {
			state.flight = undefined;
			if (result.ok) this.adopt(result.token, askedAt);
			else this.hold(result.failure);
			return result;
		});
		return state.flight;
	}

	private adopt(token: IssuedToken, askedAt: number): void {
		const { state } = this;
		state.current = held(token, askedAt);
		state.refreshToken = token.refreshToken;
		state.hold = undefined;
		const known = [token.accessToken, token.refreshToken ?? '', ...state.secrets];
		state.secrets = [...new Set(known)].filter((one) => one !== '').slice(0, KEPT_SECRETS);
	}

	private hold(failure: TokenFailure): void {
		const least = failure.verdict === 'dead' ? HOLD_REFUSAL_MS : HOLD_OUTAGE_MS;
		const ms = Math.min(LONGEST_HOLD_MS, Math.max(least, failure.retryAfterMs ?? 0));
		// A refresh token that is good for nothing any more must not stand in the way of a fresh grant.
		this.state.refreshToken = undefined;
		this.state.hold = { until: this.clock.monotonic() + ms, failure };
	}

	private failureHeld(): TokenFailure | undefined {
		const { hold } = this.state;
		return hold && this.clock.monotonic() < hold.until ? hold.failure : undefined;
	}

	private mayRenew(): boolean {
		const now = this.clock.monotonic();
		const recent = this.state.renewals.filter((at) => now - at < RENEWALS_WITHIN_MS);
		const may = recent.length < MOST_RENEWALS;
		this.state.renewals = may ? [...recent, now] : recent;
		return may;
	}
}

function held({ accessToken, lifetimeMs }: IssuedToken, askedAt: number): HeldToken {
	const expiresAt = askedAt + (lifetimeMs ?? Infinity);
	const early = Math.min(EARLY_MS, EARLY_PART * (lifetimeMs ?? 0));
	return {
		accessToken,
		patch: Object.freeze({ authorization: `Bearer ${accessToken}` }),
		refreshAt: expiresAt - early,
		expiresAt,
		refused: false,
	};
}
