import { digestOf } from '../../../lib/profiles/digest';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { FakeClock } from '../../support/fakeClock';
import { describeStores, rowsOf, testFolder, type TestFolder } from '../../support/stores';
import { profileOf } from './make';
import { DESTINATION, keysOf, openProfileStore, optionsOf, takeAll } from './stores';

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

const members = (count: number, from = 0) =>
	Array.from({ length: count }, (_, i) => member(`p${from + i}`));

describeStores('what is exported', () => {
	it('is stored as a delivery to the endpoint, in the order line of its profile', async () => {
		const options = await optionsOf(store, { workflowId: 'w', executionId: 'e', maxAgeMs: 5_000 });
		const { deliveries } = await takeAll(store, [member('ann', 'Ann')], options);
		expect(await rowsOf(store)).toMatchObject([
			{
				id: deliveries[0].delivery.id,
				kind: 'profile',
				name: 'CRM',
				source_type: 'destination',
				source_id: DESTINATION,
				subject: 'ann',
				queue: 'q',
				consumer: 'queue:q',
				endpoint: 'https://a.example',
				order_key: `${digestOf(DESTINATION)}\nann`,
				supersede: 1,
				status: 'pending',
				workflow_id: 'w',
				execution_id: 'e',
				expires_at: clock.now() + 5_000,
			},
		]);
		expect(JSON.parse((await rowsOf(store))[0].request)).toEqual({
			method: 'POST',
			url: 'https://a.example/profiles?k=1',
			headers: { 'content-type': 'application/json', 'X-A': 'b' },
			body: '{"person":{"name":"Ann"},"segmentMembership":{"ups":{"x":{"lastQualificationTime":"2025-12-01T00:00:00Z","status":"realized"}}},"identityMap":{"ecid":[{"id":"ann"}]}}',
		});
	});

	it('is exported once for the same snapshot, also after a restart', async () => {
		await takeAll(store, members(1_200), await optionsOf(store));
		await store.close();
		store = await openProfileStore(folder.path, clock);
		const { deliveries, notExported } = await takeAll(
			store,
			[...members(1_200), ...members(5, 1_200)],
			await optionsOf(store),
		);
		expect(deliveries.map(({ exports }) => exports[0].key)).toEqual(
			[0, 1, 2, 3, 4].map((i) => `p${1_200 + i}`),
		);
		expect(notExported).toHaveLength(1_200);
		expect(notExported[7]).toEqual({ index: 7, key: 'p7', reason: 'no relevant change' });
	});

	it('belongs to its destination alone', async () => {
		await takeAll(store, [member('ann')], await optionsOf(store));
		const other = await optionsOf(store, { destination: 'other' });
		expect(keysOf(await takeAll(store, [member('ann')], other))).toEqual(['ann']);
	});

	it('wakes the queue', async () => {
		let woken = 0;
		store.onWake('queue:q', (count) => (woken += count));
		await takeAll(store, members(3), await optionsOf(store));
		expect(woken).toBe(3);
	});

	it('needs no key where everything is exported without order, and stores no state', async () => {
		const options = await optionsOf(store, { input: 'always', key: undefined, order: false });
		await takeAll(store, [member('ann'), member('ann')], options);
		expect(await rowsOf(store)).toMatchObject([
			{ order_key: null, subject: null, supersede: 0 },
			{ order_key: null, subject: null, supersede: 0 },
		]);
		expect(keysOf(await takeAll(store, [member('ann')], await optionsOf(store)))).toEqual(['ann']);
	});
});

describeStores('profiles that are none', () => {
	it('are given back with what is wrong, and hinder no other', async () => {
		const cyclic: Record<string, unknown> = member('b');
		cyclic.self = cyclic;
		const { invalid, deliveries } = await takeAll(
			store,
			[member('a'), cyclic, {}, member('c')],
			await optionsOf(store),
		);
		expect(keysOf({ deliveries, invalid, notExported: [] })).toEqual(['a', 'c']);
		expect(invalid).toEqual([
			{ index: 1, problems: ['self leads back to what holds it (cyclic data): leave it out'] },
			{ index: 2, problems: [expect.stringContaining('identityMap is missing') as string] },
		]);
	});
});

describeStores('a mapping of the payload', () => {
	const mapping = (payload: object) => {
		const { person } = payload as { person?: { name?: string } };
		if (person?.name === 'boom') throw new Error('no such thing');
		return { body: JSON.stringify({ name: person?.name }), json: true };
	};

	it('makes the body', async () => {
		const options = await optionsOf(store, { mapping: async (payload) => mapping(payload) });
		await takeAll(store, [member('ann', 'Ann')], options);
		expect(JSON.parse((await rowsOf(store))[0].request)).toMatchObject({ body: '{"name":"Ann"}' });
	});

	it('that gives a text makes it a text', async () => {
		const options = await optionsOf(store, { mapping: () => ({ body: 'hi', json: false }) });
		await takeAll(store, [member('ann')], options);
		expect(JSON.parse((await rowsOf(store))[0].request)).toMatchObject({
			body: 'hi',
			headers: { 'content-type': 'text/plain; charset=utf-8' },
		});
	});

	it('that fails leaves the profile as it was, to be exported the next time', async () => {
		const options = await optionsOf(store, { mapping });
		const profiles = [member('a', 'A'), member('b', 'boom'), member('c', 'C')];
		const taken = await takeAll(store, profiles, options);
		expect(keysOf(taken)).toEqual(['a', 'c']);
		expect(taken.invalid).toEqual([{ index: 1, problems: ['the mapping failed: no such thing'] }]);
		expect(keysOf(await takeAll(store, profiles, await optionsOf(store)))).toEqual(['b']);
	});

	it('that gives texts is refused as members of an array', async () => {
		const options = await optionsOf(store, {
			mapping: () => ({ body: 'hi', json: false }),
			profilesPerRequest: 2,
		});
		const { invalid } = await takeAll(store, [member('ann')], options);
		expect(invalid[0].problems[0]).toContain('cannot be a member of an array');
	});
});
