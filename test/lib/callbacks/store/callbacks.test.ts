import {
	findCallback,
	insertCallback,
	updateCallback,
	type CallbackPatch,
	type CallbackRecord,
} from '../../../../lib/callbacks/store/callbacks';
import { describeStores } from '../../../support/stores';
import { openBench, PROPERTY, type Bench } from '../support';

const ID = `CB${'1'.repeat(32)}`;
const AT = '2026-01-01T00:00:00.000Z';

const NEW: CallbackRecord = {
	id: ID,
	propertyId: PROPERTY,
	url: 'https://a.example/hook',
	subscriptions: ['rule.created'],
	createdAt: AT,
	updatedAt: AT,
};

/** Everything that can be changed. */
const FULL = {
	url: 'https://b.example/hook',
	subscriptions: ['rule.*', 'build.created'],
	condition: 'true',
	secret: 'sealed-1',
	previousSecret: 'sealed-0',
	previousUntil: 1_800_000_000_000,
	failingSince: 1_700_000_000_000,
	disabledAt: AT,
	disabledReason: 'HTTP 410',
};

describeStores('a change of a callback', () => {
	let bench: Bench;
	beforeEach(async () => (bench = await openBench()));
	afterEach(async () => await bench.close());

	const change = async (patch: CallbackPatch) =>
		await bench.store.write(
			async (unit) => await updateCallback(unit, ID, patch, { touch: false }),
		);
	const stored = async () => await bench.store.read(async (unit) => await findCallback(unit, ID));

	it.each(Object.entries(FULL))('to %s leaves the rest as it is', async (name, value) => {
		await bench.store.write(async (unit) => await insertCallback(unit, NEW));
		const changed = { ...NEW, [name]: value };
		expect(await change({ [name]: value })).toEqual(changed);
		expect(await stored()).toEqual(changed);
	});

	it.each(['condition', 'secret', 'previousSecret', 'previousUntil', 'failingSince', 'disabledAt'])(
		'takes %s away when it is null',
		async (name) => {
			await bench.store.write(async (unit) => await insertCallback(unit, NEW));
			await change(FULL);
			const { [name as keyof typeof FULL]: _gone, ...rest } = FULL;
			expect(await change({ [name]: null })).toEqual({ ...NEW, ...rest });
		},
	);

	it('that is gone gives nothing', async () => {
		expect(await change({ url: FULL.url })).toBeUndefined();
		expect(await stored()).toBeUndefined();
	});
});
