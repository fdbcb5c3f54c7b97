import type { HitValue } from './hit';
import { toDay, toNumber, toText } from './values';

/** The codes of "Mobile Services", ADBMobileConfig.json. */
export const TEXT_MATCHERS = ['eq', 'ne', 'co', 'nc', 'sw', 'ew'] as const;
export const NUMBER_MATCHERS = ['lt', 'le', 'gt', 'ge'] as const;
export const EXISTENCE_MATCHERS = ['ex', 'nx'] as const;
/** Beyond the original: calendar days, for First Launch Date and the like. */
export const DATE_MATCHERS = ['on', 'before', 'after'] as const;

export type MatcherCode =
	| (typeof TEXT_MATCHERS)[number]
	| (typeof NUMBER_MATCHERS)[number]
	| (typeof EXISTENCE_MATCHERS)[number]
	| (typeof DATE_MATCHERS)[number];

/** Lower-cases a hit's value; {@link Hit.lower} remembers long ones. */
export type Lower = (text: string) => string;

/** A compiled condition on one value; undefined is a key that the hit does not have. */
export type Test = (value: HitValue | undefined, lower: Lower) => boolean;

const never: Test = () => false;

/**
 * Compiles a matcher and its values into a test of one hit value. Follows core 1.x, the heir of the
 * 4.x SDK, and where that leaves something open Adobe's rules engine for TypeScript:
 *
 * - Several values are alternatives; `ne` and `nc` hold when none of them equals or is contained.
 * - A key that is missing or null satisfies `nx` and nothing else, not even `ne` and `nc`.
 * - Text is compared without regard to case.
 * - `eq`, `ne`: a number on either side makes it a comparison of numbers when the other side parses
 *   as one, and a boolean is `true` or `1`, `false` or `0`. Two texts stay texts: version 4.10 is
 *   not 4.1, and the zip code 01234 is not 1234.
 * - `lt`, `le`, `gt`, `ge`: both sides must parse as numbers.
 * - `co`, `nc`, `sw`, `ew` see a number or boolean as its text.
 * - `ex`, `nx` ignore the values.
 * - `on`, `before`, `after`: both sides must be dates of the calendar.
 * - Without values nothing can equal, contain, precede or exceed: only `ne` and `nc` hold, for any
 *   key that exists. A null among the values is ignored.
 * - An unknown matcher never matches.
 */
export function compileMatcher(matcher: string, values: readonly HitValue[]): Test {
	const given = values.filter((value) => value !== null);
	switch (matcher) {
		case 'eq':
			return equals(given);
		case 'ne':
			return existing(negate(equals(given)));
		case 'co':
			return text(given, (value, part) => value.includes(part));
		case 'nc':
			return existing(negate(text(given, (value, part) => value.includes(part))));
		case 'sw':
			return text(given, (value, part) => value.startsWith(part));
		case 'ew':
			return text(given, (value, part) => value.endsWith(part));
		case 'ex':
			return existing(() => true);
		case 'nx':
			return (value) => value === undefined || value === null;
		// Any one of several bounds is enough, so the easiest of them decides.
		case 'lt':
			return bound(given, toNumber, Math.max, (value, limit) => value < limit);
		case 'le':
			return bound(given, toNumber, Math.max, (value, limit) => value <= limit);
		case 'gt':
			return bound(given, toNumber, Math.min, (value, limit) => value > limit);
		case 'ge':
			return bound(given, toNumber, Math.min, (value, limit) => value >= limit);
		case 'before':
			return bound(given, toDay, Math.max, (value, limit) => value < limit);
		case 'after':
			return bound(given, toDay, Math.min, (value, limit) => value > limit);
		case 'on':
			return onDay(given);
		default:
			return never;
	}
}

function existing(test: Test): Test {
	return (value, lower) => value !== undefined && value !== null && test(value, lower);
}

function negate(test: Test): Test {
	return (value, lower) => !test(value, lower);
}

function equals(values: readonly HitValue[]): Test {
	/** What the lower-cased text of a hit may be. */
	const texts = new Set<string>();
	/** What a text that parses as a number may be. */
	const numbersOfText = new Set<number>();
	/** What a number may be. */
	const numbers = new Set<number>();
	for (const value of values) {
		if (typeof value === 'string') {
			texts.add(value.toLowerCase());
			const number = toNumber(value);
			if (number !== undefined) numbers.add(number);
		} else if (typeof value === 'number') {
			numbers.add(value);
			numbersOfText.add(value);
		} else if (typeof value === 'boolean') {
			texts.add(String(value)).add(value ? '1' : '0');
			numbers.add(value ? 1 : 0);
		}
	}
	const only = texts.size === 1 && numbersOfText.size === 0 ? [...texts][0] : undefined;
	return (value, lower) => {
		if (typeof value === 'string') {
			if (only !== undefined) return lower(value) === only;
			if (texts.has(lower(value))) return true;
			if (numbersOfText.size === 0) return false;
			const number = toNumber(value);
			return number !== undefined && numbersOfText.has(number);
		}
		if (typeof value === 'number') return numbers.has(value);
		if (typeof value === 'boolean') {
			const number = value ? 1 : 0;
			return texts.has(String(value)) || texts.has(String(number)) || numbersOfText.has(number);
		}
		return false;
	};
}

function text(values: readonly HitValue[], holds: (value: string, part: string) => boolean): Test {
	const parts = [...new Set(values.map((value) => toText(value).toLowerCase()))];
	return existing((value, lower) => {
		const subject = typeof value === 'string' ? lower(value) : toText(value).toLowerCase();
		return parts.some((part) => holds(subject, part));
	});
}

function bound(
	values: readonly HitValue[],
	parse: (value: HitValue | undefined) => number | undefined,
	easiest: (a: number, b: number) => number,
	holds: (value: number, limit: number) => boolean,
): Test {
	const limits = values.map(parse).filter((limit) => limit !== undefined);
	if (limits.length === 0) return never;
	const limit = limits.reduce((a, b) => easiest(a, b));
	return (value) => {
		const number = parse(value);
		return number !== undefined && holds(number, limit);
	};
}

function onDay(values: readonly HitValue[]): Test {
	const days = new Set(values.map(toDay));
	days.delete(undefined);
	return (value) => {
		const day = toDay(value);
		return day !== undefined && days.has(day);
	};
}
