/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
	if (values.length === 0) throw new RangeError('No values, no median');
	const sorted = inOrder(values);
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The smallest value that so many per cent of all values do not exceed (nearest rank). */
export function percentile(values: readonly number[], percent: number): number {
	if (values.length === 0) throw new RangeError('No values, no percentile');
	if (!(percent > 0 && percent <= 100)) throw new RangeError(`${percent} is no percentage`);
	return inOrder(values)[Math.ceil((percent / 100) * values.length) - 1];
}

/** To four significant digits: more would be noise. */
export function rounded(value: number): number {
	return Number(value.toPrecision(4));
}

function inOrder(values: readonly number[]): number[] {
	return [...values].sort((a, b) => a - b);
}
