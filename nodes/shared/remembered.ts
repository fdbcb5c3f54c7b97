import type { Clock } from '../../lib/clock';

/** Asks once for all who want to know within so many milliseconds. An answer that fails is not kept. */
export function remembered<T>(
	clock: Pick<Clock, 'monotonic'>,
	forMs: number,
	ask: () => Promise<T>,
): () => Promise<T> {
	let last: { answer: Promise<T>; at: number } | undefined;
	return async () => {
		const now = clock.monotonic();
		if (last === undefined || now - last.at >= forMs) {
			const asked = { answer: ask(), at: now };
			last = asked;
			asked.answer.catch(() => {
				if (last === asked) last = undefined;
			});
		}
		return await last.answer;
	};
}
