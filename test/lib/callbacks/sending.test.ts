import { randomBytes } from 'node:crypto';
import { callbackLook, callbackSigners, watchCallbacks } from '../../../lib/callbacks/sending';
import type { Changed } from '../../../lib/callbacks/service';
import { changesAfter } from '../../../lib/callbacks/store/changes';
import { noteProperties } from '../../../lib/callbacks/store/properties';
import { CallbackStates } from '../../../lib/callbacks/store/states';
import { composeDeliveries, queueDeliveries } from '../../../lib/callbacks/match';
import type { Delivery } from '../../../lib/delivery/delivery';
import { createVerifier } from '../../../lib/delivery/signature';
import { queueConsumer } from '../../../lib/store/lines';
import {
	batchInputs,
	freshDelivery,
	ScriptedChannel,
	sendAll,
	senderOptions,
	type Answer,
} from '../../support/senders';
import { describeStores, rowsOf } from '../../support/stores';
import { auditEvent } from './events';
import { openBench, PROPERTY, testBox, type Bench } from './support';

const HOUR = 3600_000;
const DAY = 24 * HOUR;

let bench: Bench;
let states: CallbackStates;
beforeEach(async () => {
	bench = await openBench();
	states = new CallbackStates(bench.store);
});
afterEach(async () => await bench.close());

const create = async (newSecret = false): Promise<Changed> =>
	await bench.service.create(
		PROPERTY,
		{ url: 'https://a.example/one', subscriptions: ['*'] },
		{ newSecret },
	);
const messages = async (): Promise<Delivery[]> =>
	(await composeDeliveries(auditEvent(), { store: bench.store, conditions: bench.conditions }))
		.deliveries;
const pass = (ms: number) => bench.clock.setWall(bench.clock.now() + ms);
const stateOf = async (id: string) => await bench.service.find(id);
const look = async (delivery: Delivery) => await callbackLook(states)(delivery);

describeStores('the look before an attempt', () => {
	it('lets a message for a callback go as it is', async () => {
		await create();
		const [delivery] = await messages();
		expect(await look(delivery)).toEqual({ send: true });
	});

	it('uses nothing that is remembered of a callback that was changed here', async () => {
		const service = bench.serviceWith({ onChange: (id) => states.forget(id) });
		const { record } = await create();
		const [delivery] = await messages();
		await look(delivery);
		const url = 'https://b.example/two';
		const looking = look(delivery);
		await service.update(record.id, { url });
		await looking;
		expect(await look(delivery)).toMatchObject({ send: true, changed: { request: { url } } });
		await service.remove(record.id);
		expect(await look(delivery)).toEqual({ send: false, reason: 'callback deleted' });
	});

	it('ends what is for a callback that was deleted', async () => {
		const { record } = await create();
		const [delivery] = await messages();
		await bench.service.remove(record.id);
		expect(await look(delivery)).toEqual({ send: false, reason: 'callback deleted' });
	});

	it('sends what is for a callback that moved to its new URL, within a second', async () => {
		const { record } = await create();
		const [delivery] = await messages();
		await look(delivery);
		await bench.service.update(record.id, { url: 'https://b.example:8443/two' });
		pass(1_001);
		const changed = {
			request: { ...delivery.request, url: 'https://b.example:8443/two' },
			endpoint: 'https://b.example:8443',
		};
		expect(await look(delivery)).toEqual({ send: true, changed });
	});

	it('lets go what is for a callback that this store never had, such as one of Adobe', async () => {
		const id = `CB${'7'.repeat(32)}`;
		expect(await look(freshDelivery({ source: { type: 'callback', id } }))).toEqual({ send: true });
	});

	it('lets go what is for no callback', async () => {
		expect(await look(freshDelivery())).toEqual({ send: true });
		const { record } = await create();
		await bench.service.remove(record.id);
		const source = { type: 'callback', id: record.id };
		expect(await look(freshDelivery({ kind: 'postback', source }))).toEqual({ send: true });
	});

	it('asks the store once for what comes together', async () => {
		for (let at = 0; at < 50; at++) await create();
		const deliveries = await messages();
		const read = jest.spyOn(bench.store, 'read');
		await Promise.all(deliveries.map(look));
		await Promise.all(deliveries.map(look));
		expect(read).toHaveBeenCalledTimes(1);
	});
});

