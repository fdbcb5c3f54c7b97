import type { Comparison } from './support/comparison.ts';
import { newInputs, profileBody } from './support/deliveries.ts';
import { compiledPackage } from './support/package.ts';
import { tell } from './support/progress.ts';
import { startReceiver } from './support/receiver.ts';
import { measureReceiver } from './support/receiverAlone.ts';
import { inRounds, medians, perSecond } from './support/rounds.ts';
import { ourSenders, type Send } from './support/senders.ts';
import { openStore } from './support/store.ts';
import { undiciLoops } from './support/undiciLoops.ts';

/** n8n's node sends with so many at once unless told otherwise. */
const CONCURRENCY = 50;
const DELIVERIES = 10_000;
const ROUNDS = 5;

/**
 * Deliveries a second of the sender, without and with the embedded store, beside a bare undici loop over
 * as many connections: `pool.request`, its body dumped.
 */
export async function* send(): AsyncIterable<Comparison> {
	const undici = `undici ${compiledPackage().versionOf('undici')}`;
	const receiver = await startReceiver();
	const alone = await measureReceiver(receiver, {
		connections: CONCURRENCY,
		requests: 50_000,
		body: profileBody(0),
	});
	tell(
		`the receiver alone: ${alone.rate.toFixed(0)} requests/s, ` +
			`${alone.cpuMicros.toFixed(1)} µs of its processor for each`,
	);

	const ours = ourSenders(await openStore('send'), CONCURRENCY);
	const bare = undiciLoops(receiver.origin, CONCURRENCY);
	const timed = (one: Send) => async () => {
		const inputs = newInputs(DELIVERIES, receiver.origin);
		const before = (await receiver.state()).requests;
		const started = performance.now();
		await one(inputs);
		const rate = perSecond(DELIVERIES, started);
		const arrived = (await receiver.state()).requests - before;
		if (arrived !== DELIVERIES) throw new Error(`${arrived} of ${DELIVERIES} requests arrived`);
		return rate;
	};
	const figures = await inRounds(
		{
			sender: timed(ours.withoutStore),
			undici: timed(bare.request),
			stored: timed(ours.withStore),
			dispatch: timed(bare.dispatch),
		},
		ROUNDS,
		({ sender, undici, stored, dispatch }) =>
			tell(
				`sender ${sender.toFixed(0)}, with store ${stored.toFixed(0)}, ` +
					`undici ${undici.toFixed(0)}, undici's bare dispatch ${dispatch.toFixed(0)}`,
			),
	);
	const { sender, stored, ...peers } = medians(figures);
	const common = {
		unit: 'deliveries/s',
		peer: peers.undici,
		peerName: undici,
		n: DELIVERIES * ROUNDS,
		more: { dispatch: peers.dispatch, receiverAlone: alone.rate },
	};
	yield { case: 'sender-vs-undici', ours: sender, ...common };
	yield { case: 'stored-vs-undici', ours: stored, ...common };
}
