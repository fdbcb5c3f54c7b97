import type { Comparison } from './support/comparison.ts';
import { tell } from './support/progress.ts';
import { startQueueMode, type QueueMode } from './support/queueMode.ts';
import { drainingWorkflow, fillStore, momentsOf } from './support/queueRun.ts';
import { startReceiver, type BenchReceiver } from './support/receiver.ts';
import { median } from './support/statistics.ts';

const QUEUED = 10_000;
/** Until V8 has compiled what runs often, in each of the processes. */
const WARM_UP = 5_000;
const ROUNDS = 3;

/**
 * Deliveries a second from the queue in n8n's queue mode, with the delivery store in PostgreSQL: two workers
 * beside one. Main, workers, Redis, PostgreSQL and the receiver share the machine.
 */
export async function* scale(): AsyncIterable<Comparison> {
	const receiver = await startReceiver();
	tell('starting PostgreSQL, Redis, n8n and two workers');
	const queueMode = await startQueueMode();
	const { id } = await queueMode.main.api.createWorkflow(
		drainingWorkflow({}, queueMode.credential),
	);
	const [, second] = queueMode.workers;
	const rates = { one: [] as number[], two: [] as number[] };
	for (let round = 0; round <= ROUNDS; round++) {
		const two = await rateOf(queueMode, id, receiver);
		await second.kill();
		const one = await rateOf(queueMode, id, receiver);
		await second.startAgain();
		tell(`one worker ${one.toFixed(0)}/s, two workers ${two.toFixed(0)}/s`);
		if (round === 0) continue;
		rates.one.push(one);
		rates.two.push(two);
	}
	yield {
		case: 'two-workers',
		unit: 'deliveries/s',
		ours: median(rates.two),
		peer: median(rates.one),
		peerName: 'one worker',
		n: QUEUED * ROUNDS,
	};
}

/** The workflow is published only while it is measured, so that all are queued when it begins. */
async function rateOf({ main, store }: QueueMode, id: string, receiver: BenchReceiver) {
	await fillStore(store, WARM_UP + QUEUED, [receiver.origin]);
	const { requests } = await receiver.state();
	const counts = [requests + WARM_UP, requests + WARM_UP + QUEUED];
	const watching = momentsOf([receiver], counts, { timeoutMs: 300_000 });
	await Promise.all([main.api.activate(id), watching]);
	const [from, to] = await watching;
	await main.api.deactivate(id);
	return (QUEUED * 1000) / (to - from);
}
