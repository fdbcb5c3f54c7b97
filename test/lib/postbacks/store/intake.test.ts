import {
	createPostbackEngine,
	flattenHit,
	type PostbackDefinition,
} from '../../../../lib/postbacks';
import { takeHits, type IntakeOptions } from '../../../../lib/postbacks/intake';
import { postbackMigrations } from '../../../../lib/postbacks/store/migrations';
import { postbackLook } from '../../../../lib/postbacks/store/look';
import { endPostback, INACTIVE, notePostbacks } from '../../../../lib/postbacks/store/states';
import type { DeliveryStore } from '../../../../lib/store/deliveryStore';
import { triggerConsumer } from '../../../../lib/store/lines';
import { deliveriesMigration } from '../../../../lib/store/migrations/0001-deliveries';
import { SqliteThread } from '../../../../lib/store/sqliteThread';
import { FakeClock } from '../../../support/fakeClock';
import { freshDelivery } from '../../../support/senders';
import {
	describeStores,
	openTestStore,
	rowsOf,
	testFolder,
	type TestFolder,
} from '../../../support/stores';
import { definition } from '../make';

const scope = 'w/n';
const consumer = triggerConsumer('w', 'n');

describeStores('taking hits in', () => {
	let folder: TestFolder;
	let clock: FakeClock;
	let store: DeliveryStore;

	beforeEach(async () => {
		folder = testFolder();
		clock = new FakeClock();
		store = await openTestStore(folder.path, clock, {
			migrations: { '0001-deliveries': deliveriesMigration, ...postbackMigrations },
		});
	});

	afterEach(async () => {
		await store.close();
		folder.remove();
	});

	const options = (
		definitions: PostbackDefinition[],
		overrides: Partial<IntakeOptions> = {},
	): IntakeOptions => ({
		store,
		engine: createPostbackEngine(definitions, {}),
		scope,
		consumer,
		deduplicationMs: 1e9,
		workflowId: 'w',
		now: () => clock.now(),
		random: () => 0.5,
		...overrides,
	});
	const hits = (...values: object[]) =>
		values.map((value, index) => ({ index, hit: flattenHit(value) }));
	const onlyUsers = definition({
		condition: { triggers: [{ key: 'user', matcher: 'ex' }] } as never,
	});
	const once = definition({ showRule: 'once', visitorKey: 'user' } as never);

	it('stores what matches for the trigger, with its source, and wakes it', async () => {
		let woken = 0;
		store.onWake(consumer, (count) => (woken += count));
		const report = await takeHits(hits({ a: 1 }, { a: 2 }), options([definition()]));
		expect(report).toMatchObject({ hits: 2, matched: 2, queued: 2, duplicates: 0 });
		expect(woken).toBe(2);
		expect(await rowsOf(store)).toMatchObject([
			{ consumer, line: consumer, queue: null, source_id: 'w/n/p1', workflow_id: 'w' },
			{ consumer, endpoint: 'https://example.com' },
		]);
	});

	it('stores nothing for hits without a match', async () => {
		const none = definition({ active: false });
		const report = await takeHits(hits({ a: 1 }), options([none]));
		expect(report).toMatchObject({ hits: 1, matched: 0, queued: 0 });
		expect(await rowsOf(store)).toEqual([]);
	});

	it('makes a dead letter of what cannot be composed', async () => {
		const broken = definition({ url: 'https://{host}/' });
		const report = await takeHits(hits({ host: 'not a host' }), options([broken]));
		expect(report.failed).toHaveLength(1);
		expect(await store.claim(consumer, 10)).toMatchObject({
			line: 'report',
			deliveries: [{ delivery: { status: 'dead', reason: 'cannot be composed' } }],
		});
	});

	it('takes a hit that is named once, and the rest of the request all the same', async () => {
		const named = options([definition()], { eventKeyOf: (hit) => String(hit.get('id')) });
		await takeHits(hits({ id: 1 }), named);
		const report = await takeHits(hits({ id: 1 }, { id: 2 }, { id: 2 }), named);
		expect(report).toMatchObject({ queued: 1, duplicates: 2 });
		expect(await rowsOf(store)).toHaveLength(2);
	});

	it('takes the name, the visitor and the delivery together or not at all', async () => {
		const named = options([once], { eventKeyOf: () => 'k' });
		const failing = options([once], { eventKeyOf: () => 'k', consumer: null as never });
		await expect(takeHits(hits({ user: 'bob' }), failing)).rejects.toThrow();
		expect(await takeHits(hits({ user: 'bob' }), named)).toMatchObject({
			queued: 1,
			duplicates: 0,
		});
	});

	it('sends once for each visitor, where that is the rule', async () => {
		const report = await takeHits(
			hits({ user: 'bob' }, { user: 'bob' }, { user: 'ann' }),
			options([once]),
		);
		expect(report.queued).toBe(2);
		expect((await takeHits(hits({ user: 'ann' }), options([once]))).queued).toBe(0);
		const elsewhere = options([once], { scope: 'w/other' });
		expect((await takeHits(hits({ user: 'ann' }), elsewhere)).queued).toBe(1);
	});

	it('rule 13: refuses when the store is full', async () => {
		await expect(
			takeHits(hits({ a: 1 }), options([definition()], { maxBytes: 1 })),
		).rejects.toMatchObject({ name: 'StoreFullError' });
		expect(await rowsOf(store)).toEqual([]);
	});

	it('takes thousands in one request without holding the event loop', async () => {
		await store.close();
		store = await openTestStore(folder.path, clock, {
			migrations: { '0001-deliveries': deliveriesMigration, ...postbackMigrations },
			openFile: async (path) => await SqliteThread.open(path),
		});
		const many = hits(...Array.from({ length: 3_000 }, (_, n) => ({ user: `u${n}` })));
		let turns = 0;
		const timer = setInterval(() => turns++, 1);
		const report = await takeHits(many, options([definition(), { ...once, id: 'p2' }]));
		clearInterval(timer);
		expect(report.queued).toBe(6_000);
		expect(turns).toBeGreaterThan(5);
	});

	it('needs no match to be cheap: definitions that do not match cost nothing in the store', async () => {
		const report = await takeHits(hits({ nobody: 1 }), options([onlyUsers]));
		expect(report.queued).toBe(0);
	});

	describe('a postback that is switched off', () => {
		const note = async (active: string[]) =>
			await store.write(async (unit) => await notePostbacks(unit, scope, active));

		it('is told of once it is gone from those that are on', async () => {
			expect(await note(['p1', 'p2'])).toEqual([]);
			expect(await note(['p2'])).toEqual(['p1']);
			expect(await note([])).toEqual(['p1', 'p2']);
			expect(await note(['p1', 'p2'])).toEqual([]);
		});

		it('does not touch those of other triggers', async () => {
			await note(['p1']);
			expect(await store.write(async (unit) => await notePostbacks(unit, 'w/other', []))).toEqual(
				[],
			);
		});

		it('ends what waits for a retry, not what is new', async () => {
			await takeHits(hits({ a: 1 }), options([definition()]));
			const end = async () =>
				await store.write(async (unit) => await endPostback(unit, scope, 'p1'));
			expect(await end()).toBe(0);
			await store.write(
				async ({ db }) => await db.updateTable('deliveries').set({ status: 'retrying' }).execute(),
			);
			expect(await end()).toBe(1);
			expect((await rowsOf(store))[0]).toMatchObject({ status: 'dead', reason: INACTIVE });
		});

		it('is not sent any more, and is sent again once it is on', async () => {
			await note(['p1']);
			const look = postbackLook(store);
			const delivery = freshDelivery({
				kind: 'postback',
				source: { type: 'postback', id: 'w/n/p1' },
				attempt: 1,
			});
			expect(await look(delivery)).toEqual({ send: true });
			await note([]);
			clock.setWall(clock.now() + 1_001);
			expect(await look(delivery)).toEqual({ send: false, reason: INACTIVE });
			// What its own hit has just matched is sent: only retries end.
			expect(await look({ ...delivery, attempt: 0 })).toEqual({ send: true });
			await note(['p1']);
			clock.setWall(clock.now() + 1_001);
			expect(await look(delivery)).toEqual({ send: true });
		});

		it('is looked for only among postbacks', async () => {
			await note(['p1']);
			await note([]);
			const look = postbackLook(store);
			expect(await look(freshDelivery())).toEqual({ send: true });
		});
	});
});
