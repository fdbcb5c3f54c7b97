import type { Results } from '../support/results.ts';
import { figure, table, withUnit } from './format.ts';
import { goalsText } from './goals.ts';
import { SECTIONS } from './sections.ts';

const OVERVIEW = 'overview';
const begin = (name: string) => `<!-- figures of ${name} -->`;
const END = '<!-- end of figures -->';
/** For each core, in the minute before a bench: from here on the machine had much else to do. */
const BUSY = 0.5;

/**
 * Puts figures into a page, each bench's between its marks; what stands outside of marks, and what no results are
 * given for, stays as it is.
 * @throws where a bench has no place on the page
 */
export function intoPage(page: string, all: readonly Results[]): string {
	let next = page;
	for (const results of all) next = replaced(next, results.bench, blockOf(results));
	return all.length === 0 ? next : replaced(next, OVERVIEW, overview(all));
}

function replaced(page: string, name: string, block: string): string {
	const from = page.indexOf(begin(name));
	const to = page.indexOf(END, from);
	if (from < 0 || to < 0) {
		throw new Error(`The page has no place for figures: ${begin(name)} … ${END}`);
	}
	return `${page.slice(0, from + begin(name).length)}\n\n${block}\n\n${page.slice(to)}`;
}

/** Where the plot of a bench is, as seen from the page. */
export const plotFile = (bench: string) => `images/performance-${bench}.svg`;

function blockOf(results: Results): string {
	const { bench, comparisons } = results;
	const { ours, cases, further } = SECTIONS[bench];
	const rows = comparisons.map((line) => [
		`\`${line.case}\`: ${cases[line.case] ?? ''}`,
		withUnit(line.ours, line.unit),
		`${withUnit(line.peer, line.unit)} (${line.peerName})`,
		figure(line.ratio),
		goalsText(line),
	]);
	const parts = [
		table(['case', ours, 'beside', 'ratio', 'goal'], rows),
		`![${cases[comparisons[0].case]}](${plotFile(bench)})`,
		joined(further?.(comparisons) ?? []),
		provenance(results),
	];
	return parts.filter((part) => part !== '').join('\n\n');
}

/** Sentences of one list stand together, tables apart. */
function joined(parts: readonly string[]): string {
	return parts
		.filter((part) => part !== '')
		.reduce((text, part) => {
			const together = part.startsWith('- ') && /(?:^|\n)- [^\n]*$/.test(text);
			return text === '' ? part : text + (together ? '\n' : '\n\n') + part;
		}, '');
}

function provenance({ bench, date, seconds, loadBefore, machine }: Results): string {
	const busy =
		loadBefore >= BUSY
			? ` **The machine was busy** (load of ${figure(loadBefore)} for each core before): take the figures for less than they are.`
			: '';
	const took = seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
	return `*${date.slice(0, 10)}, \`npm run bench -- ${bench}\` (${took}); ${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, Node.js ${machine.node}, n8n ${machine.n8n}.*${busy}`;
}

function overview(all: readonly Results[]): string {
	const rows = all.flatMap(({ bench, comparisons }) =>
		comparisons.map((line) => [
			`[${bench}](#${SECTIONS[bench].anchor}): ${SECTIONS[bench].cases[line.case] ?? line.case}`,
			withUnit(line.ours, line.unit),
			line.peerName,
			figure(line.ratio),
			goalsText(line),
		]),
	);
	return table(['', 'figure', 'beside', 'ratio', 'goal'], rows);
}
