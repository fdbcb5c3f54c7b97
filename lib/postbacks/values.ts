import type { HitValue } from './hit';

const DECIMAL = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;
// The longest decimal that a double needs is shorter; nothing longer is meant as a number.
const LONGEST_NUMBER = 400;

/**
 * The number that a value says, or undefined when it says none. Text counts when it is a finite
 * decimal; booleans, hexadecimal, `NaN` and `Infinity` do not.
 */
export function toNumber(value: HitValue | undefined): number | undefined {
	if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
	if (typeof value !== 'string' || value.length > LONGEST_NUMBER) return undefined;
	if (!DECIMAL.test(value)) return undefined;
	const number = Number(value);
	return Number.isFinite(number) ? number : undefined;
}

/** A value as templates print it; absent and null are empty. */
export function toText(value: HitValue | undefined): string {
	return value === undefined || value === null ? '' : String(value);
}

const US_DATE = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/;
const ISO_DATE =
	/^(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/**
 * The day that a date names, as a number that grows by the day (yyyymmdd), or undefined when it is
 * no date of the calendar. Takes MM/DD/YYYY and M/d/yyyy ("Mobile Services", Install Date; 5.x
 * writes the shorter) and ISO yyyy-mm-dd, where a time after it is accepted and plays no part.
 */
export function toDay(value: HitValue | undefined): number | undefined {
	if (typeof value !== 'string') return undefined;
	const text = value.trim();
	const us = US_DATE.exec(text);
	if (us !== null) return day(Number(us[3]), Number(us[1]), Number(us[2]));
	const iso = ISO_DATE.exec(text);
	if (iso !== null) return day(Number(iso[1]), Number(iso[2]), Number(iso[3]));
	return undefined;
}

function day(year: number, month: number, date: number): number | undefined {
	if (month < 1 || month > 12 || date < 1) return undefined;
	const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
	const days = month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
	return date > days ? undefined : year * 10_000 + month * 100 + date;
}
