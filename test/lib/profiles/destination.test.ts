import { openDestination } from '../../../lib/profiles/destination';
import {
	exportOptionsOf,
	readDestination,
	type DestinationSettings,
} from '../../../lib/profiles/destinationSettings';
import { DestinationError } from '../../../lib/profiles/errors';
import { findDestination, listDestinations } from '../../../lib/profiles/store/destinations';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { FakeClock } from '../../support/fakeClock';
import { describeStores, testFolder, type TestFolder } from '../../support/stores';
import { profileOf } from './make';
import { openProfileStore, optionsOf, takeAll } from './stores';

const SETTINGS: DestinationSettings = {
	name: 'CRM',
	input: 'snapshots',
	profileKey: 'ecid',
	audiences: [{ id: 'x' }],
	attributes: ['person.name'],
	payload: {},
	request: { method: 'POST', url: 'https://a.example/', headers: {} },
	queue: 'q',
	profilesPerRequest: 1,
	order: true,
	supersede: true,
	keepSnapshots: true,
	maxAgeMs: 1_000,
	requestsPerSecond: 0,
};

const clock = new FakeClock();
const read = (change: Partial<DestinationSettings> = {}) =>
	readDestination('w/n', { ...SETTINGS, ...change }, { clock, random: () => 0 });

function problemsOf(change: Partial<DestinationSettings>): readonly string[] {
	try {
		read(change);
	} catch (error) {
		if (error instanceof DestinationError) return error.problems;
	}
	throw new Error('nothing was refused');
}

const NOTHING_RECORDED = { times: new Map(), revision: 0, added: [], awaitingBackfill: [] };

describeStores('the settings of a destination', () => {
	it('are the same after a way through the store', () => {
		const again = JSON.parse(JSON.stringify(SETTINGS)) as DestinationSettings;
		expect(exportOptionsOf(read(again), NOTHING_RECORDED, {})).toMatchObject({
			destination: 'w/n',
			key: { kind: 'identity', namespace: 'ecid' },
			supersede: true,
		});
	});

	it.each([
		['without order', { order: false }],
		['with a JSONata mapping', { jsonata: 'person' }],
		['where that is switched off', { supersede: false }],
	])('supersede nothing %s', (_name, change) => {
		expect(exportOptionsOf(read(change), NOTHING_RECORDED, {}).supersede).toBe(false);
	});

	it('map the payload where there is a JSONata mapping', async () => {
		const { mapping } = read({ jsonata: '{ "n": person.name }' });
		expect(await mapping?.({ person: { name: 'Ann' } })).toEqual({
			body: '{"n":"Ann"}',
			json: true,
		});
	});

	it.each([
		['no key', { profileKey: ' ' }, 'Profile Key is empty'],
		['half a profile', { profilesPerRequest: 0.5 }, 'Profiles per Request'],
		['an empty mapping', { jsonata: '' }, 'JSONata Mapping is empty'],
		['audiences that are no list', { audiences: 'x' }, 'Mapped Audiences: must be a list'],
	])('refused: %s', (_name, change, words) => {
		expect(problemsOf(change).join()).toContain(words);
	});

	it('are refused with all that is wrong', () => {
		expect(
			problemsOf({ profileKey: '', profilesPerRequest: 0, attributes: ['a..b'] }),
		).toHaveLength(3);
	});
});

describeStores('a destination in the store', () => {
	let folder: TestFolder;
	let store: DeliveryStore;

	beforeEach(async () => {
		folder = testFolder();
		store = await openProfileStore(folder.path, clock);
	});

	afterEach(async () => {
		await store.close();
		folder.remove();
	});

	const open = async (change: Partial<DestinationSettings> = {}) => {
		const destination = read(change);
		return await openDestination(store, 'w/n', destination.mappings, destination);
	};

	it('is listed with its name, and known as it was last set up', async () => {
		await open();
		await open({ name: 'ERP' });
		const found = await store.read(async (unit) => await findDestination(unit, 'w/n'));
		expect(JSON.parse(found?.settings ?? '')).toMatchObject({ name: 'ERP' });
		expect(await store.read(listDestinations)).toMatchObject([{ id: 'w/n', name: 'ERP' }]);
	});

	it('awaits no backfill as long as nobody is known', async () => {
		expect((await open()).awaitingBackfill).toEqual([]);
		expect((await open()).awaitingBackfill).toEqual([]);
	});

	it('awaits one where events alone tell who is new', async () => {
		expect((await open({ input: 'events' })).awaitingBackfill).toMatchObject([{ id: 'x' }]);
	});

	it('awaits one for an audience that is mapped when profiles are known', async () => {
		await open();
		const options = await optionsOf(store, { destination: 'w/n' });
		await takeAll(store, [profileOf('ann', { x: 'realized', y: 'realized' })], options);
		const audiences = [{ id: 'x' }, { id: 'y' }];
		expect((await open({ audiences })).awaitingBackfill).toMatchObject([{ id: 'y' }]);
	});
});
