import type { Bench } from './support/comparison.ts';

/** A bench by its name on the command line. */
export interface BenchEntry {
	load: () => Promise<Bench>;
	/** Whatever hangs, it ends after so long. */
	longestMinutes: number;
}

/** All benches, in the order in which `all` runs them. */
export const BENCHES: Readonly<Record<string, BenchEntry>> = {
	send: { load: async () => (await import('./send.ts')).send, longestMinutes: 10 },
	claim: { load: async () => (await import('./claim.ts')).claim, longestMinutes: 20 },
	n8n: { load: async () => (await import('./n8n.ts')).n8n, longestMinutes: 20 },
	push: { load: async () => (await import('./push.ts')).push, longestMinutes: 10 },
	match: { load: async () => (await import('./match.ts')).match, longestMinutes: 10 },
	drain: { load: async () => (await import('./drain.ts')).drain, longestMinutes: 20 },
	million: { load: async () => (await import('./drain.ts')).million, longestMinutes: 40 },
	intake: { load: async () => (await import('./intake.ts')).intake, longestMinutes: 20 },
	fairness: { load: async () => (await import('./fairness.ts')).fairness, longestMinutes: 30 },
	growth: { load: async () => (await import('./growth.ts')).growth, longestMinutes: 15 },
	scale: { load: async () => (await import('./scale.ts')).scale, longestMinutes: 30 },
	startup: { load: async () => (await import('./startup.ts')).startup, longestMinutes: 15 },
};
