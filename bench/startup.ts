import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureHost } from '../scripts/host/install.ts';
import { N8n } from '../scripts/host/n8n.ts';
import { hostNode } from '../scripts/paths.ts';
import type { Comparison } from './support/comparison.ts';
import type { LoadCost } from './support/loadProcess.ts';
import { memoryOf } from './support/n8nRuns.ts';
import { compiledPackage } from './support/package.ts';
import { tell } from './support/progress.ts';
import { median } from './support/statistics.ts';
import { atEnd } from './support/temporary.ts';

const ROUNDS = 5;

interface Start {
	ms: number;
	mb: number;
}

/** What the package adds to n8n's start, in milliseconds and megabytes: n8n with it and without, in turns. */
export async function* startup(): AsyncIterable<Comparison> {
	await ensureHost();
	const withPackage = await prepared(compiledPackage().dir);
	const without = await prepared(null);
	const starts = { ours: [] as Start[], peer: [] as Start[] };
	// The first start of each makes its database.
	for (let round = 0; round <= ROUNDS; round++) {
		const now = { ours: await started(withPackage), peer: await started(without) };
		tell(
			`n8n's start with the package ${now.ours.ms.toFixed(0)} ms, ${now.ours.mb.toFixed(0)} MB, ` +
				`without ${now.peer.ms.toFixed(0)} ms, ${now.peer.mb.toFixed(0)} MB`,
		);
		if (round === 0) continue;
		starts.ours.push(now.ours);
		starts.peer.push(now.peer);
	}
	const loads = Array.from({ length: ROUNDS }, loadCost);
	const of = (list: readonly Start[], what: keyof Start) => median(list.map((one) => one[what]));
	yield {
		case: 'n8n-start',
		unit: 'ms',
		ours: of(starts.ours, 'ms'),
		peer: of(starts.peer, 'ms'),
		peerName: 'n8n without the package',
		n: ROUNDS,
		more: {
			memoryMb: { with: of(starts.ours, 'mb'), without: of(starts.peer, 'mb') },
			// The same without the rest of n8n's start, which takes a hundred times as long.
			loading: {
				ms: median(loads.map(({ ms }) => ms)),
				cpuMs: median(loads.map(({ cpuMs }) => cpuMs)),
				heapMb: median(loads.map(({ heapMb }) => heapMb)),
			},
		},
	};
}

async function prepared(packageDir: string | null): Promise<N8n> {
	const n8n = await N8n.prepare({ packageDir });
	atEnd(async () => await n8n.remove());
	return n8n;
}

async function started(n8n: N8n): Promise<Start> {
	const since = performance.now();
	await n8n.start();
	const ms = performance.now() - since;
	const mb = memoryOf(n8n.pid as number).now;
	await n8n.stop();
	return { ms, mb };
}

/** Loads all nodes and credentials in a process that has what n8n has loaded before. */
function loadCost(): LoadCost {
	const script = join(import.meta.dirname, 'support', 'loadProcess.ts');
	const { stdout, stderr, status } = spawnSync(hostNode(), [script, compiledPackage().dir], {
		encoding: 'utf8',
	});
	if (status !== 0) throw new Error(`Loading the package failed: ${stderr}`);
	return JSON.parse(stdout) as LoadCost;
}
