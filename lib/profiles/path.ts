import { shorten } from './errors';

/** Stands for every element of an array. */
export const EACH: unique symbol = Symbol('each');

/** A name, the index of an array's element as text, or every element. */
export type Segment = string | typeof EACH;

export type PathReading =
	| { ok: true; segments: readonly Segment[] }
	| { ok: false; problem: string };

/** Deepest nesting that a path may name. */
export const MAX_PATH_SEGMENTS = 64;

const INDEX = /^(?:0|[1-9]\d{0,8})$/;
// What a name may hold without quotes.
const PLAIN_NAME = /^[^.[\]"'/\\\p{Cc}]+$/u;

/**
 * Reads a path of the profile's schema: `person.name.firstName`, `phones[0].number`,
 * `phones[*].number`, `_acme["odd.name"]`, or as a JSON Pointer (RFC 6901) `/person/name/firstName`,
 * whose `-` (RFC 6902, the end of an array) stands for every element.
 * @returns the segments, or what is wrong with the text and how to mend it
 */
export function readPath(text: string): PathReading {
	const trimmed = text.trim();
	const refuse = (why: string): PathReading => ({
		ok: false,
		problem: `"${shorten(trimmed)}" is no path: ${why}`,
	});
	if (trimmed === '')
		return { ok: false, problem: 'the path is empty: write one such as person.name' };
	const segments = trimmed.startsWith('/') ? readPointer(trimmed) : readDotted(trimmed);
	if (typeof segments === 'string') return refuse(segments);
	if (segments.length > MAX_PATH_SEGMENTS) {
		return refuse(`it is deeper than ${MAX_PATH_SEGMENTS} levels`);
	}
	if (segments[0] === '$') return refuse('leave the "$" out and begin with the first name');
	if (segments.includes('__proto__')) return refuse('"__proto__" names no attribute');
	return { ok: true, segments };
}

function readPointer(text: string): Segment[] | string {
	const parts = text.slice(1).split('/');
	if (parts.includes('')) return 'a name is missing between two slashes';
	if (parts.some((part) => /~(?![01])/.test(part))) return 'write ~0 for "~" and ~1 for "/"';
	return parts.map((part) =>
		part === '-' ? EACH : part.replaceAll('~1', '/').replaceAll('~0', '~'),
	);
}

const STEP = /\[(?:(\d{1,9}|\*)|"([^"]+)"|'([^']+)')\]|(?:^|\.)([^.[\]]*)/y;

function readDotted(text: string): Segment[] | string {
	const segments: Segment[] = [];
	STEP.lastIndex = 0;
	while (STEP.lastIndex < text.length) {
		const at = STEP.lastIndex;
		const found = STEP.exec(text);
		if (found === null) {
			return `"${shorten(text.slice(at))}" cannot stand there: write names with dots between them, [0], [*] or ["name"]`;
		}
		const [, index, double, single, name] = found;
		const quoted = double ?? single;
		if (name === undefined) {
			segments.push(quoted ?? (index === '*' ? EACH : String(Number(index))));
		} else if (name === '*') {
			segments.push(EACH);
		} else if (!PLAIN_NAME.test(name)) {
			return name === ''
				? 'a name is missing beside a dot'
				: `"${shorten(name)}" holds characters that need quotes: write ["…"]`;
		} else segments.push(name);
	}
	return segments.length === 0 ? 'it names nothing' : segments;
}

/** Whether a segment is the index of an array's element. */
export const isIndex = (segment: Segment | undefined): segment is string =>
	typeof segment === 'string' && INDEX.test(segment);

/** The one spelling of a path, whichever way it was written. */
export function writePath(segments: readonly Segment[]): string {
	return segments
		.map((segment, at) => {
			if (segment === EACH) return '[*]';
			if (isIndex(segment)) return `[${segment}]`;
			if (!PLAIN_NAME.test(segment) || segment === '*') return `[${JSON.stringify(segment)}]`;
			return at === 0 ? segment : `.${segment}`;
		})
		.join('');
}

/**
 * Whether two paths meet: one is the other or lies within it. Elements of an array may be named by
 * one and passed over by the other, as a schema's paths do.
 */
export function pathsMeet(a: readonly Segment[], b: readonly Segment[], atA = 0, atB = 0): boolean {
	if (atA === a.length || atB === b.length) return true;
	const one = a[atA];
	const other = b[atB];
	if (one === other) return pathsMeet(a, b, atA + 1, atB + 1);
	const oneElement = isElement(one);
	const otherElement = isElement(other);
	if (oneElement && otherElement) {
		return (one === EACH || other === EACH) && pathsMeet(a, b, atA + 1, atB + 1);
	}
	if (oneElement) return pathsMeet(a, b, atA + 1, atB);
	return otherElement && pathsMeet(a, b, atA, atB + 1);
}

const isElement = (segment: Segment) => segment === EACH || isIndex(segment);
