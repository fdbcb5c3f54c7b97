/**
 * `$distinct` of JSONata in the time that the values take to be read. Its own compares each with each, so
 * that 10,000 of them hold everybody up for a second.
 * @returns the values, each once; of those that are alike the first
 */
export function distinct(values: unknown): unknown {
	if (!Array.isArray(values) || values.length <= 1) return values;
	const plain = new Set<unknown>();
	const composed = new Set<string>();
	const results = (values as unknown[]).filter((value) => {
		if (typeof value !== 'object' || value === null) return added(plain, value);
		return added(composed, textOf(value));
	});
	// How JSONata marks what becomes its only value when there is but one.
	if ('sequence' in values) Object.defineProperty(results, 'sequence', { value: true });
	return results;
}

function added<T>(seen: Set<T>, one: T): boolean {
	const before = seen.size;
	return seen.add(one).size > before;
}

/** The same for values that are alike, whatever the order of their fields. */
function textOf(value: object): string {
	return JSON.stringify(value, (_, part: unknown) => {
		if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
		return { fields: Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)) };
	});
}
