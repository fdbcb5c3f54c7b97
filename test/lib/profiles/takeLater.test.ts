import { openDestination } from '../../../lib/profiles/destination';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { cancelDeliveries } from '../../../lib/store/endings';
import { replayDeliveries } from '../../../lib/store/replay';
import { purgeExpired } from '../../../lib/store/retention';
import { FakeClock } from '../../support/fakeClock';
import { describeStores, rowsOf, testFolder, type TestFolder } from '../../support/stores';
import { mapped, profileOf } from './make';
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

const members = (count: number, from = 0) =>
	Array.from({ length: count }, (_, i) => member(`p${from + i}`));

describeStores('an export that did not arrive', () => {
	const owed = async () => {
		const { deliveries, notExported } = await takeAll(
			store,
			[member('ann')],
			await optionsOf(store),
		);
		return deliveries[0]?.exports[0].triggers ?? notExported[0].reason;
	};

	it('is owed when it died', async () => {
		const [{ delivery }] = (await takeAll(store, [member('ann')], await optionsOf(store)))
			.deliveries;
		expect(await owed()).toBe('no relevant change');
		await settle(store, delivery.id, { status: 'dead', reason: 'HTTP 400' });
		expect(await owed()).toEqual([{ kind: 'owed', reason: 'HTTP 400' }]);
		expect(await owed()).toBe('no relevant change');
	});

	it('is owed when it was cancelled', async () => {
		const [{ delivery }] = (await takeAll(store, [member('ann')], await optionsOf(store)))
			.deliveries;
		await store.write(async (unit) => await cancelDeliveries(unit, { ids: [delivery.id] }));
		expect(await owed()).toEqual([{ kind: 'owed', reason: 'cancelled' }]);
	});

	it('is owed by each profile of its request', async () => {
		const options = await optionsOf(store, { profilesPerRequest: 2 });
		const [{ delivery }] = (await takeAll(store, members(2), options)).deliveries;
		await settle(store, delivery.id, { status: 'dead' });
		expect(keysOf(await takeAll(store, members(3), options))).toEqual(['p0+p1', 'p2']);
	});

	it('is not owed any more when it was replayed', async () => {
		const [{ delivery }] = (await takeAll(store, [member('ann')], await optionsOf(store)))
			.deliveries;
		await settle(store, delivery.id, { status: 'dead' });
		await openDestination(store, DESTINATION, mapped(['x'], []));
		await store.write(
			async (unit) =>
				await replayDeliveries(unit, [delivery.id], { expiresAt: clock.now() + 1_000_000 }),
		);
		expect(await owed()).toBe('no relevant change');
	});

	it('is still owed when the dead letter is gone from the store', async () => {
		const [{ delivery }] = (await takeAll(store, [member('ann')], await optionsOf(store)))
			.deliveries;
		await store.write(async (unit) => await cancelDeliveries(unit, { ids: [delivery.id] }));
		// In PostgreSQL another transaction may still be about to be seen.
		clock.setWall(clock.now() + 121_000);
		await openDestination(store, DESTINATION, mapped(['x'], ['person.name']));
		clock.setWall(clock.now() + 40 * 24 * 3600_000);
		await store.write(
			async (unit) => await purgeExpired(unit, { deliveredMs: 1, deadMs: 1, warnMs: 1 }),
		);
		expect(await rowsOf(store)).toEqual([]);
		expect(await owed()).toEqual([{ kind: 'owed', reason: 'cancelled' }]);
	});
});

describeStores('recorded mappings', () => {
	const open = async (...audiences: (string | object)[]) =>
		await openDestination(store, DESTINATION, mapped(audiences));

	it('tell since when an audience is mapped, and when its mapping was last changed', async () => {
		const start = store.now();
		expect(await open('x')).toMatchObject({ revision: 1, added: [{ id: 'x' }] });
		clock.setWall(start + 1_000);
		const named = await open({ id: 'x', name: 'X' }, 'y');
		expect(named).toMatchObject({ revision: 2, added: [{ id: 'y' }] });
		expect(named.times.get('\nx')).toEqual({
			createdAt: start,
			updatedAt: start + 1_000,
			revision: 1,
		});
		clock.setWall(start + 2_000);
		const same = await open({ id: 'x', name: 'X' }, 'y');
		expect(same.times).toEqual(named.times);
		expect(same).toMatchObject({ revision: 2, added: [] });
	});

	it('begin anew when an audience was removed meanwhile', async () => {
		await open('x', 'y');
		await open('y');
		clock.setWall(clock.now() + 1_000);
		const again = await open('x', 'y');
		expect(again.added.map(({ id }) => id)).toEqual(['x']);
		expect(again.times.get('\nx')?.createdAt).toBe(store.now());
	});
});
