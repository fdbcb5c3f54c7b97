import fc from 'fast-check';
import type { CallbackResource } from '../../../../lib/callbacks/jsonApi';
import { insertCallback } from '../../../../lib/callbacks/store/callbacks';
import { newCallback, openApi, openBench, OTHER_PROPERTY, PROPERTY, type Bench } from '../support';
import { describeStores } from '../../../support/stores';

const LIST = `/properties/${PROPERTY}/callbacks`;
const DAY = 24 * 3600_000;
const START = Date.parse('2026-01-01T00:00:00Z');

let bench: Bench;
let call: ReturnType<typeof openApi>['call'];
beforeEach(async () => {
	bench = await openBench();
	call = openApi(bench.service).call;
});
afterEach(async () => await bench.close());

/** Stores callbacks that were created and updated on days from the start, in one transaction. */
async function store(days: readonly { created: number; updated: number }[]): Promise<void> {
	await bench.store.write(async (unit) => {
		for (const [at, { created, updated }] of days.entries()) {
			await insertCallback(unit, {
				id: `CB${at.toString(16).padStart(32, '0')}`,
				propertyId: PROPERTY,
				url: `https://a.example/${at}`,
				subscriptions: ['rule.created'],
				createdAt: new Date(START + created * DAY).toISOString(),
				updatedAt: new Date(START + updated * DAY).toISOString(),
			});
		}
	});
}

const days = (count: number) =>
	Array.from({ length: count }, (_, day) => ({ created: day, updated: count - day }));

const numbersOf = (data: CallbackResource[]) =>
	data.map(({ attributes }) => Number(attributes.url.split('/').pop()));

async function listed(query: string): Promise<number[]> {
	const { json, status } = await call('GET', LIST, { query: `page[size]=100&${query}` });
	expect(status).toBe(200);
	return numbersOf(json.data);
}

const iso = (day: number) => new Date(START + day * DAY).toISOString();
const filter = (attribute: string, text: string) =>
	`filter%5B${attribute}%5D=${encodeURIComponent(text)}`;

describeStores('filters', () => {
	beforeEach(async () => await store(days(8)));

	it.each<[string, number[]]>([
		[`EQ ${iso(3)}`, [3]],
		[`EQ ${iso(3)},${iso(5)}`, [3, 5]],
		[`EQ 2026-01-04T01:00:00+01:00`, [3]],
		[`NOT ${iso(0)}`, [1, 2, 3, 4, 5, 6, 7]],
		[`NOT ${iso(0)},${iso(7)}`, [1, 2, 3, 4, 5, 6]],
		[`LT ${iso(2)}`, [0, 1]],
		['LT 2026-01-03', [0, 1]],
		[`GT ${iso(5)}`, [6, 7]],
		['GT 2026-01-06T00:00', [6, 7]],
		[`BETWEEN ${iso(2)},${iso(4)}`, [2, 3, 4]],
		[`BETWEEN ${iso(2)}, ${iso(4)}`, [2, 3, 4]],
		[`BETWEEN ${iso(4)},${iso(2)}`, []],
		['CONTAINS 01-03,01-05', [2, 4]],
		['CONTAINS %', []],
		['CONTAINS _', []],
	])('%s', async (text, expected) => {
		expect(await listed(filter('created_at', text))).toEqual(expected);
	});

	it('of several attributes must all hold', async () => {
		const both = `${filter('created_at', `GT ${iso(2)}`)}&${filter('updated_at', `GT ${iso(3)}`)}`;
		expect(await listed(both)).toEqual([3, 4]);
	});

	it('of one attribute: the last counts', async () => {
		const twice = `${filter('created_at', `EQ ${iso(1)}`)}&${filter('created_at', `EQ ${iso(6)}`)}`;
		expect(await listed(twice)).toEqual([6]);
	});

	it('may have the form of the OpenAPI description', async () => {
		expect(await listed(`created_at=${encodeURIComponent(`EQ ${iso(1)}`)}`)).toEqual([1]);
	});

	it.each([
		'2026-01-01',
		'EQ',
		'EQ ',
		`eq ${iso(1)}`,
		`IN ${iso(1)}`,
		'LT yesterday',
		`LT ${iso(1)},${iso(2)}`,
		`BETWEEN ${iso(1)}`,
		`BETWEEN ${iso(1)},${iso(2)},${iso(3)}`,
		`EQ ${iso(1)},`,
		'GT 2026-13-01',
		'',
		"EQ '; drop table callbacks; --",
	])('are ignored with a warning when one is malformed: %s', async (text) => {
		const good = filter('updated_at', `GT ${iso(3)}`);
		const { json } = await call('GET', LIST, { query: `${good}&${filter('created_at', text)}` });
		expect(json.meta.pagination.total_count).toBe(8);
		expect(json.meta.warnings).toEqual([expect.stringContaining('malformed')]);
	});

	it('of an attribute that has none are left out, and the others hold', async () => {
		const query = `${filter('url', 'EQ x')}&${filter('created_at', `EQ ${iso(1)}`)}`;
		const { json } = await call('GET', LIST, { query });
		expect(numbersOf(json.data)).toEqual([1]);
		expect(json.meta.warnings).toEqual([expect.stringContaining('filter[url]')]);
	});

	it('find what a plain look at every callback finds', async () => {
		const operator = fc.constantFrom('EQ', 'NOT', 'LT', 'GT', 'BETWEEN');
		const day = fc.integer({ min: -1, max: 9 });
		const all = days(8).map(({ created, updated }, number) => ({ number, created, updated }));
		const one = fc.record({
			attribute: fc.constantFrom('created', 'updated'),
			operator,
			values: fc.tuple(day, day),
		});
		await fc.assert(
			fc.asyncProperty(fc.array(one, { maxLength: 3 }), async (filters) => {
				const lasting = new Map(filters.map((f) => [f.attribute, f]));
				const expected = all.filter((row) =>
					[...lasting.values()].every((f) => {
						const value = row[f.attribute as 'created' | 'updated'];
						const [a, b] = f.values;
						if (f.operator === 'EQ') return value === a || value === b;
						if (f.operator === 'NOT') return value !== a && value !== b;
						if (f.operator === 'LT') return value < a;
						if (f.operator === 'GT') return value > a;
						return value >= a && value <= b;
					}),
				);
				const query = filters.map(({ attribute, operator: op, values: [a, b] }) => {
					const values = op === 'LT' || op === 'GT' ? [a] : [a, b];
					return filter(`${attribute}_at`, `${op} ${values.map(iso).join(',')}`);
				});
				expect(await listed(query.join('&'))).toEqual(expected.map(({ number }) => number));
			}),
			{ numRuns: 60 },
		);
	});
});

