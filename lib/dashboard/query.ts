import { STATES, type State } from './figures';

export const PERIODS = ['1h', '24h', '7d', '30d'] as const;
export type PeriodName = (typeof PERIODS)[number];

/** What a page shows; what its links and its form of filters set. */
export interface DashboardQuery {
	period: PeriodName;
	/** Of the deliveries that are listed; `any` is each of them. */
	state: State | 'any';
	queue?: string;
	endpoint?: string;
	name?: string;
	reason?: string;
	/** The list goes on behind the delivery of this number. */
	after?: number;
	/** Bodies, addresses and subjects are shown. */
	personal?: boolean;
	/** Loads itself anew. */
	live?: boolean;
}

const TEXTS = ['queue', 'endpoint', 'name', 'reason'] as const;
/** Longer ones fit nothing. */
const LONGEST = 500;

/** The first text of a value of a query or a form, which may be given twice or be an object. */
export function textOf(value: unknown): string {
	const one: unknown = Array.isArray(value) ? value[0] : value;
	return typeof one === 'string' ? one.trim() : '';
}

/** Reads a page's query. What cannot be read counts as not given: a link from elsewhere shows a page too. */
export function readQuery(given: Readonly<Record<string, unknown>>): DashboardQuery {
	const query: DashboardQuery = {
		period: PERIODS.find((one) => one === textOf(given.period)) ?? '24h',
		state: (['any', ...STATES] as const).find((one) => one === textOf(given.state)) ?? 'dead',
	};
	for (const name of TEXTS) {
		const text = textOf(given[name]);
		if (text !== '' && text.length <= LONGEST) query[name] = text;
	}
	const after = Number(textOf(given.after));
	if (Number.isSafeInteger(after) && after > 0) query.after = after;
	if (textOf(given.personal) === '1') query.personal = true;
	if (textOf(given.live) === '1') query.live = true;
	return query;
}

/** A relative link to the page with some of its query changed; a changed list begins at its begin. */
export function linkTo(query: DashboardQuery, changes: Partial<DashboardQuery> = {}): string {
	const { after: _after, ...kept } = query;
	const wanted: DashboardQuery = { ...kept, ...changes };
	const parameters = new URLSearchParams();
	for (const [name, value] of Object.entries(wanted)) {
		if (value === undefined || value === false || isDefault(name, value)) continue;
		parameters.set(name, value === true ? '1' : String(value));
	}
	return `?${parameters.toString()}`;
}

const isDefault = (name: string, value: unknown) =>
	(name === 'period' && value === '24h') || (name === 'state' && value === 'dead');

const HOUR = 3_600_000;

const LENGTHS: Record<PeriodName, { step: number; count: number }> = {
	'1h': { step: HOUR / 12, count: 12 },
	'24h': { step: HOUR, count: 24 },
	'7d': { step: 6 * HOUR, count: 28 },
	'30d': { step: 24 * HOUR, count: 30 },
};

/** The moments at which the bars of a period begin, and the end of the last one. */
export function barsOf(period: PeriodName, now: number): number[] {
	const { step, count } = LENGTHS[period];
	const last = Math.floor(now / step) * step;
	return Array.from({ length: count + 1 }, (_, at) => last + (at + 1 - count) * step);
}
