import {
	barsOf,
	type Counts,
	type DashboardFigures,
	type EndpointFigures,
	type QueueFigures,
} from '../../../lib/dashboard';
import { readPage } from '../../../lib/store/log/entries';
import { fitsPattern, type LogFilter } from '../../../lib/store/log/filter';
import {
	endpointsInTrouble,
	queuesHealth,
	type QueueHealth,
	type TroubledEndpoint,
} from '../../../lib/store/log/health';
import { countFitting, gatherOverview, type Overview } from '../../../lib/store/log/overview';
import type { StatisticsLine } from '../../../lib/store/log/statistics';
import { dueNext, gatherWaiting, type Waiting } from '../../../lib/store/log/waiting';
import { stopping, type OperationContext } from '../operation';
import { workFigures } from '../workInHand';
import { manyTarget, type Signer } from './forms';
import type { PageSettings } from './settings';
import { toShown } from './shown';

/** Rows of the shorter lists. */
const DUE_ROWS = 10;
const ENDPOINTS = 20;
const CHOICES = 100;

/**
 * Gathers all that the page shows, in steps that are short whatever is stored.
 * @param signer signs the forms; undefined where the page only shows
 */
export async function gatherFigures(
	context: OperationContext,
	settings: PageSettings,
	signer: Signer | undefined,
): Promise<DashboardFigures> {
	const { store } = context;
	const { query, filter, fixed, countAtMost: atMost } = settings;
	const stop = stopping(context);
	const now = store.now();
	const periods = barsOf(query.period, now);
	const overview = await gatherOverview(store, { filter, periods, atMost, ...stop });
	const waiting = await gatherWaiting(store, { filter, atMost, ...stop });
	const listed = listFilter(settings, periods[0]);
	const page = await readPage(store, {
		filter: listed,
		order: 'newest',
		limit: settings.rows,
		...(query.after === undefined ? {} : { after: query.after }),
		...stop,
	});
	const { due, troubled, queues } = await store.read(async (unit) => ({
		due: await dueNext(unit, filter, DUE_ROWS),
		troubled: await endpointsInTrouble(unit),
		queues: await queuesHealth(unit, store.boot),
	}));
	const sign = signer && ((action: 'replay' | 'cancel', id: string) => signer(action, id));
	const shown = (entries: typeof due) =>
		entries.map((entry) => toShown(entry, query.personal === true, sign));
	const endpoints = endpointFigures(overview, waiting, troubled, now);
	const dead =
		signer && query.state === 'dead' && page.entries.length > 0
			? await countFitting(store, { filter: listed, atMost, ...stop })
			: undefined;
	const free = waiting.lines.reduce(
		(sum, { pending, retrying, underWay }) => sum + pending + retrying - underWay,
		0,
	);
	return {
		title: settings.title,
		now,
		timeZone: settings.timeZone,
		query,
		whole: wholeFigures(overview.whole),
		bars: overview.periods.map((line, at) => ({ at: periods[at], ...countsOf(line) })),
		countedSince: overview.countedSince,
		endpoints: endpoints.slice(0, ENDPOINTS),
		moreEndpoints: Math.max(0, endpoints.length - ENDPOINTS),
		queues: queueFigures(queues, waiting, settings, now),
		waitingNow: {
			count: sum(waiting, ({ pending, retrying }) => pending + retrying),
			retrying: sum(waiting, ({ retrying }) => retrying),
			isPart: waiting.isPart,
		},
		dueNext: shown(due),
		list: shown(page.entries),
		next: page.next !== undefined && page.entries.length >= settings.rows ? page.next : undefined,
		work: Object.keys(fixed).length === 0 ? await workFigures(store) : [],
		choices: {
			queues: queues
				.map(({ queue }) => queue)
				.filter((queue) => fitsPattern(fixed.queue, queue))
				.slice(0, CHOICES),
			endpoints: endpoints.map(({ endpoint }) => endpoint).slice(0, CHOICES),
		},
		mayShowPersonal: settings.mayShowPersonal,
		replayMany:
			signer && dead ? { ...dead, token: signer('replayAll', manyTarget(settings)) } : undefined,
		cancelMany:
			signer && free > 0
				? { count: free, isPart: waiting.isPart, token: signer('cancelAll', manyTarget(settings)) }
				: undefined,
	};
}

