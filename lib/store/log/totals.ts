import { sql } from 'kysely';
import type { DeliveryStore } from '../deliveryStore';
import { readMeta, writeMeta } from '../meta';
import type { Unit } from '../unit';
import { IS_EVENT } from './events';

/** How a delivery may end. */
export const OUTCOMES = ['delivered', 'dead', 'closed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Bounds of latencies, in seconds; ten minutes, Adobe's aim, is one of them. */
export const LATENCY_BOUNDS = [
	0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600, 1_800, 3_600, 21_600, 86_400,
];
/** Bounds of attempts until success. */
export const ATTEMPT_BOUNDS = [1, 2, 3, 5, 8];

/** What ended for one endpoint in one queue, since the totals began. */
export interface TotalLine {
	queue: string;
	endpoint: string;
	kind: string;
	ended: Record<Outcome, number>;
	/** Of delivered ones, in each bucket by itself; the last is what is above all bounds. */
	latency: number[];
	latencySum: number;
	attempts: number[];
	attemptsSum: number;
}

interface Cursor {
	at: number;
	no: number;
}

export interface Totals {
	cursors: Record<Outcome, Cursor>;
	lines: TotalLine[];
}

/** Stands for what has no place of its own any more. */
export const OTHER = 'other';

const KEY = 'log.totals';
/** So many ended deliveries are counted in one transaction. */
const CHUNK = 500;
/** Queues, and endpoints, that are told apart: what comes first has a place for good. */
const MOST_QUEUES = 100;
const MOST_ENDPOINTS = 200;
const MOST_LINES = 1_000;
/** Where others write too, what ended a moment ago may not be seen yet. */
const SETTLING_MS = 10_000;

interface Row {
	no: number;
	queue: string | null;
	endpoint: string;
	kind: string;
	created_at: number;
	settled_at: number;
	attempt: number;
	event: number;
}

/**
 * Totals that only grow, as counters have to: what ended since the last call is added to what the store
 * keeps. So they outlive restarts and purges, and a call costs what is new and no more. A delivery that
 * ends, is replayed and ends again has ended twice.
 * @param options `atMost`: so many are added; the next call goes on
 * @returns `isBehind` where there is more to add
 */
export async function gatherTotals(
	store: DeliveryStore,
	{ atMost, signal }: { atMost: number; signal?: AbortSignal },
): Promise<Totals & { isBehind: boolean }> {
	// What ends at this very millisecond may do so after the look.
	const until = store.now() - (store.isShared ? SETTLING_MS : 1);
	for (let added = 0; ; ) {
		const { totals, count, isBehind } = await store.write(async (unit) => await add(unit, until));
		added += count;
		if (!isBehind || added >= atMost || signal?.aborted) return { ...totals, isBehind };
	}
}

async function add(
	unit: Unit,
	until: number,
): Promise<{ totals: Totals; count: number; isBehind: boolean }> {
	// Of two who count at the same time the second goes on where the first has ended.
	await unit.shared?.lock('log', ['totals']);
	const totals = await read(unit);
	const places = new Places(totals.lines);
	let count = 0;
	let isBehind = false;
	for (const outcome of OUTCOMES) {
		const rows = await endedSince(unit, outcome, totals.cursors[outcome], until);
		for (const row of rows) if (!row.event) addRow(places.lineOf(row), outcome, row);
		const last = rows.at(-1);
		if (last) totals.cursors[outcome] = { at: Number(last.settled_at), no: Number(last.no) };
		count += rows.length;
		isBehind ||= rows.length === CHUNK;
	}
	if (count > 0) await writeMeta(unit, KEY, JSON.stringify(totals));
	return { totals, count, isBehind };
}

async function read(unit: Unit): Promise<Totals> {
	const text = await readMeta(unit, KEY);
	if (text !== undefined) return JSON.parse(text) as Totals;
	const begin = { at: 0, no: 0 };
	return { cursors: { delivered: begin, dead: begin, closed: begin }, lines: [] };
}

async function endedSince(
	{ db }: Unit,
	outcome: Outcome,
	{ at, no }: Cursor,
	until: number,
): Promise<Row[]> {
	const { rows } = await sql<Row>`select no, queue, endpoint, kind, created_at, settled_at, attempt,
			case when test = 1 then 1 else ${IS_EVENT} end as event
		from deliveries where status = ${sql.lit(outcome)} and settled_at is not null
			and settled_at >= ${at} and settled_at <= ${until} and (settled_at > ${at} or no > ${no})
		order by settled_at, no limit ${CHUNK}`.execute(db);
	return rows;
}

function addRow(line: TotalLine, outcome: Outcome, row: Row): void {
	line.ended[outcome]++;
	if (outcome !== 'delivered') return;
	const seconds = Math.max(0, Number(row.settled_at) - Number(row.created_at)) / 1_000;
	line.latency[bucketOf(LATENCY_BOUNDS, seconds)]++;
	line.latencySum += seconds;
	line.attempts[bucketOf(ATTEMPT_BOUNDS, Number(row.attempt))]++;
	line.attemptsSum += Number(row.attempt);
}

function bucketOf(bounds: readonly number[], value: number): number {
	const at = bounds.findIndex((bound) => value <= bound);
	return at < 0 ? bounds.length : at;
}

/** Where each delivery counts, so that the lines stay few whatever is sent to. */
class Places {
	private readonly queues: Set<string>;
	private readonly endpoints: Set<string>;
	private readonly byKey: Map<string, TotalLine>;

	constructor(private readonly lines: TotalLine[]) {
		this.queues = new Set(lines.map(({ queue }) => queue));
		this.endpoints = new Set(lines.map(({ endpoint }) => endpoint));
		this.byKey = new Map(lines.map((line) => [keyOf(line), line]));
	}

	lineOf({ queue, endpoint, kind }: Row): TotalLine {
		const wanted = {
			queue: placeIn(this.queues, queue ?? '', MOST_QUEUES),
			endpoint: placeIn(this.endpoints, endpoint, MOST_ENDPOINTS),
			kind,
		};
		const known = this.byKey.get(keyOf(wanted));
		if (known) return known;
		if (this.lines.length < MOST_LINES) return this.make(wanted);
		const other = { queue: OTHER, endpoint: OTHER, kind };
		return this.byKey.get(keyOf(other)) ?? this.make(other);
	}

	private make(place: Pick<TotalLine, 'queue' | 'endpoint' | 'kind'>): TotalLine {
		const line: TotalLine = {
			...place,
			ended: { delivered: 0, dead: 0, closed: 0 },
			latency: new Array<number>(LATENCY_BOUNDS.length + 1).fill(0),
			latencySum: 0,
			attempts: new Array<number>(ATTEMPT_BOUNDS.length + 1).fill(0),
			attemptsSum: 0,
		};
		this.queues.add(place.queue);
		this.endpoints.add(place.endpoint);
		this.byKey.set(keyOf(place), line);
		this.lines.push(line);
		return line;
	}
}

const keyOf = ({ queue, endpoint, kind }: Pick<TotalLine, 'queue' | 'endpoint' | 'kind'>) =>
	JSON.stringify([queue, endpoint, kind]);

const placeIn = (known: ReadonlySet<string>, text: string, most: number) =>
	known.has(text) || known.size < most ? text : OTHER;
