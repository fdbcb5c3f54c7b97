/** The three forms of an HTTP-date, RFC 9110 section 5.6.7; `Date.parse` alone takes far more. */
const HTTP_DATE =
	/^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4})$/;
const SECONDS = /^\d+(?:\.\d+)?$/;

/**
 * Reads a Retry-After header, RFC 9110 section 10.2.3.
 * @param value as it came; of several, the first that can be read counts.
 * @param now wall clock in epoch milliseconds, for the date form.
 * @returns milliseconds from now, seconds rounded up; undefined for what cannot be read, is
 * negative or is past.
 */
export function parseRetryAfter(
	value: string | string[] | undefined,
	now: number,
): number | undefined {
	if (Array.isArray(value)) {
		for (const one of value) {
			const delay = parseRetryAfter(one, now);
			if (delay !== undefined) return delay;
		}
		return undefined;
	}
	const text = value?.trim();
	if (!text) return undefined;
	if (SECONDS.test(text)) {
		const delay = Math.ceil(Number(text)) * 1_000;
		return Number.isFinite(delay) ? delay : undefined;
	}
	if (!HTTP_DATE.test(text)) return undefined;
	const date = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
	return date > now ? date - now : undefined;
}
