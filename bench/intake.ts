import { freePort } from '../scripts/host/free-port.ts';
import type { Comparison } from './support/comparison.ts';
import { startGenerator, type Generator, type GeneratorResult } from './support/generator.ts';
import {
	hit,
	hitBody,
	publishOurs,
	publishOursWithOne,
	publishPeer,
} from './support/intakeWorkflows.ts';
import { startBenchN8n } from './support/n8nRuns.ts';
import { tell } from './support/progress.ts';
import { startReceiver } from './support/receiver.ts';
import { median } from './support/statistics.ts';

const ROUNDS = 3;
const CONNECTIONS = 32;
/** At the port of its own: what comes while a flush runs shares the next one. */
const MANY_CONNECTIONS = 128;
/** So long the workflow gets for what has come before, in milliseconds; a rest, too, after which V8 warms up anew. */
const CALM_MS = 20_000;
/** n8n's webhook layer takes tens of hits a second, the others thousands. */
const SLOW_REQUESTS = 400;
const FAST_REQUESTS = 20_000;
const BATCHES = 60;
const HITS_IN_A_BATCH = 500;

const JSON_TYPE = 'application/json';

/**
 * Hits a second that a real n8n takes in, each matched and on disk before it is answered: one by one at the
 * webhook, in batches there, and one by one at the trigger's own port; against a hundred postbacks, and at the
 * webhook against a single one as well. Beside them n8n's Webhook and a single Filter, which starts an execution
 * for each and keeps nothing for a retry.
 */
export async function* intake(): AsyncIterable<Comparison> {
	const generator = await startGenerator();
	const receiver = await startReceiver();
	const alone = await generator.run({
		port: receiver.port,
		path: '/',
		connections: CONNECTIONS,
		requests: 50_000,
		bodies: [hitBody(1)],
		contentType: JSON_TYPE,
	});
	tell(`the generator alone: ${alone.rate.toFixed(0)} requests/s`);

	// n8n's default engine for expressions makes its webhooks two to three times slower still.
	const n8n = await startBenchN8n({ N8N_EXPRESSION_ENGINE: 'legacy' });
	const ownPort = await freePort();
	await publishOurs(n8n, receiver.origin, ownPort);
	await publishOursWithOne(n8n, receiver.origin);
	await publishPeer(n8n);
	const at = {
		peer: requester(generator, n8n.port, '/webhook/bench-peer', SLOW_REQUESTS, 200),
		webhook: requester(generator, n8n.port, '/webhook/bench-one', SLOW_REQUESTS, 202),
		webhookOfMany: requester(generator, n8n.port, '/webhook/bench-hits', SLOW_REQUESTS, 202),
		batch: batches(generator, n8n.port),
		listener: requester(generator, ownPort, '/bench-hits', FAST_REQUESTS, 202, MANY_CONNECTIONS),
	};
	// Until V8 has compiled what runs for each hit.
	await at.listener();
	const rates: Record<keyof typeof at, number[]> = {
		peer: [],
		webhook: [],
		webhookOfMany: [],
		batch: [],
		listener: [],
	};
	for (let round = 0; round <= ROUNDS; round++) {
		for (const name of Object.keys(at) as (keyof typeof at)[]) {
			const { rate } = await at[name]();
			tell(`${name}: ${rate.toFixed(0)} requests/s`);
			if (round > 0) rates[name].push(rate);
		}
	}
	const full = median(rates.listener);
	await new Promise((resolve) => setTimeout(resolve, CALM_MS));
	const afterRest = await at.listener(full / 2);
	const half = { rates: [] as number[], p50: [] as number[], p99: [] as number[] };
	for (let round = 1; round <= ROUNDS; round++) {
		const { rate, latency } = await at.listener(full / 2);
		tell(`listener at ${rate.toFixed(0)} hits/s: p99 ${latency.p99.toFixed(1)} ms`);
		half.rates.push(rate);
		half.p50.push(latency.p50);
		half.p99.push(latency.p99);
	}
	const atHalf = { rate: median(half.rates), p50: median(half.p50), p99: median(half.p99) };

	const common = {
		unit: 'hits/s',
		peer: median(rates.peer),
		peerName: "n8n's Webhook and Filter (N8N_EXPRESSION_ENGINE=legacy)",
	};
	yield {
		case: 'webhook',
		ours: median(rates.webhook),
		n: SLOW_REQUESTS * ROUNDS,
		...common,
		more: { withManyPostbacks: median(rates.webhookOfMany) },
	};
	yield {
		case: 'batch',
		ours: median(rates.batch) * HITS_IN_A_BATCH,
		n: BATCHES * HITS_IN_A_BATCH * ROUNDS,
		...common,
	};
	yield {
		case: 'listener',
		ours: full,
		n: FAST_REQUESTS * ROUNDS,
		...common,
		more: { atHalf, afterRest: afterRest.latency, generatorAlone: alone.rate },
	};
}

type Request = (rate?: number) => Promise<GeneratorResult>;

function requester(
	generator: Generator,
	port: number,
	path: string,
	requests: number,
	expected: number,
	connections = CONNECTIONS,
): Request {
	return async (rate) =>
		assertStatus(
			expected,
			await generator.run({
				port,
				path,
				connections,
				requests,
				bodies: Array.from({ length: 100 }, (_, number) => hitBody(number)),
				contentType: JSON_TYPE,
				...(rate === undefined ? {} : { rate }),
			}),
		);
}

function batches(generator: Generator, port: number): Request {
	const lines = Array.from({ length: HITS_IN_A_BATCH }, (_, number) => JSON.stringify(hit(number)));
	return async () =>
		assertStatus(
			202,
			await generator.run({
				port,
				path: '/webhook/bench-hits',
				connections: 4,
				requests: BATCHES,
				bodies: [lines.join('\n')],
				contentType: 'application/x-ndjson',
			}),
		);
}

function assertStatus(expected: number, result: GeneratorResult): GeneratorResult {
	const { [String(expected)]: good = 0, ...bad } = result.statuses;
	if (good === 0 || Object.keys(bad).length > 0) {
		throw new Error(`Answers other than ${expected}: ${JSON.stringify(result.statuses)}`);
	}
	return result;
}
