import type { Random } from '../../clock';

/** Tries of one request, and what is waited for in all. */
export const MOST_TRIES = 4;
export const LONGEST_WAIT_MS = 30_000;
const FIRST_DELAY_MS = 500;

/** What became of one try. */
export interface Tried {
	/** A request that can be made again without doing more than once. */
	repeatable: boolean;
	/** undefined: no answer came. */
	status: number | undefined;
	/** The request cannot work however often it is made, such as to a host that is not allowed. */
	hopeless: boolean;
	/** The body broke off. */
	broken: boolean;
	retryAfterMs: number | undefined;
}

/**
 * How long to wait before a request is made again; undefined: not again. 429 and 503 say that nothing
 * was done, so that even a creation may be repeated; after another failure it might create twice.
 * @param tries so many were made
 */
export function retryDelay(tried: Tried, tries: number, random: Random): number | undefined {
	if (tried.hopeless || tries >= MOST_TRIES || !mayPass(tried)) return undefined;
	const own = FIRST_DELAY_MS * 2 ** (tries - 1);
	// Half of it by chance, so that many that failed together do not come back together.
	const delay = Math.max(own / 2 + random() * (own / 2), tried.retryAfterMs ?? 0);
	return delay > LONGEST_WAIT_MS ? undefined : delay;
}

function mayPass({ status, repeatable, broken }: Tried): boolean {
	if (status === 429 || status === 503) return true;
	if (!repeatable) return false;
	return status === undefined || broken || status === 408 || status >= 500;
}
