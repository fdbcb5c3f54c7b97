/** Loads a package as n8n does, and tells what it cost. A process of its own: what is loaded stays. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface LoadCost {
	ms: number;
	/** Processor time, which does not depend on who else uses the machine. */
	cpuMs: number;
	heapMb: number;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const [dir] = process.argv.slice(2);
const require = createRequire(join(dir, 'package.json'));
const { n8n } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as {
	n8n: { nodes: string[]; credentials: string[] };
};
require('n8n-workflow');

collectGarbage();
const before = process.memoryUsage().heapUsed;
const used = process.cpuUsage();
const since = performance.now();
const kept = [...n8n.nodes, ...n8n.credentials].map((file) => {
	const [Type] = Object.values(require(join(dir, file)) as Record<string, new () => unknown>);
	return new Type();
});
const ms = performance.now() - since;
const { user, system } = process.cpuUsage(used);
const cpuMs = (user + system) / 1000;
collectGarbage();
const heapMb = (process.memoryUsage().heapUsed - before) / 1024 / 1024;
if (kept.length === 0) throw new Error('Nothing was loaded');
process.stdout.write(JSON.stringify({ ms, cpuMs, heapMb } satisfies LoadCost));
