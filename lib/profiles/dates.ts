const DATE =
	/^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

// Days that every month has, in the forms that are usual: nearly all dates, without taking them apart.
const PLAIN_DATE =
	/^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:Z|[+-]\d{4})$/;

/**
 * Whether a text is a date of the calendar, with or without a time: the samples of the HTTP API
 * destination write `2022-01-11T21:24:39Z` and `2019-04-15T02:41:50+0000`.
 */
export function isDate(text: string): boolean {
	if (PLAIN_DATE.test(text)) return true;
	const found = DATE.exec(text);
	if (found === null) return false;
	const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
	if (month < 1 || month > 12 || day < 1) return false;
	if (day > 28 && day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return false;
	const [hours, minutes, seconds] = [found[4], found[5], found[6]].map((part) => Number(part ?? 0));
	return hours < 24 && minutes < 60 && seconds <= 60;
}

// The furthest that a Date reaches.
const LAST_MOMENT = 8.64e15;

/** UNIX milliseconds of a number of them or of a date as text; undefined when it is neither. */
export function toMillis(value: unknown): number | undefined {
	if (typeof value === 'number') {
		return Number.isFinite(value) && Math.abs(value) <= LAST_MOMENT ? Math.round(value) : undefined;
	}
	if (value instanceof Date) return toMillis(value.getTime());
	if (typeof value !== 'string' || !isDate(value)) return undefined;
	const zoned = value.replace(' ', 'T').replace(/([+-]\d{2})(\d{2})$/, '$1:$2');
	// A time without a zone would be taken as the machine's own.
	const moment = Date.parse(/T.*(?:Z|[+-]\d{2}:\d{2})$|^[^T]+$/.test(zoned) ? zoned : `${zoned}Z`);
	return Number.isNaN(moment) ? undefined : moment;
}

/** A moment as the main sample writes it, to the second. @param at UNIX milliseconds */
export function toTimestamp(at: number): string {
	return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
