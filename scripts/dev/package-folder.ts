import { copyFile, lstat, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packageName } from '../paths.ts';

/** What a node or credential type has beside its code. */
const isIcon = (file: string) => /\.(?:svg|png)$/.test(file);

/**
 * The package as n8n gets it while somebody works on it: a folder of its own below the user folder,
 * into which the compiler writes. n8n forgets the modules of a changed package by their path, which
 * it does not find behind a symlink; so only the dependencies are linked.
 */
export class PackageFolder {
	private readonly root: string;
	readonly path: string;

	/** @param root the checkout that is worked on */
	constructor(root: string, userFolder: string) {
		this.root = root;
		this.path = join(userFolder, '.n8n', 'nodes', 'node_modules', packageName);
	}

	/** Where the compiler writes to. */
	get dist(): string {
		return join(this.path, 'dist');
	}

	/** Makes it anew, in place of what `npm start` has linked there. */
	async make(): Promise<void> {
		if (await lstat(this.path).catch(() => undefined)) await rm(this.path, { recursive: true });
		await mkdir(this.path, { recursive: true });
		await symlink(join(this.root, 'node_modules'), join(this.path, 'node_modules'), 'dir');
		await this.copyManifest();
		for (const folder of ['nodes', 'credentials']) {
			const files = await readdir(join(this.root, folder), { recursive: true });
			for (const file of files.filter(isIcon)) await this.copyIcon(join(folder, file));
		}
	}

	/** Takes over which nodes and credential types there are. */
	async copyManifest(): Promise<void> {
		await copyFile(join(this.root, 'package.json'), join(this.path, 'package.json'));
	}

	/** Takes over an icon; `file` is relative to the checkout. */
	private async copyIcon(file: string): Promise<void> {
		const target = join(this.dist, file);
		await mkdir(dirname(target), { recursive: true });
		await copyFile(join(this.root, file), target);
	}

	/** Takes over a changed file that the compiler leaves alone; false for one that it compiles. */
	async take(file: string): Promise<boolean> {
		if (file === 'package.json') await this.copyManifest();
		else if (isIcon(file)) await this.copyIcon(file);
		else return false;
		return true;
	}
}
