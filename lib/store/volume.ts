import { readFileSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** With what the files of a folder go: the container that is replaced, or the memory of the machine. */
export type Loss = 'container' | 'memory';

interface Mount {
	point: string;
	fileSystem: string;
}

/** A container's own files are in one of these; a volume is of what the machine has, such as ext4. */
const CONTAINER_LAYERS = new Set(['overlay', 'overlayfs', 'aufs', 'fuse.fuse-overlayfs']);
const MEMORY = new Set(['tmpfs', 'ramfs']);

/**
 * What becomes of a folder when the container or the machine is started anew.
 * @param folder absolute, without symbolic links
 * @param mountInfo the content of `/proc/self/mountinfo` (proc(5))
 * @returns undefined where it stays, or where the mounts do not tell
 */
export function lossOf(folder: string, mountInfo: string): Loss | undefined {
	const fileSystem = mountOf(folder, mountInfo)?.fileSystem ?? '';
	if (MEMORY.has(fileSystem)) return 'memory';
	return CONTAINER_LAYERS.has(fileSystem) ? 'container' : undefined;
}

/** The mount that holds a folder: the longest that leads to it, and of two at one point the later. */
function mountOf(folder: string, mountInfo: string): Mount | undefined {
	let found: Mount | undefined;
	for (const line of mountInfo.split('\n')) {
		const mount = readMount(line);
		if (!mount || !holds(mount.point, folder)) continue;
		if (!found || mount.point.length >= found.point.length) found = mount;
	}
	return found;
}

function readMount(line: string): Mount | undefined {
	const [ahead, behind] = line.split(' - ', 2);
	const point = ahead.split(' ')[4];
	const fileSystem = behind?.split(' ')[0];
	if (point === undefined || fileSystem === undefined) return undefined;
	return { point: unescape(point), fileSystem };
}

/** Spaces and the like stand there as octal numbers. */
const unescape = (text: string) =>
	text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));

const holds = (point: string, folder: string) =>
	point === '/' || folder === point || folder.startsWith(`${point}/`);

/** What the system says of its mounts; nothing where it does not say, as outside of Linux. */
export function readMountInfo(): string {
	try {
		return readFileSync('/proc/self/mountinfo', 'utf8');
	} catch {
		return '';
	}
}

/** The folder as mounts know it; of one that is not made yet, its nearest ancestor. */
export function realFolder(folder: string): string {
	const absolute = resolve(folder);
	try {
		return realpathSync(absolute);
	} catch {
		const parent = dirname(absolute);
		return parent === absolute ? absolute : realFolder(parent);
	}
}
