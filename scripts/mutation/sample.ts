import { shuffled } from '../random.ts';

export interface SourceFile {
	path: string;
	lines: number;
}

/** Lines of a stretch: as long as most functions, so that most changes lie within one. */
const STRETCH = 20;

/**
 * Some stretches of lines drawn from all files, each line as likely as any other, in the form in which Stryker
 * takes them: `lib/a.ts:21-40`. A change that reaches beyond its stretch is not made.
 * @param random from 0 up to 1
 */
export function sampledStretches(
	files: readonly SourceFile[],
	count: number,
	random: () => number,
): string[] {
	const all = files.flatMap(({ path, lines }) =>
		Array.from({ length: Math.ceil(lines / STRETCH) }, (_, nth) => {
			const from = nth * STRETCH + 1;
			return `${path}:${from}-${Math.min(lines, from + STRETCH - 1)}`;
		}),
	);
	return shuffled(all, random).slice(0, count);
}
