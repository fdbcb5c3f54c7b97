import { setTimeout as sleep } from 'node:timers/promises';

/** How long to go on looking, and how often to look. */
export interface PollOptions {
	timeoutMs: number;
	everyMs?: number;
	/** What is waited for, as the error names it. */
	what: string;
}

/** Looks until `look` gives something that is neither undefined nor false, and returns that. */
export async function poll<T>(
	look: () => Promise<T | undefined | false> | T | undefined | false,
	{ timeoutMs, everyMs = 100, what }: PollOptions,
): Promise<T> {
	const end = Date.now() + timeoutMs;
	for (;;) {
		const found = await look();
		if (found !== undefined && found !== false) return found;
		if (Date.now() >= end) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}`);
		await sleep(everyMs);
	}
}
