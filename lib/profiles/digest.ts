import { hash } from 'node:crypto';

/** 66 bits: two values of one attribute never share a digest by chance. */
const LENGTH = 11;

/** A short digest of a text. */
export function digestOf(text: string): string {
	return hash('sha256', text, 'base64url').slice(0, LENGTH);
}

/** A digest of a JSON value, whatever the order of its keys; empty for what is absent. */
export function digestOfValue(value: unknown): string {
	if (value === undefined) return '';
	const text = canonical(value);
	return text === undefined ? '' : digestOf(text);
}

/** JSON in which objects of equal content are equal texts. */
function canonical(value: unknown): string | undefined {
	if (typeof value !== 'object' || value === null) return JSON.stringify(value);
	return JSON.stringify(value, (_, part: unknown) => {
		if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
		const names = Object.keys(part);
		if (names.every((name, at) => at === 0 || names[at - 1] <= name)) return part;
		// Through entries, so that a key named __proto__ stays a key.
		return Object.fromEntries(
			names.sort().map((name) => [name, (part as Record<string, unknown>)[name]]),
		);
	});
}
