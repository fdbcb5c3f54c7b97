import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The checkout that the scripts belong to. */
export const rootDir = dirname(import.meta.dirname);

/** The name under which n8n knows this package. */
export const packageName = (
	JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8')) as { name: string }
).name;

/** Where the pinned n8n is, or will be, installed. */
export function hostDir(): string {
	const shared = process.env.N8N_POSTBACK_HOST_DIR;
	return shared ? resolve(shared) : join(rootDir, 'host');
}

/** The Node.js that the pinned n8n runs on. */
export function hostNode(): string {
	return join(hostDir(), 'node_modules', '.bin', 'node');
}

/** The start script of the pinned n8n. */
export function hostN8n(): string {
	return join(hostDir(), 'node_modules', 'n8n', 'bin', 'n8n');
}
