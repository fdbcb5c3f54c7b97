import { digestOf } from '../../../lib/profiles/digest';
import { runBackfill, stepBackfill } from '../../../lib/profiles/backfill';
import { backfillHint, openDestination } from '../../../lib/profiles/destination';
import {
	backfillsOf,
	beginBackfill,
	endBackfill,
	findBackfill,
	type Backfill,
} from '../../../lib/profiles/store/backfills';
import type { ExportOptions } from '../../../lib/profiles/take';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { FakeClock } from '../../support/fakeClock';
import { describeStores, rowsOf, testFolder, type TestFolder } from '../../support/stores';
import { mapped, profileOf } from './make';
import { DESTINATION, keysOf, openProfileStore, optionsOf, takeAll } from './stores';

const DAY = 24 * 3600_000;

let folder: TestFolder;
let clock: FakeClock;
let store: DeliveryStore;

beforeEach(async () => {
	folder = testFolder();
	clock = new FakeClock();
	store = await openProfileStore(folder.path, clock);
});

afterEach(async () => {
	await store.close();
	folder.remove();
});

const name = (i: number) => `p${String(i).padStart(5, '0')}`;

/** A third belongs to x, a third to y, a third to both. */
const profiles = (count: number) =>
	Array.from({ length: count }, (_, i) =>
		profileOf(
			name(i),
			{ ...(i % 3 !== 1 ? { x: 'realized' } : {}), ...(i % 3 !== 0 ? { y: 'existing' } : {}) },
			{ person: { name: `n${i}` } },
		),
	);

/** Both audiences are mapped, `y` for the first time. */
const withY = async (overrides: Partial<ExportOptions> = {}) =>
	await optionsOf(store, {
		mappings: mapped(['x', { id: 'y', name: 'Y' }], ['person.name']),
		...overrides,
	});

/** Takes profiles in while only `x` is mapped, and forgets the deliveries. */
async function before(count: number): Promise<void> {
	const first = await takeAll(store, profiles(count), await optionsOf(store));
	expect(first.deliveries).toHaveLength(Math.ceil(count / 3) + Math.floor(count / 3));
	await store.write(async ({ db }) => await db.deleteFrom('deliveries').execute());
}

async function begin(options: ExportOptions, id = 'b'): Promise<Backfill> {
	const audiences = options.recorded.awaitingBackfill;
	return await store.write(
		async (unit) =>
			await beginBackfill(unit, { id, destination: DESTINATION, audiences, settings: '{}' }),
	);
}

const subjects = async () => (await rowsOf(store)).map(({ subject }) => subject);

const membersOfY = (count: number) =>
	Array.from({ length: count }, (_, i) => i).flatMap((i) => (i % 3 === 0 ? [] : [name(i)]));

const run = async (options: ExportOptions, id = 'b') =>
	await runBackfill(
		store,
		id,
		{ ...options, requestsPerSecond: 0 },
		{ clock, signal: new AbortController().signal },
	);

describeStores('a backfill', () => {
	it('is hinted at when an audience was mapped, until it is done', async () => {
		await before(3);
		const options = await withY();
		expect(backfillHint(await openDestination(store, DESTINATION, options.mappings))).toMatch(
			/^Profiles that qualified for "x", "Y" before/,
		);
		await begin(options);
		await run(options);
		expect(
			backfillHint(await openDestination(store, DESTINATION, options.mappings)),
		).toBeUndefined();
	});

	it('exports everyone who had qualified before the audience was mapped, from the store', async () => {
		await before(1_300);
		const options = await withY();
		await begin(options);
		expect(await run(options)).toMatchObject({
			status: 'done',
			total: 1_300,
			lookedAt: 1_300,
			exported: 866,
			withoutSnapshot: 0,
		});
		expect(await subjects()).toEqual(membersOfY(1_300));
		const [row] = await rowsOf(store);
		expect(row).toMatchObject({
			order_key: `${digestOf(DESTINATION)}\n${name(1)}`,
			line: 'queue:q',
		});
		expect((JSON.parse(row.request) as { body: string }).body).toBe(
			'{"person":{"name":"n1"},"segmentMembership":{"ups":{"y":{"lastQualificationTime":"2025-12-01T00:00:00Z","status":"existing"}}},"identityMap":{"ecid":[{"id":"p00001"}]}}',
		);
	});

	it('tells names and times as an export of the input does', async () => {
		await before(2);
		const both = { includeNames: true, includeTimestamps: true };
		const options = await withY({ payload: both });
		await begin(options);
		await run(options);
		const times = options.recorded.times.get('\ny');
		expect((JSON.parse((await rowsOf(store))[0].request) as { body: string }).body).toContain(
			`"status":"existing","mappingCreatedAt":${times?.createdAt},"mappingUpdatedAt":${times?.updatedAt},"name":"Y"}`,
		);
	});

	it('exports nobody who was exported since the audience was mapped', async () => {
		await before(30);
		const options = await withY();
		const changed = profileOf(name(1), { y: 'existing' }, { person: { name: 'other' } });
		expect(keysOf(await takeAll(store, [changed], options))).toEqual([name(1)]);
		await begin(options);
		await run(options);
		expect((await subjects()).sort()).toEqual(membersOfY(30));
	});

	it('exports nobody again whom a second one finds, nor the input after it', async () => {
		await before(30);
		const options = await withY();
		await begin(options);
		await run(options);
		await begin(options, 'again');
		expect(await run(options, 'again')).toMatchObject({ status: 'done', exported: 0 });
		const taken = await takeAll(store, profiles(30), { ...options, backfill: true });
		expect(taken.deliveries).toEqual([]);
	});

	it('from the input exports who has qualified before, and the store’s finds nobody after it', async () => {
		await before(30);
		const options = await withY({ backfill: true });
		expect(keysOf(await takeAll(store, profiles(30), options))).toEqual(membersOfY(30));
		await begin(options);
		expect(await run(options)).toMatchObject({ exported: 0 });
	});

	it('does not export who has left, and tells old exits no longer', async () => {
		const options = await optionsOf(store);
		await takeAll(
			store,
			[profileOf('left', { y: 'exited' }), profileOf('stays', { y: 'realized', z: 'exited' })],
			options,
		);
		clock.setWall(clock.now() + 31 * DAY);
		const later = await withY();
		await begin(later);
		await run(later);
		const rows = await rowsOf(store);
		expect(rows.map(({ subject }) => subject)).toEqual(['stays']);
		expect(rows[0].request).not.toContain('exited');
	});

	it('counts those of whom no snapshot is kept', async () => {
		await takeAll(store, profiles(6), await optionsOf(store, { keepSnapshots: false }));
		const options = await withY();
		await begin(options);
		expect(await run(options)).toMatchObject({ exported: 0, withoutSnapshot: 4 });
	});

	it('puts several profiles into one request where that is set', async () => {
		await before(30);
		const options = await withY({ profilesPerRequest: 8 });
		await begin(options);
		await run(options);
		const bodies = (await rowsOf(store)).map(
			({ request }) => JSON.parse((JSON.parse(request) as { body: string }).body) as unknown[],
		);
		expect(bodies.map(({ length }) => length)).toEqual([8, 8, 4]);
	});

	it('maps the payload, and leaves out what cannot be mapped', async () => {
		await before(6);
		const options = await withY({
			mapping: (payload) => {
				const { person } = payload as { person: { name: string } };
				if (person.name === 'n1') throw new Error('no');
				return { body: person.name, json: false };
			},
		});
		await begin(options);
		expect(await run(options)).toMatchObject({ exported: 3, withoutSnapshot: 1 });
		expect((await rowsOf(store)).map((row) => JSON.parse(row.request) as object)).toMatchObject([
			{ body: 'n2' },
			{ body: 'n4' },
			{ body: 'n5' },
		]);
	});
});

