/** The packages that the tarball carries: the dependencies, and what they need in turn. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Manifest {
	name: string;
	version: string;
	license?: string;
	author?: string | { name?: string };
	dependencies?: Record<string, string>;
	optionalDependencies?: Record<string, string>;
}

/** A package in the tarball. */
export interface Bundled {
	name: string;
	version: string;
	/** As its manifest says, an SPDX expression; empty where it says nothing. */
	licence: string;
	/** The text that has to go with it. */
	text: string;
}

const read = (folder: string) =>
	JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** Where Node.js finds a package that a package at `from` asks for. */
function folderOf(name: string, from: string, root: string): string {
	for (let at = from; ; at = dirname(at)) {
		const folder = join(at, 'node_modules', name);
		if (existsSync(join(folder, 'package.json'))) return folder;
		if (at === root) throw new Error(`${name}, which ${from} needs, is not installed`);
	}
}

/** The licence's text: a file of its own, or what the README says under that heading. */
function textOf(folder: string, { license = '', author }: Manifest): string {
	const files = readdirSync(folder);
	const own = files.find((file) => /^licen[cs]e(?:\.(?:md|txt))?$/i.test(file));
	if (own !== undefined) return readFileSync(join(folder, own), 'utf8').trim();
	const readme = files.find((file) => /^readme(?:\.md)?$/i.test(file));
	const lines = readme ? readFileSync(join(folder, readme), 'utf8').split(/\r?\n/) : [];
	const at = lines.findIndex((line) => /^#*\s*licen[cs]e\s*$/i.test(line));
	const said = lines.slice(at + 1).join('\n');
	if (at >= 0 && /permission is hereby granted/i.test(said)) {
		return said.replace(/^\s*-+\s*\n/, '').trim();
	}
	const by = typeof author === 'string' ? author : (author?.name ?? '');
	return [`${license} licence, by its manifest.`, by && `Author: ${by}`].filter(Boolean).join(' ');
}

/** All of them, sorted by name and version; one that is there in two versions is there twice. */
export function bundledPackages(root: string): Bundled[] {
	const found = new Map<string, Bundled>();
	const walk = (names: string[], from: string) => {
		for (const name of names) {
			const folder = folderOf(name, from, root);
			if (found.has(folder)) continue;
			const manifest = read(folder);
			const { version, license = '' } = manifest;
			found.set(folder, { name, version, licence: license, text: textOf(folder, manifest) });
			const { dependencies = {}, optionalDependencies = {} } = manifest;
			walk(Object.keys({ ...dependencies, ...optionalDependencies }), folder);
		}
	};
	walk(Object.keys(read(root).dependencies ?? {}), root);
	const key = ({ name, version }: Bundled) => `${name} ${version}`;
	return [...found.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
