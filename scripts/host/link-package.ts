import { execFile } from 'node:child_process';
import { lstat, mkdir, rm, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The folder below a user folder from which n8n loads community packages under their true names. */
function packagesFolder(userFolder: string): string {
	return join(userFolder, '.n8n', 'nodes', 'node_modules');
}

async function exists(path: string): Promise<boolean> {
	return await lstat(path).then(
		() => true,
		() => false,
	);
}

/**
 * Makes a package available to the n8n of a user folder: a directory through a symlink, a tarball
 * (`.tgz`) unpacked. Whatever was there under the name is replaced.
 */
export async function linkPackage(userFolder: string, source: string, name: string) {
	const target = join(packagesFolder(userFolder), name);
	await mkdir(join(target, '..'), { recursive: true });
	if (await exists(target)) await rm(target, { recursive: true });
	if (!source.endsWith('.tgz')) {
		await symlink(resolve(source), target, 'dir');
		return target;
	}
	await mkdir(target);
	await run('tar', ['-xzf', resolve(source), '--strip-components=1', '-C', target]);
	return target;
}
