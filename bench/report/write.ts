import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { rootDir } from '../../scripts/paths.ts';
import { BENCHES } from '../benches.ts';
import { readResults } from '../support/results.ts';
import { intoPage, plotFile } from './page.ts';
import { plotOf } from './sections.ts';

const docs = join(rootDir, 'docs');
const page = join(docs, 'performance.md');

/** Writes the figures that are kept into docs/performance.md, and their plots beside it. */
export function writeReport(): void {
	const all = Object.keys(BENCHES).flatMap((bench) => readResults(bench) ?? []);
	for (const { bench, comparisons } of all) {
		const file = join(docs, plotFile(bench));
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(file, plotOf(bench, comparisons));
	}
	writeFileSync(page, intoPage(readFileSync(page, 'utf8'), all));
}
