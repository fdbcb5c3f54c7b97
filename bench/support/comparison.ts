import { rounded } from './statistics.ts';

/** Further figures: each a number, or numbers by name. */
export type Figures = Record<string, number | Record<string, number>>;

/** One figure of ours beside one of something else, measured in the same run. */
export interface Comparison {
	case: string;
	unit: string;
	ours: number;
	peer: number;
	peerName: string;
	/** How many of what was measured went into it. */
	n: number;
	more?: Figures;
}

/** A comparison as it is printed and kept. */
export type Line = Omit<Comparison, 'more'> & { bench: string; ratio: number; more: Figures };

/** A bench: gives its comparisons as they are measured. */
export type Bench = () => AsyncIterable<Comparison>;

/** Figures to four digits, and the ratio of ours to the peer's. */
export function lineOf({ more = {}, ...rest }: Comparison & { bench: string }): Line {
	const { bench, case: name, unit, ours, peer, peerName, n } = rest;
	return {
		bench,
		case: name,
		unit,
		ours: rounded(ours),
		peer: rounded(peer),
		peerName,
		ratio: Number((ours / peer).toFixed(3)),
		n,
		more: roundedAll(more),
	};
}

/** The line that is printed; further figures stand after the others. */
export function toText({ more, ...line }: Line): string {
	return JSON.stringify({ ...line, ...more });
}

function roundedAll<T extends Figures>(figures: T): T {
	return Object.fromEntries(
		Object.entries(figures).map(([name, figure]) => [
			name,
			typeof figure === 'number' ? rounded(figure) : roundedAll(figure),
		]),
	) as T;
}
