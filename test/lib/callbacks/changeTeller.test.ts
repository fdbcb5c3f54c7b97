import { tellChanges, type TellerOptions } from '../../../lib/callbacks/changeTeller';
import {
	noteBaseUrl,
	type NumberedChange,
	type Reader,
} from '../../../lib/callbacks/store/changes';
import { settleDown } from '../../support/fakeClock';
import { openBench, OTHER_PROPERTY, PROPERTY, type Bench } from './support';
import { describeStores } from '../../support/stores';

let bench: Bench;
let stop: AbortController;
const running: Promise<void>[] = [];
beforeEach(async () => {
	bench = await openBench();
	stop = new AbortController();
});
afterEach(async () => {
	stop.abort();
	await Promise.all(running.splice(0));
	await bench.close();
});

/** Changes that were told, a list for each time. */
async function listen(more: Partial<TellerOptions> = {}) {
	const told: NumberedChange[][] = [];
	const readers: Reader[] = [];
	const errors: string[] = [];
	running.push(
		tellChanges(
			{
				store: bench.store,
				clock: bench.clock,
				reader: 'w/n',
				batchSize: 10,
				sees: () => true,
				onError: (error) => errors.push((error as Error).message),
				...more,
				tell: async (changes, reader) => {
					told.push([...changes]);
					readers.push(reader);
					return (await more.tell?.(changes, reader)) ?? true;
				},
			},
			stop.signal,
		),
	);
	await settleDown(40);
	return { told, readers, errors };
}

const create = async (propertyId = PROPERTY) => {
	const attributes = { url: 'https://a.example/', subscriptions: ['*'] };
	const { record } = await bench.service.create(propertyId, attributes);
	await settleDown(40);
	return record.id;
};
const idsOf = (told: NumberedChange[][]) =>
	told.map((changes) => changes.map(({ callbackId }) => callbackId));

describeStores('changes are told', () => {
	it('as soon as they are made, from the first start on', async () => {
		await create();
		const { told } = await listen();
		expect(told).toEqual([]);
		const ids = [await create(), await create()];
		expect(idsOf(told)).toEqual(ids.map((id) => [id]));
	});

	it('once: after a restart only what came meanwhile', async () => {
		await listen();
		await create();
		stop.abort();
		await Promise.all(running.splice(0));
		stop = new AbortController();
		const ids = [await create(), await create()];
		const { told } = await listen();
		expect(idsOf(told)).toEqual([ids]);
	});

	it('to each listener on its own', async () => {
		const one = await listen();
		const other = await listen({ reader: 'w/other' });
		const id = await create();
		expect([idsOf(one.told), idsOf(other.told)]).toEqual([[[id]], [[id]]]);
	});

	it('of its own properties alone', async () => {
		const { told } = await listen({ sees: (id) => id === PROPERTY });
		await create(OTHER_PROPERTY);
		const id = await create();
		expect(idsOf(told)).toEqual([[id]]);
	});

	it('in batches', async () => {
		const { told } = await listen({ batchSize: 2, reader: 'w/n' });
		stop.abort();
		await Promise.all(running.splice(0));
		stop = new AbortController();
		for (let at = 0; at < 5; at++) await create();
		const again = await listen({ batchSize: 2 });
		expect(told).toEqual([]);
		expect(again.told.map((changes) => changes.length)).toEqual([2, 2, 1]);
	});

	it('with where the API is', async () => {
		await bench.store.write(async (unit) => await noteBaseUrl(unit, 'w/n', 'https://n8n.example'));
		const { readers } = await listen();
		await create();
		expect(readers).toMatchObject([{ baseUrl: 'https://n8n.example' }]);
	});

	it('by another process without a ring, some seconds later', async () => {
		const { told } = await listen();
		jest.spyOn(bench.store, 'wake').mockReturnValue();
		await create();
		expect(told).toEqual([]);
		await bench.clock.advance(5_000);
		expect(told).toHaveLength(1);
	});

	it('again when the workflow failed, in their order', async () => {
		let fails = 2;
		const { told, errors } = await listen({ tell: async () => --fails < 0 });
		const first = await create();
		const second = await create();
		expect(idsOf(told)).toEqual([[first]]);
		await bench.clock.advance(5_000);
		await bench.clock.advance(60_000);
		expect(idsOf(told)).toEqual([[first], [first], [first], [second]]);
		expect(errors).toEqual([]);
	});

	it('no more when the workflow failed each time, so that others get their turn', async () => {
		const { told, errors } = await listen({ tell: async () => false });
		const first = await create();
		for (const ms of [5_000, 60_000, 600_000]) await bench.clock.advance(ms);
		const second = await create();
		expect(idsOf(told)).toEqual([[first], [first], [first], [first], [second]]);
		expect(errors).toEqual([expect.stringContaining(first)]);
	});

	it('again after a stop in the middle', async () => {
		const { told } = await listen({
			tell: async () => {
				stop.abort();
				return false;
			},
		});
		const id = await create();
		await Promise.all(running.splice(0));
		stop = new AbortController();
		const again = await listen();
		expect([idsOf(told), idsOf(again.told)]).toEqual([[[id]], [[id]]]);
	});
});
