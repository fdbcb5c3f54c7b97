import { setTimeout as sleep } from 'node:timers/promises';
import type { DeliveryStore } from '../lib/store/deliveryStore.ts';
import type * as Retention from '../lib/store/retention.ts';
import type { Comparison } from './support/comparison.ts';
import { compiledPackage } from './support/package.ts';
import { tell } from './support/progress.ts';
import { storeDelivered } from './support/stock.ts';
import { openStoreAt } from './support/store.ts';
import { bytesOf } from './support/storeFiles.ts';

/** Between two looks of the store at what is past its time there is a minute. */
const MINUTES = 6;
const PER_SECOND = 2_000;
const PORTION = 500;
/** As if delivered messages were kept for so long, in place of seven days. */
const KEPT_MS = 10_000;
const SAMPLE_MS = 5_000;

interface Sample {
	second: number;
	megabytes: number;
}

/**
 * The size of the embedded store's files while deliveries are stored and delivered at a steady rate, and the
 * store itself removes those that are past their time: in the second half of the run beside the first.
 */
export async function* growth(): AsyncIterable<Comparison> {
	const { load } = compiledPackage();
	const { DEFAULT_RETENTION } = load<typeof Retention>('lib/store/retention');
	const { store, path } = await openStoreAt('growth', {
		...DEFAULT_RETENTION,
		deliveredMs: KEPT_MS,
	});
	const samples: Sample[] = [];
	const started = performance.now();
	const seconds = () => (performance.now() - started) / 1000;
	let stored = 0;
	const stop = new AbortController();
	const sampling = sampleInto(samples, () => bytesOf(path), seconds, stop.signal);
	while (seconds() < MINUTES * 60) {
		await storeDelivered(store, PORTION);
		stored += PORTION;
		const ahead = stored / PER_SECOND - seconds();
		if (ahead > 0) await sleep(ahead * 1000);
	}
	const took = seconds();
	stop.abort();
	await sampling;
	const left = await countOf(store);
	const half = took / 2;
	const most = (of: (sample: Sample) => boolean) =>
		Math.max(...samples.filter(of).map(({ megabytes }) => megabytes));
	const [first, second] = [most((one) => one.second <= half), most((one) => one.second > half)];
	tell(
		`${stored} stored in ${took.toFixed(0)} s, ${left} left; ${first.toFixed(0)} MB, then ${second.toFixed(0)} MB`,
	);
	yield {
		case: 'file-size',
		unit: 'MB',
		ours: second,
		peer: first,
		peerName: 'the first half of the run',
		n: stored,
		more: {
			perSecond: stored / took,
			keptSeconds: KEPT_MS / 1000,
			left,
			megabytesBySecond: Object.fromEntries(
				samples.map(({ second: at, megabytes }) => [String(Math.round(at)), megabytes]),
			),
		},
	};
}

async function sampleInto(
	samples: Sample[],
	bytes: () => number,
	seconds: () => number,
	stop: AbortSignal,
): Promise<void> {
	while (!stop.aborted) {
		samples.push({ second: seconds(), megabytes: bytes() / 1024 / 1024 });
		if (samples.length % 6 === 0) {
			tell(`${seconds().toFixed(0)} s: ${samples.at(-1)?.megabytes.toFixed(0)} MB`);
		}
		await sleep(SAMPLE_MS, undefined, { signal: stop }).catch(() => undefined);
	}
}

async function countOf(store: DeliveryStore): Promise<number> {
	return await store.read(async ({ db }) => {
		const row = await db
			.selectFrom('deliveries')
			.select(({ fn }) => fn.countAll<number>().as('count'))
			.executeTakeFirstOrThrow();
		return Number(row.count);
	});
}
