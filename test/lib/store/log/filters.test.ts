import fc from 'fast-check';
import type { DeliveryStore } from '../../../../lib/store/deliveryStore';
import { readPage } from '../../../../lib/store/log/entries';
import type { LogFilter } from '../../../../lib/store/log/filter';
import { LogWalk } from '../../../../lib/store/log/walk';
import { STORED_STATUSES } from '../../../../lib/store/schema';
import { FakeClock } from '../../../support/fakeClock';
import { describeStores, testFolder, type TestFolder } from '../../../support/stores';
import { fitsModel, logRow, openLogStore, putRows, type LogRow } from './support';

const MINUTE = 60_000;
const texts = fc.constantFrom('a', 'A%', 'b_c', 'x!y', 'HTTP 410', 'retries exhausted', 'ü*');
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: null });
const row = fc
	.record({
		kind: fc.constantFrom('postback', 'push'),
		name: texts,
		queue: maybe(fc.constantFrom('q', 'q2')),
		endpoint: fc.constantFrom('https://a.example', 'https://b.example:8080'),
		reason: maybe(texts),
		subject: maybe(texts),
		event_id: maybe(texts),
		source_id: maybe(texts),
		workflow_id: maybe(texts),
		execution_id: maybe(texts),
		status: fc.constantFrom(...STORED_STATUSES),
		test: fc.constantFrom(0, 0, 0, 1),
		reported: fc.constantFrom(0, 1),
		later: fc.nat(20),
	})
	.map(({ later, ...rest }) => ({ ...rest, later: later * MINUTE }));

const patterns = fc.constantFrom(
	'a',
	'*a*',
	'B*',
	'*%',
	'*_*',
	'*!*',
	'HTTP *',
	'*',
	'Q',
	'q*',
	'*EXAMPLE',
);
const optional = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined, freq: 2 });
const filters: fc.Arbitrary<LogFilter> = fc
	.record({
		states: optional(fc.subarray([...STORED_STATUSES], { minLength: 1 })),
		kinds: optional(fc.subarray(['postback', 'push'], { minLength: 1 })),
		queue: optional(patterns),
		name: optional(patterns),
		endpoint: optional(patterns),
		reason: optional(patterns),
		subject: optional(texts),
		eventId: optional(texts),
		sourceId: optional(texts),
		workflowId: optional(texts),
		executionId: optional(texts),
		since: optional(fc.nat(60).map((at) => at * MINUTE)),
		until: optional(fc.nat(60).map((at) => at * MINUTE)),
		timeOf: optional(fc.constantFrom('stored' as const, 'ended' as const)),
		endedBefore: optional(fc.nat(60).map((at) => at * MINUTE)),
		unreported: optional(fc.boolean()),
		tests: optional(fc.boolean()),
	})
	// Most filters name few things, else hardly any row fits.
	.chain((all) =>
		fc
			.subarray(Object.keys(all) as (keyof LogFilter)[], { maxLength: 3 })
			.map((kept) => Object.fromEntries(kept.map((name) => [name, all[name]])) as LogFilter),
	);

type Drawn = typeof row extends fc.Arbitrary<infer T> ? T : never;

/** Stored about a minute apart, some of them a little before those with smaller numbers. */
function toRows(drawn: readonly Drawn[]): LogRow[] {
	return drawn.map(({ later, ...rest }, at) => {
		const created = at * MINUTE + (at % 3 === 0 ? -5 * MINUTE : 0) + 10 * MINUTE;
		const ended = ['delivered', 'dead', 'closed'].includes(rest.status) || rest.test === 1;
		return logRow({
			id: `msg_${at}`,
			...rest,
			created_at: created,
			settled_at: ended ? created + later : null,
		});
	});
}

