/** A figure to three digits, as a reader takes it in: `29,500`, `0.55`. */
export function figure(value: number): string {
	return Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 3 });
}

/** A figure with its unit; rates stand close to theirs. */
export function withUnit(value: number, unit: string): string {
	const rate = /\/s$/.exec(unit);
	return rate ? `${figure(value)}/s` : `${figure(value)} ${unit}`;
}

/** A table in Markdown; the cells of all columns but the first say figures. */
export function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
	return [head, head.map(() => '---'), ...rows]
		.map((cells) => `| ${cells.join(' | ')} |`)
		.join('\n');
}

/** Numbers by name among the further figures of a comparison; empty where there are none. */
export function named(
	more: Readonly<Record<string, unknown>>,
	name: string,
): Record<string, number> {
	const value = more[name];
	return typeof value === 'object' && value !== null ? (value as Record<string, number>) : {};
}

/** A number among the further figures; undefined where there is none. */
export function single(more: Readonly<Record<string, unknown>>, name: string): number | undefined {
	const value = more[name];
	return typeof value === 'number' ? value : undefined;
}
