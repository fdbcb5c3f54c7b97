import { readFileSync } from 'node:fs';
import { arch, cpus, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import { rootDir } from '../../scripts/paths.ts';

/** What figures were measured on. */
export interface Machine {
	processor: string;
	cores: number;
	memoryGb: number;
	system: string;
	node: string;
	n8n: string;
}

/** This machine, and what runs on it. */
export function thisMachine(): Machine {
	const [first] = cpus();
	return {
		processor: first?.model.trim() ?? arch(),
		cores: cpus().length,
		memoryGb: Math.round(totalmem() / 1024 ** 3),
		system: `${platform()} ${arch()}`,
		node: process.versions.node,
		n8n: versionOfN8n(),
	};
}

function versionOfN8n(): string {
	const manifest = readFileSync(join(rootDir, 'host', 'package.json'), 'utf8');
	const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> };
	return dependencies.n8n;
}
