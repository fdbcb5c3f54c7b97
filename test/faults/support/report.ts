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

/** All rows as a table in Markdown. */
export function toTable(rows: readonly Row[]): string {
	const cells = rows.map((row) => [
		row.fault,
		row.title,
		...COLUMNS.map((column) => (row.tally ? String(row.tally[column]) : '')),
		String(row.seed),
		resultOf(row),
	]);
	const lines = [HEAD, HEAD.map((_, at) => (at < 2 || at === HEAD.length - 1 ? '---' : '---:'))];
	return [...lines, ...cells].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function resultOf(row: Row): string {
	if (row.skipped !== undefined) return `not done: ${row.skipped}`;
	if (isGood(row)) return 'kept';
	return ['**broken**', ...row.failures].join('; ');
}

const BEGIN = '<!-- table of npm run test:faults -->';
const END = '<!-- end of the table -->';

/**
 * Puts a table into a page, where the last one stands.
 * @throws where the page has no place for it
 */
export function intoPage(page: string, table: string): string {
	const from = page.indexOf(BEGIN);
	const to = page.indexOf(END);
	if (from < 0 || to < from)
		throw new Error(`The page has no place for the table: ${BEGIN} … ${END}`);
	return `${page.slice(0, from + BEGIN.length)}\n\n${table}\n\n${page.slice(to)}`;
}
