import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rootDir } from './paths.ts';

const run = promisify(execFile);

/** What `npm pack` says about a tarball. */
export interface Packed {
	filename: string;
	/** Bytes of the tarball. */
	size: number;
	unpackedSize: number;
	files: Array<{ path: string; size: number }>;
	/** The names of the dependencies that it carries. */
	bundled: string[];
}

/** Packs the built package into a folder; with `dryRun` it only says what would be in it. */
export async function pack(
	folder: string,
	{ dryRun = false } = {},
): Promise<Packed & { path: string }> {
	const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
	const { stdout } = await run('npm', [...args, ...(dryRun ? ['--dry-run'] : [])], {
		cwd: rootDir,
		maxBuffer: 64 * 1024 * 1024,
	});
	const [packed] = JSON.parse(stdout) as Packed[];
	return { ...packed, path: join(folder, packed.filename) };
}
