import { statSync } from 'node:fs';

/**
 * Tells whether the file at a path is still the one that is there now. A file that was moved, removed or
 * replaced can be written on by whoever has it open, and what is written is lost.
 * @returns false as well when nobody can tell
 */
export function inPlaceCheck(path: string): () => boolean {
	const identity = () => {
		const { dev, ino } = statSync(path, { bigint: true });
		return `${dev}/${ino}`;
	};
	const opened = identity();
	return () => {
		try {
			return identity() === opened;
		} catch {
			return false;
		}
	};
}
