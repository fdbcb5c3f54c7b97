import type { Treat } from './receiver.ts';

/** Every so many messages one is refused for good. */
const REFUSED_EVERY = 100;
/** From this attempt on a message is taken, so that it comes to an end. */
const TAKEN_FROM = 6;
/** Longer than the two seconds that a postback waits for its answer. */
const TOO_LONG_MS = 2_600;

/** Fails, stalls, resets and breaks off at random, and refuses a few messages for good. */
export function badly(random: () => number): Treat {
	return (message, before) => {
		if (message % REFUSED_EVERY === 7) return { status: 410 };
		if (before >= TAKEN_FROM) return {};
		const chance = random();
		if (chance < 0.05) return { status: 503 };
		if (chance < 0.08) return { reset: true };
		if (chance < 0.09) return { afterMs: TOO_LONG_MS };
		if (chance < 0.1) return { half: true };
		if (chance < 0.3) return { afterMs: 50 };
		return {};
	};
}
