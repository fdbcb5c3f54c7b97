import type { Delivery } from '../../../lib/delivery/delivery';
import { PRESETS } from '../../../lib/delivery/presets';
import { createRateLimiter } from '../../../lib/delivery/rateLimiter';
import { AGE_BEYOND_SCHEDULE_MS, send } from '../../../lib/delivery/sender';
import { NOT_DUE } from '../../../lib/delivery/senderIntake';
import type { DeliveryStore } from '../../../lib/store/deliveryStore';
import { handOverLease, LEASE_MS } from '../../../lib/store/leases';
import { queueConsumer, triggerConsumer } from '../../../lib/store/lines';
import { FakeClock, settleDown } from '../../support/fakeClock';
import {
	batchInputs,
	freshDelivery,
	inputsOf,
	Latch,
	ScriptedChannel,
	sendAll,
	senderOptions,
} from '../../support/senders';
import {
	newDelivery,
	openTestStore,
	rowOf,
	rowsOf,
	sweepAll,
	testFolder,
	type TestFolder,
} from '../../support/stores';

const consumer = queueConsumer('q');
const trigger = triggerConsumer('w', 'n');

describe('sender', () => {
	let folder: TestFolder;
	let clock: FakeClock;
	let store: DeliveryStore;

	beforeEach(async () => {
		folder = testFolder();
		clock = new FakeClock();
		store = await openTestStore(folder.path, clock);
	});

	afterEach(async () => {
		await store.close();
		folder.remove();
	});

	const answering = (...statuses: number[]) =>
		new ScriptedChannel(clock, (_delivery, nth) => statuses[nth - 1] ?? statuses.at(-1) ?? 200);
	const leases = async () =>
		await store.read(async ({ db }) => await db.selectFrom('leases').selectAll().execute());
	async function emitted(count: number, overrides = {}) {
		const deliveries = Array.from({ length: count }, () =>
			newDelivery({ consumer: trigger, queue: undefined, ...overrides }),
		);
		await store.insert(deliveries);
		const batch = await store.claim(trigger, 1_000);
		if (!batch) throw new Error('nothing emitted');
		return batch;
	}

	describe('takes in', () => {
		it('stores everything before the first byte leaves', async () => {
			const stored: number[] = [];
			const channel = new ScriptedChannel(clock, async () => {
				stored.push((await rowsOf(store)).length);
				return 200;
			});
			const deliveries = Array.from({ length: 30 }, () => freshDelivery());
			await sendAll(deliveries, senderOptions(store, clock, channel));
			expect(new Set(stored)).toEqual(new Set([30]));
		});

		it('sends nothing when the input cannot be stored, and gives back what was taken', async () => {
			const batch = await emitted(2);
			const channel = answering(200);
			const options = senderOptions(store, clock, channel, {
				expiresAt: undefined,
				deduplicationOf: () => {
					throw new Error('broken key');
				},
			} as never);
			const inputs = [...batchInputs(batch), ...inputsOf([freshDelivery()])];
			await expect(send(inputs, options)).rejects.toThrow('broken key');
			expect(channel.sent).toEqual([]);
			expect((await rowsOf(store)).map(({ lease, claims }) => [lease, claims])).toEqual([
				[null, 0],
				[null, 0],
			]);
		});

		it('takes over what a trigger emitted, with its queue, execution and age', async () => {
			const batch = await emitted(1);
			const answer = new Latch();
			const channel = new ScriptedChannel(clock, async () => {
				await answer.opened;
				return 200;
			});
			const running = send(batchInputs(batch), senderOptions(store, clock, channel));
			await settleDown(40);
			const span = PRESETS.reactorCallback.scheduleMs.reduce((sum, step) => sum + step, 0);
			expect((await rowsOf(store))[0]).toMatchObject({
				queue: 'q',
				consumer,
				workflow_id: 'w',
				execution_id: 'e',
				expires_at: clock.now() + span + AGE_BEYOND_SCHEDULE_MS,
			});
			answer.open();
			const { results } = await running;
			expect(results).toMatchObject([{ kind: 'delivered', delivery: { queue: 'q' } }]);
			expect(results[0].delivery.lease).toBeUndefined();
		});

		it('keeps what the workflow changed on the way, and its new endpoint', async () => {
			const batch = await emitted(1);
			const [input] = batchInputs(batch);
			const request = { ...input.delivery.request, url: 'https://b.example/x', body: 'changed' };
			const changed = { ...input.delivery, request };
			await sendAll([changed], senderOptions(store, clock, answering(500)));
			const row = await rowOf(store, changed.id);
			expect(JSON.parse(row.request)).toEqual(request);
			expect(row.endpoint).toBe('https://b.example');
		});

		it('passes on, unsent, what is not leased to it any more', async () => {
			const batch = await emitted(2);
			clock.setWall(clock.now() + LEASE_MS);
			await sweepAll(store);
			const channel = answering(200);
			const report = await send(batchInputs(batch), senderOptions(store, clock, channel));
			expect(report.results).toMatchObject([
				{ kind: 'passed', hint: NOT_DUE },
				{ kind: 'passed', hint: NOT_DUE },
			]);
			expect(channel.sent).toEqual([]);
		});

		it('sends nothing twice when Retrying is wired back, and lets it go the second time', async () => {
			const channel = answering(500);
			const options = senderOptions(store, clock, channel);
			const first = await sendAll([freshDelivery()], options);
			const second = await sendAll([first.results[0].delivery], options);
			expect(second.results[0]).toMatchObject({ kind: 'passed', hint: NOT_DUE });
			const third = await sendAll([second.results[0].delivery], options);
			expect(third.results[0].kind).toBe('dropped');
			expect(channel.sent).toHaveLength(1);
		});

		it('sends nothing twice when what it gave back unsent is wired back', async () => {
			const stop = new AbortController();
			stop.abort();
			const channel = answering(200);
			const stopped = senderOptions(store, clock, channel, { signal: stop.signal });
			const first = await sendAll([freshDelivery()], stopped);
			const second = await sendAll(
				[first.results[0].delivery],
				senderOptions(store, clock, channel),
			);
			expect(second.results[0].kind).toBe('passed');
			expect(channel.sent).toEqual([]);
		});

		it('sends the same delivery once, however often it is in the input', async () => {
			const channel = answering(200);
			const fresh = freshDelivery();
			const [leased] = batchInputs(await emitted(1));
			const deliveries = [fresh, leased.delivery, fresh, leased.delivery];
			const report = await sendAll(deliveries, senderOptions(store, clock, channel));
			expect(channel.sent).toHaveLength(2);
			expect(report.results.map(({ kind }) => kind).sort()).toEqual([
				'delivered',
				'delivered',
				'passed',
				'passed',
			]);
		});

		it('gives a dead letter that ended elsewhere to its output, once', async () => {
			await store.insert([newDelivery({ status: 'dead', reason: 'expired' })]);
			const batch = await store.claim(consumer, 10);
			const options = senderOptions(store, clock, answering(200));
			const report = await send(batchInputs(batch), options);
			expect(report.results).toMatchObject([
				{ kind: 'dead', delivery: { status: 'dead', reason: 'expired' } },
			]);
			expect((await rowsOf(store))[0]).toMatchObject({ reported: 1, lease: null, line: null });
			expect((await send(batchInputs(batch), options)).results[0].kind).toBe('passed');
		});

		it('says which of its input was sent before, by its key', async () => {
			const options = senderOptions(store, clock, answering(200), {
				deduplicationOf: () => ({ scope: 's', key: 'k', expiresAt: clock.now() + 1e6 }),
			});
			const [first, second] = [freshDelivery(), freshDelivery()];
			await sendAll([first], options);
			const report = await sendAll([second], options);
			expect(report.results).toMatchObject([
				{ kind: 'duplicate', hint: `sent before as ${first.id}` },
			]);
		});

		it('sends a subject one after the other: what has to wait is stored', async () => {
			const channel = answering(200);
			const options = senderOptions(store, clock, channel, {
				orderOf: ({ subject }) => ({ key: subject ?? '', supersede: false }),
			});
			const deliveries = [1, 2, 3].map(() => freshDelivery({ subject: 'ann' }));
			const report = await sendAll(deliveries, options);
			expect(report.results.map(({ kind }) => kind)).toEqual(
				expect.arrayContaining(['delivered', 'retrying', 'retrying']),
			);
			expect(channel.ids).toEqual([deliveries[0].id]);
			for (const next of deliveries.slice(1)) {
				const batch = await store.claim(consumer, 10);
				expect(batch?.deliveries.map((d) => d.delivery.id)).toEqual([next.id]);
				await send(batchInputs(batch), options);
			}
		});

		it('leaves no lease behind', async () => {
			await sendAll([freshDelivery()], senderOptions(store, clock, answering(200)));
			await sendAll(
				[freshDelivery({ status: 'delivered' })],
				senderOptions(store, clock, answering()),
			);
			expect(await leases()).toEqual([]);
		});
	});

	describe('rule 1: leases', () => {
		it('are renewed by the sender as long as it sends', async () => {
			const answer = new Latch();
			const channel = new ScriptedChannel(clock, async () => {
				await answer.opened;
				return 200;
			});
			const running = sendAll([freshDelivery()], senderOptions(store, clock, channel));
			await settleDown(40);
			for (let i = 0; i < 10; i++) {
				await clock.advance(LEASE_MS / 3);
				await settleDown(40);
			}
			await sweepAll(store);
			answer.open();
			expect(await running).toMatchObject({ late: 0, results: [{ kind: 'delivered' }] });
		});

		it('are checked before the first byte: what was lost meanwhile is not sent', async () => {
			const channel = answering(200);
			const limiter = createRateLimiter({ requestsPerSecond: 0.01, burst: 1, clock });
			const options = senderOptions(store, clock, channel, { limiter });
			const running = sendAll([freshDelivery(), freshDelivery()], options);
			await settleDown(60);
			expect(channel.sent).toHaveLength(1);
			await store.write(
				async ({ db }) => await db.updateTable('leases').set({ until: 1 }).execute(),
			);
			await sweepAll(store);
			await clock.advance(100_000);
			const report = await running;
			expect(channel.sent).toHaveLength(1);
			expect(report.results.filter(({ kind }) => kind === 'retrying')).toHaveLength(1);
		});

		it('are checked before the first byte: what could not be renewed in time is not sent', async () => {
			const channel = answering(200);
			const limiter = createRateLimiter({ requestsPerSecond: 0.01, burst: 1, clock });
			const options = senderOptions(store, clock, channel, { limiter });
			const running = sendAll([freshDelivery(), freshDelivery()], options);
			await settleDown(60);
			clock.setMonotonic(clock.monotonic() + 100_000);
			await clock.advance(0);
			expect((await running).stopped).toBe(1);
			expect(channel.sent).toHaveLength(1);
		});

		it('say so when an outcome came too late', async () => {
			const channel = new ScriptedChannel(clock, async () => {
				await store.write(
					async ({ db }) => await db.updateTable('leases').set({ until: 1 }).execute(),
				);
				await sweepAll(store);
				return 200;
			});
			const report = await sendAll([freshDelivery()], senderOptions(store, clock, channel));
			expect(report.late).toBe(1);
			expect((await rowsOf(store))[0]).toMatchObject({
				status: 'pending',
				line: `${consumer}!alone`,
			});
		});

		it('are not written as released when outcomes could not be noted: they lapse', async () => {
			const channel = answering(200);
			const write = store.write.bind(store);
			let failing = false;
			jest.spyOn(store, 'write').mockImplementation(async (job) => {
				if (failing) throw new Error('disk full');
				return await write(job);
			});
			const limited = new ScriptedChannel(clock, async (delivery) => {
				failing = true;
				return (await channel.attempt(delivery)).statusCode ?? 0;
			});
			const running = sendAll([freshDelivery()], senderOptions(store, clock, limited));
			for (let i = 0; i < 8; i++) await clock.advance(500);
			const report = await running;
			failing = false;
			expect(report).toMatchObject({ late: 1, storeFailure: { message: 'disk full' } });
			expect((await rowsOf(store))[0]).toMatchObject({ claims: 1 });
			expect((await rowsOf(store))[0].lease).not.toBeNull();
			clock.setWall(clock.now() + LEASE_MS);
			await sweepAll(store);
			expect((await store.claim(consumer, 10))?.line).toBe('alone');
		});

		it('outlast a store that fails for a moment: the outcome is written after all', async () => {
			const write = store.write.bind(store);
			let failures = 0;
			const spy = jest.spyOn(store, 'write');
			const channel = new ScriptedChannel(clock, () => {
				spy.mockImplementation(async (job) => {
					if (failures++ < 2) throw new Error('busy');
					return await write(job);
				});
				return 200;
			});
			const running = sendAll([freshDelivery()], senderOptions(store, clock, channel));
			for (let i = 0; i < 5; i++) await clock.advance(300);
			expect(await running).toMatchObject({ late: 0, results: [{ kind: 'delivered' }] });
			expect((await rowsOf(store))[0].status).toBe('delivered');
		});
	});

	describe('rule 6: cancel', () => {
		it('lets what is under way finish and settle, and gives back the rest', async () => {
			const stop = new AbortController();
			const answer = new Latch();
			const channel = new ScriptedChannel(clock, async () => {
				await answer.opened;
				return 200;
			});
			const options = senderOptions(store, clock, channel, { concurrency: 2, signal: stop.signal });
			const running = sendAll(
				Array.from({ length: 5 }, () => freshDelivery()),
				options,
			);
			await settleDown(60);
			stop.abort();
			answer.open();
			const report = await running;
			expect(report.stopped).toBe(3);
			expect(report.results.map(({ kind }) => kind).sort()).toEqual([
				'delivered',
				'delivered',
				'retrying',
				'retrying',
				'retrying',
			]);
			const rows = await rowsOf(store);
			expect(rows.filter((row) => row.status === 'delivered')).toHaveLength(2);
			expect(rows.filter((row) => row.line === consumer && row.claims === 0)).toHaveLength(3);
			expect((await store.claim(consumer, 10))?.deliveries).toHaveLength(3);
		});

		it('stops those that wait for their turn under a rate limit', async () => {
			const stop = new AbortController();
			const limiter = createRateLimiter({ requestsPerSecond: 1, burst: 1, clock });
			const options = senderOptions(store, clock, answering(200), { limiter, signal: stop.signal });
			const running = sendAll(
				Array.from({ length: 4 }, () => freshDelivery()),
				options,
			);
			await settleDown(60);
			stop.abort();
			expect(await running).toMatchObject({ stopped: 3 });
		});

		it('sends nothing when it was stopped before it began', async () => {
			const channel = answering(200);
			const options = senderOptions(store, clock, channel, { signal: AbortSignal.abort() });
			const report = await sendAll([freshDelivery(), freshDelivery()], options);
			expect(report).toMatchObject({ stopped: 2 });
			expect(channel.sent).toEqual([]);
			expect((await store.claim(consumer, 10))?.deliveries).toHaveLength(2);
		});
	});

	describe('rule 8: age', () => {
		it('sends nothing that is past its age, and ends it as expired', async () => {
			const channel = answering(200);
			const expired = freshDelivery({ expiresAt: new Date(clock.now() - 1).toISOString() });
			const report = await sendAll([expired], senderOptions(store, clock, channel));
			expect(report.results).toMatchObject([{ kind: 'dead', delivery: { reason: 'expired' } }]);
			expect(channel.sent).toEqual([]);
			expect(await rowOf(store, expired.id)).toMatchObject({ status: 'dead', attempt: 0 });
		});

		it('plans no retry beyond it', async () => {
			const young = freshDelivery({ expiresAt: new Date(clock.now() + 30_000).toISOString() });
			const report = await sendAll([young], senderOptions(store, clock, answering(500)));
			expect(report.results).toMatchObject([
				{ kind: 'dead', delivery: { reason: 'expired', attempt: 1 } },
			]);
		});
	});

	describe('rule 4: fairness', () => {
		it('lets one slow endpoint have only half of the places', async () => {
			const answer = new Latch();
			const channel = new ScriptedChannel(clock, async ({ request }) => {
				if (request.url.includes('slow')) await answer.opened;
				return 200;
			});
			const to = (host: string): Delivery =>
				freshDelivery({
					request: { method: 'GET', url: `https://${host}.example/`, headers: {} },
				});
			const deliveries = [
				...Array.from({ length: 20 }, () => to('slow')),
				...Array.from({ length: 20 }, () => to('quick')),
			];
			const options = senderOptions(store, clock, channel, { concurrency: 4 });
			const running = sendAll(deliveries, options);
			await settleDown(200);
			const quick = channel.sent.filter(({ request }) => request.url.includes('quick'));
			expect(quick.length).toBe(20);
			answer.open();
			await running;
		});

		it('has no more under way than it may', async () => {
			const channel = new ScriptedChannel(clock, async () => {
				await settleDown(1);
				return 200;
			});
			const options = senderOptions(store, clock, channel, { concurrency: 3 });
			await sendAll(
				Array.from({ length: 20 }, () => freshDelivery()),
				options,
			);
			expect(channel.mostUnderWay).toBe(3);
			expect(channel.sent).toHaveLength(20);
		});

		it('comes through with one place and more than it marks at once', async () => {
			const channel = answering(200);
			const deliveries = Array.from({ length: 300 }, () => freshDelivery());
			await sendAll(deliveries, senderOptions(store, clock, channel, { concurrency: 1 }));
			expect(channel.ids).toEqual(deliveries.map(({ id }) => id));
		});
	});

	describe('a look before an attempt', () => {
		const retrying = async (options: ReturnType<typeof senderOptions>) => {
			await sendAll([freshDelivery()], options);
			clock.setWall((await store.nextReadyAt(consumer)) ?? 0);
			return batchInputs(await store.claim(consumer, 10));
		};

		it('ends a retry for its reason, and is not asked before the first attempt', async () => {
			let asked = 0;
			const channel = answering(500);
			const options = senderOptions(store, clock, channel, {
				beforeAttempt: () => (asked++, { send: false, reason: 'postback inactive' }),
			});
			const inputs = await retrying(options);
			expect(asked).toBe(0);
			const report = await send(inputs, options);
			expect(report.results).toMatchObject([
				{ kind: 'dead', delivery: { reason: 'postback inactive', attempt: 1 } },
			]);
			expect(channel.sent).toHaveLength(1);
		});

		it('that fails sends nothing and gives the delivery back', async () => {
			const channel = answering(500);
			const options = senderOptions(store, clock, channel, {
				beforeAttempt: async () => await Promise.reject(new Error('cannot look')),
			});
			const report = await send(await retrying(options), options);
			expect(report).toMatchObject({
				storeFailure: { message: 'cannot look' },
				results: [{ kind: 'retrying', delivery: { reason: 'not sent: cannot look' } }],
			});
			expect(channel.sent).toHaveLength(1);
			expect(await store.nextReadyAt(consumer)).toBe(clock.now() + 60_000);
		});
	});

	it('takes an error that a channel throws for a failed attempt', async () => {
		const channel = new ScriptedChannel(clock, () => {
			throw new Error('fault');
		});
		const report = await sendAll([freshDelivery()], senderOptions(store, clock, channel));
		expect(report.results).toMatchObject([
			{ kind: 'retrying', delivery: { attempt: 1, error: { code: 'CHANNEL_FAILED' } } },
		]);
	});

	it('keeps only a digest of a delivered body where that is set', async () => {
		const options = senderOptions(store, clock, answering(200, 500), { digestBodies: true });
		const [arrives, fails] = [freshDelivery(), freshDelivery()];
		await sendAll([arrives], options);
		await sendAll([fails], options);
		const request = JSON.parse((await rowOf(store, arrives.id)).request) as object;
		expect(request).not.toHaveProperty('body');
		expect(request).toHaveProperty('bodyDigest', expect.stringMatching(/^sha-256=:.+=:$/));
		expect(JSON.parse((await rowOf(store, fails.id)).request)).toHaveProperty('body', '{}');
	});

	describe('where the workflow itself waits for retries', () => {
		const holding = (channel: ScriptedChannel, overrides = {}) =>
			senderOptions(store, clock, channel, { holdRetries: true, ...overrides });

		it('keeps a retry leased to the workflow, which brings it back', async () => {
			const channel = answering(500, 200);
			const batch = await emitted(1);
			const first = await send(batchInputs(batch), holding(channel));
			expect(first.results[0].kind).toBe('retrying');
			expect(await store.claim(consumer, 10)).toBeUndefined();
			clock.setWall(clock.now() + LEASE_MS * 10);
			await sweepAll(store);
			const second = await sendAll([first.results[0].delivery], holding(channel));
			expect(second.results[0]).toMatchObject({ kind: 'delivered', delivery: { attempt: 2 } });
			expect((await leases()).filter(({ kind }) => kind === 'waiting')).toEqual([]);
		});

		it('keeps what a pause holds back with the workflow, its attempt number too', async () => {
			const channel = new ScriptedChannel(clock, (_delivery, nth) =>
				nth === 1 ? { statusCode: 429, retryAfter: '30' } : 200,
			);
			const options = holding(channel, { concurrency: 1 });
			const report = await send(batchInputs(await emitted(2)), options);
			expect(channel.sent).toHaveLength(1);
			const postponed = report.results.find(({ delivery }) => delivery.attempt === 0);
			expect(postponed).toMatchObject({ kind: 'retrying' });
			expect(postponed?.delivery.lease).toBeDefined();
			clock.setWall(clock.now() + 60_000);
			const again = await sendAll(
				report.results.map(({ delivery }) => delivery),
				options,
			);
			expect(again.results.map(({ kind }) => kind)).toEqual(['delivered', 'delivered']);
		});

		it('gives what was stopped back to the trigger, and not to the workflow', async () => {
			const batch = await emitted(2);
			const options = holding(answering(200), { signal: AbortSignal.abort() });
			const report = await send(batchInputs(batch), options);
			expect(report.results.map(({ kind }) => kind)).toEqual(['dropped', 'dropped']);
			expect((await store.claim(trigger, 10))?.deliveries).toHaveLength(2);
		});

		it('drops the lease of a waiting execution with the last delivery that it covered', async () => {
			const batch = await emitted(2);
			await store.write(async (unit) => await handOverLease(unit, batch.lease));
			const [first, second] = batchInputs(batch);
			const options = senderOptions(store, clock, answering(200));
			await send([first], options);
			expect(await leases()).toHaveLength(1);
			await send([second], options);
			expect(await leases()).toEqual([]);
		});
	});
});
