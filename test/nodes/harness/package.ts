import './environment';
import { join } from 'node:path';
import { PackageDirectoryLoader } from 'n8n-core';
import type { ICredentialType, INodeType } from 'n8n-workflow';

const root = join(__dirname, '..', '..', '..');

/** Where a file of the built package comes from. */
export const sourceOf = (file: string) =>
	join(root, file.replace(/^dist\//, '').replace(/\.js$/, '.ts'));

/** Loads what the manifest lists as n8n does, from the sources in place of what is built from them. */
class SourceLoader extends PackageDirectoryLoader {
	protected override resolvePath(file: string): string {
		return sourceOf(file);
	}
}

export interface LoadedPackage {
	nodes: Record<string, INodeType>;
	credentials: Record<string, ICredentialType>;
	/** How many files the manifest lists. */
	listed: { nodes: number; credentials: number };
	packageName: string;
}

export async function loadPackage(): Promise<LoadedPackage> {
	const loader = new SourceLoader(root);
	await loader.loadAll();
	const typesOf = <T>(loaded: Record<string, { type: unknown }>) =>
		Object.fromEntries(Object.entries(loaded).map(([name, { type }]) => [name, type as T]));
	const { nodes = [], credentials = [] } = loader.packageJson.n8n ?? {};
	return {
		nodes: typesOf<INodeType>(loader.nodeTypes),
		credentials: typesOf<ICredentialType>(loader.credentialTypes),
		listed: { nodes: nodes.length, credentials: credentials.length },
		packageName: loader.packageName,
	};
}
