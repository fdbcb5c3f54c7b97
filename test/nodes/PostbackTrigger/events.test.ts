import type { IDataObject } from 'n8n-workflow';
import { insertDeliveries } from '../../../lib/store/insert';
import { sweepLapsedLeases } from '../../../lib/store/leases';
import { reportLine } from '../../../lib/store/lines';
import { PostbackTrigger } from '../../../nodes/PostbackTrigger/PostbackTrigger.node';
import '../harness/environment';
import { newDelivery, rowsOf } from '../../support/stores';
import { embeddedStore } from '../harness/contexts';
import { triggerContext, type TriggerContextOptions } from '../harness/triggerContext';
import { send as sendTo, type WebhookRequest } from './webhookContext';

const closing: (() => Promise<void>)[] = [];
let nodeId: string;
let nodes = 0;

beforeEach(() => (nodeId = `events-${++nodes}`));
afterEach(async () => await Promise.all(closing.splice(0).map(async (close) => await close())));

const consumer = () => `trigger:workflow-1/${nodeId}`;
const condition = (otherKey: string, otherMatcher: string, value = '') => ({
	kind: 'other',
	otherKey,
	otherMatcher,
	value,
});
const onlyOpenings = {
	events: 'conditions',
	conditions: { condition: [condition('xdm.eventType', 'eq', 'pushTracking.applicationOpened')] },
};
const OPENED = {
	xdm: { eventType: 'pushTracking.applicationOpened', _id: 'e-1' },
	meta: { a: [1] },
};

const send = async (body: unknown, more: WebhookRequest = {}) =>
	await sendTo({
		nodeId,
		body: typeof body === 'string' ? body : JSON.stringify(body),
		...more,
		parameters: { emit: 'event', ...more.parameters },
	});

async function start(parameters: IDataObject = {}, more: TriggerContextOptions = {}) {
	const trigger = triggerContext({
		activationMode: 'activate',
		parameters: { emit: 'event', settings: { longestWaitSeconds: 0.05 }, ...parameters } as never,
		node: { id: nodeId, name: 'Postback Trigger', type: 'n8n-nodes-postback.postbackTrigger' },
		...more,
	});
	const { closeFunction, manualTriggerFunction } = await new PostbackTrigger().trigger.call(
		trigger.context,
	);
	closing.push(async () => {
		await closeFunction?.();
		trigger.endAll();
	});
	return { ...trigger, manualTriggerFunction };
}

async function rows() {
	const all = await rowsOf(await embeddedStore());
	return all.filter((row) => row.consumer === consumer());
}

const states = async () => (await rows()).map(({ status, reason }) => [status, reason]);

