import type { Family, HistogramSample, Labels, Sample } from '../../../lib/metrics/exposition';
import type { QueueHealth, TroubledEndpoint } from '../../../lib/store/log/health';
import type { EndpointCount } from '../../../lib/store/log/overview';
import {
	ATTEMPT_BOUNDS,
	LATENCY_BOUNDS,
	OTHER,
	OUTCOMES,
	type Totals,
	type TotalLine,
} from '../../../lib/store/log/totals';
import type { Waiting } from '../../../lib/store/log/waiting';
import type { WorkInHand } from '../workInHand';
import { shareOf } from '../workInHand';

/** All that the metrics tell. Times in epoch milliseconds. */
export interface MetricsInput {
	now: number;
	totals: Totals & { isBehind: boolean };
	waiting: Waiting;
	dead: readonly EndpointCount[];
	troubled: readonly TroubledEndpoint[];
	queues: readonly QueueHealth[];
	storeBytes: number;
	work: WorkInHand;
	/** Endpoints, and queues, with a label of their own; the rest is one. */
	most: number;
}

/** Labels with a bounded number of values. What came first keeps its own, so that counters only grow. */
class Places {
	private readonly known = new Set<string>();

	constructor(private readonly most: number) {}

	of(text: string): string {
		if (text === OTHER || (!this.known.has(text) && this.known.size >= this.most)) return OTHER;
		this.known.add(text);
		return text;
	}
}

/** Samples of one metric, those with the same labels added up. */
class Adder {
	private readonly samples = new Map<string, Sample>();

	add(labels: Labels, value: number, join = (a: number, b: number) => a + b): this {
		const key = JSON.stringify(labels);
		const known = this.samples.get(key);
		this.samples.set(key, { labels, value: known ? join(known.value, value) : value });
		return this;
	}

	get all(): Sample[] {
		return [...this.samples.values()];
	}
}

const familyOf = (
	type: 'counter' | 'gauge',
	name: string,
	help: string,
	samples: readonly Sample[],
): Family => ({ name: `postback_${name}`, help, type, samples });

/** The metrics of a store. */
export function familiesOf(input: MetricsInput): Family[] {
	const { totals, most } = input;
	const queues = new Places(most);
	const endpoints = new Places(most);
	const labelsOf = ({ queue, endpoint }: { queue: string | null; endpoint: string }) => ({
		queue: queues.of(queue ?? ''),
		endpoint: endpoints.of(endpoint),
	});
	const ended = new Adder();
	for (const line of totals.lines) {
		for (const outcome of OUTCOMES) {
			ended.add({ outcome, kind: line.kind, ...labelsOf(line) }, line.ended[outcome]);
		}
	}
	return [
		familyOf(
			'counter',
			'deliveries_ended_total',
			'Deliveries that have ended; one that is replayed ends again.',
			ended.all,
		),
		{
			name: 'postback_delivery_latency_seconds',
			help: 'From the event to delivered.',
			type: 'histogram',
			samples: histogram(totals.lines, labelsOf, LATENCY_BOUNDS, (line) => ({
				counts: line.latency,
				sum: line.latencySum,
			})),
		},
		{
			name: 'postback_delivery_attempts',
			help: 'Attempts until delivered.',
			type: 'histogram',
			samples: histogram(
				totals.lines,
				({ queue }) => ({ queue: queues.of(queue) }),
				ATTEMPT_BOUNDS,
				(line) => ({ counts: line.attempts, sum: line.attemptsSum }),
			),
		},
		...ofNow(input, labelsOf, queues),
	];
}

function histogram(
	lines: readonly TotalLine[],
	labelsOf: (line: TotalLine) => Labels,
	bounds: readonly number[],
	valueOf: (line: TotalLine) => { counts: readonly number[]; sum: number },
): HistogramSample[] {
	const samples = new Map<string, HistogramSample>();
	for (const line of lines) {
		if (line.ended.delivered === 0) continue;
		const labels = labelsOf(line);
		const key = JSON.stringify(labels);
		const { counts, sum } = valueOf(line);
		const known = samples.get(key);
		samples.set(key, {
			labels,
			bounds,
			counts: counts.map((count, at) => count + (known?.counts[at] ?? 0)),
			sum: sum + (known?.sum ?? 0),
		});
	}
	return [...samples.values()];
}

/** What is so at this moment. */
function ofNow(
	{ now, totals, waiting, dead, troubled, queues, storeBytes, work }: MetricsInput,
	labelsOf: (line: { queue: string | null; endpoint: string }) => Labels,
	places: Places,
): Family[] {
	const waits = new Adder();
	const underWay = new Adder();
	const oldest = new Adder();
	for (const line of waiting.lines) {
		const labels = labelsOf(line);
		waits.add({ state: 'pending', ...labels }, line.pending);
		waits.add({ state: 'retrying', ...labels }, line.retrying);
		underWay.add(labels, line.underWay);
		oldest.add(labels, Math.max(0, now - line.oldestAt) / 1_000, Math.max);
	}
	const deadLetters = new Adder();
	for (const line of dead) deadLetters.add(labelsOf(line), line.count);
	const paused = new Adder();
	for (const one of troubled) {
		if (one.pausedUntil > now) paused.add(labelsOf(one), (one.pausedUntil - now) / 1_000, Math.max);
	}
	const served = new Adder();
	const pausedQueues = new Adder();
	for (const { queue, service, pausedUntil } of queues) {
		const labels = { queue: places.of(queue) };
		served.add(labels, service === 'served' ? 1 : 0, Math.min);
		pausedQueues.add(labels, Math.max(0, pausedUntil - now) / 1_000, Math.max);
	}
	const backfills = new Adder();
	for (const { status, name, lookedAt, total } of work.backfills) {
		if (status === 'running')
			backfills.add({ destination: name }, shareOf(lookedAt, total), Math.min);
	}
	return [
		familyOf('gauge', 'deliveries_waiting', 'Deliveries that wait at this moment.', waits.all),
		familyOf('gauge', 'deliveries_under_way', 'Of those, on their way.', underWay.all),
		familyOf('gauge', 'oldest_waiting_seconds', 'For how long the oldest one waits.', oldest.all),
		familyOf('gauge', 'dead_letters', 'Dead letters that are stored.', deadLetters.all),
		familyOf('gauge', 'endpoint_paused_seconds', 'How long an endpoint is paused yet.', paused.all),
		familyOf('gauge', 'queue_paused_seconds', 'How long a queue is paused yet.', pausedQueues.all),
		familyOf('gauge', 'queue_served', '1: a Delivery Queue Trigger serves the queue.', served.all),
		familyOf('gauge', 'backfill_progress', 'How far a backfill is, from 0 to 1.', backfills.all),
		familyOf('gauge', 'store_bytes', 'Bytes that the delivery store takes up.', [
			{ labels: {}, value: storeBytes },
		]),
		familyOf('gauge', 'counters_behind', '1: the counters go on with the next scrape.', [
			{ labels: {}, value: totals.isBehind ? 1 : 0 },
		]),
	];
}