describeStores('retries', () => {
	const run = async (deliveries: readonly Delivery[], answer: (d: Delivery) => Answer) => {
		const channel = new ScriptedChannel(bench.clock, answer);
		const options = senderOptions(bench.store, bench.clock, channel, {
			beforeAttempt: callbackLook(states),
		});
		return { report: await sendAll(deliveries, options), channel };
	};
	const due = async () => batchInputs(await bench.store.claim(queueConsumer('q'), 10));

	it('of a callback that is deleted end at once', async () => {
		const { record } = await create();
		await run(await messages(), () => 500);
		await bench.service.remove(record.id);
		expect(await rowsOf(bench.store)).toMatchObject([
			{ status: 'dead', reason: 'callback deleted', attempt: 1 },
		]);
	});

	it('of a callback that is deleted while they are on their way end at the next look', async () => {
		const { record } = await create();
		await queueDeliveries(auditEvent(), {
			store: bench.store,
			conditions: bench.conditions,
			queue: 'q',
			deduplicationMs: DAY,
		});
		const claimed = await due();
		await bench.service.remove(record.id);
		const { channel, report } = await run(
			claimed.map(({ delivery }) => delivery),
			() => 200,
		);
		expect(channel.sent).toEqual([]);
		expect(report.results).toMatchObject([{ kind: 'dead' }]);
		expect(await rowsOf(bench.store)).toMatchObject([
			{ status: 'dead', reason: 'callback deleted', attempt: 0 },
		]);
	});

	it('go to the new URL after a change', async () => {
		const { record } = await create();
		await run(await messages(), () => 500);
		await bench.service.update(record.id, { url: 'https://b.example/two' });
		await bench.clock.advance(61_000);
		const { channel } = await run(
			(await due()).map(({ delivery }) => delivery),
			() => 200,
		);
		expect(channel.sent.map(({ request }) => request.url)).toEqual(['https://b.example/two']);
		expect(await rowsOf(bench.store)).toMatchObject([{ status: 'delivered', attempt: 2 }]);
	});
});

describeStores('a signature', () => {
	const signer = async (delivery: Delivery) =>
		await callbackSigners(states, () => testBox)(delivery);
	const verifies = (secret: string, signature: string) => {
		try {
			createVerifier([secret]).verify({
				id: 'msg_1',
				timestamp: '1700000000',
				signature,
				body: '{}',
				now: 1_700_000_000_000,
			});
			return true;
		} catch {
			return false;
		}
	};

	it("is by the callback's own secret", async () => {
		const { secret } = await create(true);
		const [delivery] = await messages();
		const signature = (await signer(delivery))!.sign('msg_1', 1_700_000_000, '{}');
		expect(verifies(secret!, signature)).toBe(true);
	});

	it('is by both secrets after a rotation, and by the new one alone when the overlap is over', async () => {
		const { secret: first, record } = await create(true);
		const [delivery] = await messages();
		const { secret: second } = await bench.service.update(record.id, {}, { newSecret: true });
		const by = async () => {
			const signature = (await signer(delivery))!.sign('msg_1', 1_700_000_000, '{}');
			return [first!, second!].map((secret) => verifies(secret, signature));
		};
		expect(await by()).toEqual([true, true]);
		pass(24 * HOUR + 1);
		expect(await by()).toEqual([false, true]);
	});

	it('is not there without a secret, for an unknown callback, or for none', async () => {
		await create();
		const [delivery] = await messages();
		const source = { type: 'callback', id: `CB${'7'.repeat(32)}` };
		for (const one of [delivery, freshDelivery({ source }), freshDelivery()]) {
			expect(await signer(one)).toBeUndefined();
		}
	});

	it('that cannot be made is no reason to send without one', async () => {
		await create(true);
		const [delivery] = await messages();
		const unable = { ...testBox, open: () => testBox.open('v1:00000000:AAAA', 'CB') };
		const signed = callbackSigners(states, () => unable)(delivery);
		await expect(signed).rejects.toThrow(/callbacks\.key/);
	});
});

