const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A time that something took: `12 ms`, `3.4 s`, `2 min 5 s`. */
export function duration(ms: number): string {
	if (ms < SECOND) return `${Math.round(ms)} ms`;
	if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1).replace('.0', '')} s`;
	if (ms < MINUTE) return `${Math.round(ms / SECOND)} s`;
	const [unit, part, big, small] =
		ms < HOUR
			? [MINUTE, SECOND, 'min', 's']
			: ms < DAY
				? [HOUR, MINUTE, 'h', 'min']
				: [DAY, HOUR, 'd', 'h'];
	const whole = Math.floor(ms / (unit as number));
	const rest = Math.floor((ms % (unit as number)) / (part as number));
	return rest === 0 ? `${whole} ${big}` : `${whole} ${big} ${rest} ${small}`;
}

/** `in 5 min`, `now`, `3 min overdue`. */
export function due(at: number, now: number): string {
	if (at > now + SECOND) return `in ${duration(at - now)}`;
	return at < now - MINUTE ? `${duration(now - at)} overdue` : 'now';
}

export const ago = (at: number, now: number) =>
	now - at < SECOND ? 'just now' : `${duration(now - at)} ago`;

export const number = (value: number) => value.toLocaleString('en-US');

/** A part of a whole, from 0 to 1. Never rounds up to all of it, nor down to nothing. */
export function percent(share: number): string {
	const value = share * 100;
	if (value === 0 || value === 100) return `${value} %`;
	return `${Math.min(99.9, Math.max(0.1, value)).toFixed(1)} %`;
}

/** Large counts on axes: `1.2k`. */
export function short(value: number): string {
	if (value < 1_000) return String(Math.round(value));
	const [unit, name] = value < 1_000_000 ? [1_000, 'k'] : [1_000_000, 'M'];
	return `${(value / (unit as number)).toFixed(value / (unit as number) < 10 ? 1 : 0).replace(/\.0$/, '')}${name}`;
}

/** Shows moments in a time zone. */
export class Times {
	private readonly full: Intl.DateTimeFormat;
	private readonly hour: Intl.DateTimeFormat;
	private readonly day: Intl.DateTimeFormat;

	constructor(readonly timeZone: string) {
		const of = (options: Intl.DateTimeFormatOptions) =>
			new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', ...options });
		this.full = of({
			year: 'numeric',
			month: 'short',
			day: 'numeric',
			hour: '2-digit',
			minute: '2-digit',
			second: '2-digit',
		});
		this.hour = of({ hour: '2-digit', minute: '2-digit' });
		this.day = of({ day: 'numeric', month: 'short' });
	}

	/** `3 Nov 2026, 14:05:09` */
	moment = (at: number) => this.full.format(at);
	/** `14:05` */
	clock = (at: number) => this.hour.format(at);
	/** `3 Nov` */
	date = (at: number) => this.day.format(at);
}
