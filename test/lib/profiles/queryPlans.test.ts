import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { join } from 'node:path';
import { stepBackfill } from '../../../lib/profiles/backfill';
import { beginBackfill } from '../../../lib/profiles/store/backfills';
import { splitDelivery } from '../../../lib/profiles/store/split';
import { FakeClock } from '../../support/fakeClock';
import { testFolder } from '../../support/stores';
import { mapped, profileOf } from './make';
import { DESTINATION, openProfileStore, optionsOf, settle, takeAll } from './stores';

/** Steps of a plan that read a whole table: they take longer the more is stored. */
const WHOLE_TABLE = /\bSCAN (deliveries|d|waiting|profile_states|s)\b/;

it('what is asked about profiles is answered by index, whatever is stored', async () => {
	const folder = testFolder();
	const prepared = new Set<string>();
	const prepare = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, 'prepare')
		?.value as DatabaseSync['prepare'];
	const spy = jest.spyOn(DatabaseSync.prototype, 'prepare').mockImplementation(function (
		this: DatabaseSync,
		text: string,
	): StatementSync {
		prepared.add(text);
		return prepare.call(this, text);
	});
	const store = await openProfileStore(folder.path, new FakeClock());
	prepared.clear();

	for (const profileKey of ['ecid', 'crm.id']) {
		const options = await optionsOf(store, { profileKey, profilesPerRequest: 3 });
		const profiles = Array.from({ length: 10 }, (_, i) => ({
			...profileOf(`p${i}`, { x: 'realized', y: 'realized' }),
			crm: { id: `c${i}` },
		}));
		const { deliveries } = await takeAll(store, profiles, options);
		const { id } = deliveries[0].delivery;
		await settle(store, id, { status: 'dead' });
		await store.write(async (unit) => await splitDelivery(unit, id));
		await takeAll(store, profiles, await optionsOf(store, { profileKey }));
	}
	const options = await optionsOf(store, { mappings: mapped(['y']) });
	const audiences = options.recorded.awaitingBackfill;
	const job = { id: 'b', destination: DESTINATION, audiences, settings: '' };
	await store.write(async (unit) => await beginBackfill(unit, job));
	await stepBackfill(store, 'b', options);

	spy.mockRestore();
	const reader = new DatabaseSync(join(folder.path, 'deliveries.sqlite'), { readOnly: true });
	const texts = [...prepared].filter((text) => /profile_states|owed|settled_at/.test(text));
	expect(texts.length).toBeGreaterThan(10);
	for (const text of texts.filter((one) => /^\s*(select|insert|update|delete)/.test(one))) {
		const parameters = (text.match(/\?/g) ?? []).map(() => null);
		const steps = reader.prepare(`explain query plan ${text}`).all(...parameters);
		const whole = steps.map((step) => String(step.detail)).filter((step) => WHOLE_TABLE.test(step));
		expect({ text, whole }).toEqual({ text, whole: [] });
	}
	reader.close();
	await store.close();
	folder.remove();
});
