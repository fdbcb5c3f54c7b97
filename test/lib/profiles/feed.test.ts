import { send } from '../../../lib/delivery/sender';
import type { SenderResult } from '../../../lib/delivery/senderTypes';
import { feedProfiles } from '../../../lib/profiles/feed';
import type { ExportOptions, TakenProfiles } from '../../../lib/profiles/take';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { sweepLapsedLeases } from '../../../lib/store/leases';
import { FakeClock } from '../../support/fakeClock';
import { Latch, ScriptedChannel, senderOptions, type Answer } from '../../support/senders';
import { describeStores, rowsOf, testFolder, type TestFolder } from '../../support/stores';
import { profileOf } from './make';
import { openProfileStore, optionsOf, takeAll } from './stores';

let folder: TestFolder;
let clock: FakeClock;
let store: DeliveryStore;

beforeEach(async () => {
	folder = testFolder();
	clock = new FakeClock();
	store = await openProfileStore(folder.path, clock);
});

afterEach(async () => {
	jest.restoreAllMocks();
	await store.close();
	folder.remove();
});

const members = (count: number, attributes: object = {}) =>
	Array.from({ length: count }, (_, i) =>
		profileOf(`p${i}`, { x: 'realized' }, attributes as Record<string, unknown>),
	);

interface Run {
	sent: string[];
	results: SenderResult[];
	taken: TakenProfiles[];
	stopped: number;
}

/** Sends profiles through a sender that is fed with them. */
async function run(
	profiles: Iterable<unknown>,
	options: ExportOptions,
	answer: (nth: number) => Answer | Promise<Answer> = () => 200,
	signal = new AbortController().signal,
): Promise<Run> {
	const made: Run = { sent: [], results: [], taken: [], stopped: 0 };
	const channel = new ScriptedChannel(clock, async (delivery, nth) => {
		made.sent.push(delivery.request.body ?? '');
		return await answer(nth);
	});
	function* inputs() {
		let index = 0;
		for (const profile of profiles) yield { index: index++, profile };
	}
	const report = await send(
		[],
		senderOptions(store, clock, channel, {
			signal,
			onResult: (result) => made.results.push(result),
			feed: feedProfiles(store, inputs(), options, (taken) => made.taken.push(taken)),
		}),
	);
	return { ...made, stopped: report.stopped };
}

const statuses = async () => {
	const counts: Record<string, number> = {};
	for (const { status } of await rowsOf(store)) counts[status] = (counts[status] ?? 0) + 1;
	return counts;
};

