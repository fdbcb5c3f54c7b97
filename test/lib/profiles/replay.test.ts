import { replayExports } from '../../../lib/profiles/store/replay';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { FakeClock } from '../../support/fakeClock';
import { describeStores, rowOf, testFolder, type TestFolder } from '../../support/stores';
import { profileOf } from './make';
import { openProfileStore, optionsOf, settle, takeAll } from './stores';

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

const member = (key: string, status = 'realized') => profileOf(key, { x: status });

/** A request for three profiles that died. */
async function dead(profilesPerRequest = 3): Promise<string> {
	const options = await optionsOf(store, { profilesPerRequest });
	const profiles = [member('a'), member('b'), member('c')];
	const [{ delivery }] = (await takeAll(store, profiles, options)).deliveries;
	await settle(store, delivery.id, { status: 'dead', reason: 'HTTP 400' });
	return delivery.id;
}

const replay = async (id: string, force = false) =>
	await store.write(
		async (unit) => await replayExports(unit, [id], { force, expiresAt: store.now() + 1_000_000 }),
	);

describeStores('a replay of exports', () => {
	it('sends a request for several profiles again', async () => {
		const id = await dead();
		expect(await replay(id)).toEqual({ replayed: [id], refused: [] });
		expect(await rowOf(store, id)).toMatchObject({ status: 'retrying' });
	});

	it('is refused when one of its profiles was exported anew, alone', async () => {
		const id = await dead();
		await takeAll(store, [member('b', 'exited')], await optionsOf(store));
		expect(await replay(id)).toEqual({
			replayed: [],
			refused: [{ id, reason: 'a newer export of one of its profiles was made' }],
		});
		expect((await replay(id, true)).replayed).toEqual([id]);
	});

	it('is refused when the profile of a request was exported anew, with others', async () => {
		const id = await dead(1);
		const options = await optionsOf(store, { profilesPerRequest: 10 });
		await takeAll(store, [member('a', 'exited'), member('d')], options);
		expect((await replay(id)).refused).toHaveLength(1);
	});

	it('refuses what lives and what is unknown as ever', async () => {
		expect((await replay('unknown')).refused).toEqual([
			{ id: 'unknown', reason: 'unknown delivery' },
		]);
	});

	it('sends again what had no order, since nothing is known of it', async () => {
		const always = { input: 'always', key: undefined, order: false } as const;
		const options = await optionsOf(store, { ...always, profilesPerRequest: 3 });
		const [{ delivery }] = (await takeAll(store, [member('a'), member('b')], options)).deliveries;
		await settle(store, delivery.id, { status: 'dead' });
		expect((await replay(delivery.id)).replayed).toEqual([delivery.id]);
	});
});
