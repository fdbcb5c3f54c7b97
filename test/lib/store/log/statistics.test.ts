import fc from 'fast-check';
import type { DeliveryStore } from '../../../../lib/store/deliveryStore';
import { Spread } from '../../../../lib/store/log/spread';
import { gatherStatistics } from '../../../../lib/store/log/statistics';
import { FakeClock } from '../../../support/fakeClock';
import { describeStores, testFolder, type TestFolder } from '../../../support/stores';
import { logRow, openLogStore, putRows } from './support';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('a spread', () => {
	it('gives percentiles true to half of a hundredth, and exact count, mean and maximum', () => {
		fc.assert(
			fc.property(
				fc.array(fc.nat(10_000_000), { minLength: 1, maxLength: 300 }),
				fc.constantFrom(0.5, 0.95, 0.99, 1),
				(values, part) => {
					const spread = new Spread();
					for (const value of values) spread.add(value);
					const sorted = [...values].sort((a, b) => a - b);
					const exact = sorted[Math.ceil(values.length * part) - 1];
					const given = spread.percentile(part);
					expect(Math.abs(given - exact)).toBeLessThanOrEqual((exact + 1) * 0.0051);
					expect(given).toBeLessThanOrEqual(spread.max);
					expect(spread.max).toBe(sorted.at(-1));
					expect(spread.count).toBe(values.length);
					expect(spread.mean).toBeCloseTo(values.reduce((a, b) => a + b, 0) / values.length, 6);
				},
			),
		);
	});

	it('of nothing is 0', () => {
		expect([new Spread().percentile(0.95), new Spread().mean]).toEqual([0, 0]);
	});
});

describeStores('statistics', () => {
	let folder: TestFolder;
	let store: DeliveryStore;

	beforeEach(async () => {
		folder = testFolder();
		store = await openLogStore(folder.path, new FakeClock());
	});

	afterEach(async () => {
		await store.close();
		folder.remove();
	});

	const gather = async (options: Partial<Parameters<typeof gatherStatistics>[1]> = {}) =>
		(await gatherStatistics(store, { filter: {}, period: 'whole', ...options })).lines;

	it('count deliveries by state, attempts until success, and latencies from event to delivered', async () => {
		const at = (id: string, ms: number, attempt = 1) =>
			logRow({ id, created_at: 1_000, settled_at: 1_000 + ms, attempt });
		await putRows(store, [
			at('msg_1', 100),
			at('msg_2', 600_000, 3),
			at('msg_3', 600_001, 3),
			logRow({ id: 'msg_4', status: 'dead', settled_at: 9, attempt: 8 }),
			logRow({ id: 'msg_5', status: 'closed', settled_at: 9, attempt: 0 }),
			logRow({ id: 'msg_6', status: 'retrying', attempt: 2 }),
			logRow({ id: 'msg_7', status: 'pending', attempt: 0 }),
			logRow({ id: 'msg_8', test: 1, settled_at: 9 }),
		]);
		const [line, ...others] = await gather();
		expect(others).toEqual([]);
		expect(line.deliveries).toEqual({
			stored: 7,
			delivered: 3,
			dead: 1,
			closed: 1,
			retrying: 1,
			pending: 1,
		});
		expect(line.inTime).toBe(2);
		expect(line.latency.count).toBe(3);
		expect(line.latency.max).toBe(600_001);
		expect(line.attempts).toBe(17);
		expect([...line.untilSuccess].sort()).toEqual([
			[1, 1],
			[3, 2],
		]);
	});

	it('count events apart from deliveries; what could not be composed is a delivery', async () => {
		const event = { endpoint: 'none', queue: null };
		await putRows(store, [
			logRow({ id: 'msg_1', ...event, reason: 'taken by the workflow', settled_at: 1 }),
			logRow({ id: 'msg_2', ...event, status: 'pending' }),
			logRow({ id: 'msg_3', ...event, status: 'dead', reason: 'poison', settled_at: 1 }),
			logRow({
				id: 'msg_4',
				...event,
				status: 'dead',
				reason: 'cannot be composed',
				settled_at: 1,
			}),
		]);
		const [line] = await gather();
		expect(line.events).toEqual({ taken: 3, handled: 1, waiting: 1, dead: 1 });
		expect(line.deliveries).toMatchObject({ stored: 1, dead: 1, delivered: 0 });
		expect(line.latency.count).toBe(0);
	});

	it('tell periods apart in their order, and endpoints by how much they count', async () => {
		await putRows(store, [
			logRow({ id: 'msg_1', created_at: 5 * DAY + 1, settled_at: 6 * DAY }),
			logRow({ id: 'msg_2', created_at: 5 * DAY + HOUR, endpoint: 'https://b.example' }),
			logRow({ id: 'msg_3', created_at: 5 * DAY + HOUR, endpoint: 'https://b.example' }),
			logRow({ id: 'msg_4', created_at: 6 * DAY }),
		]);
		const shown = (lines: Awaited<ReturnType<typeof gather>>) =>
			lines.map(({ period, group, deliveries }) => [period, group, deliveries.stored]);
		expect(shown(await gather({ period: 'day', by: 'endpoint' }))).toEqual([
			[5 * DAY, 'https://b.example', 2],
			[5 * DAY, 'https://a.example', 1],
			[6 * DAY, 'https://a.example', 1],
		]);
		expect(shown(await gather({ period: 'hour' }))).toEqual([
			[5 * DAY, undefined, 1],
			[5 * DAY + HOUR, undefined, 2],
			[6 * DAY, undefined, 1],
		]);
		expect(shown(await gather({ filter: { endpoint: '*b.*' } }))).toEqual([
			[undefined, undefined, 2],
		]);
	});

	it('of nothing are zeros in one sum, and no line where something is told apart', async () => {
		const [line, ...others] = await gather({ filter: { name: 'nobody' } });
		expect(others).toEqual([]);
		expect(line).toMatchObject({ deliveries: { stored: 0 }, events: { taken: 0 }, inTime: 0 });
		expect(await gather({ by: 'name' })).toEqual([]);
		expect(await gather({ period: 'day' })).toEqual([]);
	});

	it('end when they are stopped, and say so', async () => {
		await putRows(store, [logRow({ id: 'msg_1' })]);
		const { lines, stopped } = await gatherStatistics(store, {
			filter: {},
			period: 'day',
			signal: AbortSignal.abort(),
		});
		expect({ lines, stopped }).toEqual({ lines: [], stopped: true });
	});
});
