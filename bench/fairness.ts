import { createServer, type AddressInfo } from 'node:net';
import type { Comparison } from './support/comparison.ts';
import { tell } from './support/progress.ts';
import { fillQueue, momentsOf, queueWorkflow } from './support/queueRun.ts';
import { startReceiver, type BenchReceiver } from './support/receiver.ts';
import { median } from './support/statistics.ts';
import { atEnd } from './support/temporary.ts';

const HEALTHY = 9;
const FOR_EACH = 8_000;
/** Until V8 has compiled what runs often, and the dead endpoint has shown that it is dead. */
const WARM_UP = 15_000;
const ROUNDS = 3;
const TIMEOUT_SECONDS = 2;
const LONGEST_MS = 300_000;

interface Rate {
	/** Once the dead endpoint is known to be dead. */
	rate: number;
	/** With the requests that found it out. */
	fromTheFirst: number;
}

/**
 * Deliveries a second to nine healthy endpoints while a tenth one never answers, through the store, the queue
 * trigger and HTTP Delivery of a real n8n, beside the same without the tenth.
 */
export async function* fairness(): AsyncIterable<Comparison> {
	const healthy = await Promise.all(Array.from({ length: HEALTHY }, startReceiver));
	const dead = await startDead();
	const rates = { ours: [] as Rate[], peer: [] as Rate[] };
	for (let round = 1; round <= ROUNDS; round++) {
		const alone = await rateOf(healthy, []);
		const beside = await rateOf(healthy, [dead]);
		tell(
			`nine healthy ${alone.rate.toFixed(0)}/s, with a dead one beside ${beside.rate.toFixed(0)}/s; ` +
				`from the first on ${alone.fromTheFirst.toFixed(0)}/s and ${beside.fromTheFirst.toFixed(0)}/s`,
		);
		rates.ours.push(beside);
		rates.peer.push(alone);
	}
	const of = (list: readonly Rate[], what: keyof Rate) => median(list.map((one) => one[what]));
	yield {
		case: 'one-dead-endpoint',
		unit: 'deliveries/s',
		ours: of(rates.ours, 'rate'),
		peer: of(rates.peer, 'rate'),
		peerName: 'the same without the dead endpoint',
		n: (HEALTHY * FOR_EACH - WARM_UP) * ROUNDS,
		more: {
			fromTheFirst: {
				ours: of(rates.ours, 'fromTheFirst'),
				peer: of(rates.peer, 'fromTheFirst'),
			},
		},
	};
}

async function rateOf(healthy: readonly BenchReceiver[], dead: string[]): Promise<Rate> {
	const { n8n, publish } = await queueWorkflow({ timeoutSeconds: TIMEOUT_SECONDS });
	const origins = [...healthy.map(({ origin }) => origin), ...dead];
	await fillQueue(n8n, FOR_EACH * origins.length, origins);
	const before = await taken(healthy);
	const counts = [1, WARM_UP, FOR_EACH * HEALTHY];
	const watching = momentsOf(
		healthy,
		counts.map((count) => before + count),
		{ timeoutMs: LONGEST_MS },
	);
	await Promise.all([publish(), watching]);
	const [first, warm, last] = await watching;
	await n8n.remove();
	return {
		rate: ((FOR_EACH * HEALTHY - WARM_UP) * 1000) / (last - warm),
		fromTheFirst: (FOR_EACH * HEALTHY * 1000) / (last - first),
	};
}

async function taken(receivers: readonly BenchReceiver[]): Promise<number> {
	const states = await Promise.all(receivers.map(async (receiver) => await receiver.state()));
	return states.reduce((sum, { requests }) => sum + requests, 0);
}

/** Takes connections and requests, and never says a word. */
async function startDead(): Promise<string> {
	const server = createServer((socket) => socket.on('error', () => undefined).resume());
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	atEnd(() => void server.close());
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
