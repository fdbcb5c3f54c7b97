/** What an error of the API says about one thing that is wrong (Reactor, error handling). */
export interface ReactorProblem {
	title: string;
	code?: string;
	detail?: string;
	/** JSON pointer into what was sent. */
	pointer?: string;
	/** Name of a query parameter. */
	parameter?: string;
}

/**
 * - `invalid`: what was asked cannot be sent, such as an id that is none
 * - `refused`: the service says no, and would again
 * - `unauthorized`: the credential is not good, or not good for this
 * - `notFound`: it is not there
 * - `unavailable`: it may work later
 * - `unreadable`: it answered something else than the API does
 */
export type ReactorErrorKind =
	| 'invalid'
	| 'refused'
	| 'unauthorized'
	| 'notFound'
	| 'unavailable'
	| 'unreadable';

export interface ReactorErrorFacts {
	kind: ReactorErrorKind;
	status?: number;
	problems?: readonly ReactorProblem[];
	/** As the service asked for, in milliseconds. */
	retryAfterMs?: number;
	/** It may have been carried out, since no complete answer came to a change. */
	uncertain?: boolean;
}

/** A request to the API that did not do what it was for; says why, in words, and never shows a secret. */
export class ReactorError extends Error {
	override readonly name = 'ReactorError';
	readonly kind: ReactorErrorKind;
	readonly status?: number;
	readonly problems: readonly ReactorProblem[];
	readonly retryAfterMs?: number;
	readonly uncertain: boolean;

	constructor(message: string, facts: ReactorErrorFacts) {
		super(message);
		this.kind = facts.kind;
		this.status = facts.status;
		this.problems = facts.problems ?? [];
		this.retryAfterMs = facts.retryAfterMs;
		this.uncertain = facts.uncertain ?? false;
	}
}

/** Whether something is an error of the API of this kind. */
export const isReactorError = (error: unknown, kind: ReactorErrorKind): error is ReactorError =>
	error instanceof ReactorError && error.kind === kind;
