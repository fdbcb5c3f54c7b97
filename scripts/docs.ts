/**
 * `npm run docs`: writes the reference of every node and credential type into the pages of docs/,
 * from what the built package says of itself. The text around stays as it is.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ICredentialType, INodeType } from 'n8n-workflow';
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

const folder = join(rootDir, 'docs');
for (const [file, page] of readPages(folder)) {
	const now = refreshed(page, types);
	if (now === page) continue;
	writeFileSync(join(folder, file), now);
	console.log(`docs/${file}: written anew`);
}
