import { shorten } from './errors';

/** Deepest nesting of a profile. */
export const MAX_PROFILE_DEPTH = 64;
/** Longest profile, as JSON. */
export const MAX_PROFILE_BYTES = 10 * 1024 * 1024;

// Counting the bytes of a short text costs more than it tells.
const SHORT_TEXT = 256;

interface Walk {
	bytes: number;
	names: (string | number)[];
	containers: object[];
}

/**
 * What keeps a value from being written as JSON, in words that name the place: it is cyclic, too deep,
 * too long or holds a BigInt. Undefined when nothing does. Looks no further than the limits.
 */
export function problemOfJson(value: object): string | undefined {
	return visit(value, 0, { bytes: 0, names: [], containers: [] });
}

function visit(value: unknown, depth: number, walk: Walk): string | undefined {
	switch (typeof value) {
		case 'string':
			walk.bytes += 3 + (value.length < SHORT_TEXT ? value.length : Buffer.byteLength(value));
			break;
		case 'bigint':
			return `${place(walk, depth)} is a BigInt, which JSON does not have: give it as text`;
		case 'object':
			if (value === null) walk.bytes += 5;
			// Dates and their like write themselves.
			else if (typeof (value as { toJSON?: unknown }).toJSON === 'function') walk.bytes += 30;
			else return visitParts(value, depth, walk);
			break;
		default:
			walk.bytes += 6;
	}
	return tooLong(walk);
}

function visitParts(value: object, depth: number, walk: Walk): string | undefined {
	if (depth > MAX_PROFILE_DEPTH) return tooDeep(value, depth, walk);
	walk.containers[depth] = value;
	walk.bytes += 3;
	if (Array.isArray(value)) {
		for (let at = 0; at < value.length; at++) {
			walk.names[depth] = at;
			const problem = visit(value[at], depth + 1, walk);
			if (problem !== undefined) return problem;
		}
		return tooLong(walk);
	}
	for (const name of Object.keys(value)) {
		walk.names[depth] = name;
		walk.bytes += name.length + 3;
		const problem = visit((value as Record<string, unknown>)[name], depth + 1, walk);
		if (problem !== undefined) return problem;
	}
	return tooLong(walk);
}

function tooLong({ bytes }: Walk): string | undefined {
	if (bytes <= MAX_PROFILE_BYTES) return undefined;
	return `the profile is longer than ${MAX_PROFILE_BYTES / 1024 / 1024} MB as JSON: send fewer or shorter attributes`;
}

function tooDeep(value: object, depth: number, walk: Walk): string {
	const cyclic =
		new Set(walk.containers.slice(0, depth)).size < depth || walk.containers.includes(value);
	if (!cyclic) {
		return `${place(walk, depth)} is nested deeper than ${MAX_PROFILE_DEPTH} levels: flatten it`;
	}
	const first = walk.containers.findIndex(
		(container, at) => walk.containers.indexOf(container) < at,
	);
	return `${place(walk, first === -1 ? depth : first)} leads back to what holds it (cyclic data): leave it out`;
}

function place({ names }: Walk, depth: number): string {
	const [first, ...rest] = names.slice(0, depth);
	if (first === undefined) return 'the profile';
	return shorten(
		rest.reduce<string>(
			(path, name) => path + (typeof name === 'number' ? `[${name}]` : `.${name}`),
			String(first),
		),
	);
}
