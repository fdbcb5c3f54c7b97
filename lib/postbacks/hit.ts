import { HitError } from './errors';

export type HitValue = string | number | boolean | null;

/** Deepest nesting of a hit; an object directly in the hit is at depth 1. */
export const MAX_HIT_DEPTH = 32;
/** Most keys of a hit once it is flattened. */
export const MAX_HIT_KEYS = 10_000;

/** Longest key of a hit once it is flattened; a long one over many would be held as often as they are. */
export const MAX_KEY_LENGTH = 1_000;

// Below this length lower-casing again is cheaper than looking it up.
const REMEMBERED_LENGTH = 256;

/**
 * One hit, flattened: `{ a: { AppID: 'X' } }` and `{ 'a.AppID': 'X' }` are both `a.AppID` = `X`,
 * and the elements of an array `list` are `list.0`, `list.1`. Made by {@link flattenHit}.
 */
export class Hit {
	/** Lower-cased key to value; made when a token is first spelt differently from the hit's key. */
	private folded?: Map<string, HitValue>;
	private lowered?: Map<string, string>;

	/**
	 * @param values Flattened key, in the hit's own spelling, to value. NaN and infinities are null.
	 * @param source The data as it came, nested; at most {@link MAX_HIT_DEPTH} deep, without cycles.
	 */
	constructor(
		readonly values: ReadonlyMap<string, HitValue>,
		readonly source: object,
	) {}

	/**
	 * The value of a key as tokens name it: the exact spelling first, then any other case of it
	 * ("Mobile Services, Postbacks": its own sample writes `{%timestampU%}` for `timestampu`).
	 * Undefined when the hit has no such key. Conditions do not come here: they are exact about case.
	 */
	get(name: string): HitValue | undefined {
		const exact = this.values.get(name);
		if (exact !== undefined) return exact;
		if (this.folded === undefined) {
			this.folded = new Map();
			for (const [key, value] of this.values) {
				const lower = key.toLowerCase();
				if (!this.folded.has(lower)) this.folded.set(lower, value);
			}
		}
		return this.folded.get(name.toLowerCase());
	}

	/** Lower-cases a value of this hit. A long one is lower-cased once, however many ask for it. */
	readonly lower = (text: string): string => {
		if (text.length < REMEMBERED_LENGTH) return text.toLowerCase();
		this.lowered ??= new Map();
		let lower = this.lowered.get(text);
		if (lower === undefined) {
			lower = text.toLowerCase();
			this.lowered.set(text, lower);
		}
		return lower;
	};
}

/**
 * Flattens one hit.
 *
 * Takes an object as JSON gives it. Where a dotted key and a nested object name the same value, the
 * later one counts. Empty objects and arrays leave no key.
 *
 * @throws HitError 400 when the value is no object, is nested deeper than {@link MAX_HIT_DEPTH} or
 * has more than {@link MAX_HIT_KEYS} keys, or one that is longer than {@link MAX_KEY_LENGTH}.
 */
export function flattenHit(value: unknown): Hit {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) {
		throw new HitError(
			400,
			`A hit is an object of keys and values, but this is ${describeType(value)}: send {"key": "value", …}`,
		);
	}
	const values = new Map<string, HitValue>();
	flattenInto(values, value, '', 0);
	return new Hit(values, value);
}

function flattenInto(
	values: Map<string, HitValue>,
	container: object,
	prefix: string,
	depth: number,
): void {
	for (const [name, value] of Object.entries(container) as Array<[string, unknown]>) {
		const key = prefix + name;
		if (key.length > MAX_KEY_LENGTH) throw keyTooLong(key);
		if (isContainer(value)) {
			if (depth === MAX_HIT_DEPTH) {
				throw new HitError(
					400,
					`The key "${shorten(key)}" is nested deeper than ${MAX_HIT_DEPTH} levels: flatten it before sending`,
				);
			}
			flattenInto(values, value, `${key}.`, depth + 1);
			continue;
		}
		const scalar = toScalar(value);
		if (scalar === undefined) continue;
		values.set(key, scalar);
		if (values.size > MAX_HIT_KEYS) {
			throw new HitError(
				400,
				`The hit has more than ${MAX_HIT_KEYS} keys; "${shorten(key)}" is one too many: send fewer keys in a hit`,
			);
		}
	}
}

export function keyTooLong(key: string): HitError {
	return new HitError(
		400,
		`The key "${shorten(key)}" is longer than ${MAX_KEY_LENGTH} characters: send a shorter one, with the rest as its value`,
	);
}

function isContainer(value: unknown): value is object {
	return typeof value === 'object' && value !== null && !(value instanceof Date);
}

function toScalar(value: unknown): HitValue | undefined {
	switch (typeof value) {
		case 'string':
		case 'boolean':
			return value;
		case 'number':
			// JSON has no other way to write them either.
			return Number.isFinite(value) ? value : null;
		case 'bigint':
			return value.toString();
		case 'object':
			if (value instanceof Date) {
				return Number.isNaN(value.getTime()) ? null : value.toISOString();
			}
			return null;
		default:
			return undefined;
	}
}

function describeType(value: unknown): string {
	if (value === null) return 'null';
	if (Array.isArray(value)) return 'an array';
	return `a ${typeof value}`;
}

/** A value of any kind, for a message; an object's own words are not asked for, since it may have odd ones. */
export function shown(value: unknown): string {
	if (typeof value !== 'object' || value === null) return shorten(String(value));
	return Array.isArray(value) ? 'a list' : 'an object';
}

/** At most 100 characters of a key that a sender chose, for a message. */
export function shorten(key: string): string {
	return key.length <= 100 ? key : `${key.slice(0, 99)}…`;
}
