/**
 * `npm run bench -- NAME …`: one JSON line for each comparison on standard output, progress on standard
 * error. NAME is one of those in {@link BENCHES}. What a bench gave is kept in bench/results; `report` writes
 * docs/performance.md of it, and `all` runs every bench before.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { BENCHES } from './benches.ts';
import { writeReport } from './report/write.ts';
import { lineOf, toText, type Line } from './support/comparison.ts';
import { thisMachine } from './support/machine.ts';
import { compiledPackage, PACKAGE_DIR } from './support/package.ts';
import { tell } from './support/progress.ts';
import { saveResults } from './support/results.ts';
import { cleanUp } from './support/temporary.ts';

// Building and installing tell what they do on the console, and standard output is for the comparisons.
console.log = console.error;

const names = process.argv.slice(2);
const known = [...Object.keys(BENCHES), 'all', 'report'];
const unknown = names.filter((name) => !known.includes(name));
if (names.length === 0 || unknown.length > 0) {
	for (const name of unknown) console.error(`There is no bench "${name}".`);
	console.error(`Usage: npm run bench -- NAME …, where NAME is ${known.join(', ')}`);
	process.exit(2);
}

let child: ChildProcess | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	process.once(signal, () => {
		child?.kill(signal);
		void cleanUp().finally(() => process.exit(130));
	});
}

let code = 0;
try {
	const [only, ...others] = names;
	if (others.length === 0 && Object.hasOwn(BENCHES, only)) await runHere(only);
	else for (const name of names) code ||= await run(name);
} catch (error) {
	console.error(error);
	code = 1;
} finally {
	await cleanUp();
}
process.exit(code);

/** Runs one of several; gives the exit code. */
async function run(name: string): Promise<number> {
	if (name === 'report') {
		writeReport();
		return 0;
	}
	if (name !== 'all') return await runApart(name);
	const failed: string[] = [];
	for (const bench of Object.keys(BENCHES)) {
		if ((await runApart(bench)) !== 0) failed.push(bench);
	}
	// One that failed keeps its earlier figures on the page.
	writeReport();
	if (failed.length > 0) console.error(`Not done: ${failed.join(', ')}`);
	return failed.length > 0 ? 1 : 0;
}

/** In a process of its own, so that none begins with the heap of another. */
async function runApart(name: string): Promise<number> {
	child = spawn(process.execPath, [...process.execArgv, process.argv[1], name], {
		stdio: 'inherit',
		env: { ...process.env, [PACKAGE_DIR]: compiledPackage().dir },
	});
	const [status] = (await once(child, 'exit')) as [number | null];
	return status ?? 1;
}

async function runHere(name: string): Promise<void> {
	tell(`bench ${name}`);
	const { load, longestMinutes } = BENCHES[name];
	setTimeout(() => {
		console.error(`${name}: not done after ${longestMinutes} minutes: given up`);
		void cleanUp().finally(() => process.exit(1));
	}, longestMinutes * 60_000).unref();
	const machine = thisMachine();
	const loadBefore = Number((loadavg()[0] / machine.cores).toFixed(2));
	const started = performance.now();
	const bench = await load();
	const comparisons: Line[] = [];
	for await (const comparison of bench()) {
		const line = lineOf({ bench: name, ...comparison });
		comparisons.push(line);
		process.stdout.write(`${toText(line)}\n`);
	}
	saveResults({
		bench: name,
		date: new Date().toISOString(),
		seconds: Math.round((performance.now() - started) / 1000),
		loadBefore,
		machine,
		comparisons,
	});
}
