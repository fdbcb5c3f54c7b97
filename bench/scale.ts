import type { Comparison } from './support/comparison.ts';
import { tell } from './support/progress.ts';
import { startQueueMode, type QueueMode } from './support/queueMode.ts';
import { drainingWorkflow, fillStore, momentsOf } from './support/queueRun.ts';
import { startReceiver, type BenchReceiver } from './support/receiver.ts';
import { median } from './support/statistics.ts';

const QUEUED = 10_000;
/** Until V8 has compiled what runs often, in each of the processes. */
const WARM_UP = 5_000;
const ROUNDS = 2;

/**
 * Deliveries a second from the queue in n8n's queue mode, with the delivery store in PostgreSQL: two workers
 * beside one, before and after. Main, workers, Redis, PostgreSQL and the receiver share the machine.
 */
export async function* scale(): AsyncIterable<Comparison> {
	const receiver = await startReceiver();
	tell('starting PostgreSQL, Redis, n8n and a worker');
	const queueMode = await startQueueMode();
	const { id } = await queueMode.main.api.createWorkflow(
		drainingWorkflow({}, queueMode.credential),
	);
	const rates = async (rounds: number, what: string) => {
		const measured: number[] = [];
		for (let round = 0; round < rounds; round++) {
			measured.push(await rateOf(queueMode, id, receiver));
			tell(`${what}: ${measured[round].toFixed(0)}/s`);
		}
		return measured;
	};
	await queueMode.addWorker();
	const [, ...before] = await rates(1 + ROUNDS, 'one worker');
	const second = await queueMode.addWorker();
	const [, ...two] = await rates(1 + 2 * ROUNDS, 'two workers');
	await second.kill();
	const after = await rates(ROUNDS, 'one worker again');
	yield {
		case: 'two-workers',
		unit: 'deliveries/s',
		ours: median(two),
		peer: median([...before, ...after]),
		peerName: 'one worker',
		n: QUEUED * 2 * ROUNDS,
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
