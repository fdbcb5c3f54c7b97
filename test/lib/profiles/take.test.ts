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
import { rowOf, rowsOf, sweepAll, testFolder, type TestFolder } from '../../support/stores';
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
const gone = (key: string) => profileOf(key, { x: 'exited' });

const members = (count: number, from = 0) =>
	Array.from({ length: count }, (_, i) => member(`p${from + i}`));

describe('what is exported', () => {
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
				order_key: `${DESTINATION}\nann`,
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

describe('profiles that are none', () => {
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

describe('order', () => {
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

describe('several profiles in one request', () => {
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
		expect((await rowsOf(store)).at(-1)?.order_key).toBe(`${DESTINATION}\np1`);
	});
});

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

describe('a mapping of the payload', () => {
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

describe('a profile key that changes', () => {
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
