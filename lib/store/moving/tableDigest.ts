import { createHash } from 'node:crypto';

/** What is compared of a table: how many rows, and what is in them. */
export interface TableDigest {
	rows: number;
	/** 64 hexadecimal digits. */
	digest: string;
}

const LIMIT = 1n << 256n;

/** Sums up the rows of a table, in whatever order they come. */
export class TableSum {
	private rows = 0;
	private sum = 0n;

	/** @param values of a row, in the order of the columns' names */
	add(values: readonly (string | number | null)[]): void {
		// A number and its text are the same: the databases do not agree on which it is.
		const texts = values.map((value) => (value === null ? null : String(value)));
		const hash = createHash('sha256').update(JSON.stringify(texts)).digest('hex');
		this.rows++;
		this.sum = (this.sum + BigInt(`0x${hash}`)) % LIMIT;
	}

	get result(): TableDigest {
		return { rows: this.rows, digest: this.sum.toString(16).padStart(64, '0') };
	}
}

export const isSame = (a: TableDigest, b: TableDigest) =>
	a.rows === b.rows && a.digest === b.digest;
