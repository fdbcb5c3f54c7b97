import type { DeliveryStore } from '../../../../lib/store/deliveryStore';
import { noteEndpoints } from '../../../../lib/store/endpoints';
import { fitsPattern } from '../../../../lib/store/log/filter';
import { endpointsInTrouble, queuesHealth } from '../../../../lib/store/log/health';
import { LongWorkNote, longWorks } from '../../../../lib/store/log/longWork';
import { countByEndpoint, countFitting, gatherOverview } from '../../../../lib/store/log/overview';
import { formKey, useForm } from '../../../../lib/store/log/pageActions';
import { gatherTotals, LATENCY_BOUNDS, OTHER } from '../../../../lib/store/log/totals';
import { LogWalk } from '../../../../lib/store/log/walk';
import { dueNext, gatherWaiting } from '../../../../lib/store/log/waiting';
import { joinQueue } from '../../../../lib/store/queues';
import { purgeFitting } from '../../../../lib/store/log/purge';
import { FakeClock } from '../../../support/fakeClock';
import { describeStores, newDelivery, testFolder, type TestFolder } from '../../../support/stores';
import { fitsModel, logRow, openLogStore, putRows } from './support';

const HOUR = 3_600_000;

describeStores('what a dashboard asks', () => {
	let folder: TestFolder;
	let clock: FakeClock;
	let store: DeliveryStore;

	beforeEach(async () => {
		folder = testFolder();
		clock = new FakeClock();
		store = await openLogStore(folder.path, clock);
	});

	afterEach(async () => {
		await store.close();
		folder.remove();
	});

	const many = 1_000_000;

	it('counts a time once, by period and by endpoint', async () => {
		const at = (id: string, hour: number, rest: object = {}) =>
			logRow({ id, created_at: hour * HOUR + 1, settled_at: hour * HOUR + 501, ...rest });
		await putRows(store, [
			at('msg_0', 0),
			at('msg_1', 1),
			at('msg_2', 1, { endpoint: 'https://b.example', status: 'dead' }),
			at('msg_3', 2, { status: 'retrying', settled_at: null }),
			at('msg_4', 2, { endpoint: 'none', reason: 'taken by the workflow' }),
			at('msg_5', 2, { test: 1 }),
			at('msg_6', 3),
		]);
		const periods = [HOUR, 2 * HOUR, 3 * HOUR];
		const overview = await gatherOverview(store, { filter: {}, periods, atMost: many });
		expect(overview.whole.deliveries).toMatchObject({
			stored: 3,
			delivered: 1,
			dead: 1,
			retrying: 1,
		});
		expect(overview.whole.events).toMatchObject({ taken: 1 });
		expect(overview.periods.map(({ deliveries }) => deliveries.stored)).toEqual([2, 1]);
		expect(overview.periods[0].latency.max).toBe(500);
		const endpoints = [...overview.endpoints].map(([name, { deliveries }]) => [
			name,
			deliveries.stored,
		]);
		expect(endpoints.sort()).toEqual([
			['https://a.example', 2],
			['https://b.example', 1],
		]);
		expect(overview.countedSince).toBeUndefined();
	});

	it('counts the newest of very many, and says since when', async () => {
		await putRows(
			store,
			Array.from({ length: 1_100 }, (_, n) => logRow({ id: `msg_${n}`, created_at: n })),
		);
		const overview = await gatherOverview(store, { filter: {}, periods: [0, HOUR], atMost: 400 });
		expect(overview.whole.deliveries.stored).toBe(500);
		expect(overview.countedSince).toBe(600);
		expect(await countFitting(store, { filter: {}, atMost: 400 })).toEqual({
			count: 500,
			isPart: true,
		});
		expect(await countFitting(store, { filter: { name: 'order' }, atMost: many })).toEqual({
			count: 1_100,
			isPart: false,
		});
	});

	it('counts by queue and endpoint, and leaves events out', async () => {
		const dead = { status: 'dead', settled_at: 1 } as const;
		await putRows(store, [
			logRow({ id: 'msg_1', ...dead }),
			logRow({ id: 'msg_2', ...dead }),
			logRow({ id: 'msg_3', ...dead, queue: 'other', endpoint: 'https://b.example' }),
			logRow({ id: 'msg_4', ...dead, endpoint: 'none', queue: null, reason: 'poison' }),
			logRow({ id: 'msg_5', settled_at: 1 }),
		]);
		const counts = await countByEndpoint(store, { filter: { states: ['dead'] }, atMost: many });
		expect(counts).toEqual(
			expect.arrayContaining([
				{ queue: 'q', endpoint: 'https://a.example', count: 2 },
				{ queue: 'other', endpoint: 'https://b.example', count: 1 },
			]),
		);
		expect(counts).toHaveLength(2);
	});

	it('counts what waits whenever it was stored, and gives what is due next', async () => {
		const due = (ms: number) => clock.now() + ms;
		const deliveries = [
			newDelivery({ dueAt: due(9_000) }),
			newDelivery({ dueAt: due(3_000), endpoint: 'https://b.example' }),
			newDelivery({ dueAt: due(6_000), name: 'cart' }),
			newDelivery({ endpoint: 'none' }),
		];
		await store.insert(deliveries);
		await store.insert([newDelivery({ status: 'dead' }), newDelivery()]);
		await store.claim('queue:q', 1, { special: true });
		const { lines, isPart } = await gatherWaiting(store, {
			filter: { since: due(1) },
			atMost: many,
		});
		expect(isPart).toBe(false);
		expect(lines.map(({ endpoint, pending, underWay }) => [endpoint, pending, underWay])).toEqual([
			['https://a.example', 3, expect.any(Number)],
			['https://b.example', 1, 0],
		]);
		const next = async (filter: object, limit = 9) =>
			(await store.read(async (unit) => await dueNext(unit, filter, limit))).map(
				({ delivery }) => delivery.id,
			);
		const [late, soon, cart] = deliveries.map(({ id }) => id);
		expect((await next({})).filter((id) => [late, soon, cart].includes(id))).toEqual([
			soon,
			cart,
			late,
		]);
		expect(await next({ name: 'c*' })).toEqual([cart]);
		expect(await next({ endpoint: 'https://b.example' })).toEqual([soon]);
		expect(await next({ queue: 'x' })).toEqual([]);
		expect(await next({}, 1)).toHaveLength(1);
	});

	it('tells of endpoints in trouble, and of queues that nobody serves', async () => {
		await store.write(async (unit) => {
			const pausedUntil = unit.now + 5_000;
			await noteEndpoints(unit, 'q', [
				{
					endpoint: 'https://a.example',
					pausedUntil,
					pauses: 2,
					probeWindow: 1,
					reason: 'HTTP 503',
				},
			]);
			const member = { workflowId: 'w', nodeId: 'n', nodeName: 'Queue' };
			await joinQueue(unit, { queue: 'served', role: 'trigger', ...member }, store.boot);
			await joinQueue(unit, { queue: 'unserved', role: 'sender:http', ...member }, store.boot);
		});
		await store.read(async (unit) => {
			expect(await endpointsInTrouble(unit)).toEqual([
				{
					queue: 'q',
					endpoint: 'https://a.example',
					pausedUntil: unit.now + 5_000,
					pauses: 2,
					reason: 'HTTP 503',
				},
			]);
			expect(await queuesHealth(unit, store.boot)).toMatchObject([
				{ queue: 'served', service: 'served', nodeName: 'Queue' },
				{ queue: 'unserved', service: 'unserved' },
			]);
		});
	});

	it('has one key for its forms, and takes each token once', async () => {
		const keys = [];
		for (const made of ['first', 'second']) {
			keys.push(await store.write(async (unit) => await formKey(unit, () => made)));
		}
		expect(keys).toEqual(['first', 'first']);
		const use = async (token: string, name: string) =>
			await store.write(
				async (unit) => await useForm(unit, { token, use: name, expiresAt: unit.now + HOUR }),
			);
		expect(await use('t1', 'a')).toBe(true);
		expect(await use('t1', 'b')).toBe(false);
		// The same use, when its transaction runs again.
		expect(await use('t1', 'a')).toBe(true);
		expect(await use('t2', 'b')).toBe(true);
	});

	describe('totals', () => {
		const settled = (id: string, ms: number, rest: object = {}) =>
			logRow({ id, created_at: 1_000, settled_at: 1_000 + ms, ...rest });
		const gather = async (atMost = many) => {
			// Where others write too, what ended just now is left for the next time.
			clock.setWall(clock.now() + 20_000);
			return await gatherTotals(store, { atMost });
		};

		it('count each end once, and go on with what is new', async () => {
			await putRows(store, [
				settled('msg_1', 50),
				settled('msg_2', 600_000, { attempt: 3 }),
				settled('msg_3', 9, { status: 'dead', attempt: 8 }),
				settled('msg_4', 9, { status: 'closed' }),
				settled('msg_5', 9, { test: 1 }),
				settled('msg_6', 9, { endpoint: 'none', reason: 'taken by the workflow' }),
				logRow({ id: 'msg_7', status: 'retrying' }),
			]);
			const [line, ...others] = (await gather()).lines;
			expect(others).toEqual([]);
			expect(line).toMatchObject({
				queue: 'q',
				endpoint: 'https://a.example',
				kind: 'postback',
				ended: { delivered: 2, dead: 1, closed: 1 },
				latencySum: 600.05,
				attemptsSum: 4,
			});
			expect(line.latency[0]).toBe(1);
			expect(line.latency[LATENCY_BOUNDS.indexOf(600)]).toBe(1);
			expect(line.latency).toHaveLength(LATENCY_BOUNDS.length + 1);
			await putRows(store, [settled('msg_8', 600_000), settled('msg_9', 8 * 24 * HOUR)]);
			clock.setWall(clock.now() + 9 * 24 * HOUR);
			const later = (await gather()).lines[0];
			expect(later.ended).toEqual({ delivered: 4, dead: 1, closed: 1 });
			expect(later.latency.at(-1)).toBe(1);
		});

		it('never fall when deliveries are purged', async () => {
			await putRows(store, [settled('msg_1', 50)]);
			await gather();
			expect(await purgeFitting(store, { filter: {} })).toMatchObject({ purged: 1 });
			expect((await gather()).lines[0].ended.delivered).toBe(1);
		});

		it('stop at a number, and go on with the next call', async () => {
			const rows = Array.from({ length: 1_200 }, (_, n) => settled(`msg_${n}`, n % 3));
			await putRows(store, rows);
			const first = await gather(500);
			expect(first.isBehind).toBe(true);
			expect(first.lines[0].ended.delivered).toBe(500);
			const last = await gather();
			expect(last.isBehind).toBe(false);
			expect(last.lines[0].ended.delivered).toBe(1_200);
		});

		it('tell few endpoints apart, those that came first', async () => {
			await putRows(
				store,
				Array.from({ length: 230 }, (_, n) =>
					settled(`msg_${n}`, n, { endpoint: `https://${n}.example` }),
				),
			);
			const { lines } = await gather();
			expect(new Set(lines.map(({ endpoint }) => endpoint)).size).toBe(201);
			expect(lines.find(({ endpoint }) => endpoint === OTHER)?.ended.delivered).toBe(30);
			expect(lines[0].endpoint).toBe('https://0.example');
		});
	});

	it('totals of many queues and endpoints are in so many lines and no more', async () => {
		const rows = Array.from({ length: 1_100 }, (_, n) =>
			logRow({
				id: `msg_${n}`,
				settled_at: n,
				queue: `q${n % 90}`,
				endpoint: `https://${n % 101}.example`,
			}),
		);
		await putRows(store, rows);
		clock.setWall(clock.now() + 20_000);
		const { lines } = await gatherTotals(store, { atMost: many });
		expect(lines).toHaveLength(1_001);
		expect(lines.at(-1)).toMatchObject({ queue: OTHER, endpoint: OTHER });
		expect(lines.reduce((sum, { ended }) => sum + ended.delivered, 0)).toBe(1_100);
	});

	describe('long work', () => {
		const noteOf = (id: string) => new LongWorkNote(store, { id, what: 'Replay', workflowId: 'w' });
		const works = async () => await store.read(longWorks);

		it('is noted once it takes long, with how far it is, and with its end', async () => {
			const note = noteOf('1');
			note.progress(200, 0.1);
			await note.end('done');
			expect(await works()).toEqual([]);
			const long = noteOf('2');
			clock.setWall(clock.now() + 2_500);
			long.progress(400, 0.4);
			clock.setWall(clock.now() + 500);
			long.progress(500, 0.5);
			await long.end('stopped');
			expect(await works()).toMatchObject([
				{ id: '2', what: 'Replay', workflowId: 'w', done: 500, share: 0.5, status: 'stopped' },
			]);
		});

		it('is lost when nothing is heard of it any more', async () => {
			const note = noteOf('1');
			clock.setWall(clock.now() + 2_500);
			note.progress(400, 0.4);
			await store.write(async () => undefined);
			expect(await works()).toMatchObject([{ status: 'running', share: 0.4 }]);
			clock.setWall(clock.now() + 61_000);
			expect(await works()).toMatchObject([{ status: 'lost' }]);
		});

		it('of twenty and more the newest are remembered', async () => {
			for (let n = 0; n < 25; n++) {
				const note = noteOf(String(n));
				clock.setWall(clock.now() + 3_000);
				note.progress(1, 0.1);
				await note.end('done');
			}
			const ids = (await works()).map(({ id }) => id);
			expect(ids).toEqual(Array.from({ length: 20 }, (_, n) => String(24 - n)));
		});
	});

	it.each(['newest', 'oldest'] as const)(
		'a walk tells how far it is, the %s first',
		async (order) => {
			await putRows(
				store,
				Array.from({ length: 25 }, (_, n) => logRow({ id: `msg_${n}` })),
			);
			const walk = new LogWalk(store, { filter: {}, order, lookAt: 5 });
			const shares = [walk.share];
			while (await walk.numbers()) shares.push(walk.share);
			shares.push(walk.share);
			expect(shares[0]).toBe(0);
			expect(shares.at(-1)).toBe(1);
			expect([...shares].sort((a, b) => a - b)).toEqual(shares);
			expect(shares[3]).toBeGreaterThan(0.4);
			expect(shares[3]).toBeLessThan(0.8);
		},
	);
});

it.each([
	['HTTP 4*', 'http 410'],
	['*', 'anything'],
	['a*b*c', 'aXbYc'],
	['a*a', 'a'],
	['exact', 'Exact'],
	['*x*', 'abc'],
	['ab*bc', 'abc'],
])('the pattern %s fits %s as it does in the store', (pattern, text) => {
	expect(fitsPattern(pattern, text)).toBe(
		fitsModel({ name: pattern }, logRow({ id: 'x', name: text })),
	);
});
