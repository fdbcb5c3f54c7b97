import { digestOf } from '../../../lib/profiles/digest';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { FakeClock } from '../../support/fakeClock';
import { describeStores, rowOf, rowsOf, testFolder, type TestFolder } from '../../support/stores';
import { profileOf } from './make';
import { DESTINATION, keysOf, openProfileStore, optionsOf, settle, takeAll } from './stores';

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

const member = (key: string, name?: string) =>
	profileOf(key, { x: 'realized' }, name === undefined ? {} : { person: { name } });
const gone = (key: string) => profileOf(key, { x: 'exited' });

const members = (count: number, from = 0) =>
	Array.from({ length: count }, (_, i) => member(`p${from + i}`));

describeStores('order', () => {
	it('lets an export that waits give way to a newer one', async () => {
		const options = await optionsOf(store);
		const [first] = (await takeAll(store, [member('ann')], options)).deliveries;
		await takeAll(store, [gone('ann')], options);
		expect(await rowOf(store, first.delivery.id)).toMatchObject({
			status: 'closed',
			reason: 'superseded',
		});
		// What was superseded is told by the newer one: nothing is owed.
		expect((await takeAll(store, [gone('ann')], options)).deliveries).toEqual([]);
	});

	it('sends only the last of a profile that is there twice', async () => {
		const { deliveries } = await takeAll(
			store,
			[member('ann'), gone('ann')],
			await optionsOf(store),
		);
		expect(deliveries.map(({ standing }) => standing)).toEqual(['superseded', 'ready']);
	});

	it('keeps all of them, one after the other, where they do not give way', async () => {
		const options = await optionsOf(store, { supersede: false });
		const { deliveries } = await takeAll(store, [member('ann'), gone('ann')], options);
		expect(deliveries.map(({ standing }) => standing)).toEqual(['ready', 'held']);
		const claimed = await store.claim('queue:q', 10);
		expect(claimed?.deliveries.map((d) => d.delivery.id)).toEqual([deliveries[0].delivery.id]);
	});
});

describeStores('several profiles in one request', () => {
	const several = async (overrides: object = {}) =>
		await optionsOf(store, { profilesPerRequest: 3, ...overrides });

	it('are members of an array', async () => {
		const taken = await takeAll(store, members(7), await several());
		expect(keysOf(taken)).toEqual(['p0+p1+p2', 'p3+p4+p5', 'p6']);
		const [row, , last] = await rowsOf(store);
		expect(row).toMatchObject({ subject: null, supersede: 0 });
		const { body } = JSON.parse(row.request) as { body: string };
		expect((JSON.parse(body) as object[]).length).toBe(3);
		expect(JSON.parse(last.request)).toMatchObject({
			body: expect.stringMatching(/^\[\{/) as string,
		});
		expect((await store.claim('queue:q', 10))?.deliveries).toHaveLength(3);
	});

	it('stand behind what waits of any of them, and behind nothing else', async () => {
		const options = await several();
		await takeAll(store, members(3), options);
		const taken = await takeAll(store, [gone('p1'), member('p5'), gone('p0')], options);
		expect(keysOf(taken)).toEqual(['p1+p0', 'p5']);
		expect(taken.deliveries.map(({ standing }) => standing)).toEqual(['held', 'ready']);
		const claimed = await store.claim('queue:q', 10);
		const keys = claimed?.deliveries.map((d) => d.orderKey);
		expect(keys).toHaveLength(2);
		const [first, second, third] = await rowsOf(store);
		expect([first.lease !== null, second.lease !== null, third.lease !== null]).toEqual([
			true,
			false,
			true,
		]);
		await settle(store, first.id, { status: 'delivered' });
		expect((await store.claim('queue:q', 10))?.deliveries.map((d) => d.delivery.id)).toEqual([
			second.id,
		]);
	});

	it('go apart when a profile is there twice', async () => {
		const taken = await takeAll(
			store,
			[member('a'), member('b'), gone('a'), member('c'), gone('b')],
			await several(),
		);
		expect(keysOf(taken)).toEqual(['a+b+c', 'a+b']);
		const [first, second] = await rowsOf(store);
		expect(second.order_key).toBe(first.order_key);
	});

	it('do not take other profiles with them when one of them alone is newer', async () => {
		await takeAll(store, members(3), await several());
		const [row] = await rowsOf(store);
		await takeAll(store, [gone('p1')], await optionsOf(store));
		const [batch, single] = await rowsOf(store);
		expect(batch).toMatchObject({ id: row.id, status: 'pending' });
		expect(single).toMatchObject({ order_key: batch.order_key, supersede: 0, subject: 'p1' });
		await settle(store, batch.id, { status: 'delivered' });
		await settle(store, single.id, { status: 'delivered' });
		await takeAll(store, [member('p1')], await optionsOf(store));
		expect((await rowsOf(store)).at(-1)?.order_key).toBe(`${digestOf(DESTINATION)}\np1`);
	});
});

describeStores('a profile key that changes', () => {
	it('moves the state, and the export stands behind what waits of it', async () => {
		const options = await optionsOf(store, { supersede: false });
		await takeAll(store, [member('a')], options);
		const both = {
			...member('a'),
			identityMap: { ecid: [{ id: 'b', primary: true }, { id: 'a' }] },
		};
		expect(keysOf(await takeAll(store, [both], options))).toEqual(['b']);
		const [first, second] = await rowsOf(store);
		expect(second).toMatchObject({ subject: 'b', order_key: first.order_key });
		expect((await takeAll(store, [both], options)).deliveries).toEqual([]);
	});

	it('is found by the identities where it is a path', async () => {
		const options = await optionsOf(store, { profileKey: 'crm.id' });
		await takeAll(store, [{ ...member('a'), crm: { id: 1 } }], options);
		const taken = await takeAll(store, [{ ...member('a'), crm: { id: 2 } }], options);
		expect(taken.deliveries[0].exports[0]).toMatchObject({
			key: '2',
			triggers: [{ kind: 'identityMap' }],
		});
	});
});
