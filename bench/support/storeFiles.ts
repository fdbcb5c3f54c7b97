import { statSync } from 'node:fs';

/** What an embedded store takes up on the disk: the file, its log of writes, the index of that. */
export function bytesOf(path: string): number {
	return ['', '-wal', '-shm'].reduce(
		(sum, end) => sum + (statSync(path + end, { throwIfNoEntry: false })?.size ?? 0),
		0,
	);
}
