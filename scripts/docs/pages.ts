/** The pages with a part that is written from descriptions, between two markers. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ICredentialType, INodeTypeDescription } from 'n8n-workflow';
import { credentialReference, nodeReference } from './reference.ts';

/** What the package brings, by name. */
export interface Types {
	nodes: Record<string, INodeTypeDescription>;
	credentials: Record<string, ICredentialType>;
}

const PART =
	/<!-- reference of (\w+), written by npm run docs -->\n[^]*?<!-- end of reference -->/g;

const begin = (name: string) => `<!-- reference of ${name}, written by npm run docs -->`;

function referenceOf(name: string, { nodes, credentials }: Types): string {
	const node = nodes[name];
	if (node) return nodeReference(node, credentials);
	const credential = credentials[name];
	if (credential) return credentialReference(credential);
	throw new Error(`A page has a reference of "${name}", which is no node and no credential type`);
}

/** The nodes and credential types whose reference is on a page. */
export const namesOn = (page: string): string[] => [...page.matchAll(PART)].map(([, name]) => name);

/** A page with its references as they have to be now; what is outside of the markers stays. */
export const refreshed = (page: string, types: Types): string =>
	page.replace(
		PART,
		(_, name: string) =>
			`${begin(name)}\n\n${referenceOf(name, types)}\n\n<!-- end of reference -->`,
	);

/** The pages of a folder, by the names of their files. */
export function readPages(folder: string): Map<string, string> {
	const files = readdirSync(folder).filter((file) => file.endsWith('.md'));
	return new Map(files.sort().map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}