/** Waits until so many deliveries are stored. */
async function stored(count: number): Promise<void> {
	for (;;) {
		const { n } = await store.read(
			async ({ db }) =>
				await db
					.selectFrom('deliveries')
					.select((eb) => eb.fn.countAll().as('n'))
					.executeTakeFirstOrThrow(),
		);
		if (Number(n) >= count) return;
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

const idOf = (body: string) => /"id":"(p\d+)"/.exec(body)?.[1];

describeStores('a sender that is fed with profiles', () => {
	it('sends all of them, each with what it was stored with', async () => {
		const { sent, results, taken } = await run(members(1_200), await optionsOf(store));
		expect(sent.map(idOf)).toEqual(Array.from({ length: 1_200 }, (_, i) => `p${i}`));
		expect(results).toHaveLength(1_200);
		expect(results[700]).toMatchObject({
			index: 700,
			kind: 'delivered',
			delivery: {
				kind: 'profile',
				name: 'CRM',
				subject: 'p700',
				queue: 'q',
				attempt: 1,
				source: { type: 'destination', id: 'w/node' },
			},
		});
		expect(taken.flatMap(({ deliveries }) => deliveries)).toHaveLength(1_200);
		expect(await statuses()).toEqual({ delivered: 1_200 });
		expect(await store.claim('queue:q', 1)).toBeUndefined();
	});

	it('sends nothing before the last of them is stored', async () => {
		let storedAtFirst: Promise<Record<string, number>> | undefined;
		const answer = async () => {
			await (storedAtFirst ??= statuses());
			return 200;
		};
		await run(members(1_200), await optionsOf(store), answer);
		expect(await storedAtFirst).toEqual({ pending: 1_200 });
	});

	it('ends its lease, and finds nothing to do the next time', async () => {
		await run(members(10), await optionsOf(store));
		const leases = await store.read(
			async ({ db }) => await db.selectFrom('leases').selectAll().execute(),
		);
		expect(leases).toEqual([]);
		const again = await run(members(10), await optionsOf(store));
		expect(again.sent).toEqual([]);
		expect(again.taken[0].notExported).toHaveLength(10);
	});

	it('takes all of them in though the receiver is slow', async () => {
		const answered = new Latch();
		const running = run(members(3_000), await optionsOf(store), async () => {
			await answered.opened;
			return 200;
		});
		await stored(3_000);
		expect(await statuses()).toEqual({ pending: 3_000 });
		answered.open();
		expect((await running).results).toHaveLength(3_000);
	}, 30_000);

	it('keeps few bodies in memory and sends the rest as it is stored', async () => {
		const person = { name: 'n'.repeat(20_000) };
		const answered = new Latch();
		const reads = jest.spyOn(store, 'read');
		const running = run(members(3_000, { person }), await optionsOf(store), async () => {
			await answered.opened;
			return 200;
		});
		await stored(3_000);
		reads.mockClear();
		answered.open();
		const { sent } = await running;
		expect(reads).toHaveBeenCalled();
		expect(Math.min(...sent.map((body) => body.length))).toBeGreaterThan(20_000);
		expect(sent.map(idOf)).toEqual(Array.from({ length: 3_000 }, (_, i) => `p${i}`));
	}, 60_000);

	it('leaves to the queue what is unsent when it is stopped, and takes in the rest', async () => {
		const stop = new AbortController();
		const { results, stopped } = await run(
			members(1_000),
			await optionsOf(store),
			(nth) => {
				if (nth === 100) stop.abort();
				return 200;
			},
			stop.signal,
		);
		expect(results).toHaveLength(1_000);
		expect(results.filter(({ kind }) => kind === 'delivered')).toHaveLength(1_000 - stopped);
		expect(stopped).toBeGreaterThan(800);
		const batch = await store.claim('queue:q', 2_000);
		expect(batch).toMatchObject({ line: 'plain' });
		expect(batch?.deliveries).toHaveLength(stopped);
	});

	it('gives back what is stored when the input breaks off, and tells why', async () => {
		function* broken() {
			yield* members(600);
			throw new Error('broken');
		}
		await expect(run(broken(), await optionsOf(store))).rejects.toThrow('broken');
		const { delivered = 0 } = await statuses();
		const left = await store.claim('queue:q', 1_000);
		expect(left?.deliveries ?? []).toHaveLength(500 - delivered);
		const rest = await takeAll(store, members(600), await optionsOf(store));
		expect(rest.deliveries).toHaveLength(100);
	});

	it('stores nothing more under a lease that it has lost', async () => {
		const options = await optionsOf(store);
		function* losing() {
			yield* members(250);
			void store.write(async (unit) => {
				await unit.db.updateTable('leases').set({ until: 1 }).execute();
				while ((await sweepLapsedLeases(unit)) > 0);
			});
			yield* members(2_000).slice(250);
		}
		await expect(run(losing(), options)).rejects.toThrow('took too long to take the profiles in');
		const rows = await rowsOf(store);
		expect(rows.length).toBeLessThan(2_000);
		expect(rows.every((row) => row.lease === null)).toBe(true);
	});

	it('sends an export of a profile that is there twice after the first one', async () => {
		const profiles = [
			profileOf('ann', { x: 'realized' }, { person: { name: 'A' } }),
			profileOf('ann', { x: 'realized' }, { person: { name: 'B' } }),
		];
		const options = await optionsOf(store, { supersede: false });
		const { results, taken } = await run(profiles, options);
		expect(taken[0].deliveries.map(({ standing }) => standing)).toEqual(['ready', 'held']);
		expect(results).toHaveLength(1);
		expect((await store.claim('queue:q', 10))?.deliveries).toHaveLength(1);
	});

	it('comes in batches again when nothing of it was started before a crash', async () => {
		const started = new Latch();
		const answered = new Latch();
		const stop = new AbortController();
		const options = await optionsOf(store);
		const running = run(
			members(500),
			options,
			async () => {
				started.open();
				await answered.opened;
				return 200;
			},
			stop.signal,
		);
		await started.opened;
		await store.write(async (unit) => {
			await unit.db.updateTable('leases').set({ until: 1 }).execute();
			while ((await sweepLapsedLeases(unit)) > 0);
		});
		const lines = (await rowsOf(store)).map(({ line }) => line);
		expect(lines.filter((line) => line === 'queue:q').length).toBeGreaterThan(200);
		expect(lines.filter((line) => line === 'queue:q!alone').length).toBeGreaterThan(0);
		stop.abort();
		answered.open();
		await running.catch(() => undefined);
	});
});
