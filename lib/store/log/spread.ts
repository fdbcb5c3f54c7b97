/** Neighbouring steps differ by this part, so a percentile is true to half of it. */
const STEP = Math.log(1.01);

/**
 * How numbers from 0 on are spread: percentiles of any number of them in little memory, true to half of
 * one part in a hundred.
 */
export class Spread {
	private readonly counts = new Map<number, number>();
	private sum = 0;
	count = 0;
	max = 0;

	add(value: number): void {
		const step = Math.floor(Math.log(Math.max(0, value) + 1) / STEP);
		this.counts.set(step, (this.counts.get(step) ?? 0) + 1);
		this.count++;
		this.sum += value;
		this.max = Math.max(this.max, value);
	}

	/** The mean; 0 when nothing was added. */
	get mean(): number {
		return this.count === 0 ? 0 : this.sum / this.count;
	}

	/** The value that this part of all (0 to 1) does not exceed; 0 when nothing was added. */
	percentile(part: number): number {
		const wanted = Math.ceil(this.count * part);
		let seen = 0;
		for (const [step, count] of [...this.counts].sort(([a], [b]) => a - b)) {
			seen += count;
			if (seen >= wanted) return Math.min(this.max, Math.exp((step + 0.5) * STEP) - 1);
		}
		return 0;
	}
}
