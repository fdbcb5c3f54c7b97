import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** Why this process cannot mount anything; undefined when it can. */
export function cannotMount(): string | undefined {
	if (process.platform !== 'linux') return 'needs Linux';
	if (process.getuid?.() !== 0) return 'needs root, for a file system of its own';
	try {
		// Containers often have root without this right.
		execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], {
			stdio: 'ignore',
		});
		return undefined;
	} catch {
		return 'mounting is not allowed here';
	}
}

/** Puts a small file system of its own into a folder. */
export function mountSmall(folder: string, megabytes: number): void {
	mkdirSync(folder, { recursive: true });
	execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
}

/** Lets a mounted folder be read only, or written again. */
export function remount(folder: string, how: 'ro' | 'rw'): void {
	execFileSync('mount', ['-o', `remount,${how}`, folder]);
}

/** Takes a file system out of a folder again, as soon as nobody uses it any more. */
export function unmount(folder: string): void {
	execFileSync('umount', ['--lazy', folder]);
}
