import { sql, type RawBuilder } from 'kysely';
import type { DeliveryStore } from '../deliveryStore';
import type { Unit } from '../unit';
import { conditionOf, FILTERED, partOf, type LogFilter } from './filter';

/**
 * Deliveries that one statement looks at: few enough to stay below 20 ms even when each of them has to be
 * read from the disk.
 */
const LOOKED_AT = 500;
/** Where several processes write, a delivery may be stored so long before those with smaller numbers. */
const LATE_MS = 600_000;

export interface WalkOptions {
	filter: LogFilter;
	/** By when they were stored. */
	order: 'newest' | 'oldest';
	/** Goes on behind the delivery of this number. */
	after?: number;
	signal?: AbortSignal;
	/** Deliveries that one step looks at; 500 unless told. */
	lookAt?: number;
}

/** The numbers, both included, that one step looks at. */
interface Span {
	low: number;
	high: number;
	earliest: number;
	latest: number;
}

/**
 * Goes through the deliveries that fit a filter, in steps that are short whatever is stored and whatever
 * fits. What is stored after its begin is left out.
 */
export class LogWalk {
	private next: number | undefined;
	private isOver = false;
	private newest = 0;
	/** Where it began; the first number that it has looked at. */
	private first: number | undefined;
	private hasBegun = false;
	private readonly lookAt: number;

	constructor(
		private readonly store: DeliveryStore,
		private readonly options: WalkOptions,
	) {
		this.lookAt = options.lookAt ?? LOOKED_AT;
	}

	/** Whether it was stopped before its end. */
	get isStopped(): boolean {
		return this.options.signal?.aborted === true && !this.isOver;
	}

	/** How much of what may fit has been looked at, from 0 to 1; by numbers, so without counting. */
	get share(): number {
		if (this.isOver) return 1;
		if (this.first === undefined || this.next === undefined) return 0;
		const [from, to] = this.isNewest ? [this.first, 0] : [this.first, this.newest];
		return from === to ? 1 : Math.min(1, Math.abs(this.next - from) / Math.abs(to - from));
	}

	/**
	 * One step: asks about the deliveries that fit. Gives undefined at the end, or when it was stopped; an
	 * empty answer is none.
	 * @param ask gets a table expression of those, with the columns of {@link FILTERED}
	 */
	async step<R>(
		ask: (unit: Unit, fitting: RawBuilder<unknown>) => Promise<R[]>,
	): Promise<R[] | undefined> {
		if (this.isOver || this.options.signal?.aborted) return undefined;
		return await this.store.read(async (unit) => {
			const span = await this.span(unit);
			if (!span) {
				this.isOver = true;
				return undefined;
			}
			this.first ??= this.isNewest ? span.high : span.low;
			const rows = await ask(unit, this.fitting(unit, span));
			this.next = this.isNewest ? span.low : span.high;
			this.isOver = this.isPast(span);
			return rows;
		});
	}

	/** One step that gives the numbers of deliveries, at most so many. */
	async numbers(most = Number.MAX_SAFE_INTEGER): Promise<number[] | undefined> {
		const limit = Math.min(most, this.lookAt);
		const rows = await this.step(async (unit, fitting) => {
			const found = await sql<{ no: number }>`select no from ${fitting} as f
				order by no ${this.direction} limit ${limit}`.execute(unit.db);
			return found.rows.map(({ no }) => Number(no));
		});
		if (rows && rows.length >= limit) {
			// There may be more in this span.
			this.next = rows.at(-1);
			this.isOver = false;
		}
		return rows;
	}

	private get isNewest(): boolean {
		return this.options.order === 'newest';
	}

	private get direction(): RawBuilder<unknown> {
		return this.isNewest ? sql`desc` : sql`asc`;
	}

	private async span(unit: Unit): Promise<Span | undefined> {
		if (!this.hasBegun) await this.begin(unit);
		this.hasBegun = true;
		const ahead =
			this.next === undefined
				? sql`1 = 1`
				: this.isNewest
					? sql`no < ${this.next}`
					: sql`no > ${this.next}`;
		const { rows } = await sql<Record<keyof Span, number | null>>`select min(no) as low,
				max(no) as high, min(created_at) as earliest, max(created_at) as latest
			from (select no, created_at from deliveries
				where ${partOf(this.options.filter)} and ${ahead} and no <= ${this.newest}
				order by no ${this.direction} limit ${this.lookAt}) as part`.execute(unit.db);
		const [{ low, high, earliest, latest }] = rows;
		if (low === null) return undefined;
		return {
			low: Number(low),
			high: Number(high),
			earliest: Number(earliest),
			latest: Number(latest),
		};
	}

	private async begin(unit: Unit): Promise<void> {
		const { after, filter } = this.options;
		this.newest = await newestNumber(unit);
		const { since, until } = byStored(filter) ? filter : {};
		const first =
			this.isNewest && until !== undefined
				? await firstSince(unit, until + LATE_MS, this.newest)
				: !this.isNewest && since !== undefined
					? (await firstSince(unit, since - LATE_MS, this.newest)) - 1
					: undefined;
		const known = [first, after].filter((no) => no !== undefined);
		if (known.length > 0) this.next = this.isNewest ? Math.min(...known) : Math.max(...known);
	}

	/** Whether nothing behind a span can fit any more. */
	private isPast({ earliest, latest }: Span): boolean {
		const { filter } = this.options;
		if (!byStored(filter)) return false;
		const { since, until } = filter;
		return this.isNewest
			? since !== undefined && earliest < since - LATE_MS
			: until !== undefined && latest > until + LATE_MS;
	}

	/** The limit keeps planners from looking anywhere but at the span. */
	private fitting(unit: Unit, { low, high }: Span): RawBuilder<unknown> {
		const { filter } = this.options;
		return sql`(select * from (select ${FILTERED} from deliveries
				where ${partOf(filter)} and no >= ${low} and no <= ${high}
				order by no ${this.direction} limit ${2 * this.lookAt}) as span
			where ${conditionOf(unit.dialect, filter)})`;
	}
}

const byStored = ({ timeOf }: LogFilter) => timeOf !== 'ended';

async function newestNumber({ db }: Unit): Promise<number> {
	const row = await db
		.selectFrom('deliveries')
		.select('no')
		.orderBy('no', 'desc')
		.limit(1)
		.executeTakeFirst();
	return Number(row?.no ?? 0);
}

/** The smallest number from which on deliveries were stored at a moment or later. Halves what is left. */
async function firstSince({ db }: Unit, at: number, newest: number): Promise<number> {
	let low = 0;
	let high = newest + 1;
	while (low < high) {
		const middle = Math.floor((low + high) / 2);
		const row = await db
			.selectFrom('deliveries')
			.select(['no', 'created_at'])
			.where('no', '>=', middle)
			.orderBy('no')
			.limit(1)
			.executeTakeFirst();
		if (row && Number(row.created_at) < at) low = Number(row.no) + 1;
		else high = middle;
	}
	return low;
}