describeStores('the order', () => {
	beforeEach(async () => {
		await store([
			{ created: 1, updated: 5 },
			{ created: 2, updated: 4 },
			{ created: 1, updated: 6 },
			{ created: 3, updated: 4 },
		]);
	});

	it.each<[string, number[]]>([
		['', [0, 2, 1, 3]],
		['sort=created_at', [0, 2, 1, 3]],
		['sort=-created_at', [3, 1, 2, 0]],
		['sort=updated_at,-created_at', [3, 1, 0, 2]],
		['sort=-updated_at', [2, 0, 3, 1]],
		['sort=,,', [0, 2, 1, 3]],
	])('%s', async (query, expected) => {
		expect(await listed(query)).toEqual(expected);
	});

	it('that a list does not have is left out with a warning', async () => {
		const { json } = await call('GET', LIST, { query: 'sort=url,-created_at' });
		expect(numbersOf(json.data)).toEqual([3, 1, 2, 0]);
		expect(json.meta.warnings).toEqual([expect.stringContaining('sort=url')]);
	});
});

describeStores('pages', () => {
	it('hold 25 unless asked otherwise, and tell of the others', async () => {
		await store(days(60));
		const first = await call('GET', LIST);
		expect(numbersOf(first.json.data)).toEqual(Array.from({ length: 25 }, (_, n) => n));
		expect(first.json.meta.pagination).toEqual({
			current_page: 1,
			next_page: 2,
			prev_page: null,
			total_pages: 3,
			total_count: 60,
		});
		const last = await call('GET', LIST, { query: 'page%5Bnumber%5D=3' });
		expect(last.json.data).toHaveLength(10);
		expect(last.json.meta.pagination).toMatchObject({ next_page: null, prev_page: 2 });
		const beyond = await call('GET', LIST, { query: 'page[number]=9' });
		expect(beyond.json.data).toEqual([]);
		expect(beyond.json.meta.pagination).toMatchObject({ next_page: null, prev_page: 3 });
	});

	it('are empty where there is nothing', async () => {
		const { json } = await call('GET', LIST);
		expect(json).toEqual({
			data: [],
			meta: {
				pagination: {
					current_page: 1,
					next_page: null,
					prev_page: null,
					total_pages: 1,
					total_count: 0,
				},
			},
		});
	});

	it.each(['page[size]=0', 'page[size]=-1', 'page[size]=x', 'page[size]=1.5', 'page[number]=0'])(
		'are refused: %s',
		async (query) => {
			const { status, json } = await call('GET', LIST, { query });
			expect(status).toBe(400);
			expect(json.errors[0].source).toEqual({ parameter: query.split('=')[0] });
		},
	);

	it('of one property hold nothing of another', async () => {
		await store(days(2));
		const others = `/properties/${OTHER_PROPERTY}/callbacks`;
		await call('POST', others, { body: newCallback() });
		expect((await call('GET', others)).json.data).toHaveLength(1);
		expect((await call('GET', LIST)).json.data).toHaveLength(2);
	});

	it('of 10,000 callbacks hold at most 100, and lead through all of them', async () => {
		await store(days(10_000));
		const seen = new Set<string>();
		let page: number | null = 1;
		while (page !== null) {
			const query = `page[size]=10000&page[number]=${page}&sort=-updated_at`;
			const { json }: { json: Awaited<ReturnType<typeof call>>['json'] } = await call('GET', LIST, {
				query,
			});
			expect(json.data.length).toBe(100);
			for (const { id } of json.data) seen.add(id);
			page = json.meta.pagination.next_page;
		}
		expect(seen.size).toBe(10_000);
	}, 60_000);
});
