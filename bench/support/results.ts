import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootDir } from '../../scripts/paths.ts';
import type { Line } from './comparison.ts';
import type { Machine } from './machine.ts';

/** What a bench gave when it last ran to its end. */
export interface Results {
	bench: string;
	/** ISO 8601, when it ended. */
	date: string;
	seconds: number;
	/** Of the minute before it began, for each core: what else the machine had to do. */
	loadBefore: number;
	machine: Machine;
	comparisons: Line[];
}

const folder = join(rootDir, 'bench', 'results');
const fileOf = (bench: string) => join(folder, `${bench}.json`);

/** Keeps what a bench gave, in place of what it gave before. */
export function saveResults(results: Results): void {
	mkdirSync(folder, { recursive: true });
	writeFileSync(fileOf(results.bench), `${JSON.stringify(results, null, '\t')}\n`);
}

/** What a bench gave last; undefined when it has never run to its end. */
export function readResults(bench: string): Results | undefined {
	const file = fileOf(bench);
	if (!existsSync(file)) return undefined;
	return JSON.parse(readFileSync(file, 'utf8')) as Results;
}
