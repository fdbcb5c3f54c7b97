/**
 * `npm run bench -- NAME …`: one JSON line for each comparison on standard output, progress on standard
 * error. NAME is one of those in {@link benches}.
 */
import { toLine, type Bench } from './support/comparison.ts';
import { tell } from './support/progress.ts';
import { cleanUp } from './support/temporary.ts';

const benches: Record<string, () => Promise<Bench>> = {
	send: async () => (await import('./send.ts')).send,
	claim: async () => (await import('./claim.ts')).claim,
	match: async () => (await import('./match.ts')).match,
	drain: async () => (await import('./drain.ts')).drain,
	million: async () => (await import('./drain.ts')).million,
	intake: async () => (await import('./intake.ts')).intake,
	fairness: async () => (await import('./fairness.ts')).fairness,
	startup: async () => (await import('./startup.ts')).startup,
	push: async () => (await import('./push.ts')).push,
	n8n: async () => (await import('./n8n.ts')).n8n,
};

/** Whatever hangs, a bench ends. */
const LONGEST_MS = 20 * 60_000;

// Building and installing tell what they do on the console, and standard output is for the comparisons.
console.log = console.error;

const names = process.argv.slice(2);
const unknown = names.filter((name) => !Object.hasOwn(benches, name));
if (names.length === 0 || unknown.length > 0) {
	for (const name of unknown) console.error(`There is no bench "${name}".`);
	console.error(`Usage: npm run bench -- NAME …, where NAME is ${Object.keys(benches).join(', ')}`);
	process.exit(2);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	process.once(signal, () => void cleanUp().finally(() => process.exit(130)));
}
setTimeout(() => {
	console.error(`Not done after ${LONGEST_MS / 60_000} minutes: given up`);
	void cleanUp().finally(() => process.exit(1));
}, LONGEST_MS).unref();

let code = 0;
try {
	for (const name of names) {
		tell(`bench ${name}`);
		const bench = await benches[name]();
		for await (const comparison of bench()) {
			process.stdout.write(`${toLine({ bench: name, ...comparison })}\n`);
		}
	}
} catch (error) {
	console.error(error);
	code = 1;
} finally {
	await cleanUp();
}
process.exit(code);
