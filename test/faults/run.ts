/**
 * `npm run test:faults -- NAME … --seed N --short --write`: does faults on purpose to a real n8n and counts
 * at the receiver what came of it. One JSON line for each fault on standard output, progress and a table on
 * standard error. No name: all of them, or with `--short` the most telling ones, each with less load. `--write` puts the rows into docs/reliability.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPackage } from '../../scripts/build.ts';
import { seededRandom } from '../../scripts/random.ts';
import { ensureHost } from '../../scripts/host/install.ts';
import { rootDir } from '../../scripts/paths.ts';
import { FAULTS } from './faults.ts';
import type { Fault } from './support/fault.ts';
import { intoPage, isGood, toLine, toTable, type Row } from './support/report.ts';

const PAGE = join(rootDir, 'docs', 'reliability.md');
/** Whatever hangs, a fault ends. */
const LONGEST_MS = { short: 5 * 60_000, full: 25 * 60_000 };

const { values: options, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		seed: { type: 'string', default: '1' },
		short: { type: 'boolean', default: false },
		write: { type: 'boolean', default: false },
		'no-build': { type: 'boolean', default: false },
	},
});
const seed = Number(options.seed);
const unknown = positionals.filter((name) => !FAULTS.some((fault) => fault.name === name));
if (!Number.isInteger(seed) || seed < 0 || unknown.length > 0) {
	for (const name of unknown) console.error(`There is no fault "${name}".`);
	const names = FAULTS.map(({ name }) => name).join(', ');
	console.error(
		`Usage: npm run test:faults -- [NAME …] [--seed N] [--short] [--write], where NAME is ${names}`,
	);
	process.exit(2);
}

// Building and installing tell what they do on the console, and standard output is for the lines.
console.log = console.error;

type CleanUp = () => Promise<unknown> | unknown;
const ofFault: CleanUp[] = [];
const ofRun: CleanUp[] = [];

async function cleanUp(all: CleanUp[]): Promise<void> {
	for (let one = all.pop(); one; one = all.pop()) {
		try {
			await one();
		} catch (error) {
			console.error(`Cleaning up: ${(error as Error).message}`);
		}
	}
}

async function cleanUpAll(): Promise<void> {
	await cleanUp(ofFault);
	await cleanUp(ofRun);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	process.once(signal, () => void cleanUpAll().finally(() => process.exit(130)));
}

async function timeout(ms: number): Promise<never> {
	return await new Promise((_, reject) => {
		setTimeout(() => reject(new Error(`not done after ${ms / 60_000} minutes`)), ms).unref();
	});
}

async function perform(fault: Fault): Promise<Row> {
	const started = Date.now();
	const seconds = () => Math.round((Date.now() - started) / 1000);
	const tell = (text: string) =>
		console.error(`[${fault.name} ${String(seconds()).padStart(3)} s] ${text}`);
	const failures: string[] = [];
	const row: Row = { fault: fault.name, title: fault.title, seed, failures, seconds: 0 };
	const missing = fault.missing?.();
	if (missing !== undefined) {
		tell(`not done: ${missing}`);
		return { ...row, skipped: missing };
	}
	try {
		row.tally = await Promise.race([
			fault.run({
				seed,
				random: seededRandom(seed),
				short: options.short,
				tell,
				check: (isTrue, text) => {
					if (isTrue) return;
					failures.push(text);
					tell(`DOES NOT HOLD: ${text}`);
				},
				atEnd: (one) => ofFault.push(one),
				atLast: (one) => ofRun.push(one),
			}),
			timeout(LONGEST_MS[options.short ? 'short' : 'full']),
		]);
	} catch (error) {
		failures.push(`ended early: ${(error as Error).message.split('\n', 1)[0]}`);
		tell((error as Error).stack ?? String(error));
	} finally {
		await cleanUp(ofFault);
	}
	return { ...row, seconds: seconds() };
}

if (!options['no-build']) buildPackage();
await ensureHost();
const rows: Row[] = [];
const wanted = FAULTS.filter(({ name, inShort }) =>
	positionals.length > 0 ? positionals.includes(name) : !options.short || inShort,
);
for (const fault of wanted) {
	const row = await perform(fault);
	rows.push(row);
	if (row.tally) process.stdout.write(`${toLine(row)}\n`);
	console.error(`${row.fault}: ${isGood(row) ? 'kept' : 'BROKEN'} in ${row.seconds} s`);
}
await cleanUpAll();
const table = toTable(rows);
console.error(`\n${table}\n`);
if (options.write) {
	const order = FAULTS.map(({ name }) => name);
	writeFileSync(PAGE, intoPage(readFileSync(PAGE, 'utf8'), rows, order));
}
process.exit(rows.every(isGood) ? 0 : 1);
