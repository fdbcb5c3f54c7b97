import type { Tally } from './fault.ts';

/** A fault that was done, or was not and why. */
export interface Row {
	fault: string;
	title: string;
	seed: number;
	tally?: Tally;
	/** Checks that did not hold. */
	failures: string[];
	/** Why it was not done on this machine. */
	skipped?: string;
	seconds: number;
}

/** Whether what a row promises was kept; one that was not done promises nothing. */
export function isGood({ tally, failures, skipped }: Row): boolean {
	if (skipped !== undefined) return true;
	return failures.length === 0 && tally !== undefined && tally.lost === 0;
}

/** The line of a row for machines. */
export function toLine({ fault, tally, seed }: Row): string {
	const { sent, delivered, dead, queued, lost, duplicates } = tally as Tally;
	return JSON.stringify({ fault, sent, delivered, dead, queued, lost, duplicates, seed });
}

const COLUMNS = ['sent', 'delivered', 'dead', 'queued', 'lost', 'duplicates'] as const;
const HEAD = ['fault', 'what happens', ...COLUMNS, 'seed', 'result'];

const TOP = [HEAD, HEAD.map((_, at) => (at < 2 || at === HEAD.length - 1 ? '---' : '---:'))].map(
	(cells) => `| ${cells.join(' | ')} |`,
);

/** All rows as a table in Markdown. */
export function toTable(rows: readonly Row[]): string {
	return [...TOP, ...rows.map(toTableLine)].join('\n');
}

function toTableLine(row: Row): string {
	const counts = COLUMNS.map((column) => (row.tally ? String(row.tally[column]) : ''));
	const cells = [row.fault, row.title, ...counts, String(row.seed), resultOf(row)];
	return `| ${cells.join(' | ')} |`;
}

function resultOf(row: Row): string {
	if (row.skipped !== undefined) return `not done: ${row.skipped}`;
	if (isGood(row)) return 'kept';
	return ['**broken**', ...row.failures].join('; ');
}

const BEGIN = '<!-- table of npm run test:faults -->';
const END = '<!-- end of the table -->';

/**
 * Puts rows into the table of a page, each where its fault stood before; those of other faults stay.
 * @param order the names of all faults
 * @throws where the page has no place for it
 */
export function intoPage(page: string, rows: readonly Row[], order: readonly string[]): string {
	const from = page.indexOf(BEGIN);
	const to = page.indexOf(END);
	if (from < 0 || to < from) {
		throw new Error(`The page has no place for the table: ${BEGIN} … ${END}`);
	}
	const lines = new Map<string, string>();
	for (const line of page.slice(from, to).split('\n')) {
		const fault = /^\| ([a-z0-9-]+) \|/.exec(line)?.[1];
		if (fault !== undefined) lines.set(fault, line);
	}
	for (const row of rows) lines.set(row.fault, toTableLine(row));
	const table = [...TOP, ...order.flatMap((fault) => lines.get(fault) ?? [])].join('\n');
	return `${page.slice(0, from + BEGIN.length)}\n\n${table}\n\n${page.slice(to)}`;
}
