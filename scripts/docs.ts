/**
 * `npm run docs`: writes the reference of every node and credential type into the pages of docs/,
 * from what the built package says of itself, and the examples into the README; the text around
 * stays as it is. Also writes THIRD-PARTY-NOTICES.md from what is installed.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ICredentialType, INodeType } from 'n8n-workflow';
import { bundledPackages } from './licences/bundled.ts';
import { noticesOf } from './licences/notices.ts';
import { withExamples } from './docs/examples.ts';
import { readPages, refreshed, type Types } from './docs/pages.ts';
import { rootDir } from './paths.ts';

const require = createRequire(import.meta.url);

interface Manifest {
	n8n: { nodes: string[]; credentials: string[] };
}

/** Makes one of each class, as n8n does when it loads the package. */
function instances<T>(files: string[]): T[] {
	return files.map((file) => {
		const exported = require(join(rootDir, file)) as Record<string, new () => T>;
		const [Type] = Object.values(exported);
		if (!Type) throw new Error(`${file} exports nothing`);
		return new Type();
	});
}

const { n8n } = JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8')) as Manifest;
const types: Types = {
	nodes: Object.fromEntries(
		instances<INodeType>(n8n.nodes).map(({ description }) => [description.name, description]),
	),
	credentials: Object.fromEntries(
		instances<ICredentialType>(n8n.credentials).map((type) => [type.name, type]),
	),
};

/** Writes a file of the checkout if it has to change. */
function write(file: string, before: string, now: string): void {
	if (now === before) return;
	writeFileSync(join(rootDir, file), now);
	console.log(`${file}: written anew`);
}

for (const [file, page] of readPages(join(rootDir, 'docs'))) {
	write(join('docs', file), page, refreshed(page, types));
}
const readme = readFileSync(join(rootDir, 'README.md'), 'utf8');
write('README.md', readme, withExamples(readme, rootDir));
const notices = 'THIRD-PARTY-NOTICES.md';
const before = existsSync(join(rootDir, notices))
	? readFileSync(join(rootDir, notices), 'utf8')
	: '';
write(notices, before, noticesOf(bundledPackages(rootDir)));