const sum = ({ lines }: Waiting, of: (line: Waiting['lines'][number]) => number) =>
	lines.reduce((total, line) => total + of(line), 0);

/**
 * The deliveries that are listed: what waits whenever it was stored, dead letters by when they ended, the
 * rest by when it was stored.
 */
export function listFilter({ query, filter }: PageSettings, since: number): LogFilter {
	const { state } = query;
	if (state === 'any') return { ...filter, since };
	if (state === 'pending' || state === 'retrying') return { ...filter, states: [state] };
	return { ...filter, states: [state], since, ...(state === 'dead' ? { timeOf: 'ended' } : {}) };
}

/** Percentiles only where something has arrived. */
function countsOf({ deliveries, latency }: StatisticsLine): Counts {
	const { stored, delivered, dead, pending, retrying, closed } = deliveries;
	const at = (part: number) => (delivered === 0 ? undefined : Math.round(latency.percentile(part)));
	const waiting = pending + retrying;
	return { stored, delivered, dead, waiting, closed, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

function wholeFigures(line: StatisticsLine): DashboardFigures['whole'] {
	const { delivered } = line.deliveries;
	return {
		...countsOf(line),
		inTime: delivered === 0 ? undefined : line.inTime / delivered,
		attempts: line.attempts,
		untilSuccess: [...line.untilSuccess].sort(([a], [b]) => a - b),
		events: { taken: line.events.taken, waiting: line.events.waiting },
	};
}

/** Those of the period and those for which something waits; the ones with most to tell first. */
function endpointFigures(
	{ endpoints }: Overview,
	waiting: Waiting,
	troubled: readonly TroubledEndpoint[],
	now: number,
): EndpointFigures[] {
	const all = new Map<string, EndpointFigures>();
	const of = (endpoint: string) => {
		const known = all.get(endpoint);
		if (known) return known;
		const none = { stored: 0, delivered: 0, dead: 0, waiting: 0, closed: 0, waitingNow: 0 };
		const made: EndpointFigures = { endpoint, ...none };
		all.set(endpoint, made);
		return made;
	};
	for (const [endpoint, line] of endpoints) Object.assign(of(endpoint), countsOf(line));
	for (const line of waiting.lines) of(line.endpoint).waitingNow += line.pending + line.retrying;
	for (const { endpoint, pausedUntil, reason } of troubled) {
		const one = all.get(endpoint);
		// Paused in several queues: the longest pause comes first.
		if (!one || one.pausedUntil !== undefined || one.isOnProbation) continue;
		if (pausedUntil > now) Object.assign(one, { pausedUntil, reason });
		else Object.assign(one, { isOnProbation: true, reason });
	}
	return [...all.values()].sort(
		(a, b) =>
			Number(b.pausedUntil !== undefined) - Number(a.pausedUntil !== undefined) ||
			b.dead + b.waitingNow - (a.dead + a.waitingNow) ||
			b.stored - a.stored,
	);
}

function queueFigures(
	known: readonly QueueHealth[],
	waiting: Waiting,
	{ filter, fixed }: PageSettings,
	now: number,
): QueueFigures[] {
	// A page about something else than queues tells only of those that have to do with it.
	const isAboutOther = Object.keys(fixed).some((name) => name !== 'queue');
	return known
		.filter(({ queue }) => fitsPattern(filter.queue, queue))
		.map(({ queue, service, nodeName, pausedUntil, reason }): QueueFigures => {
			const lines = waiting.lines.filter((line) => line.queue === queue);
			const part = { lines, isPart: false };
			const isPaused = pausedUntil > now;
			return {
				queue,
				service,
				nodeName,
				pausedUntil: isPaused ? pausedUntil : undefined,
				reason: isPaused ? reason : undefined,
				waitingNow: sum(part, ({ pending, retrying }) => pending + retrying),
				underWay: sum(part, ({ underWay }) => underWay),
				nextDueAt: least(lines.map(({ nextDueAt }) => nextDueAt)),
				oldestAt: least(lines.map(({ oldestAt }) => oldestAt)),
			};
		})
		.filter(({ waitingNow }) => !isAboutOther || waitingNow > 0);
}

const least = (values: readonly number[]) =>
	values.length === 0 ? undefined : Math.min(...values);
