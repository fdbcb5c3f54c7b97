import { previewMappings } from '../../../lib/profiles/store/audiences';
import { previewProfiles } from '../../../lib/profiles/preview';
import { splitDelivery } from '../../../lib/profiles/store/split';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { FakeClock } from '../../support/fakeClock';
import { describeStores, rowOf, rowsOf, testFolder, type TestFolder } from '../../support/stores';
import { profileOf } from './make';
import { DESTINATION, keysOf, openProfileStore, optionsOf, settle, takeAll } from './stores';

let folder: TestFolder;
let store: DeliveryStore;

beforeEach(async () => {
	folder = testFolder();
	store = await openProfileStore(folder.path, new FakeClock());
});

afterEach(async () => {
	await store.close();
	folder.remove();
});

const members = (count: number) =>
	Array.from({ length: count }, (_, i) => profileOf(`p${i}`, { x: 'realized' }));

const bodyOf = async (id: string) =>
	(JSON.parse((await rowOf(store, id)).request) as { body: string }).body;

const split = async (id: string) =>
	await store.write(async (unit) => await splitDelivery(unit, id));

async function tooLarge(count: number): Promise<string> {
	const options = await optionsOf(store, { profilesPerRequest: 10 });
	const [{ delivery }] = (await takeAll(store, members(count), options)).deliveries;
	await settle(store, delivery.id, { status: 'dead', reason: 'HTTP 413' });
	return delivery.id;
}

describeStores('a request that was too large', () => {
	it('goes on in two, each member with the bytes that it had', async () => {
		const id = await tooLarge(5);
		const ids = await split(id);
		expect(await rowOf(store, id)).toMatchObject({ status: 'closed', reason: 'split', line: null });
		const [all, first, second] = [
			await bodyOf(id),
			...(await Promise.all((ids ?? []).map(bodyOf))),
		];
		expect(`${first.slice(0, -1)},${second.slice(1)}`).toBe(all);
		expect((JSON.parse(first) as unknown[]).length).toBe(3);
	});

	it('owes nothing, unless one of the two dies', async () => {
		const ids = await split(await tooLarge(4));
		const options = await optionsOf(store);
		expect((await takeAll(store, members(4), options)).deliveries).toEqual([]);
		await settle(store, ids?.[0] ?? '', { status: 'delivered' });
		await settle(store, ids?.[1] ?? '', { status: 'dead', reason: 'HTTP 400' });
		expect(keysOf(await takeAll(store, members(4), options))).toEqual(['p2', 'p3']);
	});

	it('goes on without members of which a newer export is on its way', async () => {
		const options = await optionsOf(store, { profilesPerRequest: 10 });
		const [{ delivery }] = (await takeAll(store, members(3), options)).deliveries;
		await takeAll(store, [profileOf('p1', { x: 'exited' })], options);
		await settle(store, delivery.id, { status: 'dead' });
		const ids = (await split(delivery.id)) ?? [];
		const told = await Promise.all(ids.map(bodyOf));
		expect(told.map((body) => /"id":"(p\d)"/.exec(body)?.[1])).toEqual(['p0', 'p2']);
	});

	it('goes on whole where no states are kept', async () => {
		const always = { input: 'always', key: undefined, order: false } as const;
		const options = await optionsOf(store, { ...always, profilesPerRequest: 10 });
		const [{ delivery }] = (await takeAll(store, members(3), options)).deliveries;
		await settle(store, delivery.id, { status: 'dead' });
		const ids = (await split(delivery.id)) ?? [];
		const lengths = await Promise.all(
			ids.map(async (id) => (JSON.parse(await bodyOf(id)) as unknown[]).length),
		);
		expect(lengths).toEqual([2, 1]);
	});

	it('stays dead when it has one member, and is let be while it lives', async () => {
		const id = await tooLarge(1);
		expect(await split(id)).toBeUndefined();
		expect((await rowOf(store, id)).status).toBe('dead');
		expect(await split('unknown')).toBeUndefined();
	});
});

describeStores('a preview', () => {
	it('decides as taking would, and leaves no trace', async () => {
		await takeAll(store, members(2), await optionsOf(store));
		const before = await rowsOf(store);
		const options = await optionsOf(store);
		const inputs = [...members(3), {}].map((profile, index) => ({ index, profile }));
		const parts = [];
		for await (const part of previewProfiles(store, inputs, options)) parts.push(part);
		expect(keysOf(parts[0])).toEqual(['p2']);
		expect(parts[0].notExported).toHaveLength(2);
		expect(parts[0].invalid).toHaveLength(1);
		expect(await rowsOf(store)).toEqual(before);
		expect(keysOf(await takeAll(store, members(3), options))).toEqual(['p2']);
	});

	it('of mappings records none', async () => {
		const preview = async () =>
			await store.read(async (unit) => await previewMappings(unit, DESTINATION, [{ id: 'x' }]));
		expect((await preview()).added).toEqual([{ id: 'x' }]);
		expect((await preview()).added).toEqual([{ id: 'x' }]);
	});
});