describeStores('a backfill that breaks off', () => {
	it('goes on where it stopped after a crash: nobody twice, nobody missed', async () => {
		await before(1_300);
		await begin(await withY());
		let crashes = 0;
		for (;;) {
			const { backfill } = await stepBackfill(store, 'b', await withY());
			if (backfill?.status === 'done') break;
			// A crash amid the next step, which must leave nothing behind.
			const options = await withY();
			const broken = {
				...options,
				request: { ...options.request, url: 'no URL' },
			};
			await expect(stepBackfill(store, 'b', broken)).rejects.toThrow();
			await store.abandon();
			store = await openProfileStore(folder.path, clock);
			crashes++;
			const running = await store.read(
				async (unit) => await backfillsOf(unit, undefined, 'running'),
			);
			expect(running).toEqual([backfill]);
		}
		expect(crashes).toBe(2);
		expect(await subjects()).toEqual(membersOfY(1_300));
	});

	it('misses nobody who comes in meanwhile, under an old key or a new one', async () => {
		await before(900);
		const options = await withY();
		await begin(options);
		await stepBackfill(store, 'b', options);
		const moved = {
			...profiles(900)[898],
			identityMap: { ecid: [{ id: 'a', primary: true }, { id: name(898) }] },
		};
		await takeAll(store, [moved, profileOf('aa', { y: 'realized' })], options);
		await run(options);
		const all = await subjects();
		expect(all).toHaveLength(new Set(all).size);
		expect(new Set(all)).toEqual(
			new Set([...membersOfY(900).filter((key) => key !== name(898)), 'a', 'aa']),
		);
	});

	it('stops when it is cancelled', async () => {
		await before(1_300);
		const options = await withY();
		await begin(options);
		await stepBackfill(store, 'b', options);
		await store.write(async (unit) => await endBackfill(unit, 'b', 'cancelled'));
		expect(await run(options)).toMatchObject({ status: 'cancelled', exported: 333 });
		expect(await rowsOf(store)).toHaveLength(333);
	});

	it('stops when the process ends', async () => {
		await before(1_300);
		const options = await withY();
		await begin(options);
		const stop = new AbortController();
		const given = { ...options, requestsPerSecond: 0 };
		const means = { clock, signal: stop.signal, onStep: () => stop.abort() };
		expect(await runBackfill(store, 'b', given, means)).toMatchObject({
			status: 'running',
			lookedAt: 500,
		});
	});

	it('is gone on with when it is begun again, and takes further audiences in', async () => {
		await before(6);
		const options = await withY();
		const first = await begin(options);
		expect(await begin(options, 'other')).toEqual(first);
		const more = await optionsOf(store, { mappings: mapped(['x', 'y', 'z'], []) });
		expect(await begin(more, 'more')).toMatchObject({ id: 'more', status: 'running' });
		expect(await store.read(async (unit) => await findBackfill(unit, 'b'))).toMatchObject({
			status: 'cancelled',
		});
	});
});
