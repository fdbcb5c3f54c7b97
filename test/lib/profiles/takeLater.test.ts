import { openDestination } from '../../../lib/profiles/destination';
import { takeProfiles } from '../../../lib/profiles/take';
import { send } from '../../../lib/delivery/sender';
import type { Delivery } from '../../../lib/delivery/delivery';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { cancelDeliveries } from '../../../lib/store/endings';
import { LEASE_MS } from '../../../lib/store/leases';
import { replayDeliveries } from '../../../lib/store/replay';
import { purgeExpired } from '../../../lib/store/retention';
import { FakeClock } from '../../support/fakeClock';
import { ScriptedChannel, senderOptions } from '../../support/senders';
import { rowsOf, sweepAll, testFolder, type TestFolder } from '../../support/stores';
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

describe('an export that did not arrive', () => {
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
		await openDestination(store, DESTINATION, mapped(['x'], ['person.name']));
		clock.setWall(clock.now() + 40 * 24 * 3600_000);
		await store.write(
			async (unit) => await purgeExpired(unit, { deliveredMs: 1, deadMs: 1, warnMs: 1 }),
		);
		expect(await rowsOf(store)).toEqual([]);
		expect(await owed()).toEqual([{ kind: 'owed', reason: 'cancelled' }]);
	});
});

describe('a lease', () => {
	const leased = async (profiles: unknown[], options = {}) =>
		await takeAll(store, profiles, await optionsOf(store, options), 'L');

	it('covers what is stored, until a sender takes it over', async () => {
		const { deliveries } = await leased(members(3));
		expect(await store.claim('queue:q', 10)).toBeUndefined();
		const channel = new ScriptedChannel(clock, () => 200);
		const inputs = deliveries.map(({ delivery, request, exports }) => ({
			index: exports[0].index,
			endpoint: delivery.endpoint,
			delivery: {
				id: delivery.id,
				kind: 'profile',
				name: delivery.name,
				request,
				attempt: 0,
				status: 'pending',
				lease: 'L',
			} satisfies Delivery,
		}));
		const report = await send(inputs, senderOptions(store, clock, channel));
		expect(report.results.map(({ kind }) => kind)).toEqual(['delivered', 'delivered', 'delivered']);
		expect((await rowsOf(store)).map(({ status }) => status)).toEqual(Array(3).fill('delivered'));
	});

	it('that lapses leaves what is stored to the queue', async () => {
		await leased(members(3));
		clock.setWall(clock.now() + LEASE_MS + 1);
		await sweepAll(store);
		for (const alone of [1, 2, 3]) {
			const batch = await store.claim('queue:q', 10);
			expect(batch).toMatchObject({ line: 'alone', deliveries: [{ no: alone }] });
		}
	});

	it('gives back what is stored when the input breaks off', async () => {
		const options = await optionsOf(store);
		function* broken() {
			for (const [index, profile] of members(700).entries()) {
				if (index === 600) throw new Error('broken');
				yield { index, profile };
			}
		}
		const run = async () => {
			for await (const part of takeProfiles(store, broken(), options, 'L'))
				expect(part).toBeDefined();
		};
		await expect(run()).rejects.toThrow('broken');
		expect((await store.claim('queue:q', 1_000))?.deliveries).toHaveLength(500);
	});

	it('is kept alive while parts are taken', async () => {
		const options = await optionsOf(store);
		const inputs = members(1_600).map((profile, index) => ({ index, profile }));
		for await (const part of takeProfiles(store, inputs, options, 'L')) {
			expect(part).toBeDefined();
			clock.setWall(clock.now() + LEASE_MS - 1_000);
			await sweepAll(store);
		}
		expect(await store.claim('queue:q', 10)).toBeUndefined();
	});
});

describe('recorded mappings', () => {
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
