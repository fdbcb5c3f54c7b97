import type { DeliveryStore } from '../lib/store/deliveryStore.ts';
import type * as Leases from '../lib/store/leases.ts';
import type * as Retention from '../lib/store/retention.ts';
import type { Comparison } from './support/comparison.ts';
import { longestHold } from './support/eventLoop.ts';
import { compiledPackage } from './support/package.ts';
import { ProcessorTime } from './support/processorTime.ts';
import { tell } from './support/progress.ts';
import { percentile } from './support/statistics.ts';
import { CONSUMER, fill, newDeliveries, storeForSending } from './support/stock.ts';
import { openStore } from './support/store.ts';

const MANY = 1_000_000;
const FEW = 10_000;
const BATCH = 500;
const CLAIMS = 400;
/** As many as a sender stores in one transaction, and as many as it settles in one. */
const STORED_AT_ONCE = 2_000;
const SETTLED_AT_ONCE = 1_000;

const { load } = compiledPackage();
const { dropLease, releaseDeliveries } = load<typeof Leases>('lib/store/leases');
const { DEFAULT_RETENTION, purgeExpired } = load<typeof Retention>('lib/store/retention');

/** Claiming a batch of 500 from a store of a million and from one of ten thousand, in turns. */
export async function* claim(): AsyncIterable<Comparison> {
	const many = await filled(MANY);
	const few = await filled(FEW);
	const inMany: number[] = [];
	const inFew: number[] = [];
	const hold: Record<string, number> = {};
	hold.idle = await longestHold(async () => await new Promise((done) => setTimeout(done, 1_000)));
	const processor = new ProcessorTime();
	hold.claiming = await longestHold(async () => {
		for (let i = 0; i < CLAIMS; i++) {
			inMany.push(await claimAndGiveBack(many, processor));
			inFew.push(await claimAndGiveBack(few));
		}
	});
	Object.assign(hold, await holdsOf(many));
	for (const [what, ms] of Object.entries(hold))
		tell(`event loop held, ${what}: ${ms.toFixed(1)} ms`);

	const figures = (times: number[]) => ({ p50: percentile(times, 50), p99: percentile(times, 99) });
	const [large, small] = [figures(inMany), figures(inFew)];
	yield {
		case: '1m-vs-10k',
		unit: 'ms',
		ours: large.p99,
		peer: small.p99,
		peerName: 'the same with 10,000 stored',
		n: CLAIMS,
		more: {
			p50: { '1m': large.p50, '10k': small.p50 },
			'p99/p50': { '1m': large.p99 / large.p50, '10k': small.p99 / small.p50 },
			// Does not depend on who else uses the machine.
			processorMsPerClaim: processor.perCall(),
			eventLoopHeldMs: hold,
		},
	};
}

async function filled(count: number): Promise<DeliveryStore> {
	tell(`storing ${count.toLocaleString('en')} deliveries`);
	const store = await openStore(`claim-${count}`);
	await fill(store, count);
	return store;
}

/** The time that a claim takes until it is on disk, in milliseconds. */
async function claimAndGiveBack(store: DeliveryStore, processor?: ProcessorTime): Promise<number> {
	const claiming = async () => await store.claim(CONSUMER, BATCH);
	const started = performance.now();
	const batch = await (processor ? processor.measure(claiming) : claiming());
	const took = performance.now() - started;
	if (batch?.deliveries.length !== BATCH) {
		throw new Error(`${batch?.deliveries.length} claimed in place of ${BATCH}`);
	}
	await store.write(async (unit) => {
		await releaseDeliveries(unit, batch.lease);
		await dropLease(unit, batch.lease);
	});
	return took;
}

/** How long the event loop was held at most by what else a store of this size does. */
async function holdsOf(store: DeliveryStore): Promise<Record<string, number>> {
	const repeat = async (work: () => Promise<unknown>) => {
		for (let i = 0; i < 20; i++) await work();
	};
	const prepared = Array.from({ length: 20 }, () => newDeliveries(STORED_AT_ONCE));
	const inserting = await longestHold(
		async () => await repeat(async () => await store.insert(prepared.pop() ?? [])),
	);
	const settles: Array<() => Promise<void>> = [];
	await repeat(async () => settles.push(await storeForSending(store, SETTLED_AT_ONCE)));
	const settling = await longestHold(async () => await repeat(async () => await settles.pop()?.()));
	// Delivered a moment ago is past its time with this retention.
	const retention = { ...DEFAULT_RETENTION, deliveredMs: -1_000 };
	let gone = 0;
	const purging = await longestHold(
		async () =>
			await repeat(async () => {
				for (let step = 0; step < 5; step++) {
					gone += await store.write(async (unit) => await purgeExpired(unit, retention));
				}
			}),
	);
	if (gone === 0) throw new Error('Nothing was purged');
	return { inserting, settling, purging };
}
