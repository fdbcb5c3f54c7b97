import type { Platform } from './platforms';

/** A token that stands in the input itself. */
export interface TokenTarget {
	platform: Platform;
	token: string;
	/** That of the channel configuration unless given. */
	appId?: string;
}

/** Whom a message is for: a profile's devices, tokens, or both. */
export interface Target {
	profileKey?: string;
	tokens?: readonly TokenTarget[];
}

/** One message for one target. */
export interface PushRequest<M> {
	/** Its place in the node's input. */
	index: number;
	target: Target;
	message: M;
}