describeStores('what fits a filter', () => {
	let folder: TestFolder;
	let store: DeliveryStore;

	beforeEach(async () => {
		folder = testFolder();
		store = await openLogStore(folder.path, new FakeClock());
	});

	afterEach(async () => {
		await store.close();
		folder.remove();
	});

	const empty = async () =>
		await store.write(async ({ db }) => {
			await db.deleteFrom('requests').execute();
			await db.deleteFrom('deliveries').execute();
		});

	it('is what a plain look at each delivery finds, in order, in pages of any size', async () => {
		const cases = fc.tuple(
			fc.array(row, { maxLength: 40 }),
			fc.array(filters, { minLength: 4, maxLength: 4 }),
			fc.constantFrom('newest' as const, 'oldest' as const),
			fc.integer({ min: 1, max: 12 }),
		);
		await fc.assert(
			fc.asyncProperty(cases, async ([drawn, asked, order, limit]) => {
				await empty();
				const rows = toRows(drawn);
				await putRows(store, rows);
				for (const filter of asked) {
					const fitting = rows.filter((one) => fitsModel(filter, one)).map(({ id }) => id);
					if (order === 'newest') fitting.reverse();
					const found: string[] = [];
					let after: number | undefined;
					do {
						const page = await readPage(store, {
							filter,
							order,
							limit,
							...(after === undefined ? {} : { after }),
						});
						expect(page.entries.length).toBeLessThanOrEqual(limit);
						found.push(...page.entries.map(({ delivery }) => delivery.id));
						after = page.next;
					} while (after !== undefined);
					expect({ filter, found }).toEqual({ filter, found: fitting });
				}
			}),
			{ numRuns: 25 },
		);
	}, 60_000);

	it('is the same however few one step looks at', async () => {
		const cases = fc.tuple(
			fc.array(row, { minLength: 5, maxLength: 40 }),
			filters,
			fc.constantFrom('newest' as const, 'oldest' as const),
			fc.integer({ min: 1, max: 7 }),
			fc.integer({ min: 1, max: 7 }),
		);
		await fc.assert(
			fc.asyncProperty(cases, async ([drawn, filter, order, lookAt, most]) => {
				await empty();
				const rows = toRows(drawn);
				await putRows(store, rows);
				const walk = new LogWalk(store, { filter, order, lookAt });
				const found: number[] = [];
				for (;;) {
					const numbers = await walk.numbers(most);
					if (!numbers) break;
					expect(numbers.length).toBeLessThanOrEqual(Math.min(most, lookAt));
					found.push(...numbers);
				}
				expect(walk.isStopped).toBe(false);
				const fitting = rows.filter((one) => fitsModel(filter, one)).length;
				expect(found).toHaveLength(fitting);
				const inOrder = [...found].sort((a, b) => (order === 'newest' ? b - a : a - b));
				expect(found).toEqual(inOrder);
				expect(new Set(found).size).toBe(found.length);
			}),
			{ numRuns: 40 },
		);
	}, 60_000);

	it('does not hold what is stored after the begin', async () => {
		await putRows(store, [logRow({ id: 'msg_1' }), logRow({ id: 'msg_2' })]);
		const walk = new LogWalk(store, { filter: {}, order: 'oldest', lookAt: 1 });
		const seen = [...((await walk.numbers()) ?? [])];
		await putRows(store, [logRow({ id: 'msg_3' })]);
		for (let more = await walk.numbers(); more; more = await walk.numbers()) seen.push(...more);
		expect(seen).toHaveLength(2);
	});

	it('ends when it is stopped, and says so', async () => {
		await putRows(store, [logRow({ id: 'msg_1' }), logRow({ id: 'msg_2' })]);
		const stop = new AbortController();
		const walk = new LogWalk(store, {
			filter: {},
			order: 'oldest',
			lookAt: 1,
			signal: stop.signal,
		});
		expect(await walk.numbers()).toHaveLength(1);
		stop.abort();
		expect(await walk.numbers()).toBeUndefined();
		expect(walk.isStopped).toBe(true);
	});

	it('looks at no more than what a time can fit', async () => {
		const HOUR = 60 * MINUTE;
		await putRows(
			store,
			Array.from({ length: 100 }, (_, at) => logRow({ id: `msg_${at}`, created_at: at * HOUR })),
		);
		const steps = async (filter: LogFilter, order: 'newest' | 'oldest') => {
			const walk = new LogWalk(store, { filter, order, lookAt: 1 });
			let count = 0;
			while (await walk.numbers()) count++;
			return count;
		};
		const filter = { since: 40 * HOUR, until: 45 * HOUR };
		expect(await steps(filter, 'newest')).toBeLessThan(10);
		expect(await steps(filter, 'oldest')).toBeLessThan(10);
	});
});