async function until(what: () => Promise<boolean>): Promise<void> {
	for (let tries = 0; !(await what()); tries++) {
		if (tries > 200) throw new Error('It did not come to pass');
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}

/** The lease of what was emitted is not renewed any more; what stood under it is free again. */
async function lapse() {
	const store = await embeddedStore();
	await store.write(async (unit) => {
		await unit.db
			.updateTable('leases')
			.set({ until: 1 })
			.where('consumer', '=', consumer())
			.execute();
		while ((await sweepLapsedLeases(unit)) > 0);
	});
	store.wake(consumer(), 1);
}

const jsonOf = (items: { json: IDataObject }[]) => items.map(({ json }) => json);

describe('an event that is taken', () => {
	test('is on disk when 202 is answered, and n8n starts no execution for it', async () => {
		const answer = await send(OPENED);
		expect(answer).toMatchObject({
			status: 202,
			body: { accepted: 1, rejected: [], matched: 1, queued: 1, duplicates: 0, skipped: [] },
			returned: { noWebhookResponse: true },
		});
		expect(answer.returned).not.toHaveProperty('workflowData');
		expect(await rows()).toEqual([
			expect.objectContaining({
				status: 'pending',
				kind: 'postback',
				source_type: 'event',
				endpoint: 'none',
				workflow_id: 'workflow-1',
			}),
		]);
	});

	test('is emitted as it came, not flattened and without anything of ours', async () => {
		await send(OPENED);
		const { emitted } = await start();
		const [{ items }] = await emitted(1);
		expect(items).toEqual([{ json: OPENED }]);
	});

	test.each([
		['an array', '[{"n":1},{"n":2}]', {}, [{ n: 1 }, { n: 2 }]],
		[
			'lines',
			'{"n":1}\n{"n":2}\n',
			{ headers: { 'content-type': 'application/x-ndjson' } },
			[{ n: 1 }, { n: 2 }],
		],
		[
			'a form, whose keys stay dotted',
			'user.name=bob',
			{ headers: { 'content-type': 'application/x-www-form-urlencoded' } },
			[{ 'user.name': 'bob' }],
		],
		['a query', '', { method: 'GET', query: 'n=1' }, [{ n: '1' }]],
	])('comes as %s', async (_name, body, more, expected) => {
		await send(body, more);
		const { emitted } = await start();
		expect(jsonOf((await emitted(1))[0].items)).toEqual(expected);
	});

	test('beside a bad one goes through; the bad one is named by its index', async () => {
		const answer = await send('[{"n":1},7]');
		expect(answer).toMatchObject({ status: 202, body: { queued: 1, rejected: [{ index: 1 }] } });
	});

	test('counts once by its key', async () => {
		const settings = { deduplicateBy: 'hitKey', deduplicationKey: 'xdm._id' };
		expect((await send([OPENED, OPENED], { settings })).body).toMatchObject({
			queued: 1,
			duplicates: 1,
		});
		expect((await send(OPENED, { settings })).body).toMatchObject({ queued: 0, duplicates: 1 });
		expect(await rows()).toHaveLength(1);
	});

	test('goes in batches of the size that is set', async () => {
		const { emitted } = await start({ settings: { batchSize: 2, longestWaitSeconds: 1 } });
		await send([{ n: 1 }, { n: 2 }, { n: 3 }]);
		const emissions = await emitted(2);
		expect(emissions.map(({ items }) => jsonOf(items))).toEqual([[{ n: 1 }, { n: 2 }], [{ n: 3 }]]);
	});
});

test('Batches at Once: with 1 the next batch waits for the one before, so that order is kept', async () => {
	const settings = { batchSize: 1, batchesAtOnce: 1, longestWaitSeconds: 0 };
	const { emitted, emissions } = await start({ settings });
	await send([{ n: 1 }, { n: 2 }]);
	await emitted(1);
	await new Promise((resolve) => setTimeout(resolve, 200));
	expect(emissions).toHaveLength(1);
	emissions[0].end('success');
	expect((await emitted(2)).map(({ items }) => jsonOf(items))).toEqual([[{ n: 1 }], [{ n: 2 }]]);
});

describe('an event that is not taken', () => {
	test('since no condition holds is answered alike, stores nothing and starts nothing', async () => {
		const { emissions } = await start(onlyOpenings);
		const answer = await send({ xdm: { eventType: 'other' } }, { parameters: onlyOpenings });
		expect(answer).toMatchObject({ status: 202, body: { accepted: 1, matched: 0, queued: 0 } });
		expect(await rows()).toEqual([]);
		await new Promise((resolve) => setTimeout(resolve, 150));
		expect(emissions).toEqual([]);
	});

	test('since its sender opted out is listed', async () => {
		const parameters = { privacyKey: 'privacy' };
		const answer = await send([{ privacy: 'optedout' }, { n: 1 }], { parameters });
		expect(answer.body).toMatchObject({
			matched: 2,
			queued: 1,
			skipped: [{ index: 0, reason: expect.stringMatching(/opted out/) as string }],
		});
	});

	test.each([
		['JSON that is none', '{"n":', /not valid JSON/],
		['a text', '"event"', /an object of keys and values/],
		['nothing', '', /body is empty/],
	])('refused with 400: %s', async (_name, body, error) => {
		const answer = await send(body);
		expect(answer.status).toBe(400);
		expect(answer.body.error).toMatch(error);
		expect(await rows()).toEqual([]);
	});

	const spoofed = {
		delivery: { id: 'msg_1', request: { method: 'POST', url: 'https://a.example', headers: {} } },
	};

	test('refused with 400: one that a sender would read as a delivery', async () => {
		const answer = await send(spoofed);
		expect(answer).toMatchObject({ status: 400, body: { index: 0 } });
		expect(answer.body.error).toMatch(/field "delivery" looks like a message of this package/);
		const mixed = await send([{ n: 1 }, spoofed, 7]);
		expect(mixed.body).toMatchObject({ queued: 1, rejected: [{ index: 1 }, { index: 2 }] });
		expect(await rows()).toHaveLength(1);
	});

	test('may have a field of that name that is something else', async () => {
		expect((await send({ delivery: { id: 7, address: 'x' } })).status).toBe(202);
		expect((await send({ delivery: { id: 'parcel-1' } })).status).toBe(202);
		expect((await send({ delivery: 'express' })).status).toBe(202);
	});

	test('refused with 503 and a line in the log: all, where the conditions are wrong', async () => {
		const parameters = { events: 'conditions', conditions: {} };
		const answer = await send(OPENED, { parameters });
		expect(answer).toMatchObject({
			status: 503,
			body: { error: 'This trigger is set up wrongly' },
			headers: { 'retry-after': '30' },
		});
		expect(answer.log[0].message).toMatch(/Conditions: there is none/);
	});
});

describe('once it is emitted, an event', () => {
	test('is taken when the execution has succeeded', async () => {
		const { emitted } = await start();
		await send(OPENED);
		const [{ end }] = await emitted(1);
		expect(await states()).toEqual([['pending', null]]);
		end('success');
		await until(async () => (await states())[0][0] !== 'pending');
		expect(await states()).toEqual([['delivered', 'taken by the workflow']]);
	});

	test('is not kept in the store, once it is taken', async () => {
		const { emitted } = await start();
		await send({ token: 'device-token' });
		expect((await rows())[0].request).toContain('device-token');
		(await emitted(1))[0].end('success');
		await until(async () => (await states())[0][0] !== 'pending');
		expect(JSON.parse((await rows())[0].request)).toEqual({ method: 'POST', url: '', headers: {} });
	});

	test('is taken when n8n keeps the execution waiting, and no lease is left', async () => {
		const { emitted } = await start();
		await send(OPENED);
		(await emitted(1))[0].end('waiting');
		await until(async () => (await states())[0][0] === 'delivered');
		const store = await embeddedStore();
		const leases = async () =>
			await store.read(
				async (unit) =>
					await unit.db
						.selectFrom('leases')
						.selectAll()
						.where('consumer', '=', consumer())
						.execute(),
			);
		await until(async () => (await leases()).length === 0);
	});

	test.each(['error', 'crashed', 'canceled'] as const)(
		'comes again after an execution that ended as %s, and alone after a second one',
		async (status) => {
			const { emitted } = await start();
			await send([{ n: 1 }, { n: 2 }]);
			(await emitted(1))[0].end(status);
			await new Promise((resolve) => setTimeout(resolve, 50));
			expect(await states()).toEqual([
				['pending', null],
				['pending', null],
			]);
			await lapse();
			(await emitted(2))[1].end(status);
			await new Promise((resolve) => setTimeout(resolve, 50));
			await lapse();
			const emissions = await emitted(4);
			expect(emissions.slice(1).map(({ items }) => jsonOf(items))).toEqual([
				[{ n: 1 }, { n: 2 }],
				[{ n: 1 }],
				[{ n: 2 }],
			]);
		},
		20_000,
	);

	test('comes again after an execution that n8n stopped', async () => {
		const { emitted } = await start();
		await send(OPENED);
		(await emitted(1))[0].reject(new Error('cancelled'));
		await lapse();
		expect(jsonOf((await emitted(2))[1].items)).toEqual([OPENED]);
	}, 20_000);

	test('is a dead letter after three executions that failed, told in the log and not emitted again', async () => {
		const { emitted, emissions, lines } = await start();
		await send(OPENED);
		for (const nth of [1, 2, 3]) {
			(await emitted(nth))[nth - 1].end('error');
			await lapse();
		}
		await until(async () => lines.length > 0);
		expect(lines[0]).toMatchObject({
			level: 'error',
			message: expect.stringMatching(
				/failed on the event msg_\S+ each time: never taken by the workflow/,
			) as string,
		});
		expect(emissions).toHaveLength(3);
		expect(await states()).toEqual([['dead', 'never taken by the workflow']]);
	}, 30_000);
});

describe('when Emit is changed while something waits', () => {
	test('what was stored before is emitted as what it is, and each ends its own way', async () => {
		await sendTo({ body: '{"id":1}', nodeId });
		await send(OPENED);
		const { emitted } = await start();
		const [{ items, end }] = await emitted(1);
		expect(jsonOf(items)).toEqual([
			{ delivery: expect.objectContaining({ kind: 'postback', name: 'P' }) as object },
			OPENED,
		]);
		end('success');
		await until(async () => (await states()).every(([status]) => status !== 'pending'));
		expect(await states()).toEqual([
			['closed', 'not sent by the workflow'],
			['delivered', 'taken by the workflow'],
		]);
	});

	test('a message that could not be composed is reported all the same', async () => {
		const row = newDelivery({
			consumer: consumer(),
			endpoint: 'none',
			status: 'dead',
			reason: 'x',
		});
		const store = await embeddedStore();
		await store.write(async (unit) => await insertDeliveries(unit, [row]));
		store.wake(reportLine(consumer()), 1);
		const { emitted } = await start();
		expect((await emitted(1))[0].deliveries).toEqual([
			expect.objectContaining({ id: row.id, status: 'dead' }),
		]);
	});
});

describe('in the editor', () => {
	test('an event at the test URL goes to the canvas, and nothing is stored', async () => {
		const parameters = onlyOpenings;
		const answer = await send([OPENED, { n: 1 }], { mode: 'manual', parameters });
		expect(answer).toMatchObject({
			status: 202,
			body: { test: true, accepted: 2, queued: 1 },
			returned: { workflowData: [[{ json: OPENED }]] },
		});
		expect(await rows()).toEqual([]);
	});

	test('the sample hit is emitted as it is', async () => {
		const parameters = { sampleHit: JSON.stringify(OPENED) };
		const { manualTriggerFunction, emissions } = await start(parameters, { mode: 'manual' });
		await manualTriggerFunction?.();
		expect(jsonOf(emissions[0].items)).toEqual([OPENED]);
	});
});

describe('refused at publication, with the reason in the message', () => {
	test.each([
		['no condition', { events: 'conditions' }, /set up wrongly: Conditions: there is none/],
		[
			'a condition without a key',
			{ events: 'conditions', conditions: { condition: [condition('', 'eq', 'x')] } },
			/Conditions › 1 › Key: missing/,
		],
		['rules that are no JSON', { events: 'launchRules', eventRules: '{' }, /Launch Rules is no/],
		[
			'rules without a rule',
			{ events: 'launchRules', eventRules: '{"rules":[]}' },
			/there is none/,
		],
	])('%s', async (_name, parameters, expected) => {
		await expect(start(parameters)).rejects.toThrow(expected);
	});
});
