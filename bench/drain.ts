import type { Comparison } from './support/comparison.ts';
import { newInputs } from './support/deliveries.ts';
import { compiledPackage } from './support/package.ts';
import { tell } from './support/progress.ts';
import { fillQueue, momentsOf, queueWorkflow } from './support/queueRun.ts';
import { startReceiver, type BenchReceiver } from './support/receiver.ts';
import { perSecond } from './support/rounds.ts';
import { median } from './support/statistics.ts';
import { undiciLoops } from './support/undiciLoops.ts';

const QUEUED = 10_000;
/** Until V8 has compiled what runs often. */
const WARM_UP = 5_000;
const ROUNDS = 3;
const MILLION = 1_000_000;
const CONCURRENCY = 50;
/** So that it ends on a machine with much else to do too. */
const LONGEST_MS_EACH = 2;

/**
 * Deliveries a second from the queue of a real n8n to a receiver, through Delivery Queue Trigger and HTTP
 * Delivery: claimed, emitted, sent and settled, with n8n's default settings. Beside it a bare undici loop that
 * is outside of n8n and keeps nothing.
 */
export async function* drain(): AsyncIterable<Comparison> {
	const rates: number[] = [];
	const bareRates: number[] = [];
	const undici = `undici ${compiledPackage().versionOf('undici')}`;
	for (let round = 1; round <= ROUNDS; round++) {
		const receiver = await startReceiver();
		const [rate] = await drained(receiver, WARM_UP + QUEUED, [[WARM_UP, WARM_UP + QUEUED]]);
		rates.push(rate);
		bareRates.push(await bareRate(receiver));
		tell(`drained ${rate.toFixed(0)}/s, bare undici ${bareRates.at(-1)?.toFixed(0)}/s`);
	}
	yield {
		case: 'queue',
		unit: 'deliveries/s',
		ours: median(rates),
		peer: median(bareRates),
		peerName: undici,
		n: QUEUED * ROUNDS,
	};
}

/** The rate of the last tenth of a million deliveries beside that of the first. */
export async function* million(): AsyncIterable<Comparison> {
	const receiver = await startReceiver();
	const tenth = MILLION / 10;
	const tenths = Array.from({ length: 10 }, (_, nth): Span => {
		return [WARM_UP + nth * tenth, WARM_UP + (nth + 1) * tenth];
	});
	const [all, ...rates] = await drained(receiver, MILLION + WARM_UP, [
		[WARM_UP, WARM_UP + MILLION],
		...tenths,
	]);
	yield {
		case: 'last-tenth-of-a-million',
		unit: 'deliveries/s',
		ours: rates[rates.length - 1],
		peer: rates[0],
		peerName: 'the first tenth',
		n: MILLION,
		more: {
			overAll: all,
			rateByTenth: Object.fromEntries(rates.map((rate, nth) => [String(nth + 1), rate])),
		},
	};
}

type Span = readonly [from: number, to: number];

/** The rates between the first and the last of some of the requests, while a queue of so many is drained. */
async function drained(
	receiver: BenchReceiver,
	count: number,
	spans: readonly Span[],
): Promise<number[]> {
	const { n8n, publish } = await queueWorkflow();
	tell(`queueing ${count.toLocaleString('en')} deliveries`);
	await fillQueue(n8n, count, [receiver.origin]);
	tell('draining');
	const counts = [...new Set(spans.flat())].sort((a, b) => a - b);
	const before = (await receiver.state()).requests;
	const watching = momentsOf(
		[receiver],
		counts.map((one) => before + one),
		{ timeoutMs: 120_000 + count * LONGEST_MS_EACH },
	);
	await Promise.all([publish(), watching]);
	const at = new Map((await watching).map((moment, i) => [counts[i], moment]));
	await n8n.remove();
	return spans.map(([from, to]) => {
		const took = (at.get(to) as number) - (at.get(from) as number);
		return ((to - from) * 1000) / took;
	});
}

async function bareRate(receiver: BenchReceiver): Promise<number> {
	const { request } = undiciLoops(receiver.origin, CONCURRENCY);
	await request(newInputs(QUEUED, receiver.origin));
	const inputs = newInputs(QUEUED, receiver.origin);
	const started = performance.now();
	await request(inputs);
	return perSecond(QUEUED, started);
}