describeStores('a callback that fails', () => {
	const declare = async (
		more: { disableAfterMs?: number; disableOnGone?: boolean },
		id = PROPERTY,
	) =>
		await bench.store.write(
			async (unit) => await noteProperties(unit, [{ id, name: 'P', ...more }]),
		);
	const errors: unknown[] = [];
	const attempt = async (delivery: Delivery, answer: Answer, at = states) => {
		const channel = watchCallbacks(new ScriptedChannel(bench.clock, () => answer), {
			statesOf: async () => at,
			succeeded: (_delivery, { statusCode }) => statusCode === 200,
			randomBytes,
			onError: (error) => errors.push(error),
		});
		return await channel.attempt(delivery, new AbortController().signal);
	};

	it('is known to fail since its first failure, until something arrives', async () => {
		const { record } = await create();
		const [delivery] = await messages();
		const since = bench.clock.now();
		await attempt(delivery, 500);
		pass(HOUR);
		await attempt(delivery, { error: { code: 'ECONNRESET', message: 'reset' } });
		expect(await stateOf(record.id)).toMatchObject({
			failingSince: since,
			updatedAt: record.updatedAt,
		});
		await attempt(delivery, 200);
		expect(await stateOf(record.id)).toEqual(record);
	});

	it('is never disabled unless the operator wants it', async () => {
		const { record } = await create();
		const [delivery] = await messages();
		await attempt(delivery, 410);
		pass(100 * DAY);
		await attempt(delivery, 410);
		expect(await stateOf(record.id)).not.toHaveProperty('disabledAt');
	});

	it.each(['of its property', 'of properties that are not declared'])(
		'is disabled after the days %s, and says so',
		async (of) => {
			await declare({ disableAfterMs: 3 * DAY }, of === 'of its property' ? PROPERTY : '*');
			const { record } = await create();
			const [delivery] = await messages();
			await attempt(delivery, 500);
			pass(3 * DAY);
			await attempt(delivery, 500);
			expect(await stateOf(record.id)).not.toHaveProperty('disabledAt');
			pass(HOUR);
			let woken = 0;
			bench.store.onWake('callback-changes', () => woken++);
			await Promise.all([attempt(delivery, 500), attempt(delivery, 500)]);
			const at = new Date(bench.clock.now()).toISOString();
			expect(await stateOf(record.id)).toMatchObject({
				disabledAt: at,
				disabledReason: 'nothing was delivered for 3 days',
			});
			const changes = await bench.store.read(async (unit) => await changesAfter(unit, 1, 10));
			expect(changes).toMatchObject([
				{ change: 'disabled', callbackId: record.id, attributes: { disabled_at: at } },
			]);
			expect(woken).toBeGreaterThan(0);
			expect(await look(delivery)).toEqual({ send: false, reason: 'callback disabled' });
			expect(await messages()).toEqual([]);
		},
	);

	it('is disabled at once by 410, where the operator wants it; its waiting retries end', async () => {
		await declare({ disableOnGone: true });
		const { record } = await create();
		const [first, second] = [...(await messages()), ...(await messages())];
		const channel = new ScriptedChannel(bench.clock, () => 500);
		await sendAll([first], senderOptions(bench.store, bench.clock, channel));
		await attempt(second, 410);
		expect(await stateOf(record.id)).toMatchObject({
			disabledReason: 'the receiver answered 410 Gone',
		});
		expect(await rowsOf(bench.store)).toMatchObject([
			{ status: 'dead', reason: 'callback disabled' },
		]);
	});

	it.each([
		['a new URL', { url: 'https://b.example/' }],
		['disabled_at: null', { disabled_at: null }],
	])('and was disabled is sent to again after %s', async (_name, attributes) => {
		await declare({ disableOnGone: true });
		const { record } = await create();
		const [delivery] = await messages();
		await attempt(delivery, 410);
		const { change, record: back } = await bench.service.update(record.id, attributes);
		expect(change).toMatchObject({ change: 'enabled' });
		expect(back).not.toHaveProperty('disabledAt');
		expect(back).not.toHaveProperty('failingSince');
		expect(await messages()).toHaveLength(1);
	});

	it('in a test run is not noted', async () => {
		const { record } = await create();
		const [delivery] = await messages();
		await attempt({ ...delivery, test: true }, 500);
		expect(await stateOf(record.id)).toEqual(record);
	});

	it('and cannot be noted has its outcome all the same', async () => {
		await create();
		const [delivery] = await messages();
		await bench.store.close();
		expect(await attempt(delivery, 500)).toMatchObject({ statusCode: 500 });
		expect(errors).toHaveLength(1);
	});
});
