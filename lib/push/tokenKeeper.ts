import type { Delivery } from '../delivery/delivery';
import type { TokenFacts } from './errors';

/** Why a token is given up. */
export interface ForgetReason {
	/** The provider's own code. */
	code: string;
	reason: string;
}

/** What a channel asks and tells about the tokens that it sends to. */
export interface TokenKeeper {
	/** Asked only when a token may have to be given up. */
	factsOf(delivery: Delivery): Promise<TokenFacts> | TokenFacts;
	/** Resolves when it is written, so that no outcome is known before. */
	forget(delivery: Delivery, why: ForgetReason): Promise<void> | void;
}

/** Knows nothing and keeps nothing: for runs that must leave no trace. */
export const noTokenKeeper: TokenKeeper = Object.freeze({
	factsOf: () => ({ environmentKnown: false }),
	forget: () => undefined,
});
