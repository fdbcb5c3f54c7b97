import { rounded } from './statistics.ts';

/** One figure of ours beside one of something else, measured in the same run. */
export interface Comparison {
	case: string;
	unit: string;
	ours: number;
	peer: number;
	peerName: string;
	/** How many of what was measured went into it. */
	n: number;
	/** Further figures, each a number or numbers by name. */
	more?: Record<string, number | Record<string, number>>;
}

/** A bench: gives its comparisons as they are measured. */
export type Bench = () => AsyncIterable<Comparison>;

/** The line that is printed: figures to four digits, and the ratio of ours to the peer's. */
export function toLine({ bench, more = {}, ...rest }: Comparison & { bench: string }): string {
	const { case: name, unit, ours, peer, peerName, n } = rest;
	return JSON.stringify({
		bench,
		case: name,
		unit,
		ours: rounded(ours),
		peer: rounded(peer),
		peerName,
		ratio: Number((ours / peer).toFixed(3)),
		n,
		...roundedAll(more),
	});
}

function roundedAll(figures: NonNullable<Comparison['more']>): typeof figures {
	return Object.fromEntries(
		Object.entries(figures).map(([name, figure]) => [
			name,
			typeof figure === 'number' ? rounded(figure) : (roundedAll(figure) as Record<string, number>),
		]),
	);
}
